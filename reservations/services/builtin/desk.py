"""The front desk's side of the built-in PMS: which room a booking gets, arrivals, departures, guests who never came.

What happens to a booking happens to its reservation in the same transaction, with the name of who did it.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Sequence

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import QuerySet

from hotel_agent.common.exceptions import BadInput
from integrations.pms.base import BookingStatus
from reservations.models import BuiltinBooking, Reservation, Room, RoomAssignment
from reservations.services import ledger
from reservations.services.builtin import blocks, counters
from tenants.models import Tenant
from tenants.scoping import tenant_scope

ONE_NIGHT = dt.timedelta(days=1)


class RoomTaken(BadInput):
    """A room is somebody else's on one of the nights; nothing was changed."""

    code = "room_taken"


class NotNow(BadInput):
    """The booking is not in a state, or it is not the day, for that."""

    code = "not_now"


def free_rooms(booking: BuiltinBooking) -> QuerySet[Room, Room]:
    """Active rooms of the booking's types that nobody else has on its nights, by number."""
    taken = RoomAssignment.objects.filter(
        is_active=True, stay__overlap=DateRange(booking.check_in, booking.check_out)
    ).exclude(booking=booking)
    rooms = Room.objects.filter(room_type__in=list(booked_rooms(booking)), is_active=True)
    return rooms.exclude(pk__in=taken.values("room_id")).order_by("number")


def booked_rooms(booking: BuiltinBooking) -> Counter[int]:
    """How many rooms of each type, by the type's key."""
    return Counter({booking.room_type_id: booking.rooms} | {
        one.room_type_id: one.rooms for one in counters.more_rooms(booking)
    })  # fmt: skip


def booked(booking: BuiltinBooking) -> str:
    """Types and numbers of rooms, as the desk reads them: "Doble × 2, Triple × 1"."""
    every = [(booking.room_type, booking.rooms), *((one.room_type, one.rooms) for one in counters.more_rooms(booking))]
    return ", ".join(f"{room_type} × {rooms}" for room_type, rooms in every)


def assign(*, tenant: Tenant, booking_id: str, rooms: Collection[Room]) -> None:
    """Give a booking these rooms instead of those it had; none takes them away.

    Raises:
        RoomTaken: the database found a room assigned twice.
        NotNow: the booking has ended, or these are more rooms than it has booked.
        BadInput: a room is of another type, or no such booking.
    """
    with tenant_scope(tenant), transaction.atomic():
        booking = _locked(tenant, booking_id)
        _give(booking, list(rooms))


def check_in(*, tenant: Tenant, booking_id: str, actor: str, reason: str = "") -> BuiltinBooking:
    """The guests are here. Rooms that were not picked are picked now.

    Raises:
        NotNow: it is not active, not its nights, or there is no room free for it.
        BadInput: no such booking.
    """
    with tenant_scope(tenant), transaction.atomic():
        booking = _locked(tenant, booking_id)
        if booking.status != BookingStatus.ACTIVE:
            raise NotNow(f"{booking_id} is {booking.status}")
        if not booking.check_in <= tenant.business_day() < booking.check_out:
            raise NotNow(f"{booking_id} is not for tonight")
        assigned = [one.room for one in _assignments(booking).select_related("room")]
        missing = booked_rooms(booking)
        missing.subtract(room.room_type_id for room in assigned)
        if missing.total():
            for room in free_rooms(booking):
                if room not in assigned and missing[room.room_type_id] > 0:
                    assigned.append(room)
                    missing[room.room_type_id] -= 1
            if missing.total():
                raise NotNow(f"no free room of the type for {booking_id}")
            _give(booking, assigned)
        return _become(booking, BookingStatus.IN_HOUSE, Reservation.State.IN_HOUSE, actor, reason)


def check_out(*, tenant: Tenant, booking_id: str, actor: str, reason: str = "") -> BuiltinBooking:
    """The guests have left. Nights they did not stay are sold again.

    Raises:
        NotNow: they are not in the house.
        BadInput: no such booking.
    """
    with tenant_scope(tenant), transaction.atomic():
        booking = _locked(tenant, booking_id)
        if booking.status != BookingStatus.IN_HOUSE:
            raise NotNow(f"{booking_id} is {booking.status}")
        _release_from(booking, max(tenant.business_day(), booking.check_in + ONE_NIGHT))
        return _become(booking, BookingStatus.DEPARTED, Reservation.State.DEPARTED, actor, reason)


def no_show(*, tenant: Tenant, booking_id: str, actor: str, reason: str = "") -> BuiltinBooking:
    """Nobody came: the night of arrival stays sold, later nights from now on are sold again.

    Raises:
        NotNow: it is not active, or the day of arrival has not come.
        BadInput: no such booking.
    """
    with tenant_scope(tenant), transaction.atomic():
        booking = _locked(tenant, booking_id)
        today = tenant.business_day()
        if booking.status != BookingStatus.ACTIVE or today < booking.check_in:
            raise NotNow(f"{booking_id} is {booking.status}, arrival {booking.check_in}")
        _release_from(booking, max(today, booking.check_in + ONE_NIGHT))
        return _become(booking, BookingStatus.NO_SHOW, Reservation.State.NO_SHOW, actor, reason)


def _locked(tenant: Tenant, booking_id: str) -> BuiltinBooking:
    rows = BuiltinBooking.objects.select_for_update(of=("self",)).select_related("room_type")
    booking = rows.filter(tenant=tenant, booking_id=booking_id).first()
    if booking is None:
        raise BadInput(f"no booking {booking_id}")
    return booking


def _assignments(booking: BuiltinBooking) -> QuerySet[RoomAssignment, RoomAssignment]:
    return RoomAssignment.objects.filter(booking=booking, is_active=True)


def _give(booking: BuiltinBooking, rooms: Sequence[Room]) -> None:
    booked = booked_rooms(booking)
    if booking.status not in {BookingStatus.ACTIVE, BookingStatus.IN_HOUSE} or len(rooms) > booked.total():
        raise NotNow(f"{booking.booking_id}: {booking.status}, {booked.total()} rooms")
    given = Counter(room.room_type_id for room in rooms)
    if not given <= booked or not all(room.is_active for room in rooms):
        raise BadInput("a room is of another type, or closed")
    _assignments(booking).update(is_active=False)
    try:
        with transaction.atomic():
            RoomAssignment.objects.bulk_create(
                RoomAssignment(
                    tenant_id=booking.tenant_id, booking=booking, room=room,
                    stay=DateRange(booking.check_in, booking.check_out),
                )
                for room in rooms
            )  # fmt: skip
    except IntegrityError as error:
        if getattr(error.__cause__, "sqlstate", "") != blocks.EXCLUSION_VIOLATION:
            raise
        raise RoomTaken("a room is taken on one of the nights") from error


def _release_from(booking: BuiltinBooking, day: dt.date) -> None:
    """Sell the nights from `day` on again; does nothing when there are none."""
    if day >= booking.check_out:
        return
    spans = counters.kept(booking, since=day)
    nights = counters.lock(*spans)
    counters.move_all(spans, nights, sold=-1)
    blocks.count_all_again(spans, nights)
    booking.released_from = day
    booking.save(update_fields=["released_from"])
    _assignments(booking).update(stay=DateRange(booking.check_in, day))


def _become(
    booking: BuiltinBooking, status: BookingStatus, state: Reservation.State, actor: str, reason: str
) -> BuiltinBooking:
    booking.status = status.value
    booking.save(update_fields=["status"])
    if status == BookingStatus.NO_SHOW:
        _assignments(booking).update(is_active=False)
    reservation = Reservation.objects.select_for_update(of=("self",)).filter(reference=booking.reference).first()
    if reservation is not None and reservation.state in {Reservation.State.CONFIRMED, Reservation.State.IN_HOUSE}:
        before = reservation.state
        reservation.state = state
        reservation.save(update_fields=["state"])
        detail = {"reason": reason} if reason else {}
        ledger.add_change(reservation, state.value, from_state=before, actor=actor[:60], detail=detail)
    return booking
