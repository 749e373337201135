"""Our stays beside the PMS's: confirmed means it has them (promise 5), and no room is sold twice there (promise 3).

Reads only; may run while guests are served. A booking under way is no difference. What looks wrong is looked at once
more, because a stay may change between reading our row and asking the PMS.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import structlog

from hotel_agent.common import clock
from hotel_agent.common.exceptions import DependencyDown, Misconfigured, Permanent
from integrations.pms.base import BookingStatus, Pms, PmsBooking, TellsDoubleSales
from reservations.models import DriftReport, PmsCall, Reservation
from reservations.services import pms
from tenants.models import Tenant
from tenants.scoping import tenant_scope

log = structlog.get_logger(__name__)

LOOK_BACK_DAYS = 30
KEEP_DAYS = 90
REPORT_TASK = "reservations.report_drift_of"
OUR_PREFIX = "HA-B-"
"""How the references of our bookings begin (`ledger.new_reference`)."""
BOOKED_STATES = (
    Reservation.State.CONFIRMED,
    Reservation.State.IN_HOUSE,
    Reservation.State.DEPARTED,
    Reservation.State.NO_SHOW,
)
GONE = frozenset({BookingStatus.CANCELLED, BookingStatus.EMPTY})


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken promise. `subject` is a code, a reference or a night, never personal data."""

    promise: int
    rule: str
    subject: str
    detail: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many reservations were compared, and what was found."""

    checked: int
    found: tuple[Violation, ...]


def compare(*, tenant: Tenant, connect: pms.Connect = pms.connect) -> Comparison:
    """Every reservation of the last 30 days and the future with the PMS, and what the PMS has under references of ours
    that no reservation has.

    Raises:
        DependencyDown, Misconfigured: the PMS cannot be asked.
    """
    adapter = connect(tenant)
    since = tenant.business_day() - dt.timedelta(days=LOOK_BACK_DAYS)
    with tenant_scope(tenant):
        listed = _listed(adapter, since)
        checked, found = 0, []
        for reservation in _settled_reservations(since):
            checked += 1
            if _differences(reservation, _bookings(reservation, adapter, listed)):
                reservation.refresh_from_db()
                found.extend(_differences(reservation, _bookings(reservation, adapter, None)))
        found.extend(_strays(listed or {}))
        found.extend(_double_sales(adapter, since))
    return Comparison(checked, tuple(found))


def make_report(*, tenant: Tenant, connect: pms.Connect = pms.connect) -> DriftReport:
    """Compare and keep what was found, also that the PMS could not be asked. Old reports go."""
    with tenant_scope(tenant):
        try:
            comparison, error = compare(tenant=tenant, connect=connect), ""
        except (DependencyDown, Misconfigured, Permanent) as failure:
            comparison, error = Comparison(0, ()), f"{failure.code}: {failure}"[:300]
        if comparison.found or error:
            log.error("pms_drift", tenant=tenant.slug, found=len(comparison.found), error=error)
        DriftReport.objects.filter(made_at__lt=clock.now() - dt.timedelta(days=KEEP_DAYS)).delete()
        return DriftReport.objects.create(
            tenant=tenant,
            checked=comparison.checked,
            findings=[violation.as_dict() for violation in comparison.found],
            error=error,
        )


def _listed(adapter: Pms, since: dt.date) -> dict[str, list[PmsBooking]] | None:
    """Everything of ours in one question; None where the PMS keeps no references."""
    if not adapter.capabilities.can_look_up:
        return None
    by_reference = defaultdict(list)
    for booking in pms.call(adapter, "list_ours", lambda: adapter.list_ours(OUR_PREFIX, since)):
        by_reference[booking.reference].append(booking)
    return by_reference


def _settled_reservations(since: dt.date) -> Iterator[Reservation]:
    rows = Reservation.objects.filter(check_out__gte=since).select_related("room_type")
    # A change that is being made is neither the old stay nor the new one.
    under_way = PmsCall.objects.filter(
        kind__in=[PmsCall.Kind.CANCEL, PmsCall.Kind.AMEND],
        outcome__in=[PmsCall.Outcome.OPEN, PmsCall.Outcome.UNKNOWN],
    )
    rows = rows.exclude(pk__in=under_way.values("reservation_id"))
    return rows.exclude(state__in=[Reservation.State.PENDING, Reservation.State.UNKNOWN]).iterator()


def _bookings(stay: Reservation, adapter: Pms, listed: dict[str, list[PmsBooking]] | None) -> Sequence[PmsBooking]:
    if listed is not None:
        return listed.get(stay.reference, [])
    if adapter.capabilities.can_look_up:
        return pms.call(adapter, "find", lambda: adapter.find(stay.reference))
    booking = pms.call(adapter, "get", lambda: adapter.get(stay.pms_booking_id)) if stay.pms_booking_id else None
    return [booking] if booking else []


def _differences(stay: Reservation, found: Sequence[PmsBooking]) -> list[Violation]:
    live = [booking for booking in found if booking.status not in GONE]
    wrong = [
        Violation(5, "alive_without_a_room", stay.code, booking.booking_id)
        for booking in found
        if booking.status == BookingStatus.EMPTY
    ]
    if len(live) > 1:
        wrong.append(Violation(5, "one_booking_per_reference", stay.code, f"{len(live)} live bookings"))
    is_booked = stay.state in BOOKED_STATES
    # One that waits for its deposit may have its booking already, and is called booked by nobody.
    is_awaited = stay.state == Reservation.State.AWAITING
    if is_booked or (is_awaited and stay.pms_booking_id):
        ours = next((booking for booking in live if booking.booking_id == stay.pms_booking_id), None)
        if ours is None:
            wrong.append(Violation(5, "confirmed_is_in_pms", stay.code, f"{len(live)} live bookings, none is ours"))
        else:
            wrong.extend(_details(stay, ours))
    elif live:
        wrong.append(Violation(5, "not_booked_is_not_in_pms", stay.code, f"ours is {stay.state}"))
    return wrong


def _details(stay: Reservation, booking: PmsBooking) -> Iterator[Violation]:
    if booking.total != stay.price:
        yield Violation(5, "same_price", stay.code, f"{stay.price} here, {booking.total} in the PMS")
    if (booking.check_in, booking.check_out) != (stay.check_in, stay.check_out):
        yield Violation(5, "same_dates", stay.code, f"{booking.check_in} – {booking.check_out} in the PMS")
    if booking.rooms_by_type() != stay.stay.rooms_by_type(stay.room_type.code):
        there = ", ".join(f"{rooms} {code}" for code, rooms in booking.rooms_by_type().items())
        yield Violation(5, "same_rooms", stay.code, f"{there} in the PMS")


def _strays(listed: dict[str, list[PmsBooking]]) -> Iterator[Violation]:
    """Live bookings under a reference of ours that no reservation has."""
    live = {
        reference: booking
        for reference, bookings in listed.items()
        for booking in bookings
        if booking.status not in GONE
    }
    known = set(Reservation.objects.filter(reference__in=live).values_list("reference", flat=True))
    for reference in sorted(set(live) - known):
        yield Violation(5, "booking_without_reservation", reference, live[reference].booking_id)


def _double_sales(adapter: Pms, since: dt.date) -> Iterator[Violation]:
    """Rooms the PMS sold to two bookings of which one is ours, whoever sold them."""
    if not isinstance(adapter, TellsDoubleSales):
        return
    told: TellsDoubleSales = adapter
    pairs = pms.call(adapter, "double_sales", lambda: told.double_sales(since))
    if not pairs:
        return
    ids = {booking_id for pair in pairs for booking_id in pair}
    codes = dict(
        Reservation.objects.filter(pms_booking_id__in=ids, state__in=BOOKED_STATES).values_list(
            "pms_booking_id", "code"
        )
    )
    for pair in pairs:
        ours = sorted(codes[booking_id] for booking_id in pair if booking_id in codes)
        if ours:
            yield Violation(3, "room_sold_twice", ours[0], f"bookings {' and '.join(sorted(pair))}")
