"""Operators' commands, as operators call them: output, exit codes, safe to repeat."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import translation

from conversations.models import Conversation, InboundDelivery, Message
from tenants.models import HistoryEntry, Membership, Tenant
from tests.conversations.guests import WhatsAppGuest, drain, post
from tests.factories.reservations import Hotel


def run(*arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON of a command."""
    out = io.StringIO()
    code = 0
    try:
        call_command(*arguments, "--json", stdout=out, stderr=out)
    except SystemExit as end:
        code = int(end.code or 0)
    return code, json.loads(out.getvalue())


def test_chat_books_a_stay_by_numbers(hotel: Hotel, tmp_path: Path) -> None:
    first = hotel.first_night.replace(day=1)
    assert first
    script = tmp_path / "script.txt"
    import datetime as dt

    arrival = hotel.first_night + dt.timedelta(days=30)
    leaving = arrival + dt.timedelta(days=2)
    script.write_text(
        f"Hi, a double room from {arrival.isoformat()} to {leaving.isoformat()} for 2 adults?\n"
        "1\nAnn Perkins, ann@example.com\n1\n"
    )
    out = io.StringIO()
    call_command("chat", "--tenant", hotel.tenant.slug, "--lang", "en", "--script", str(script), stdout=out)
    assert "your booking is confirmed" in out.getvalue()


def test_chat_without_a_hotel_says_what_to_do(installation: None) -> None:
    code, answer = run("chat", "--tenant", "nowhere", "--script", "/dev/null")
    assert code == 2
    assert "nowhere" in answer["error"]


def test_replay_explains_and_finds_no_difference(hotel: Hotel, guest: WhatsAppGuest) -> None:
    guest.say("Hola, ¿tienen estacionamiento?")
    key = str(Conversation._base_manager.get().public_id)
    code, answer = run("replay", key)
    assert (code, len(answer["turns"])) == (0, 1)
    assert answer["turns"][0]["same"] is True
    assert run("replay", key, "--diff") == (0, {"ok": True, "turns": []})
    assert run("replay", "999999")[0] == 2


def test_redeliver_lists_and_revives(hotel: Hotel, guest: WhatsAppGuest) -> None:
    assert run("redeliver")[0] == 0
    post(b"null")
    guest.say("Hola")
    Message._base_manager.update(state="dead", last_error="bug")
    code, answer = run("redeliver")
    assert code == 1
    assert [row["error"] for row in answer["messages"]] == ["bug"]
    assert len(answer["deliveries"]) == 1
    code, answer = run("redeliver", "--queue", "messages", "--apply")
    assert (code, answer["messages_redelivered"]) == (0, 1)
    assert run("redeliver", "--queue", "deliveries", "--apply")[1]["deliveries_redelivered"] == 1
    drain()
    assert InboundDelivery.objects.filter(state="quarantined").count() == 1, "nonsense stays nonsense"


def test_purge_sessions_and_breakers(hotel: Hotel, guest: WhatsAppGuest) -> None:
    guest.say("Hola")
    assert run("purge_sessions", "--older-than", "0")[1]["deleted"] == 1
    assert run("breakers") == (0, {"ok": True, "breakers": []})


def test_sweep_once(hotel: Hotel, capsys: pytest.CaptureFixture[str]) -> None:
    out = io.StringIO()
    call_command("sweep", "--once", stdout=out)
    assert "pieces of work" in out.getvalue()


def test_doctor_names_what_is_missing(hotel: Hotel) -> None:
    code, answer = run("doctor")
    assert code == 1
    assert answer["installation"]["database"] == "ok"
    assert answer["installation"]["redis"] == "ok"
    assert "never seen" in answer["installation"]["worker"]
    assert any("opening hours" in problem for problem in answer["hotels"][hotel.tenant.slug])


def test_demo_hotels_can_be_seeded_twice(installation: None) -> None:
    assert run("seed_demo")[0] == 0
    assert run("seed_demo")[1]["hotels"] == ["bahia-serena", "pousada-vento-sul"]
    assert Tenant.objects.count() == 2
    assert run("audit")[0] == 0


def test_create_tenant(installation: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OWNER_PASSWORD", "un secreto largo y raro")
    code, answer = run("create_tenant", "sao-joao", "São João & Spa", "--owner", "joana", "--country", "BR")
    assert (code, answer["slug"]) == (0, "sao-joao")
    assert Tenant.objects.get().live_since is None
    assert {"channels", "rooms", "facts", "privacy", "live"} <= set(answer["left"])
    assert Membership.objects.get().role == "owner"
    noted = HistoryEntry._base_manager.order_by("pk")
    assert [(one.model, one.by_name, one.action) for one in noted] == [
        ("tenants.tenant", "command create_tenant", "added"),
        ("tenants.membership", "command create_tenant", "added"),
    ]
    assert {"field": "name", "before": None, "after": "São João & Spa"} in noted[0].changes
    with translation.override("en"):
        code, answer = run("create_tenant", "sao-joao", "Otro", "--owner", "joana")
    assert code == 2
    assert "already exists" in answer["error"]
    monkeypatch.setenv("OWNER_PASSWORD", "corta")
    assert run("create_tenant", "otra", "Otra", "--owner", "pedro")[0] == 2
    assert Tenant.objects.count() == 1
