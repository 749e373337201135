"""What a person does in a thread: answer knowingly, note, snooze, assign, resolve, correct; only at their hotel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conversations.admin import doors, sidebar
from conversations.models import (
    CannedAnswer,
    Conversation,
    Handoff,
    Message,
    MessageTemplate,
    OutboundMessage,
    StaffNote,
    TrainingExample,
    Turn,
)
from conversations.services import desk
from hotel_agent.common import clock
from tenants.models import Role
from tenants.scoping import tenant_scope
from tests.admin.conftest import Furnished, person

pytestmark = pytest.mark.django_db


def door(ours: Furnished, name: str) -> str:
    return f"/admin/conversations/conversation/{ours.conversation.pk}/{name}/"


def thread(ours: Furnished) -> Conversation:
    return Conversation._base_manager.get(pk=ours.conversation.pk)


def written(ours: Furnished) -> list[str]:
    rows = OutboundMessage._base_manager.filter(conversation=ours.conversation, purpose="staff")
    return list(rows.order_by("id").values_list("text", flat=True))


def form(client: Client, ours: Furnished, text: str, key: str = "form-1") -> dict[str, Any]:
    """The reply form as the page shows it now, filled in."""
    seen = client.get(door(ours, "change")).context["thread"].seen
    return {"text": text, "token": key, "seen_message": seen.message, "seen_outbound": seen.outbound}


def guest_writes(ours: Furnished, text: str, **fields: Any) -> Message:
    return Message._base_manager.create(
        tenant=ours.tenant, conversation=ours.conversation, account=ours.conversation.account, kind="text", text=text,
        provider_id=f"more-{text}", sent_at=clock.now(), **fields,
    )  # fmt: skip


# --- two people, one guest -------------------------------------------------------------------------------------------


def test_who_did_not_see_the_newest_message_does_not_answer_it(ours: Furnished, visit: Callable[..., Client]) -> None:
    ana, marta = visit(Role.RECEPTION, "ana"), visit(Role.RECEPTION, "marta")
    from_marta = form(marta, ours, "Hola, soy Marta")
    assert ana.post(door(ours, "reply"), form(ana, ours, "Hola, soy Ana")).status_code == 302
    refused = marta.post(door(ours, "reply"), from_marta)
    assert refused.status_code == 409
    page = refused.content.decode()
    assert "something newer was written" in page
    assert "Hola, soy Ana" in page, "what is newer is shown"
    assert "Hola, soy Marta</textarea>" in page, "and what was written is kept"
    assert written(ours) == ["Hola, soy Ana"]
    assert marta.post(door(ours, "reply"), form(marta, ours, "Y yo, Marta", "form-2")).status_code == 302
    assert written(ours) == ["Hola, soy Ana", "Y yo, Marta"]


@pytest.mark.parametrize(("state", "refused"), [("waiting", True), ("for_staff", True), ("recorded", False)])
def test_a_guests_newer_words_are_read_first(
    ours: Furnished, visit: Callable[..., Client], state: str, refused: bool
) -> None:
    client = visit(Role.RECEPTION)
    before = form(client, ours, "Hola")
    guest_writes(ours, "No, espere", state=state)
    assert client.post(door(ours, "reply"), before).status_code == (409 if refused else 302)


def test_ones_own_words_and_what_was_never_sent_are_not_news(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.RECEPTION)
    first, second = form(client, ours, "Uno", "a"), form(client, ours, "Dos", "b")
    assert client.post(door(ours, "reply"), first).status_code == 302
    assert client.post(door(ours, "reply"), first).status_code == 302, "the same form again is the same message"
    OutboundMessage._base_manager.create(
        tenant=ours.tenant, conversation=ours.conversation, dedupe_key="w", body={}, text="x", language="es",
        state="withheld",
    )  # fmt: skip
    assert client.post(door(ours, "reply"), second).status_code == 302
    assert written(ours) == ["Uno", "Dos"]


def test_others_see_who_is_writing(ours: Furnished, visit: Callable[..., Client]) -> None:
    caches["limits"].clear()
    ana, marta, reader = visit(Role.RECEPTION, "ana"), visit(Role.RECEPTION, "marta"), visit(Role.READ_ONLY, "eva")
    assert ana.get(door(ours, "messages"), {"writing": "1"}).json()["others"] == ""
    assert marta.get(door(ours, "messages")).json()["others"] == "ana is writing…"
    assert ana.get(door(ours, "messages")).json()["others"] == "marta has this open too"
    assert reader.get(door(ours, "messages")).json()["others"] == ""
    assert "eva" not in ana.get(door(ours, "messages")).json()["others"]


def test_without_a_cache_the_thread_works(ours: Furnished, visit: Callable[..., Client], settings: Any) -> None:
    settings.CACHES = {
        **settings.CACHES,
        "limits": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0",
            "OPTIONS": {"socket_connect_timeout": 0.1},
        },
    }  # fmt: skip
    assert visit(Role.RECEPTION).get(door(ours, "messages")).json()["others"] == ""


# --- what is written -------------------------------------------------------------------------------------------------


def test_a_prepared_answer_is_filled_in_the_guests_language(ours: Furnished, visit: Callable[..., Client]) -> None:
    CannedAnswer._base_manager.filter(tenant=ours.tenant).update(text_pt="Olá {guest}, é {me} do {hotel}: {code}")
    Conversation._base_manager.filter(pk=ours.conversation.pk).update(language="pt")
    client = visit(Role.RECEPTION, "marta")
    ((_answer, text),) = client.get(door(ours, "change")).context["canned"]
    assert text == "Olá Ana, é marta do Hotel ALMENDRO: {code}", "there is no confirmed stay to name"
    refused = client.post(door(ours, "reply"), form(client, ours, text))
    assert refused.status_code == 422
    assert "fill in {code} first" in refused.content.decode()
    assert written(ours) == []


def test_a_prepared_answer_with_an_unknown_place_is_refused(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.MANAGER)
    address = "/admin/conversations/cannedanswer/add/"
    wrong = client.post(address, {"shortcut": "bienvenida", "is_active": "on", "text_es": "Hola {nombre}"})
    assert wrong.status_code == 200
    assert "{nombre}" in str(wrong.context["adminform"].form.errors)
    right = client.post(address, {"shortcut": "bienvenida", "is_active": "on", "text_es": "Hola {guest}"})
    assert right.status_code == 302


def test_a_note_is_kept_once_and_only_read_here(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.RECEPTION, "marta")
    before = OutboundMessage._base_manager.count()
    for _ in range(2):
        client.post(door(ours, "note"), {"text": "Llamó su esposa", "token": "n1"})
    (note,) = StaffNote._base_manager.filter(text="Llamó su esposa")
    assert note.author is not None
    assert note.author.username == "marta"
    assert OutboundMessage._base_manager.count() == before
    assert thread(ours).owner == Conversation.Owner.AGENT, "a note takes nothing over"
    assert "Llamó su esposa" in client.get(door(ours, "change")).content.decode()
    assert client.post(door(ours, "note"), {"text": "  ", "token": "n2"}).status_code == 422


def test_an_approved_text_goes_after_the_window(ours: Furnished, visit: Callable[..., Client]) -> None:
    Conversation._base_manager.update(last_inbound_at=clock.now() - dt.timedelta(hours=30))
    template = MessageTemplate._base_manager.get(tenant=ours.tenant)
    MessageTemplate._base_manager.filter(pk=template.pk).update(status="approved", category="utility")
    client = visit(Role.RECEPTION)
    for _ in range(2):
        data = {"template": template.pk, "text": "su factura está lista", "token": "t1"}
        assert client.post(door(ours, "template"), data).status_code == 302
    assert written(ours) == ["Novedades: su factura está lista"]
    assert client.post(door(ours, "template"), {"template": template.pk, "text": "", "token": "t2"}).status_code == 422
    assert client.post(door(ours, "template"), {"template": "999", "text": "x", "token": "t3"}).status_code == 422


# --- whose it is, and when it comes back -----------------------------------------------------------------------------


def test_only_people_who_answer_here_are_given_a_thread(
    ours: Furnished, theirs: Furnished, visit: Callable[..., Client]
) -> None:
    client = visit(Role.RECEPTION, "marta")
    reader = person("eva", tenant=ours.tenant, role=Role.READ_ONLY)
    stranger = person("otto", tenant=theirs.tenant, role=Role.RECEPTION)
    for wrong in (reader.pk, stranger.pk, 999_999):
        client.post(door(ours, "assign"), {"to": wrong})
        assert thread(ours).assignee is None
    client.post(door(ours, "assign"), {"to": ["", "me"]})
    assert thread(ours).assignee.username == "marta"  # type: ignore[union-attr]
    assert thread(ours).owner == Conversation.Owner.AGENT
    client.post(door(ours, "assign"), {"to": ""})
    assert thread(ours).assignee is None


@pytest.mark.parametrize("until", ["", "nonsense", "2020-01-01T10:00", "2099-01-01T10:00", "hours"])
def test_a_moment_that_is_none_snoozes_nothing(ours: Furnished, visit: Callable[..., Client], until: str) -> None:
    visit(Role.RECEPTION).post(door(ours, "snooze"), {"until": until})
    assert thread(ours).snoozed_until is None


@pytest.mark.parametrize("until", ["hour", "evening", "tomorrow", "week"])
def test_snoozing_is_on_the_hotels_clock(ours: Furnished, visit: Callable[..., Client], until: str) -> None:
    visit(Role.RECEPTION).post(door(ours, "snooze"), {"until": until})
    found = thread(ours).snoozed_until
    assert found is not None
    assert clock.now() < found <= clock.now() + dt.timedelta(days=7)
    local = ours.tenant.local(found)
    assert until == "hour" or (local.hour, local.minute) in {(18, 0), (9, 0)}
    assert until != "week" or local.weekday() == 0
    with tenant_scope(ours.tenant):
        typed = doors.moment((local + dt.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"), ours.conversation)
    assert dt.timedelta(0) < typed - found <= dt.timedelta(hours=1)


def test_resolving_closes_the_matter_and_reopening_brings_it_back(
    ours: Furnished, visit: Callable[..., Client]
) -> None:
    client = visit(Role.RECEPTION)
    client.post(door(ours, "take-over"))
    client.post(door(ours, "resolve"))
    done = thread(ours)
    assert (done.owner, done.waiting_since, done.assignee) == (Conversation.Owner.AGENT, None, None)
    assert done.resolved_at is not None
    assert Handoff._base_manager.get(conversation=done).state == Handoff.State.CLOSED
    client.post(door(ours, "wake"))
    assert thread(ours).resolved_at is None


def test_handing_back_may_let_the_agent_answer_what_waits(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.RECEPTION)
    client.post(door(ours, "take-over"))
    late = guest_writes(ours, "¿A qué hora es el desayuno?", state="for_staff")
    Conversation._base_manager.filter(pk=ours.conversation.pk).update(waiting_since=late.sent_at)
    client.post(door(ours, "hand-back"))
    assert thread(ours).due_at is None
    client.post(door(ours, "take-over"))
    client.post(door(ours, "hand-back"), {"answer_now": "1"})
    assert thread(ours).due_at is not None
    assert Message._base_manager.get(pk=late.pk).state == Message.State.WAITING


# --- why, and that was wrong -----------------------------------------------------------------------------------------


def test_a_correction_waits_for_a_manager(ours: Furnished, visit: Callable[..., Client]) -> None:
    message = Message._base_manager.get(conversation=ours.conversation)
    turn = Turn._base_manager.get(conversation=ours.conversation)
    Message._base_manager.filter(pk=message.pk).update(turn=turn)
    heard = [{"message_id": message.provider_id, "understanding": {"text": message.text, "candidates": []}}]
    Turn._base_manager.filter(pk=turn.pk).update(heard=heard)
    client = visit(Role.RECEPTION)
    answer = OutboundMessage._base_manager.get(conversation=ours.conversation)
    reasons = client.get(door(ours, f"why/{answer.pk}"))
    assert "That was wrong" in reasons.content.decode()
    client.post(door(ours, "correct"), {"message": message.pk, "intent": "ask_payment"})
    example = TrainingExample._base_manager.get(message=message)
    assert (example.state, example.intents) == ("pending", ["ask_payment"])
    assert "ask payment" in client.get(door(ours, f"why/{answer.pk}")).content.decode()
    client.post(door(ours, "correct"), {"message": message.pk, "intent": "drop_table"})
    assert TrainingExample._base_manager.get(message=message).intents == ["ask_payment"]
    reader = visit(Role.READ_ONLY)
    assert "That was wrong" not in reader.get(door(ours, f"why/{answer.pk}")).content.decode()
    assert reader.post(door(ours, "correct"), {"message": message.pk, "intent": "greeting"}).status_code == 403


# --- who may, and what it costs --------------------------------------------------------------------------------------

DOORS = ("take-over", "hand-back", "pause", "reply", "place", "template", "note", "assign", "snooze", "wake", "resolve",
         "mode", "discard", "compose-again", "correct")  # fmt: skip
ANYTHING = {"text": "x", "token": "t", "until": "hour", "to": "me", "mode": "suggest", "suggestion": "1"}


@pytest.mark.parametrize("name", DOORS)
def test_a_reader_changes_nothing_and_strangers_find_no_door(
    ours: Furnished, theirs: Furnished, visit: Callable[..., Client], name: str
) -> None:
    before = Conversation._base_manager.filter(pk__in=[ours.conversation.pk, theirs.conversation.pk])
    then = list(before.order_by("pk").values())
    assert visit(Role.READ_ONLY).post(door(ours, name), ANYTHING).status_code == 403
    assert visit(Role.OWNER).post(door(theirs, name), ANYTHING).status_code == 404
    assert visit(Role.OWNER).get(door(ours, name)).status_code == 405
    assert list(before.order_by("pk").values()) == then
    assert written(theirs) == []


def test_another_threads_rows_are_not_reached_through_ones_own(
    ours: Furnished, theirs: Furnished, visit: Callable[..., Client]
) -> None:
    client = visit(Role.OWNER)
    their_answer = OutboundMessage._base_manager.get(conversation=theirs.conversation)
    their_message = Message._base_manager.get(conversation=theirs.conversation)
    assert client.get(door(ours, f"why/{their_answer.pk}")).status_code == 404
    OutboundMessage._base_manager.filter(pk=their_answer.pk).update(state="suggested")
    client.post(door(ours, "reply"), {"text": "x", "token": "t", "suggestion": their_answer.pk})
    client.post(door(ours, "discard"), {"suggestion": their_answer.pk})
    client.post(door(ours, "correct"), {"message": their_message.pk, "intent": "greeting"})
    assert OutboundMessage._base_manager.get(pk=their_answer.pk).state == "suggested"
    assert not TrainingExample._base_manager.filter(message=their_message).exists()


@pytest.mark.parametrize("hours", [0, 30], ids=["window open", "window closed"])
def test_the_page_and_its_question_cost_few_statements(
    ours: Furnished, visit: Callable[..., Client], hours: int
) -> None:
    client = visit(Role.RECEPTION)
    Conversation._base_manager.filter(pk=ours.conversation.pk).update(
        last_inbound_at=clock.now() - dt.timedelta(hours=hours)
    )
    client.get(door(ours, "change"))
    seen = client.get(door(ours, "messages")).json()["fingerprint"]
    for address, most in ((door(ours, "change"), 20), (f"{door(ours, 'messages')}?seen={seen}", 12)):
        with CaptureQueriesContext(connection) as statements:
            assert client.get(address).status_code == 200
        assert len(statements) <= most, "\n".join(one["sql"][:150] for one in statements)


def test_looking_is_what_makes_a_thread_read(ours: Furnished, visit: Callable[..., Client]) -> None:
    visit(Role.READ_ONLY).get(door(ours, "change"))
    assert thread(ours).seen_at is None, "a reader answers nobody"
    visit(Role.RECEPTION).get(door(ours, "change"))
    assert thread(ours).seen_at is not None


def test_a_section_is_registered_and_left_out_when_it_has_nothing(
    ours: Furnished, visit: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sidebar, "_sections", dict(sidebar._sections))
    shown = "admin/conversations/conversation/beside/stays.html"
    sidebar.register(sidebar.Section("zz", shown, lambda request, row: {"stays": []}, order=99))
    sidebar.register(sidebar.Section("nothing", shown, lambda request, row: None))
    sections = visit(Role.RECEPTION).get(door(ours, "change")).context["beside"]
    assert [one.template for one in sections].count(shown) == 2
    assert sections[-1].values == {"stays": []}


def test_a_snooze_ends_when_the_desk_wakes_it(ours: Furnished) -> None:
    with tenant_scope(ours.tenant):
        desk.snooze(ours.conversation.pk, until=clock.now() + dt.timedelta(hours=2))
        desk.wake(ours.conversation.pk)
    assert thread(ours).snoozed_until is None
