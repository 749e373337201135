"""Cancellations and changes through the same bad line."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator

import pytest
import time_machine

from hotel_agent.common.money import Money
from reservations.models import Reservation
from reservations.services import auditing, booking
from tenants.scoping import tenant_scope
from tests.factories.reservations import Hotel, quote_option, requested
from tests.reservations.faulty_pms import Fault, FaultyPms
from tests.reservations.observing import counters, events, live_bookings, run, state_of

KEY = uuid.UUID(int=11)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def scope(hotel: Hotel) -> Iterator[None]:
    with tenant_scope(hotel.tenant):
        yield


@pytest.fixture
def confirmed(hotel: Hotel, moving: time_machine.Traveller) -> Reservation:
    reservation = requested(hotel, hotel.stay(), key=KEY)
    run(FaultyPms(hotel.tenant))
    reservation.refresh_from_db()
    assert reservation.state == "confirmed"
    return reservation


def ask_to_cancel(hotel: Hotel, reservation: Reservation) -> None:
    fee = Money(reservation.total * 0, reservation.currency)
    booking.request_cancellation(tenant=hotel.tenant, reservation=reservation, expected_fee=fee, conversation_key=KEY)


@pytest.mark.parametrize(
    ("faults", "told"),
    [
        ([Fault.ANSWER_LOST], ["booked", "cancelled"]),
        ([Fault.REQUEST_LOST], ["booked", "cancellation_unknown", "cancelled"]),
        ([Fault.DOWN, Fault.DOWN], ["booked", "cancellation_unknown", "cancelled"]),
        ([Fault.DIES_AFTER], ["booked", "cancelled"]),
        ([Fault.DIES_BEFORE], ["booked", "cancelled"]),
    ],
)
def test_a_cancellation_survives_every_fault_and_is_told_once(
    hotel: Hotel,
    confirmed: Reservation,
    pms: FaultyPms,
    moving: time_machine.Traveller,
    faults: list[Fault],
    told: list[str],
) -> None:
    pms.announce("cancel", *faults)
    ask_to_cancel(hotel, confirmed)
    for _ in range(4):
        run(pms)
        moving.shift(2 * MINUTE)

    assert (state_of(confirmed), events()) == ("cancelled", told)
    assert (counters(hotel), live_bookings()) == ((0, 0), 0)
    assert auditing.violations(tenant=hotel.tenant) == []


def test_a_cancellation_that_was_never_made_leaves_the_stay_booked(
    hotel: Hotel, confirmed: Reservation, pms: FaultyPms, moving: time_machine.Traveller
) -> None:
    pms.announce("cancel", Fault.REQUEST_LOST, Fault.REQUEST_LOST)
    ask_to_cancel(hotel, confirmed)
    for _ in range(15):
        run(pms)
        moving.shift(MINUTE)

    assert (state_of(confirmed), live_bookings()) == ("confirmed", 1)
    assert events() == ["booked", "cancellation_unknown", "cancellation_refused"]
    assert auditing.violations(tenant=hotel.tenant) == []


@pytest.mark.parametrize(
    "faults", [[Fault.ANSWER_LOST], [Fault.REQUEST_LOST], [Fault.DIES_AFTER], [Fault.DIES_BEFORE], [Fault.DOWN]]
)
def test_a_change_survives_every_fault_and_happens_once(
    hotel: Hotel, confirmed: Reservation, pms: FaultyPms, moving: time_machine.Traveller, faults: list[Fault]
) -> None:
    option = quote_option(hotel, hotel.stay(20, 2))
    pms.announce("amend", *faults)
    booking.request_change(tenant=hotel.tenant, reservation=confirmed, option=option, conversation_key=KEY)
    for _ in range(3):
        run(pms)
        moving.shift(2 * MINUTE)

    assert events()[-1] == "changed"
    assert events().count("changed") == 1
    assert Reservation.objects.get().option_id == option.pk
    assert (counters(hotel, 9), counters(hotel, 20)) == ((0, 0), (1, 0))
    assert auditing.violations(tenant=hotel.tenant) == []
