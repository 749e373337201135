"""Writes whose answer does not arrive: looked up, never repeated blindly, told truthfully, settled once."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator

import pytest
import time_machine

from hotel_agent.common.exceptions import LostClaim
from integrations.pms.base import Capabilities, Done, PmsBooking
from reservations.models import BuiltinBooking, Hold, PmsCall, Reservation, StayEvent
from reservations.services import auditing, calls, reconciliation
from reservations.services.builtin import BuiltinPms
from tenants.scoping import tenant_scope
from tests.factories.reservations import Hotel, requested
from tests.reservations.faulty_pms import Fault, FaultyPms, ForgetfulPms
from tests.reservations.observing import counters, events, live_bookings, run, state_of

KEY = uuid.UUID(int=11)
SECOND = dt.timedelta(seconds=1)
MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def scope(hotel: Hotel) -> Iterator[None]:
    with tenant_scope(hotel.tenant):
        yield


@pytest.fixture
def reservation(hotel: Hotel, moving: time_machine.Traveller) -> Reservation:
    return requested(hotel, hotel.stay(), key=KEY)


def book_call() -> PmsCall:
    return PmsCall.objects.get(kind="book")


def test_a_lost_answer_is_found_at_once_and_the_guest_never_hears_of_it(
    reservation: Reservation, pms: FaultyPms
) -> None:
    pms.announce("book", Fault.ANSWER_LOST)
    run(pms)

    assert state_of(reservation) == "confirmed"
    assert events() == ["booked"]
    assert pms.calls.count("book") == 1
    assert live_bookings() == 1


def test_a_lost_request_is_looked_up_at_once_then_after_50_seconds_and_only_then_sent_again(
    hotel: Hotel, reservation: Reservation, pms: FaultyPms, moving: time_machine.Traveller
) -> None:
    pms.announce("book", Fault.REQUEST_LOST)
    run(pms)
    assert (state_of(reservation), events()) == ("unknown", ["booking_unknown"])
    assert pms.calls == ["book", "find"]
    assert counters(hotel) == (0, 1)  # the room is still kept

    moving.shift(49 * SECOND)
    run(pms)
    assert pms.calls == ["book", "find"]

    moving.shift(2 * SECOND)
    run(pms)
    assert pms.calls == ["book", "find", "find", "book"]
    assert (state_of(reservation), events()) == ("confirmed", ["booking_unknown", "booked_late"])
    assert counters(hotel) == (1, 0)


def test_a_request_lost_twice_is_given_up_after_ten_minutes_and_the_room_goes_back(
    hotel: Hotel, reservation: Reservation, pms: FaultyPms, moving: time_machine.Traveller
) -> None:
    pms.announce("book", Fault.REQUEST_LOST, Fault.REQUEST_LOST)
    run(pms)
    moving.shift(51 * SECOND)
    run(pms)
    for _ in range(8):
        moving.shift(MINUTE)
        run(pms)
    assert (state_of(reservation), pms.calls.count("book")) == ("unknown", 2)
    moving.shift(2 * MINUTE)
    run(pms)

    assert state_of(reservation) == "refused"
    assert events() == ["booking_unknown", "booking_released"]
    assert StayEvent.objects.get(kind="booking_released").payload["reason"] == "not_made"
    assert pms.calls.count("book") == 2
    assert counters(hotel) == (0, 0)
    assert Hold.objects.get().state == Hold.State.RELEASED
    assert auditing.violations(tenant=hotel.tenant) == []


def test_a_booking_that_arrives_after_it_was_given_up_is_cancelled(
    hotel: Hotel, reservation: Reservation, pms: FaultyPms, moving: time_machine.Traveller
) -> None:
    pms.announce("book", Fault.LATE, Fault.REQUEST_LOST)
    for pause in (0, 51, 600):
        moving.shift(pause * SECOND)
        run(pms)
    assert state_of(reservation) == "refused"
    moving.shift(HOUR)
    (arrived,) = pms.deliver_late()
    assert isinstance(arrived, Done)
    assert live_bookings() == 1

    moving.shift(24 * HOUR)
    run(pms)

    assert live_bookings() == 0
    assert state_of(reservation) == "refused"
    assert events() == ["booking_unknown", "booking_released"]
    assert counters(hotel) == (0, 0)
    assert book_call().state == "done"
    assert auditing.violations(tenant=hotel.tenant) == []


def test_of_two_bookings_with_one_reference_the_younger_is_cancelled(
    hotel: Hotel, moving: time_machine.Traveller
) -> None:
    pms = ForgetfulPms(hotel.tenant)
    reservation = requested(hotel, hotel.stay(), key=KEY)
    pms.announce("book", Fault.LATE)
    run(pms)
    moving.shift(51 * SECOND)
    run(pms)
    assert state_of(reservation) == "confirmed"
    moving.shift(MINUTE)
    pms.deliver_late()
    assert live_bookings() == 2

    moving.shift(9 * MINUTE)
    run(pms)

    assert live_bookings() == 1
    assert state_of(reservation) == "confirmed"
    kept = BuiltinBooking.objects.exclude(status="cancelled").get()
    assert Reservation.objects.get().pms_booking_id == kept.booking_id
    assert kept.created_at < BuiltinBooking.objects.get(status="cancelled").created_at
    assert events() == ["booking_unknown", "booked_late"]
    assert counters(hotel) == (1, 0)


@pytest.mark.parametrize("fault", [Fault.DIES_BEFORE, Fault.DIES_AFTER])
def test_a_dead_worker_leaves_one_booking_and_one_message(
    hotel: Hotel, reservation: Reservation, pms: FaultyPms, moving: time_machine.Traveller, fault: Fault
) -> None:
    pms.announce("book", fault)
    run(pms)
    assert (state_of(reservation), events()) == ("pending", [])
    moving.shift(89 * SECOND)
    run(pms)
    assert state_of(reservation) == "pending"  # the lease is still another worker's
    moving.shift(2 * SECOND)
    run(pms)

    assert state_of(reservation) == "confirmed"
    assert events() == ["booked"]
    assert live_bookings() == 1
    assert counters(hotel) == (1, 0)


def test_a_worker_that_dies_while_looking_up_changes_nothing(
    reservation: Reservation, pms: FaultyPms, moving: time_machine.Traveller
) -> None:
    pms.announce("book", Fault.ANSWER_LOST)
    pms.announce("find", Fault.DIES_BEFORE)
    run(pms)
    moving.shift(91 * SECOND)
    run(pms)

    assert (state_of(reservation), events(), live_bookings()) == ("confirmed", ["booked"], 1)
    assert pms.calls.count("book") == 1


def test_three_deaths_make_it_a_persons_and_the_guest_hears_the_truth(
    hotel: Hotel, reservation: Reservation, pms: FaultyPms, moving: time_machine.Traveller
) -> None:
    pms.announce("book", Fault.DIES_BEFORE)
    pms.announce("find", Fault.DIES_BEFORE, Fault.DIES_BEFORE)
    for _ in range(4):
        run(pms)
        moving.shift(91 * SECOND)
    assert book_call().state == "dead"
    assert [calls.tell_people_about_dead_calls() for _ in range(2)] == [1, 0]

    assert (state_of(reservation), events()) == ("unknown", ["booking_unknown", "needs_person"])
    open_call = reconciliation.open_calls(tenant=hotel.tenant)
    assert [(one.call_id, one.needs_person) for one in open_call] == [(book_call().pk, True)]


def test_a_pms_that_is_down_is_not_an_unknown_outcome(
    hotel: Hotel, reservation: Reservation, pms: FaultyPms, moving: time_machine.Traveller
) -> None:
    pms.announce("book", *[Fault.DOWN] * 3)
    for _ in range(3):
        run(pms)
        moving.shift(16 * MINUTE)
    call = book_call()
    assert (call.sends, call.failures, state_of(reservation)) == (0, 0, "pending")
    assert events() == ["booking_unknown", "needs_person"]  # the second after a quarter of an hour, for staff
    assert {event.payload["reason"] for event in StayEvent.objects.all()} == {"pms_down"}
    assert counters(hotel) == (0, 1)
    run(pms)

    assert (state_of(reservation), events()[2:]) == ("confirmed", ["booked_late"])


def test_a_pms_that_is_down_for_a_day_ends_the_request(
    hotel: Hotel, reservation: Reservation, pms: FaultyPms, moving: time_machine.Traveller
) -> None:
    pms.announce("book", *[Fault.DOWN] * 200)
    for _ in range(50):
        run(pms)
        moving.shift(30 * MINUTE)
    run(pms)
    pms.forget_faults()
    moving.shift(30 * MINUTE)
    run(pms)

    assert (state_of(reservation), Reservation.objects.get().refusal) == ("refused", "pms_down")
    assert events() == ["booking_unknown", "needs_person", "booking_released"]
    assert counters(hotel) == (0, 0)
    assert live_bookings() == 0


def test_look_ups_that_fail_are_repeated_and_never_replaced_by_a_second_booking(
    reservation: Reservation, pms: FaultyPms, moving: time_machine.Traveller
) -> None:
    pms.announce("book", Fault.ANSWER_LOST)
    pms.announce("find", *[Fault.DOWN] * 6)
    for _ in range(7):
        run(pms)
        moving.shift(16 * MINUTE)

    assert pms.calls.count("book") == 1
    assert (state_of(reservation), live_bookings()) == ("confirmed", 1)
    assert events() == ["booking_unknown", "needs_person", "booked_late"]


def test_a_pms_that_cannot_look_up_leaves_it_to_a_person(
    hotel: Hotel, reservation: Reservation, moving: time_machine.Traveller
) -> None:
    pms = FaultyPms(hotel.tenant, capabilities=Capabilities(True, True, False, True, False))
    pms.announce("book", Fault.ANSWER_LOST)
    for _ in range(4):
        run(pms)
        moving.shift(12 * HOUR)

    assert pms.calls == ["book"]
    assert book_call().state == "quarantined"
    assert (state_of(reservation), events()) == ("unknown", ["booking_unknown", "needs_person"])

    made = BuiltinBooking.objects.get()
    reconciliation.settle(tenant=hotel.tenant, call_id=book_call().pk, booking_id=made.booking_id, connect=pms.connect)
    assert (state_of(reservation), events()[-1]) == ("confirmed", "booked_late")
    with pytest.raises(LostClaim):
        calls.settle_by_hand(call=book_call(), made=None)
    assert state_of(reservation) == "confirmed"


def test_a_person_may_find_that_it_was_not_done(hotel: Hotel, reservation: Reservation) -> None:
    pms = FaultyPms(hotel.tenant, capabilities=Capabilities(True, True, False, True, False))
    pms.announce("book", Fault.REQUEST_LOST)
    run(pms)

    reconciliation.settle(tenant=hotel.tenant, call_id=book_call().pk, booking_id=None, connect=pms.connect)
    run(pms)

    assert (state_of(reservation), events()[-1]) == ("refused", "booking_released")
    assert counters(hotel) == (0, 0)


def test_a_booking_that_is_not_what_was_asked_for_is_never_confirmed(hotel: Hotel, reservation: Reservation) -> None:
    class Cheating(FaultyPms):
        def book(self, request: object) -> object:  # type: ignore[override]
            result = super().book(request)  # type: ignore[arg-type]
            assert isinstance(result, Done)
            BuiltinBooking.objects.update(total=1)
            made = self.inner.get(result.value.booking_id)
            assert isinstance(made, PmsBooking)
            return Done(made)

    run(Cheating(hotel.tenant))

    assert (state_of(reservation), events()) == ("unknown", ["booking_unknown", "needs_person"])
    assert book_call().state == "quarantined"


def test_a_lease_too_short_to_wait_for_an_answer_sends_nothing(
    reservation: Reservation, pms: FaultyPms, moving: time_machine.Traveller
) -> None:

    def connect(_: object) -> FaultyPms:
        moving.shift(66 * SECOND)  # the worker was stopped between claiming and sending
        return pms

    assert calls.run_call(book_call().pk, connect=connect)
    assert pms.calls == []
    assert book_call().sends == 0
    moving.shift(91 * SECOND)
    run(pms)
    assert (state_of(reservation), pms.calls.count("book")) == ("confirmed", 1)


def test_a_slow_worker_that_lost_its_claim_records_nothing(
    hotel: Hotel, reservation: Reservation, moving: time_machine.Traveller
) -> None:
    other = FaultyPms(hotel.tenant)

    class Slow(FaultyPms):
        def book(self, request: object) -> object:  # type: ignore[override]
            result = super().book(request)  # type: ignore[arg-type]
            moving.shift(91 * SECOND)
            run(other)  # a second worker takes over, finds the booking and confirms it
            return result

    run(Slow(hotel.tenant))

    assert other.calls == ["find", "adopt"]
    assert (state_of(reservation), events(), live_bookings()) == ("confirmed", ["booked"], 1)
    assert [change.kind for change in reservation.changes.all()] == ["requested", "confirmed"]


def test_an_adapters_own_mistake_is_counted_and_ends_with_a_person(
    hotel: Hotel, reservation: Reservation, moving: time_machine.Traveller
) -> None:
    class Broken(FaultyPms):
        def book(self, request: object) -> object:  # type: ignore[override]
            raise KeyError("a field the adapter expected")

        def find(self, reference: str) -> object:  # type: ignore[override]
            raise KeyError("a field the adapter expected")

    pms = Broken(hotel.tenant)
    for _ in range(8):
        run(pms)
        calls.tell_people_about_dead_calls()
        moving.shift(16 * MINUTE)

    assert (book_call().state, book_call().failures) == ("dead", 5)
    assert events() == ["booking_unknown", "needs_person"]


def test_only_due_calls_are_due(hotel: Hotel, reservation: Reservation, moving: time_machine.Traveller) -> None:
    assert calls.due_calls(10) == [book_call().pk]
    run(FaultyPms(hotel.tenant))
    assert calls.due_calls(10) == []
    assert not calls.run_call(book_call().pk, connect=BuiltinPms)
