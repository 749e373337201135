"""Every operators' command: help without a server, JSON, exit 0, 1 or 2, and a page."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from hashlib import sha256
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django_otp.plugins.otp_totp.models import TOTPDevice

from conversations.models import InboundDelivery
from hotel_agent.common import clock
from hotel_agent.embedded.places import PROJECT
from tenants import history
from tenants.models import Fact, Membership, Tenant
from tests.conversations.guests import envelope, text_message
from tests.factories.reservations import Hotel, HotelFactory

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


def said(name: str, *arguments: str) -> dict[str, Any]:
    """The one object a command prints."""
    out = StringIO()
    call_command(name, *arguments, "--json", stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def refused(name: str, *arguments: str) -> str:
    """What a command that could not run says."""
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command(name, *arguments, "--json", stdout=out)
    assert ended.value.code == 2
    return str(json.loads(out.getvalue())["error"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["audit", "redeliver", "purge_sessions", "reconcile", "breakers", "count_days"])
def test_with_nothing_to_find_it_exits_0_and_prints_one_object(hotel: Hotel, name: str) -> None:
    assert said(name)["ok"] is True


def test_a_sweep_without_a_database_could_not_run() -> None:
    done = run("sweep", "--once", "--json")
    assert done.returncode == 2, done.stdout + done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["ok"] is False


@pytest.mark.django_db(transaction=True)
def test_one_sweep_finds_what_nobody_was_told_of(hotel: Hotel) -> None:
    body = envelope([text_message("5491155500077", "¿Tienen wifi?")])
    InboundDelivery.objects.create(
        route="whatsapp", body=body, sha256=sha256(body).hexdigest(),
        received_at=clock.now() - dt.timedelta(seconds=10),
    )  # fmt: skip
    assert said("sweep", "--once")["pieces"] >= 1


@pytest.mark.django_db(transaction=True)
def test_a_hotel_is_created_once_and_its_new_owner_needs_a_password(
    installation: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OWNER_PASSWORD", "Zq7-rambutan-velero")
    made = said("create_tenant", "posada-sol", "Posada São João & Sol", "--owner", "lucia")
    tenant = Tenant.objects.get(slug="posada-sol")
    assert made["public_id"] == str(tenant.public_id)
    assert made["left"], "it says what is missing before the hotel can be live"
    owner = User.objects.get(username="lucia")
    assert owner.check_password("Zq7-rambutan-velero")
    assert Membership.objects.filter(tenant=tenant, user=owner).exists()
    assert refused("create_tenant", "posada-sol", "Another", "--owner", "lucia")
    monkeypatch.setenv("OWNER_PASSWORD", "12345678")
    assert refused("create_tenant", "posada-luna", "Luna", "--owner", "weak")
    assert not User.objects.filter(username="weak").exists()
    assert Tenant.objects.filter(slug__startswith="posada").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_lost_phone_is_forgotten_and_safe_to_repeat(installation: None) -> None:
    user = User.objects.create_user("marta", password="x")
    TOTPDevice.objects.create(user=user, name="phone", confirmed=True)
    membership = Membership.objects.create(user=user, tenant=HotelFactory.create(), role="manager")
    assert said("reset_second_factor", "marta")["forgotten"] == 1
    assert said("reset_second_factor", "marta")["forgotten"] == 0
    assert not TOTPDevice.objects.filter(user=user).exists()
    noted = history.of_row(membership).last()
    assert noted is not None
    assert (noted.by_name, noted.what) == ("command reset_second_factor", "second factor of marta: 1 forgotten")
    assert refused("reset_second_factor", "nobody")


@pytest.mark.django_db(transaction=True)
def test_the_demo_is_refreshed_and_not_doubled(installation: None, settings: Any) -> None:
    first = said("seed_demo")
    counts = [model._base_manager.count() for model in (Tenant, Membership, Fact)]
    assert said("seed_demo") == first
    assert [model._base_manager.count() for model in (Tenant, Membership, Fact)] == counts
    settings.ENVIRONMENT = "production"
    assert "create_tenant" in refused("seed_demo")
