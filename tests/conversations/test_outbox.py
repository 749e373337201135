"""What goes out: withheld when a person answers, settled when nobody knows, late when it is late, forward only."""

from __future__ import annotations

import datetime as dt
import json
import time

import pytest
import redis
from django.conf import settings as django_settings
from pytest_django import Settings

from conversations.models import Conversation, Handoff, InboundDelivery, Message, OutboundMessage, Session
from conversations.services import intake, outbox, ownership, purging, redelivery, sending, sweeping, turns
from conversations.services.sweeping import Sweeper
from hotel_agent.common import clock
from hotel_agent.common.exceptions import LostClaim
from integrations.channels.whatsapp.signature import sign
from tenants.models import ChannelAccount
from tenants.scoping import tenant_scope
from tests.conversations.guests import APP_SECRET, NUMBER, WhatsAppGuest, drain, envelope, post, spoken, text_message
from tests.factories.reservations import Hotel
from tests.stand_ins.graph import Fault

State = OutboundMessage.State


def _ask(guest: WhatsAppGuest, text: str = "Hola, ¿tienen estacionamiento?") -> None:
    assert post(envelope([text_message(guest.wa_id, text)])).status_code == 200


def _last() -> OutboundMessage:
    return OutboundMessage._base_manager.order_by("-id").first() or OutboundMessage()


def _status(wamid: str, status: str, reference: str = "", code: int = 0) -> None:
    entry: dict[str, object] = {"id": wamid, "status": status, "timestamp": str(int(time.time())), "recipient_id": "1"}
    if reference:
        entry["biz_opaque_callback_data"] = reference
    if code:
        entry["errors"] = [{"code": code, "title": "failed"}]
    body = json.loads(envelope([]))
    value = body["entry"][0]["changes"][0]["value"]
    del value["messages"]
    value["statuses"] = [entry]
    raw = json.dumps(body).encode()
    assert post(raw, signature=sign(raw, APP_SECRET)).status_code == 200
    drain()


def test_receipts_move_forward_only_in_any_order(hotel: Hotel, guest: WhatsAppGuest) -> None:
    guest.say("Hola")
    row = _last()
    for status in ("read", "delivered", "sent", "delivered"):
        _status(row.provider_id, status)
    row.refresh_from_db()
    assert row.state == State.READ
    assert row.delivered_at is not None
    assert row.read_at is not None


def test_a_receipt_of_another_account_changes_nothing(hotel: Hotel, guest: WhatsAppGuest) -> None:
    guest.say("Hola")
    row = _last()
    ChannelAccount._base_manager.update(external_id="555")
    _status(row.provider_id, "read")
    row.refresh_from_db()
    assert row.state == State.SENT


def test_a_late_failure_asks_for_a_person(hotel: Hotel, guest: WhatsAppGuest) -> None:
    guest.say("Hola")
    row = _last()
    _status(row.provider_id, "failed", code=131053)
    row.refresh_from_db()
    assert (row.state, row.error_code) == (State.FAILED, "131053")
    assert Handoff._base_manager.filter(reason="send_failed").count() == 1


def test_a_takeover_withholds_the_queued_answer(hotel: Hotel, guest: WhatsAppGuest) -> None:
    guest.graph.control.fail(Fault("error", code=0, status=503, times=1))
    _ask(guest)
    with tenant_scope(hotel.tenant):
        while not OutboundMessage.objects.filter(state=State.QUEUED, claim__gt=0).exists():
            Sweeper().tick()
            drain_once()
        conversation = Conversation.objects.get()
        ownership.take_over(conversation.pk)
    time.sleep(0.5)
    drain()
    assert guest.received() == []
    assert _last().state == State.WITHHELD
    _ask(guest, "¿Hola?")
    drain()
    assert guest.received() == [], "a person answers now"
    assert Message._base_manager.filter(state=Message.State.FOR_STAFF).count() == 1
    with tenant_scope(hotel.tenant):
        ownership.hand_back(conversation.pk)
    assert "gratis" in guest.say("¿Tienen estacionamiento?")


def drain_once() -> None:
    """One round of due work."""
    from conversations.services.sweeping import due_work

    for work in list(due_work()):
        work.task(work.row_id)


def test_a_takeover_during_a_turn_wins(hotel: Hotel, guest: WhatsAppGuest) -> None:
    _ask(guest)
    drain_until_due()
    with tenant_scope(hotel.tenant):
        claimed = turns._claim(Conversation.objects.get().pk)
        assert claimed is not None
        ownership.take_over(claimed.conversation.pk)
        with pytest.raises(LostClaim):
            turns._run(claimed, claims_reply=True)
    drain()
    assert guest.received() == []
    assert not OutboundMessage._base_manager.exists()


def drain_until_due() -> None:
    """Take deliveries in and wait until the conversation is due, without answering it."""
    from conversations.services.intake import take_in

    for row in InboundDelivery.objects.filter(state="waiting"):
        take_in(row.pk)
    while not turns.falling_due(clock.now(), limit=10):
        time.sleep(0.01)


def test_an_ambiguous_send_is_settled_by_its_receipt(hotel: Hotel, guest: WhatsAppGuest) -> None:
    guest.graph.control.fail(Fault("reset_after", times=1))
    _ask(guest)
    drain_until_due()
    drain_once()
    row = _last()
    assert row.state == State.AMBIGUOUS
    sent = guest.graph.control.messages()[0]
    _status(sent["id"], "sent", reference=str(row.public_id))
    time.sleep(90 / 25 + 0.2)
    drain()
    assert len(guest.received()) == 1
    assert _last().state == State.SENT


def test_an_ambiguous_send_without_receipt_goes_out_once_more_and_says_so(hotel: Hotel, guest: WhatsAppGuest) -> None:
    guest.graph.control.fail(Fault("reset_after", times=1))
    _ask(guest)
    drain_until_due()
    drain_once()
    time.sleep(90 / 25 + 0.2)
    drain()
    assert len(guest.received()) == 2
    assert (_last().state, _last().resent) == (State.SENT, True)


def test_a_refused_token_pauses_the_account_and_loses_nothing(hotel: Hotel, guest: WhatsAppGuest) -> None:
    guest.graph.control.fail(Fault("error", code=190, times=1))
    _ask(guest)
    drain_until_due()
    drain_once()
    account = ChannelAccount._base_manager.get(external_id=NUMBER)
    assert account.paused_at is not None
    assert _last().state == State.QUEUED
    OutboundMessage._base_manager.update(not_before=clock.now())
    drain()
    assert len(guest.received()) == 1
    account.refresh_from_db()
    assert account.paused_at is None


def test_a_recipient_that_cannot_be_reached_is_a_persons_task(hotel: Hotel, guest: WhatsAppGuest) -> None:
    guest.graph.control.fail(Fault("error", code=131026, times=None))
    _ask(guest)
    drain()
    assert _last().state == State.FAILED
    assert Handoff._base_manager.get().reason == "send_failed"


def test_outside_the_window_nothing_is_sent(hotel: Hotel, guest: WhatsAppGuest) -> None:
    guest.say("Hola")
    before = len(guest.received())
    with tenant_scope(hotel.tenant):
        conversation = Conversation.objects.get()
        Conversation.objects.update(last_inbound_at=clock.now() - dt.timedelta(hours=25))
        copy = _last()
        copy.pk, copy.public_id, copy.state, copy.dedupe_key = None, __import__("uuid").uuid4(), State.QUEUED, "again"
        copy.purpose, copy.provider_id = OutboundMessage.Purpose.TRANSACTIONAL, ""
        copy.save()
        sending.deliver(conversation.pk)
    assert len(guest.received()) == before
    assert (_last().state, _last().error_code) == (State.FAILED, "window_closed")


def test_messages_of_yesterday_are_not_answered_as_if_live(hotel: Hotel, guest: WhatsAppGuest) -> None:
    post(envelope([text_message(guest.wa_id, "Hola", at=time.time() - 26 * 3600)]))
    drain()
    assert guest.received() == []
    assert Message._base_manager.get().state == Message.State.STALE
    assert Handoff._base_manager.get().reason == "old_message"


def test_a_burst_is_one_turn_with_one_reply(hotel: Hotel, guest: WhatsAppGuest) -> None:
    guest.say("Hola", "una consulta", "¿tienen estacionamiento?")
    assert len(guest.received()) == 1
    assert Message._base_manager.filter(state=Message.State.ANSWERED).count() == 3


def test_a_poisoned_message_dies_alone(hotel: Hotel, guest: WhatsAppGuest, settings: Settings) -> None:
    _ask(guest, "¿Tienen estacionamiento?")
    _ask(guest, "veneno")
    drain_until_due()
    Message._base_manager.filter(text="veneno").update(kind="nonsense")
    drain(timeout=40)
    states = dict(Message._base_manager.values_list("text", "state"))
    assert states == {"¿Tienen estacionamiento?": "answered", "veneno": "dead"}
    received = guest.received()
    assert len(received) == 2
    assert "una persona" in spoken(received[-1])
    assert Handoff._base_manager.filter(reason="message_failed", urgent=True).count() == 1
    Message._base_manager.filter(text="veneno").update(kind="text")
    with tenant_scope(hotel.tenant):
        assert redelivery.redeliver_messages([Message.objects.get(state="dead").pk]) == 1
    drain()
    assert Message._base_manager.filter(state="dead").count() == 0


def test_a_worker_that_dies_three_times_at_a_message_ends_it(hotel: Hotel, guest: WhatsAppGuest) -> None:
    _ask(guest)
    drain_until_due()
    with tenant_scope(hotel.tenant):
        conversation = Conversation.objects.get()
        for _ in range(4):
            turns._claim(conversation.pk)  # and the worker dies
            Conversation.objects.update(lease_until=clock.now() - dt.timedelta(seconds=1))
        turns._claim(conversation.pk)
    assert Message._base_manager.get().state == Message.State.DEAD


def test_twenty_workers_make_one_turn(hotel: Hotel, guest: WhatsAppGuest) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connections

    _ask(guest)
    drain_until_due()
    pk = Conversation._base_manager.get().pk

    def work(_: int) -> bool:
        try:
            with tenant_scope(hotel.tenant):
                return turns.take_turn(pk) is not None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(work, range(20))) == 1
    drain()
    assert len(guest.received()) == 1


def test_an_unreadable_session_is_set_aside_and_the_guest_answered(hotel: Hotel, guest: WhatsAppGuest) -> None:
    guest.say("Hola")
    Session._base_manager.update(state={"version": 1, "nonsense": True})
    assert "gratis" in guest.say("¿Tienen estacionamiento?")
    assert Session._base_manager.filter(status="quarantined").count() == 1
    assert Session._base_manager.filter(status="open").count() == 1


def test_stale_sessions_are_purged_and_conversations_stay(hotel: Hotel, guest: WhatsAppGuest) -> None:
    guest.say("Hola")
    assert purging.purge_sessions()["deleted"] == 0
    Session._base_manager.update(last_activity_at=clock.now() - dt.timedelta(hours=25))
    assert purging.purge_sessions() == {"deleted": 1, "quarantined": 0, "active": 0}
    assert Conversation._base_manager.count() == 1
    assert "asistente automático" not in guest.say("Hola de nuevo"), "who writes is said once per conversation"


def test_staff_writing_from_their_own_app_take_the_conversation_over(hotel: Hotel, guest: WhatsAppGuest) -> None:
    guest.say("Hola")
    body = json.loads(envelope([]))
    change = body["entry"][0]["changes"][0]
    change["field"] = "smb_message_echoes"
    del change["value"]["messages"]
    change["value"]["message_echoes"] = [
        {
            "from": "5491150000000", "to": guest.wa_id, "id": "wamid.echo1", "timestamp": str(int(time.time())),
            "type": "text", "text": {"body": "Hola, soy Laura de recepción"},
        }
    ]  # fmt: skip
    raw = json.dumps(body).encode()
    assert post(raw, signature=sign(raw, APP_SECRET)).status_code == 200
    drain()
    assert Conversation._base_manager.get().owner == Conversation.Owner.HUMAN
    assert OutboundMessage._base_manager.filter(purpose="staff", text__contains="Laura").count() == 1
    _ask(guest)
    drain()
    assert len(guest.received()) == 1


def test_the_sweeper_publishes_and_beats(hotel: Hotel, guest: WhatsAppGuest) -> None:
    _ask(guest)
    sweeper = Sweeper()
    time.sleep(0.2)
    assert sweeper.tick() >= 1
    assert sweeper.tick() == 0, "what was just published is not published again"
    assert outbox.due_conversations(10) == []


def test_a_turn_is_published_when_it_falls_due_and_not_a_tick_later(
    hotel: Hotel, guest: WhatsAppGuest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "TICK_S", 5.0)
    _ask(guest)
    intake.take_in(InboundDelivery.objects.get().pk)
    due_at = clock.now() + dt.timedelta(seconds=1.5)
    Conversation._base_manager.update(due_at=due_at)
    sweeper = Sweeper()
    sweeper.tick()
    with redis.Redis.from_url(django_settings.CELERY_BROKER_URL) as broker:
        before = broker.llen("work")
        assert clock.now() < due_at, "the machine is too slow for this test to mean anything"
        sweeper.keep_time(1.6)
        assert broker.llen("work") == before + 1
    assert clock.now() > due_at
    Conversation._base_manager.update(due_at=clock.now())
    assert sweeper.tick() == 1, "due again is other work, whatever was published before"
