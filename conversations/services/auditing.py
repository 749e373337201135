"""Checking promises 1 and 2 on the data: nothing acknowledged is lost, and nothing happens twice. Reads only.

What waits for its turn, a later try or a dependency is no violation. What has been due for a quarter of an hour is: the
sweeper looks every five seconds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models import Count, Q

from conversations.models import InboundDelivery, Message, OutboundMessage
from hotel_agent.common import clock
from hotel_agent.common.claims import WorkState
from reservations.models import StayEvent
from reservations.services.drift import Violation
from tenants.models import Tenant
from tenants.scoping import tenant_scope

FORGOTTEN_AFTER_S = 900.0
FINAL_NEWS = (
    ({StayEvent.Kind.BOOKED, StayEvent.Kind.BOOKED_LATE}, "confirmed_twice"),
    ({StayEvent.Kind.CANCELLED}, "cancelled_twice"),
)
"""News of one reservation that can happen once in its life."""


def violations(*, tenant: Tenant) -> list[Violation]:
    """Every violation of one hotel's conversations, none when all is well."""
    with tenant_scope(tenant):
        return [*_lost_messages(), *_lost_replies(), *_told_twice()]


def lost_deliveries() -> list[Violation]:
    """Acknowledged deliveries of the installation that nobody takes in; they belong to no hotel yet."""
    late = _forgotten_before()
    rows = InboundDelivery.objects.filter(
        Q(state=WorkState.WAITING, not_before__lt=late) | Q(state=WorkState.WORKING, lease_until__lt=late)
    )
    return [Violation(1, "delivery_forgotten", str(pk)) for pk in rows.order_by("pk").values_list("pk", flat=True)]


def _forgotten_before() -> dt.datetime:
    return clock.now() - clock.seconds(FORGOTTEN_AFTER_S)


def _lost_messages() -> Iterator[Violation]:
    """A message that waits for a turn in a conversation that will have none."""
    late = _forgotten_before()
    waiting = Message.objects.filter(state=Message.State.WAITING, received_at__lt=late)
    idle = waiting.filter(conversation__due_at__isnull=True, conversation__lease_until__isnull=True)
    overdue = waiting.filter(conversation__due_at__lt=late).exclude(conversation__lease_until__gt=clock.now())
    for pk in (idle | overdue).order_by("pk").values_list("pk", flat=True):
        yield Violation(1, "message_forgotten", str(pk))


def _lost_replies() -> Iterator[Violation]:
    """A reply that should have left, in a conversation the agent may write to."""
    late = _forgotten_before()
    stuck = OutboundMessage.objects.filter(
        Q(state=OutboundMessage.State.QUEUED, not_before__lt=late)
        | Q(state=OutboundMessage.State.SENDING, lease_until__lt=late)
    ).exclude(conversation__account__paused_at__isnull=False)
    for pk in stuck.order_by("pk").values_list("pk", flat=True):
        yield Violation(1, "reply_forgotten", str(pk))


def _told_twice() -> Iterator[Violation]:
    """News that happens once in a reservation's life, written twice."""
    for kinds, rule in FINAL_NEWS:
        twice = (
            StayEvent.objects.filter(kind__in=kinds, reservation__isnull=False)
            .values("reservation__code")
            .annotate(times=Count("pk"))
            .filter(times__gt=1)
        )
        for row in twice:
            yield Violation(2, rule, row["reservation__code"], f"{row['times']} times")
