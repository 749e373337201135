"""Rooms of several types in one booking: one price, one hold, one code, all of them or none."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import replace
from decimal import Decimal

import pytest
import time_machine

from hotel_agent.common import clock
from hotel_agent.common.exceptions import BadInput
from hotel_agent.common.money import Money
from integrations.pms.base import Party, Stay
from reservations import selectors
from reservations.models import (
    BuiltinBooking,
    BuiltinMoreRooms,
    Hold,
    QuoteOption,
    Reservation,
    Room,
    RoomAssignment,
    RoomNight,
)
from reservations.services import auditing, booking, calls, holding, quoting
from reservations.services.builtin import BuiltinPms, desk
from reservations.services.holding import HoldProblem, HoldRefused
from tenants.scoping import tenant_scope
from tests.factories.reservations import GUEST, Hotel, quote_option, requested
from tests.reservations.test_concurrency import at_once

TWO_AND_FAMILY = (Party(2, (), "double"), Party(2, (), "double"), Party(3, (), "family"))


def mixed(hotel: Hotel, arrival: int = 9, nights: int = 2, rooms: tuple[Party, ...] = TWO_AND_FAMILY) -> Stay:
    return replace(hotel.stay(arrival, nights), rooms=rooms)


def book(hotel: Hotel, stay: Stay, *, guest_key: str = "guest") -> Reservation:
    option = quote_option(hotel, stay, guest_key=guest_key)
    hold = holding.place_hold(tenant=hotel.tenant, option=option, conversation_key=None, guest_key=guest_key)
    assert isinstance(hold, Hold), hold
    made = booking.request_booking(
        tenant=hotel.tenant, option=option, hold=hold, guest=GUEST, conversation_key=None, guest_key=guest_key,
        channel="whatsapp",
    )  # fmt: skip
    assert isinstance(made, Reservation), made
    calls.run_due_calls()
    made.refresh_from_db()
    return made


def sold(hotel: Hotel) -> dict[str, set[int]]:
    """Rooms sold and held, over all nights, by type."""
    found: dict[str, set[int]] = {"double": set(), "family": set()}
    for code, count, held in RoomNight.objects.values_list("room_type__code", "sold", "held"):
        found[code].add(count + held)
    return found


def test_its_price_is_the_sum_of_its_rooms(hotel: Hotel) -> None:
    option = quote_option(hotel, mixed(hotel))

    assert [(part.room_type_id, part.rooms) for part in option.type_parts] == [("double", 2), ("family", 1)]
    assert [[price.amount for price in part.nightly] for part in option.type_parts] == [
        [Decimal(120_000)] * 2,
        [Decimal(105_000)] * 2,  # three adults in a room whose price is for two
    ]
    assert option.price == Money(Decimal(450_000), "ARS")
    assert option.left == 1


@pytest.mark.django_db(transaction=True)
def test_it_is_booked_changed_and_cancelled_as_a_whole(hotel: Hotel) -> None:
    with tenant_scope(hotel.tenant):
        stay = book(hotel, mixed(hotel))

        assert stay.state == Reservation.State.CONFIRMED
        assert (stay.rooms, stay.price) == (3, Money(Decimal(450_000), "ARS"))
        assert selectors.rooms_named(hotel.tenant, stay.stay, stay.room_type, "en") == "2 × Double, 1 × Family"
        assert stay.rooms_said == stay.option.rooms_said == "Doble × 2, Familiar × 1"
        assert sold(hotel) == {"double": {0, 2}, "family": {0, 1}}
        assert auditing.violations(tenant=hotel.tenant) == []

        longer = quote_option(hotel, mixed(hotel, 12, 3))
        booking.request_change(tenant=hotel.tenant, reservation=stay, option=longer, conversation_key=None)
        calls.run_due_calls()
        stay.refresh_from_db()
        assert stay.nights == 3
        assert auditing.violations(tenant=hotel.tenant) == []

        booking.request_cancellation(
            tenant=hotel.tenant, reservation=stay, expected_fee=Money(Decimal(0), "ARS"), conversation_key=None
        )
        calls.run_due_calls()
        stay.refresh_from_db()
        assert stay.state == Reservation.State.CANCELLED
        assert sold(hotel) == {"double": {0}, "family": {0}}
        assert auditing.violations(tenant=hotel.tenant) == []


@pytest.mark.django_db(transaction=True)
def test_a_lapsed_hold_gives_every_type_back(hotel: Hotel) -> None:
    with tenant_scope(hotel.tenant):
        option = quote_option(hotel, mixed(hotel))
        hold = holding.place_hold(tenant=hotel.tenant, option=option, conversation_key=None, guest_key="guest")
        assert isinstance(hold, Hold)
        assert sold(hotel) == {"double": {0, 2}, "family": {0, 1}}
        assert auditing.violations(tenant=hotel.tenant) == []

        Hold.objects.update(expires_at=clock.now())
    assert holding.lapse_due_holds() == 1

    with tenant_scope(hotel.tenant):
        assert sold(hotel) == {"double": {0}, "family": {0}}
        assert auditing.violations(tenant=hotel.tenant) == []


@pytest.mark.django_db(transaction=True)
def test_the_audit_finds_a_type_that_is_not_counted_or_not_priced(hotel: Hotel) -> None:
    with tenant_scope(hotel.tenant):
        stay = book(hotel, mixed(hotel))
        BuiltinMoreRooms.objects.all().delete()
        parts = stay.option.parts
        parts[0]["nightly"][0] = "119999.00"
        QuoteOption.objects.filter(pk=stay.option_id).update(parts=parts)

        found = {one.rule for one in auditing.violations(tenant=hotel.tenant)}

        assert found == {"sold_is_bookings", "room_types_add_up", "same_rooms"}


@pytest.mark.django_db(transaction=True)
def test_the_desk_gives_each_type_its_rooms(hotel: Hotel) -> None:
    with tenant_scope(hotel.tenant):
        stay = book(hotel, mixed(hotel, 0, 2, (Party(2, (), "double"), Party(3, (), "family"))))
    noon = dt.datetime.combine(hotel.first_night, dt.time(12), tzinfo=hotel.tenant.zone)
    with time_machine.travel(noon, tick=False), tenant_scope(hotel.tenant):
        row = BuiltinBooking.objects.get()
        assert desk.booked(row) == "Doble × 1, Familiar × 1"
        doubles, family = list(Room.objects.filter(room_type=hotel.double)), Room.objects.get(room_type=hotel.family)

        with pytest.raises(BadInput):
            desk.assign(tenant=hotel.tenant, booking_id=row.booking_id, rooms=doubles)
        desk.assign(tenant=hotel.tenant, booking_id=row.booking_id, rooms=[doubles[1]])
        desk.check_in(tenant=hotel.tenant, booking_id=row.booking_id, actor="desk")

        given = {one.room for one in RoomAssignment.objects.filter(is_active=True).select_related("room")}
        assert given == {doubles[1], family}
        desk.check_out(tenant=hotel.tenant, booking_id=row.booking_id, actor="desk")
        assert sold(hotel) == {"double": {0, 1}, "family": {0, 1}}  # the first night was slept
        assert auditing.violations(tenant=hotel.tenant) == []
        stay.refresh_from_db()
        assert stay.state == Reservation.State.DEPARTED


@pytest.mark.django_db(transaction=True)
@pytest.mark.concurrency
def test_two_guests_who_want_the_last_rooms_crosswise_do_not_wait_for_each_other_for_ever(hotel: Hotel) -> None:
    """One names the double first, the other the family room: whoever comes second is refused, neither is deadlocked."""
    with tenant_scope(hotel.tenant):
        requested(hotel, hotel.stay(nights=2), guest_key="earlier")  # one double is left, and the one family room
        calls.run_due_calls()
        rooms = (Party(2, (), "double"), Party(2, (), "family"))
        options = [
            quote_option(hotel, mixed(hotel, rooms=order), guest_key=f"guest-{number}", room_type=order[0].room_type_id)
            for number, order in enumerate([rooms, rooms[::-1]] * 3)
        ]

    def hold(number: int, option: QuoteOption) -> Hold | HoldRefused:
        with tenant_scope(hotel.tenant):
            return holding.place_hold(
                tenant=hotel.tenant, option=option, conversation_key=None, guest_key=f"guest-{number}"
            )

    answers = at_once([functools.partial(hold, number, option) for number, option in enumerate(options)])

    kept = [one for one in answers if isinstance(one, Hold)]
    refused = [one.problem for one in answers if isinstance(one, HoldRefused)]
    assert len(kept) == 1, answers
    assert refused == [HoldProblem.SOLD_OUT] * (len(options) - 1)
    with tenant_scope(hotel.tenant):
        assert auditing.violations(tenant=hotel.tenant) == []


def test_a_pms_that_sells_one_type_in_a_booking_is_not_asked(hotel: Hotel) -> None:
    class OneType(BuiltinPms):
        capabilities = replace(BuiltinPms.capabilities, mixes_types=False)

    connect = OneType
    assert not quoting.mixes_types(tenant=hotel.tenant, connect=connect)
    assert quoting.search(tenant=hotel.tenant, stay=mixed(hotel), connect=connect) == []
