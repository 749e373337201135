"""Every operators' command: help without a server, JSON, exit 0, 1 or 2, and a page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from io import StringIO

import pytest
from django.core.management import call_command

from hotel_agent.embedded.places import PROJECT
from tests.factories.reservations import Hotel

COMMANDS = sorted(path.stem for path in PROJECT.glob("*/management/commands/*.py") if path.stem != "__init__")
PAGE = PROJECT / "docs" / "operations" / "commands.md"
NEEDS_ARGUMENTS = {"create_tenant", "replay", "evaluate_nlu", "export_guest", "erase_guest"}
"""Without their arguments they cannot run: exit 2."""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A command with servers that are not there."""
    nowhere = {"DATABASE_URL": "postgresql://nobody:none@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}
    return subprocess.run(
        [sys.executable, str(PROJECT / "manage.py"), *arguments], env={**os.environ, **nowhere}, cwd=PROJECT,
        capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def test_every_command_has_its_page() -> None:
    text = PAGE.read_text()
    assert [name for name in COMMANDS if f"## `{name}`" not in text] == []


def test_help_needs_no_server_and_tells_of_json() -> None:
    code = (
        "import django; django.setup()\n"
        "from django.core.management import load_command_class, get_commands\n"
        f"for name in {COMMANDS!r}:\n"
        "    parser = load_command_class(get_commands()[name], name).create_parser('manage.py', name)\n"
        "    print(name, '--json' in parser.format_help())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "hotel_agent.settings.test", "DATABASE_URL": "", "REDIS_URL": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = dict(line.split() for line in done.stdout.splitlines())
    assert set(told) == set(COMMANDS)
    assert {name for name, json_too in told.items() if json_too == "False"} == set()


@pytest.mark.parametrize("name", ["audit", "doctor", "redeliver", "purge_sessions", "reconcile"])
def test_without_a_database_it_could_not_run_and_says_so(name: str) -> None:
    done = run(name, "--json")
    if name == "doctor":  # finding that is its work
        assert done.returncode == 1
        assert json.loads(done.stdout)["ok"] is False
        return
    assert done.returncode == 2, done.stdout + done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["ok"] is False


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["audit", "redeliver", "purge_sessions", "reconcile", "breakers"])
def test_with_nothing_to_find_it_exits_0_and_prints_one_object(hotel: Hotel, name: str) -> None:
    out = StringIO()
    call_command(name, "--json", stdout=out)
    assert json.loads(out.getvalue())["ok"] is True
