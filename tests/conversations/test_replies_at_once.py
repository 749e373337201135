"""A reply is claimed with its turn: written once, sent by the worker that wrote it, and never before what waits."""

from __future__ import annotations

import pytest

from conversations import tasks
from conversations.models import Conversation, InboundDelivery, OutboundMessage
from conversations.services import intake, outbox, sending, turns
from hotel_agent.common import clock
from tenants.models import ChannelAccount
from tenants.scoping import tenant_scope
from tests.conversations.guests import WhatsAppGuest, drain, envelope, post, spoken, text_message
from tests.factories.reservations import Hotel

State = OutboundMessage.State


def _due(guest: WhatsAppGuest, text: str = "¿Tienen estacionamiento?") -> Conversation:
    """The guest's conversation with a message in it whose turn is due and not taken."""
    assert post(envelope([text_message(guest.wa_id, text)])).status_code == 200
    for row in InboundDelivery.objects.filter(state="waiting"):
        intake.take_in(row.pk)
    Conversation._base_manager.filter(due_at__isnull=False).update(due_at=clock.now())
    return Conversation._base_manager.get()


def _rows() -> list[OutboundMessage]:
    return list(OutboundMessage._base_manager.order_by("id"))


def test_the_worker_that_takes_the_turn_sends_its_reply(hotel: Hotel, guest: WhatsAppGuest) -> None:
    tasks.take_turn(_due(guest).pk)
    (row,) = _rows()
    assert (row.state, row.claim) == (State.SENT, 1)
    assert len(guest.received()) == 1
    drain()
    assert len(guest.received()) == 1


def test_a_reply_waits_behind_what_was_not_sent_yet(hotel: Hotel, guest: WhatsAppGuest) -> None:
    guest.say("Hola")
    with tenant_scope(hotel.tenant):
        earlier = _rows()[0]
        later = clock.now() + clock.minutes(1)
        OutboundMessage.objects.filter(pk=earlier.pk).update(state=State.QUEUED, not_before=later, provider_id="")
    heard = len(guest.received())
    tasks.take_turn(_due(guest).pk)
    assert [row.state for row in _rows()] == [State.QUEUED, State.QUEUED]
    assert len(guest.received()) == heard, "a later message must not overtake an earlier one"
    OutboundMessage._base_manager.filter(pk=earlier.pk).update(not_before=clock.now())
    drain()
    new = [spoken(message) for message in guest.received()[heard:]]
    assert len(new) == 2
    assert earlier.text[:20] in new[0]


def test_a_worker_that_dies_before_it_sends_loses_nothing(hotel: Hotel, guest: WhatsAppGuest) -> None:
    conversation = _due(guest)
    with tenant_scope(hotel.tenant):
        taken = turns.take_turn(conversation.pk, claims_reply=True)
        assert taken is not None
        assert taken.reply is not None
        assert sending.deliver(conversation.pk) == 0, "somebody else must not send it at the same time"
    (row,) = _rows()
    assert row.state == State.SENDING
    drain()
    assert guest.received() == []
    long_ago = clock.now() - clock.seconds(1)
    OutboundMessage._base_manager.update(lease_until=long_ago)
    with tenant_scope(hotel.tenant):
        assert sending.deliver(conversation.pk) == 0
        (row,) = _rows()
        assert row.state == State.AMBIGUOUS, "nobody knows whether it went out: the receipt decides"
        OutboundMessage.objects.update(not_before=long_ago)
    drain()
    (row,) = _rows()
    assert (row.state, row.resent) == (State.SENT, True)
    assert len(guest.received()) == 1


def test_who_does_not_promise_to_send_is_given_nothing(hotel: Hotel, guest: WhatsAppGuest) -> None:
    conversation = _due(guest)
    with tenant_scope(hotel.tenant):
        taken = turns.take_turn(conversation.pk)
    assert taken == turns.Taken()
    assert [row.state for row in _rows()] == [State.QUEUED]
    drain()
    assert len(guest.received()) == 1


@pytest.mark.parametrize("reason", ["pace", "day"])
def test_the_outbox_decides_about_what_may_not_go_at_once(hotel: Hotel, guest: WhatsAppGuest, reason: str) -> None:
    guest.say("Hola")
    heard = len(guest.received())
    now = clock.now()
    if reason == "pace":
        Conversation._base_manager.update(pair_left=0, pair_at=now)
    else:
        ChannelAccount._base_manager.update(answers_per_day=1)
    conversation = _due(guest)
    with tenant_scope(hotel.tenant):
        taken = turns.take_turn(conversation.pk, claims_reply=True)
        assert taken is not None
        assert taken.reply is None
    row = _rows()[-1]
    assert (row.state, row.claim) == (State.QUEUED, 0)
    with tenant_scope(hotel.tenant):
        found = outbox.claim_next(conversation.pk)
    if reason == "pace":
        assert found.verdict is outbox.Verdict.NOTHING
        assert _rows()[-1].not_before > now
    else:
        assert found.row is not None
        assert found.row.why["rule"] == "outbox.daily_limit"
    assert len(guest.received()) == heard
