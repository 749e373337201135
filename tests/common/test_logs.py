"""Logs by allow-list: what is not listed is not printed, and nothing printed begins a line of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from hotel_agent.embedded.places import PROJECT

PHONE = "5491155550123"
# A process of its own, with the settings every program has: logging is one for the whole process.
SAYS = f"""
import django, logging, structlog
django.setup()
log = structlog.get_logger("conversations.services.turns")
log.warning("turn_failed", conversation_id=7, phone="{PHONE}", text="Hola, soy Ana", reason="a\\nlevel=error b")
log.bind(guest="{PHONE}").error("late", seconds=3)
logging.getLogger("celery").warning("from a library", extra={{"phone": "{PHONE}"}})
"""


def test_only_listed_keys_are_printed_and_each_entry_is_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SAYS], cwd=PROJECT, capture_output=True, text=True, check=True,
        env={**os.environ, "ENVIRONMENT": "test", "DJANGO_SETTINGS_MODULE": "hotel_agent.settings"},
    )  # fmt: skip
    assert PHONE not in done.stderr + done.stdout
    assert "Ana" not in done.stderr + done.stdout
    entries = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    first, second, third = (entry for entry in entries if entry["event"] in {"turn_failed", "late", "from a library"})
    assert first["conversation_id"] == 7
    assert first["reason"] == "a\\nlevel=error b"
    assert second["seconds"] == 3
    assert third["level"] == "warning"
