"""Checking promises 3, 4 and 5 on the data and in the PMS. Reads only; may run while guests are being served.

A booking under way (asked for, not settled) is no violation. The PMS's side is in `drift`.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db import connection

from hotel_agent.common import clock
from integrations.pms.base import Stay
from reservations.models import Hold, QuoteOption, Reservation, StayEvent
from reservations.services import drift, payments_audit, pms
from reservations.services.drift import Violation
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tenants.selectors import forget_configuration

LAPSE_GRACE_S = 60.0
"""The sweeper passes every 5 s; a hold still open a minute after its end was forgotten."""


def violations(*, tenant: Tenant, connect: pms.Connect = pms.connect) -> list[Violation]:
    """Every violation of one hotel, none when all is well.

    Raises:
        DependencyDown, Misconfigured: the PMS cannot be asked.
    """
    forget_configuration()  # an audit believes nothing that was read before it began
    with tenant_scope(tenant):
        found = [*_counters(tenant), *_assignments(tenant), *_prices(tenant), *_holds(tenant), *_told(tenant)]
        found.extend(payments_audit.violations())
        found.extend(drift.compare(tenant=tenant, connect=connect).found)
    return found


# -- promise 3: never double-sold -------------------------------------------------------------------------------------

COUNTERS = """
SELECT type.code, night.night, night.total + night.overbooking, night.sold, night.held,
       coalesce(booked.rooms, 0), coalesce(kept.rooms, 0), night.blocked, coalesce(taken.rooms, 0)
FROM reservations_roomnight night
JOIN reservations_roomtype type ON type.id = night.room_type_id
LEFT JOIN LATERAL (
    SELECT sum(own.rooms) AS rooms FROM (
        SELECT booking.rooms FROM reservations_builtinbooking booking
        WHERE booking.tenant_id = night.tenant_id AND booking.room_type_id = night.room_type_id
          AND booking.status <> 'cancelled' AND night.night >= booking.check_in
          AND night.night < coalesce(booking.released_from, booking.check_out)
        UNION ALL
        SELECT more.rooms FROM reservations_builtinmorerooms more
        JOIN reservations_builtinbooking booking ON booking.id = more.booking_id
        WHERE more.tenant_id = night.tenant_id AND more.room_type_id = night.room_type_id
          AND booking.status <> 'cancelled' AND night.night >= booking.check_in
          AND night.night < coalesce(booking.released_from, booking.check_out)
    ) own
) booked ON true
LEFT JOIN LATERAL (
    SELECT sum(own.rooms) AS rooms FROM (
        SELECT hold.rooms FROM reservations_builtinhold hold
        WHERE hold.tenant_id = night.tenant_id AND hold.room_type_id = night.room_type_id
          AND hold.is_active AND night.night >= hold.check_in AND night.night < hold.check_out
        UNION ALL
        SELECT more.rooms FROM reservations_builtinmorerooms more
        JOIN reservations_builtinhold hold ON hold.id = more.hold_id
        WHERE more.tenant_id = night.tenant_id AND more.room_type_id = night.room_type_id
          AND hold.is_active AND night.night >= hold.check_in AND night.night < hold.check_out
    ) own
) kept ON true
LEFT JOIN LATERAL (
    SELECT sum(rooms) AS rooms FROM reservations_block block
    WHERE block.tenant_id = night.tenant_id AND block.room_type_id = night.room_type_id AND block.is_active
      AND night.night >= block.check_in AND night.night < block.check_out AND night.night <> ALL (block.uncounted)
) taken ON true
WHERE night.tenant_id = %s
  AND (night.sold <> coalesce(booked.rooms, 0) OR night.held <> coalesce(kept.rooms, 0)
       OR night.blocked <> coalesce(taken.rooms, 0)
       OR night.sold + night.held + night.blocked > night.total + night.overbooking)
ORDER BY 1, 2
"""
OVERLAPS = """
SELECT room.number, one.stay, other.stay
FROM reservations_roomassignment one
JOIN reservations_roomassignment other ON other.room_id = one.room_id AND other.id > one.id AND other.stay && one.stay
JOIN reservations_room room ON room.id = one.room_id
WHERE one.tenant_id = %s AND one.is_active AND other.is_active
"""


def _counters(tenant: Tenant) -> Iterator[Violation]:
    """The counters are what was sold and is kept, and never more than there is (one statement: one snapshot)."""
    for code, night, rooms, sold, held, booked, kept, blocked, taken in _rows(COUNTERS, tenant):
        subject = f"{code} {night}"
        if sold != booked:
            yield Violation(3, "sold_is_bookings", subject, f"counter {sold}, bookings {booked}")
        if held != kept:
            yield Violation(3, "held_is_holds", subject, f"counter {held}, holds {kept}")
        if blocked != taken:
            yield Violation(3, "blocked_is_blocks", subject, f"counter {blocked}, blocks {taken}")
        if sold + held + blocked > rooms:
            yield Violation(3, "oversold", subject, f"{sold} + {held} + {blocked} of {rooms}")


def _assignments(tenant: Tenant) -> Iterator[Violation]:
    for number, one, other in _rows(OVERLAPS, tenant):
        yield Violation(3, "room_assigned_twice", number, f"{one} and {other}")


def _holds(tenant: Tenant) -> Iterator[Violation]:
    """A guest's hold keeps a room, and a kept room is some guest's hold."""
    now = clock.now()
    forgotten = Hold.objects.filter(state=Hold.State.OPEN, expires_at__lt=now - clock.seconds(LAPSE_GRACE_S))
    for reference in forgotten.values_list("reference", flat=True):
        yield Violation(3, "hold_not_lapsed", reference)
    orphans = """
        SELECT kept.reference, kept.is_active, hold.state
        FROM reservations_hold hold
        FULL JOIN reservations_builtinhold kept USING (tenant_id, reference)
        WHERE tenant_id = %s AND (
            (kept.is_active AND (hold.id IS NULL OR hold.state NOT IN ('placing', 'open', 'booking'))
             AND NOT EXISTS (SELECT 1 FROM reservations_pmscall call WHERE call.hold_id = hold.id
                             AND call.kind = 'release' AND call.state IN ('waiting', 'working')))
            OR (hold.state IN ('open', 'booking') AND kept.id IS NOT NULL AND NOT kept.is_active
                AND NOT EXISTS (SELECT 1 FROM reservations_reservation stay WHERE stay.hold_id = hold.id))
        )
    """
    for reference, active, state in _rows(orphans, tenant):
        rule = "orphan_hold" if active else "hold_keeps_nothing"
        yield Violation(3, rule, reference, f"ours is {state or 'missing'}")


# -- promise 4: no invented price -------------------------------------------------------------------------------------


def _prices(tenant: Tenant) -> Iterator[Violation]:
    """A reservation costs what its quote said, and a quote's nights, taxes and extras add up."""
    for stay in Reservation.objects.select_related("option__quote").iterator():
        option = stay.option
        if (stay.total, stay.currency) != (option.total, option.currency):
            yield Violation(4, "price_is_quoted", stay.code, f"{stay.price} for a quote of {option.price}")
        if stay.terms != option.terms:
            yield Violation(4, "terms_are_quoted", stay.code)
        quote = option.quote
        if (stay.check_in, stay.check_out, stay.parties) != (quote.check_in, quote.check_out, quote.parties):
            yield Violation(4, "stay_is_quoted", stay.code)
        if stay.created_at > quote.expires_at:
            yield Violation(4, "quote_was_valid", stay.code, f"expired at {quote.expires_at:%Y-%m-%d %H:%M}")
        nights = sum((Decimal(amount) for amount in option.nightly), Decimal(0))
        taxes = sum((line.amount.amount for line in option.tax_lines if not line.due_at_hotel), Decimal(0))
        extras = sum((line.amount.amount for line in option.extra_lines), Decimal(0))
        if nights + taxes + extras != option.total:
            yield Violation(4, "nights_add_up", stay.code)
        if option.parts and not _parts_add_up(option, stay.stay):
            yield Violation(4, "room_types_add_up", stay.code)


def _parts_add_up(option: QuoteOption, stay: Stay) -> bool:
    """Whether the types of a mixed option are the stay's, and their nights sum to the option's."""
    by_night = zip(*(part.nightly for part in option.type_parts), strict=True)
    sums = [str(sum((price.amount for price in night), Decimal(0))) for night in by_night]
    return (
        stay.rooms_by_type("") == {part.room_type_id: part.rooms for part in option.type_parts}
        and sums == option.nightly
    )


# -- promise 5: a guest is told what is so (the PMS's side is `drift`) -------------------------------------------------


def _told(tenant: Tenant) -> Iterator[Violation]:
    """No guest was told that a stay is booked which never was, and none was told both."""
    booked = (StayEvent.Kind.BOOKED, StayEvent.Kind.BOOKED_LATE)
    never = StayEvent.objects.filter(kind__in=booked, reservation__confirmed_at__isnull=True)
    for code in never.values_list("reservation__code", flat=True):
        yield Violation(5, "told_booked_but_is_not", code)
    refused = (StayEvent.Kind.BOOKING_REFUSED, StayEvent.Kind.BOOKING_RELEASED)
    both = Reservation.objects.filter(stay_events__kind__in=booked).filter(stay_events__kind__in=refused)
    for code in both.distinct().values_list("code", flat=True):
        yield Violation(5, "told_both", code)


def _rows(statement: str, tenant: Tenant) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [tenant.pk])
        return list(cursor.fetchall())
