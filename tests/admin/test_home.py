"""The first page: what needs a person now, with its age and its button, at a bounded cost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conversations.models import Escalation, Handoff, Message, OutboundMessage, StaffTask, Turn
from hotel_agent.common import clock
from reservations.models import Reservation
from tenants.models import ChannelAccount, Role
from tests.admin.conftest import Furnished

pytestmark = pytest.mark.django_db
MOST_STATEMENTS = 20


def test_what_needs_a_person_is_there(ours: Furnished, theirs: Furnished, visit: Callable[..., Client]) -> None:
    now = clock.now()
    Handoff._base_manager.filter(tenant=ours.tenant).update(
        opened_at=now - dt.timedelta(minutes=50), due_at=now - dt.timedelta(minutes=20), urgent=False
    )
    StaffTask._base_manager.filter(tenant=ours.tenant).update(due_at=now - dt.timedelta(minutes=5))
    Turn._base_manager.filter(tenant=ours.tenant).update(
        confidence=0.31, heard=[{"record": "Heard", "text": "¿y la bata?"}]
    )
    ChannelAccount._base_manager.filter(tenant=ours.tenant).update(paused_at=now, paused_reason="token gone")
    Reservation._base_manager.filter(tenant=ours.tenant).update(
        state="confirmed", check_in=ours.tenant.business_day(now), pms_booking_id="B1", confirmed_at=now
    )
    page = visit(Role.MANAGER).get("/admin/").content.decode()
    for part in (
        "Quiere hablar ALMENDRO", "asked for a person", "late by 20", "I'm on it", "204 · Housekeeping",
        "Toallas ALMENDRO", "late by 5", "¿y la bata?", "31 % sure", "That was right", "token gone",
        "notice to staff nobody reacted to", "1 message was not delivered", "Ana ALMENDRO",
    ):  # fmt: skip
        assert part in page, part
    assert theirs.mark not in page
    assert page.count('<span class="ha-badge">1</span>') == 2, "a handoff and a late request, in the sidebar"


def test_empty_it_teaches(ours: Furnished, visit: Callable[..., Client]) -> None:
    for model in (Handoff, StaffTask, Turn, OutboundMessage, Message, Escalation):
        model._base_manager.filter(tenant=ours.tenant).delete()
    page = visit(Role.RECEPTION).get("/admin/").content.decode()
    for part in ("Nobody waits.", "Nothing to bring or mend.", "The agent was sure of every answer", "Nobody leaves"):
        assert part in page, part
    assert "ha-badge" not in page, "an empty badge is a riddle"


@pytest.mark.parametrize("role", Role.values)
def test_it_costs_at_most_twenty_statements(ours: Furnished, visit: Callable[..., Client], role: str) -> None:
    client = visit(role)
    client.get("/admin/")
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/admin/").status_code == 200
    assert len(queries) <= MOST_STATEMENTS, "\n".join(one["sql"][:150] for one in queries.captured_queries)


def test_one_tap_ends_a_request_from_here_and_only_for_the_desk(ours: Furnished, visit: Callable[..., Client]) -> None:
    task = ours.rows[StaffTask]
    door = f"/admin/conversations/stafftask/{task.pk}/done/"
    assert visit(Role.READ_ONLY).post(door).status_code in {302, 403, 404}
    assert StaffTask._base_manager.get(pk=task.pk).state == "open"
    client = visit(Role.RECEPTION)
    assert client.get(door).status_code == 405
    for _ in range(2):
        answer = client.post(door, {"next": "https://evil.example/"})
        assert answer.headers["Location"] == "/admin/conversations/stafftask/"
    assert StaffTask._base_manager.get(pk=task.pk).state == "done"
    assert OutboundMessage._base_manager.filter(dedupe_key=f"task:{task.pk}:closed").count() == 1


def test_somebody_sees_to_it_and_an_answer_was_right(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.MANAGER, "marta")
    handoff, turn = ours.rows[Handoff], ours.rows[Turn]
    assert client.post(f"/admin/conversations/handoff/{handoff.pk}/acknowledge/").status_code == 302
    assert "marta sees to it" in client.get("/admin/").content.decode()
    assert Escalation._base_manager.get(handoff_id=handoff.pk).acknowledged_at is not None
    assert client.post(f"/admin/conversations/turn/{turn.pk}/reviewed/").status_code == 302
    assert Turn._base_manager.get(pk=turn.pk).reviewed_at is not None


def test_a_colleague_opens_a_request_from_the_thread_once(
    ours: Furnished, theirs: Furnished, visit: Callable[..., Client]
) -> None:
    client = visit(Role.RECEPTION)
    thread = f"/admin/conversations/conversation/{ours.conversation.pk}/change/"
    page = client.get(thread).content.decode()
    door = f"/admin/conversations/stafftask/open/{ours.conversation.pk}/"
    assert door in page
    assert "Toallas ALMENDRO" in page
    form = {"kind": "broken", "room": "12", "what": "La ducha pierde", "token": "one"}
    for _ in range(2):
        assert client.post(door, form).headers["Location"] == thread
    made = StaffTask._base_manager.get(what="La ducha pierde")
    assert (made.kind, made.room, made.conversation_id) == ("broken", "12", ours.conversation.pk)
    assert client.post(f"/admin/conversations/stafftask/open/{theirs.conversation.pk}/", form).status_code == 404
    assert "La ducha pierde" in client.get(thread).content.decode()
