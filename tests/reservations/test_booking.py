"""Asking for bookings, cancellations and changes, when the PMS answers plainly."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
import time_machine
from django.db.models import F

from hotel_agent.common.money import Money
from integrations.pms.base import Reason
from reservations.models import (
    BuiltinBooking,
    Hold,
    PmsCall,
    QuoteOption,
    Rate,
    Reservation,
    ReservationChange,
    RoomNight,
    StayEvent,
)
from reservations.services import auditing, booking, calls, quoting
from reservations.services.booking import BookingProblem, BookingRefused, ChangeProblem, ChangeRefused
from tenants.scoping import tenant_scope
from tests.factories.reservations import GUEST, Hotel, held_option, quote_option, requested

KEY = uuid.UUID(int=9)


@pytest.fixture(autouse=True)
def scope(hotel: Hotel) -> Iterator[None]:
    with tenant_scope(hotel.tenant):
        yield


def request(hotel: Hotel, option: QuoteOption, **changes: object) -> Reservation | BookingRefused:
    wanted: dict[str, object] = {
        "hold": None,
        "guest": GUEST,
        "conversation_key": KEY,
        "guest_key": "guest",
        "channel": "whatsapp",
    } | changes
    return booking.request_booking(tenant=hotel.tenant, option=option, **wanted)  # type: ignore[arg-type]


def run_all() -> None:
    while calls.run_due_calls():
        pass


def confirmed(hotel: Hotel, *, arrival: int = 9, plan: str = "flexible") -> Reservation:
    reservation = request(hotel, quote_option(hotel, hotel.stay(arrival), plan=plan))
    assert isinstance(reservation, Reservation)
    run_all()
    reservation.refresh_from_db()
    assert reservation.state == Reservation.State.CONFIRMED
    return reservation


def counters(hotel: Hotel, arrival: int = 9) -> tuple[int, int]:
    night = RoomNight.objects.get(room_type=hotel.double, night=hotel.first_night + dt.timedelta(days=arrival))
    return night.sold, night.held


def events() -> list[str]:
    return list(StayEvent.objects.order_by("pk").values_list("kind", flat=True))


def test_a_confirmed_reservation_is_the_quote_and_is_in_the_pms(hotel: Hotel) -> None:
    reservation = requested(hotel, hotel.stay(ages=(8,)), key=KEY)
    assert reservation.state == Reservation.State.PENDING
    assert events() == []  # nothing is said before the PMS has it
    run_all()

    reservation.refresh_from_db()
    option = reservation.option
    assert reservation.state == Reservation.State.CONFIRMED
    assert reservation.confirmed_at is not None
    assert (reservation.price, reservation.stay, reservation.terms) == (option.price, option.quote.stay, option.terms)
    made = BuiltinBooking.objects.get()
    assert (made.booking_id, made.reference) == (reservation.pms_booking_id, reservation.reference)
    assert (made.total, made.guest_name, made.guest_email) == (option.total, GUEST.name, GUEST.email)
    assert counters(hotel) == (1, 0)
    assert reservation.hold is not None
    assert reservation.hold.state == Hold.State.USED
    event = StayEvent.objects.get()
    assert (event.kind, event.conversation_key, event.reservation_id) == ("booked", KEY, reservation.pk)
    assert [change.kind for change in reservation.changes.all()] == ["requested", "confirmed"]
    assert auditing.violations(tenant=hotel.tenant) == []


def test_saying_yes_twice_is_one_reservation(hotel: Hotel) -> None:
    hold = held_option(hotel, hotel.stay())
    first = request(hotel, hold.option, hold=hold)
    second = request(hotel, hold.option, hold=hold)
    run_all()
    third = request(hotel, hold.option, hold=hold)

    assert isinstance(first, Reservation)
    assert first == second == third
    assert BuiltinBooking.objects.count() == 1
    assert PmsCall.objects.filter(kind="book").count() == 1
    assert counters(hotel) == (1, 0)


def test_yes_after_the_quote_ran_out_is_refused_and_nothing_is_written(hotel: Hotel) -> None:
    option = quote_option(hotel, hotel.stay())
    with time_machine.travel(option.quote.expires_at, tick=False):
        assert request(hotel, option) == BookingRefused(BookingProblem.QUOTE_EXPIRED)
    assert not Reservation.objects.exists()
    assert not PmsCall.objects.exists()


def test_yes_after_the_hold_ran_out_is_refused(hotel: Hotel) -> None:
    hold = held_option(hotel, hotel.stay())
    with time_machine.travel(hold.expires_at, tick=False):
        assert request(hotel, hold.option, hold=hold) == BookingRefused(BookingProblem.HOLD_LAPSED)
    assert not Reservation.objects.exists()


@pytest.mark.parametrize(
    ("guest", "problem"),
    [
        (replace(GUEST, name=" "), BookingProblem.BAD_NAME),
        (replace(GUEST, name="A" * 121), BookingProblem.BAD_NAME),
        (replace(GUEST, name="Ana\x00"), BookingProblem.BAD_NAME),
        (replace(GUEST, email="ana@"), BookingProblem.BAD_EMAIL),
        (replace(GUEST, phone="+5491155550101" * 3), BookingProblem.BAD_PHONE),
    ],
)
def test_guest_data_that_cannot_be_booked_is_named_and_the_hold_stays(
    hotel: Hotel, guest: object, problem: BookingProblem
) -> None:
    hold = held_option(hotel, hotel.stay())

    assert request(hotel, hold.option, hold=hold, guest=guest) == BookingRefused(problem)

    hold.refresh_from_db()
    assert hold.is_open()
    assert isinstance(request(hotel, hold.option, hold=hold), Reservation)


def test_a_refused_booking_gives_the_room_back_and_says_why(hotel: Hotel) -> None:
    reservation = requested(hotel, hotel.stay(), key=KEY)
    Rate.objects.update(amount=F("amount") + 1)
    run_all()

    reservation.refresh_from_db()
    assert (reservation.state, reservation.refusal) == ("refused", "price_changed")
    assert reservation.hold is not None
    assert reservation.hold.state == Hold.State.RELEASED
    assert counters(hotel) == (0, 0)
    event = StayEvent.objects.get()
    assert event.kind == "booking_refused"
    assert event.payload["reason"] == "price_changed"
    assert event.payload["option_id"] == str(reservation.option.public_id)
    assert auditing.violations(tenant=hotel.tenant) == []


def test_codes_are_the_hotels_and_can_be_said_aloud(hotel: Hotel) -> None:
    hotel.tenant.code_prefix = "SJ"
    hotel.tenant.save()
    reservation = requested(hotel, hotel.stay())

    prefix, _, tail = reservation.code.partition("-")
    assert prefix == "SJ"
    assert len(tail) == 6
    assert any(character.isdigit() for character in tail)
    assert not set(tail) & set("01OIL")


# -- cancelling -------------------------------------------------------------------------------------------------------


def cancel(hotel: Hotel, reservation: Reservation, fee: int) -> PmsCall | ChangeRefused:
    return booking.request_cancellation(
        tenant=hotel.tenant,
        reservation=reservation,
        expected_fee=Money(Decimal(fee), "ARS"),
        conversation_key=KEY,
    )


def test_cancelling_in_time_is_free_and_sells_the_room_again(hotel: Hotel) -> None:
    reservation = confirmed(hotel)
    assert booking.cancellation_cost(tenant=hotel.tenant, reservation=reservation) == Money(Decimal(0), "ARS")
    assert isinstance(cancel(hotel, reservation, 0), PmsCall)
    run_all()

    reservation.refresh_from_db()
    assert (reservation.state, reservation.cancellation_fee) == ("cancelled", 0)
    assert counters(hotel) == (0, 0)
    assert events() == ["booked", "cancelled"]
    assert StayEvent.objects.get(kind="cancelled").payload["fee"] == {"amount": "0", "currency": "ARS"}
    assert auditing.violations(tenant=hotel.tenant) == []


def test_cancelling_costs_what_was_agreed(hotel: Hotel) -> None:
    reservation = confirmed(hotel, plan="fixed")
    assert booking.cancellation_cost(tenant=hotel.tenant, reservation=reservation) == Money(Decimal(216_000), "ARS")
    cancel(hotel, reservation, 216_000)
    run_all()

    reservation.refresh_from_db()
    assert (reservation.state, reservation.cancellation_fee) == ("cancelled", 216_000)
    assert BuiltinBooking.objects.get().cancellation_fee == 216_000


def test_a_fee_that_rose_since_it_was_shown_cancels_nothing(hotel: Hotel) -> None:
    reservation = confirmed(hotel)
    free_until = reservation.cancellation_terms.free_until
    assert free_until is not None
    cancel(hotel, reservation, 0)
    with time_machine.travel(free_until, tick=False):
        run_all()

    reservation.refresh_from_db()
    assert reservation.state == Reservation.State.CONFIRMED
    assert counters(hotel) == (1, 0)
    event = StayEvent.objects.get(kind="cancellation_refused")
    assert event.payload["reason"] == Reason.FEE_CHANGED
    assert Decimal(event.payload["fee"]["amount"]) == 120_000


def test_asking_twice_to_cancel_is_one_cancellation(hotel: Hotel) -> None:
    reservation = confirmed(hotel)

    first, second = cancel(hotel, reservation, 0), cancel(hotel, reservation, 0)
    assert first == second
    run_all()

    assert cancel(hotel, reservation, 0) == ChangeRefused(ChangeProblem.ALREADY_CANCELLED)
    assert events() == ["booked", "cancelled"]


def test_what_is_not_booked_cannot_be_cancelled(hotel: Hotel) -> None:
    reservation = requested(hotel, hotel.stay())

    assert cancel(hotel, reservation, 0) == ChangeRefused(ChangeProblem.NOT_CONFIRMED)


@pytest.mark.parametrize("state", ["in_house", "departed", "no_show"])
def test_a_stay_that_began_cannot_be_cancelled(hotel: Hotel, state: str) -> None:
    reservation = confirmed(hotel)
    Reservation.objects.update(state=state)

    assert cancel(hotel, reservation, 0) == ChangeRefused(ChangeProblem.BEGUN)
    assert not PmsCall.objects.filter(kind="cancel").exists()


# -- changing ---------------------------------------------------------------------------------------------------------


def change(hotel: Hotel, reservation: Reservation, option: QuoteOption) -> PmsCall | ChangeRefused:
    return booking.request_change(tenant=hotel.tenant, reservation=reservation, option=option, conversation_key=KEY)


def test_a_change_becomes_the_new_quote_and_keeps_its_code(hotel: Hotel) -> None:
    reservation = confirmed(hotel)
    before, code = reservation.option, reservation.code
    option = quote_option(hotel, hotel.stay(20, 2), room_type="family")
    change(hotel, reservation, option)
    run_all()

    reservation.refresh_from_db()
    assert (reservation.code, reservation.state) == (code, "confirmed")
    assert (reservation.option, reservation.price, reservation.stay) == (option, option.price, option.quote.stay)
    assert reservation.room_type == hotel.family
    assert counters(hotel) == (0, 0)
    event = StayEvent.objects.get(kind="changed")
    assert event.payload["before"]["price"]["amount"] == str(before.total)
    assert auditing.violations(tenant=hotel.tenant) == []


def test_a_refused_change_leaves_the_reservation(hotel: Hotel) -> None:
    reservation = confirmed(hotel)
    option = quote_option(hotel, hotel.stay(20, 2))
    RoomNight.objects.filter(night__gte=option.quote.check_in).update(stop_sell=True)
    change(hotel, reservation, option)
    run_all()

    before = reservation.option_id
    reservation.refresh_from_db()
    assert (reservation.state, reservation.option_id) == ("confirmed", before)
    assert counters(hotel) == (1, 0)
    assert StayEvent.objects.get(kind="change_refused").payload["reason"] == "closed"
    assert auditing.violations(tenant=hotel.tenant) == []


def test_one_change_at_a_time(hotel: Hotel) -> None:
    reservation = confirmed(hotel)
    option = quote_option(hotel, hotel.stay(20, 2))
    first = change(hotel, reservation, option)

    assert change(hotel, reservation, option) == first
    assert cancel(hotel, reservation, 0) == ChangeRefused(ChangeProblem.IN_PROGRESS)
    other = quote_option(hotel, hotel.stay(30, 2))
    assert change(hotel, reservation, other) == ChangeRefused(ChangeProblem.IN_PROGRESS)


def test_an_expired_or_used_quote_changes_nothing(hotel: Hotel) -> None:
    reservation, other = confirmed(hotel), confirmed(hotel, arrival=20)
    option = quote_option(hotel, hotel.stay(30))

    assert change(hotel, reservation, other.option) == ChangeRefused(ChangeProblem.QUOTE_EXPIRED)
    with time_machine.travel(option.quote.expires_at, tick=False):
        assert not quoting.is_valid(option)
        assert change(hotel, reservation, option) == ChangeRefused(ChangeProblem.QUOTE_EXPIRED)
    assert not PmsCall.objects.filter(kind="amend").exists()


def test_what_a_reservation_is_becoming_cannot_be_booked_as_well(hotel: Hotel) -> None:
    reservation, other = confirmed(hotel), confirmed(hotel, arrival=30)
    option = quote_option(hotel, hotel.stay(20, 2))
    change(hotel, reservation, option)

    assert request(hotel, option) == BookingRefused(BookingProblem.QUOTE_EXPIRED)
    assert change(hotel, other, option) == ChangeRefused(ChangeProblem.QUOTE_EXPIRED)
    run_all()
    # Moved on once more, its former option is still spent.
    reservation.refresh_from_db()
    change(hotel, reservation, quote_option(hotel, hotel.stay(25, 2)))
    run_all()
    assert request(hotel, option) == BookingRefused(BookingProblem.QUOTE_EXPIRED)
    assert [one.state for one in Reservation.objects.all()] == ["confirmed", "confirmed"]
    assert auditing.violations(tenant=hotel.tenant) == []


def test_the_history_names_every_step_and_holds_no_personal_data(hotel: Hotel) -> None:
    reservation = confirmed(hotel)
    cancel(hotel, reservation, 0)
    run_all()

    changes = list(ReservationChange.objects.order_by("pk"))
    assert [(one.kind, one.from_state, one.to_state) for one in changes] == [
        ("requested", "", "pending"),
        ("confirmed", "pending", "confirmed"),
        ("cancellation_requested", "confirmed", "confirmed"),
        ("cancelled", "confirmed", "cancelled"),
    ]
    kept = str([one.detail for one in changes]) + str(list(PmsCall.objects.values("request", "answer")))
    assert not any(word in kept for word in (GUEST.name, GUEST.email, GUEST.phone))
