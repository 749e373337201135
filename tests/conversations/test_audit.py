"""`manage.py audit` finds messages and replies nobody works on any more, and news that was written twice."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
from collections.abc import Callable

import pytest
from django.core.management import call_command

from conversations.models import Conversation, InboundDelivery, Message, OutboundMessage
from hotel_agent.common import clock
from reservations.models import StayEvent
from reservations.services import calls
from tenants.scoping import tenant_scope
from tests.conversations.guests import WhatsAppGuest
from tests.factories.reservations import Hotel, requested

HOUR = dt.timedelta(hours=1)


def audit() -> list[dict[str, object]]:
    out = io.StringIO()
    with contextlib.suppress(SystemExit):
        call_command("audit", "--json", stdout=out)
    found = json.loads(out.getvalue())["violations"]
    assert isinstance(found, list)
    return found


def forget_a_delivery(hotel: Hotel) -> None:
    InboundDelivery.objects.update(state="waiting", not_before=clock.now() - HOUR)


def lose_the_worker_of_a_delivery(hotel: Hotel) -> None:
    InboundDelivery.objects.update(state="working", lease_until=clock.now() - HOUR)


def forget_a_message(hotel: Hotel) -> None:
    Message.objects.update(state="waiting", received_at=clock.now() - HOUR)
    Conversation.objects.update(due_at=None, lease_until=None)


def leave_a_message_overdue(hotel: Hotel) -> None:
    Message.objects.update(state="waiting", received_at=clock.now() - HOUR)
    Conversation.objects.update(due_at=clock.now() - HOUR)


def forget_a_reply(hotel: Hotel) -> None:
    OutboundMessage.objects.update(state="queued", not_before=clock.now() - HOUR)


def lose_the_sender_of_a_reply(hotel: Hotel) -> None:
    OutboundMessage.objects.update(state="sending", lease_until=clock.now() - HOUR)


def confirm_twice(hotel: Hotel) -> None:
    reservation = requested(hotel, hotel.stay())
    calls.run_due_calls()
    for key in ("one", "two"):
        StayEvent.objects.create(tenant=hotel.tenant, kind="booked", key=key, reservation=reservation, state="done")


@pytest.mark.parametrize(
    ("plant", "promise", "rule"),
    [
        (forget_a_delivery, 1, "delivery_forgotten"),
        (lose_the_worker_of_a_delivery, 1, "delivery_forgotten"),
        (forget_a_message, 1, "message_forgotten"),
        (leave_a_message_overdue, 1, "message_forgotten"),
        (forget_a_reply, 1, "reply_forgotten"),
        (lose_the_sender_of_a_reply, 1, "reply_forgotten"),
        (confirm_twice, 2, "confirmed_twice"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_lost_or_doubled_is_found(
    hotel: Hotel, guest: WhatsAppGuest, plant: Callable[[Hotel], None], promise: int, rule: str
) -> None:
    guest.say("Hola, ¿la cochera es gratis?")
    assert audit() == []

    with tenant_scope(hotel.tenant):
        plant(hotel)

    found = audit()
    assert {(one["promise"], one["rule"]) for one in found} == {(promise, rule)}
    assert "cochera" not in json.dumps(found)


def test_what_waits_for_its_next_try_is_no_violation(hotel: Hotel, guest: WhatsAppGuest) -> None:
    guest.say("Hola, ¿la cochera es gratis?")
    with tenant_scope(hotel.tenant):
        OutboundMessage.objects.update(state="queued", not_before=clock.now() + HOUR)
        Message.objects.update(state="waiting", received_at=clock.now() - HOUR)
        Conversation.objects.update(due_at=clock.now() + HOUR, lease_until=None)

    assert audit() == []
