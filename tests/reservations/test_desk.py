"""The front desk: a room is one guest's, arrivals and departures at their time, nights given back are sold again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from hotel_agent.common.exceptions import BadInput
from integrations.pms.base import Done, Party, Reason, Refused
from reservations.models import BuiltinBooking, Reservation, ReservationChange, Room, RoomAssignment
from reservations.services import auditing, calls
from reservations.services.builtin import desk
from reservations.services.builtin.desk import NotNow, RoomTaken
from tenants.scoping import tenant_scope
from tests.factories.reservations import Hotel, open_hotel, requested
from tests.reservations.pms_conformance import booked, left, stay_in
from tests.reservations.test_builtin_pms import BuiltinWorld

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def scope(hotel: Hotel) -> Iterator[None]:
    with tenant_scope(hotel.tenant):
        yield


@pytest.fixture
def world(hotel: Hotel) -> BuiltinWorld:
    return BuiltinWorld(hotel)


def rooms_of(hotel: Hotel) -> list[Room]:
    return list(Room.objects.filter(room_type=hotel.double).order_by("number"))


def assigned(booking_id: str) -> list[str]:
    rows = RoomAssignment.objects.filter(booking__booking_id=booking_id, is_active=True)
    return sorted(rows.values_list("room__number", flat=True))


def go_to(moving: time_machine.Traveller, hotel: Hotel, day: dt.date, hour: int = 16) -> None:
    moving.move_to(dt.datetime.combine(day, dt.time(hour), tzinfo=hotel.tenant.zone))


# -- rooms ------------------------------------------------------------------------------------------------------------


def test_a_room_is_one_guests_and_free_again_afterwards(hotel: Hotel, world: BuiltinWorld) -> None:
    room, other = rooms_of(hotel)
    first, second = booked(world, stay_in(world, 5)), booked(world, stay_in(world, 7))
    after = booked(world, stay_in(world, 8))
    desk.assign(tenant=hotel.tenant, booking_id=first.booking_id, rooms=[room])

    with pytest.raises(RoomTaken):
        desk.assign(tenant=hotel.tenant, booking_id=second.booking_id, rooms=[room])
    desk.assign(tenant=hotel.tenant, booking_id=after.booking_id, rooms=[room])  # the day the first one leaves

    booking = BuiltinBooking.objects.get(booking_id=second.booking_id)
    assert list(desk.free_rooms(booking)) == [other]
    desk.assign(tenant=hotel.tenant, booking_id=second.booking_id, rooms=[other])
    assert [assigned(one.booking_id) for one in (first, second, after)] == [["100"], ["101"], ["100"]]

    assert isinstance(world.pms.cancel(first.booking_id, "T-c"), Done)
    assert assigned(first.booking_id) == []
    assert auditing.violations(tenant=hotel.tenant) == []


def test_a_refused_assignment_leaves_the_one_there_was(hotel: Hotel, world: BuiltinWorld) -> None:
    room, other = rooms_of(hotel)
    first, second = booked(world, stay_in(world)), booked(world, stay_in(world))
    desk.assign(tenant=hotel.tenant, booking_id=first.booking_id, rooms=[room])
    desk.assign(tenant=hotel.tenant, booking_id=second.booking_id, rooms=[other])

    for rooms, error in (
        ([room], RoomTaken),
        ([room, other], NotNow),
        (list(Room.objects.filter(room_type=hotel.family)), BadInput),
    ):
        with pytest.raises(error):
            desk.assign(tenant=hotel.tenant, booking_id=second.booking_id, rooms=rooms)

    assert assigned(second.booking_id) == ["101"]


def test_the_database_refuses_one_room_twice_whoever_writes(hotel: Hotel, world: BuiltinWorld) -> None:
    made = booked(world, stay_in(world))
    booking = BuiltinBooking.objects.get(booking_id=made.booking_id)
    room = rooms_of(hotel)[0]
    nights = DateRange(booking.check_in, booking.check_out)
    RoomAssignment.objects.create(tenant=hotel.tenant, booking=booking, room=room, stay=nights)
    last = DateRange(booking.check_out - dt.timedelta(days=1), booking.check_out + dt.timedelta(days=3))
    with pytest.raises(IntegrityError), transaction.atomic():
        RoomAssignment.objects.create(tenant=hotel.tenant, booking=booking, room=room, stay=last)
    with pytest.raises(IntegrityError), transaction.atomic():
        RoomAssignment.objects.create(tenant=hotel.tenant, room=room, stay=nights)


def test_several_rooms_of_one_booking_are_different_rooms(
    hotel: Hotel, world: BuiltinWorld, moving: time_machine.Traveller
) -> None:
    stay = stay_in(world, rooms=(Party(2), Party(1)))
    made = booked(world, stay)
    go_to(moving, hotel, stay.check_in)

    desk.check_in(tenant=hotel.tenant, booking_id=made.booking_id, actor="recepcion")

    assert assigned(made.booking_id) == ["100", "101"]


# -- arriving, leaving, never coming ----------------------------------------------------------------------------------


@pytest.fixture
def reservation(hotel: Hotel, moving: time_machine.Traveller) -> Reservation:
    """A confirmed stay of four nights."""
    made = requested(hotel, hotel.stay())
    calls.run_due_calls()
    made.refresh_from_db()
    assert made.state == "confirmed"
    return made


def test_a_stay_from_arrival_to_departure(
    hotel: Hotel, reservation: Reservation, moving: time_machine.Traveller
) -> None:
    booking_id = reservation.pms_booking_id
    go_to(moving, hotel, reservation.check_in - dt.timedelta(days=1))
    with pytest.raises(NotNow):
        desk.check_in(tenant=hotel.tenant, booking_id=booking_id, actor="ana")
    with pytest.raises(NotNow):
        desk.no_show(tenant=hotel.tenant, booking_id=booking_id, actor="ana")
    with pytest.raises(NotNow):
        desk.check_out(tenant=hotel.tenant, booking_id=booking_id, actor="ana")

    go_to(moving, hotel, reservation.check_in + dt.timedelta(days=1), hour=2)  # two at night is still the day before
    desk.check_in(tenant=hotel.tenant, booking_id=booking_id, actor="ana")
    reservation.refresh_from_db()
    assert (reservation.state, assigned(booking_id)) == ("in_house", ["100"])
    with pytest.raises(NotNow):
        desk.check_in(tenant=hotel.tenant, booking_id=booking_id, actor="ana")

    go_to(moving, hotel, reservation.check_out)
    desk.check_out(tenant=hotel.tenant, booking_id=booking_id, actor="ana")
    reservation.refresh_from_db()
    assert reservation.state == "departed"
    changes = ReservationChange.objects.filter(reservation=reservation).values_list("kind", "actor")
    assert list(changes)[-2:] == [("in_house", "ana"), ("departed", "ana")]
    assert auditing.violations(tenant=hotel.tenant) == []


def test_nights_of_an_early_departure_are_sold_again(
    hotel: Hotel, reservation: Reservation, moving: time_machine.Traveller
) -> None:
    world = BuiltinWorld(hotel)
    go_to(moving, hotel, reservation.check_in)
    desk.check_in(tenant=hotel.tenant, booking_id=reservation.pms_booking_id, actor="ana")
    go_to(moving, hotel, reservation.check_in + dt.timedelta(days=2))

    desk.check_out(tenant=hotel.tenant, booking_id=reservation.pms_booking_id, actor="ana")

    assert left(world, reservation.stay) == [1, 1, 2, 2]
    room = rooms_of(hotel)[0]
    other = booked(world, stay_in(world, 0, nights=2))
    desk.assign(tenant=hotel.tenant, booking_id=other.booking_id, rooms=[room])
    assert auditing.violations(tenant=hotel.tenant) == []


@pytest.mark.parametrize(("days_late", "expected"), [(0, [1, 2, 2, 2]), (2, [1, 1, 2, 2]), (9, [1, 1, 1, 1])])
def test_who_never_came_pays_the_nights_that_passed(
    hotel: Hotel, reservation: Reservation, moving: time_machine.Traveller, days_late: int, expected: list[int]
) -> None:
    go_to(moving, hotel, reservation.check_in + dt.timedelta(days=days_late))

    desk.no_show(tenant=hotel.tenant, booking_id=reservation.pms_booking_id, actor="ana")

    reservation.refresh_from_db()
    assert reservation.state == "no_show"
    assert left(BuiltinWorld(hotel), reservation.stay) == expected
    assert auditing.violations(tenant=hotel.tenant) == []
    refused = BuiltinWorld(hotel).pms.cancel(reservation.pms_booking_id, "T")
    assert isinstance(refused, Refused)
    assert refused.reason == Reason.NOT_CHANGEABLE


def test_nobody_arrives_where_no_room_is_left(
    hotel: Hotel, world: BuiltinWorld, moving: time_machine.Traveller
) -> None:
    stay = stay_in(world)
    made = booked(world, stay)
    Room.objects.filter(room_type=hotel.double).update(is_active=False)
    go_to(moving, hotel, stay.check_in)

    with pytest.raises(NotNow):
        desk.check_in(tenant=hotel.tenant, booking_id=made.booking_id, actor="ana")
    assert BuiltinBooking.objects.get().status == "active"


def test_another_hotels_booking_is_unknown(hotel: Hotel, world: BuiltinWorld) -> None:
    made = booked(world, stay_in(world))
    stranger = open_hotel()
    for action in (desk.check_in, desk.check_out, desk.no_show):
        with pytest.raises(BadInput):
            action(tenant=stranger.tenant, booking_id=made.booking_id, actor="x")
