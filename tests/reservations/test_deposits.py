"""The saga of hold and payment as it goes: how much, paid in time, not paid, given back."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from hotel_agent.common.money import Money
from reservations.models import (
    DemoCheckout,
    Payment,
    PmsCall,
    Rate,
    RatePlan,
    Refund,
    Reservation,
    StayEvent,
)
from reservations.services import booking, deposits, payments
from tests.factories.reservations import quote_option, requested
from tests.reservations.faulty_pms import Fault
from tests.reservations.observing import counters, events, live_bookings
from tests.reservations.paying import (
    KEY,
    LINK,
    Desk,
    ask_without_hold,
    confirmed_stay,
    desk,
    state,
    without_holds,
)

__all__ = ["desk"]


pytestmark = pytest.mark.django_db


# -- how much ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "percent", "wanted"),
    [
        ("none", None, "0"),
        ("percent", 30, "72000.00"),
        ("percent", 100, "240000.00"),
        ("first_night", None, "60000.00"),
    ],
)
def test_the_quote_fixes_the_deposit(desk: Desk, policy: str, percent: int | None, wanted: str) -> None:
    RatePlan.objects.update(deposit=policy, deposit_percent=percent)
    option = quote_option(desk.hotel, desk.hotel.stay())
    RatePlan.objects.update(deposit="percent", deposit_percent=50)  # a change afterwards is for the next quote
    option.refresh_from_db()
    assert option.deposit == Decimal(wanted)


@pytest.mark.parametrize(
    ("percent", "total", "wanted"), [(33, "100.01", "33.00"), (1, "0.40", "0.00"), (50, "0.01", "0.01")]
)
def test_a_percentage_is_rounded_to_the_currency(percent: int, total: str, wanted: str) -> None:
    plan = RatePlan(deposit="percent", deposit_percent=percent)
    assert deposits.due(plan, Money(Decimal(total), "USD"), ()).amount == Decimal(wanted)


def test_a_free_stay_has_nothing_to_pay_first(desk: Desk) -> None:
    Rate.objects.update(amount=0)
    desk.ask()
    desk.work()
    assert (state(), Payment.objects.count()) == ("confirmed", 0)


# -- paid in time -----------------------------------------------------------------------------------------------------


def test_nothing_is_booked_before_it_is_paid_for_and_the_room_is_kept_meanwhile(desk: Desk) -> None:
    reservation = desk.ask()
    desk.work()
    payment = Payment.objects.get()
    assert (state(), payment.status, payment.price) == ("awaiting", "open", Money(Decimal("60000.00"), "ARS"))
    assert counters(desk.hotel) == (0, 1)
    assert live_bookings() == 0
    assert events() == ["payment_requested"]
    hold = reservation.hold
    assert hold is not None
    hold.refresh_from_db()
    assert hold.expires_at == payment.link_expires_at + dt.timedelta(minutes=5)


def test_paid_in_time_is_confirmed_once(desk: Desk) -> None:
    desk.ask()
    desk.work()
    assert desk.pay()
    desk.hint()
    desk.hint()
    assert (state(), Payment.objects.get().status) == ("confirmed", "paid")
    assert counters(desk.hotel) == (1, 0)
    assert events() == ["payment_requested", "booked"]
    assert PmsCall.objects.filter(kind="book").count() == 1


def test_a_payment_nobody_told_us_about_is_found(desk: Desk) -> None:
    desk.ask()
    desk.work()
    desk.pay()
    desk.later(dt.timedelta(seconds=payments.POLL_S + 1))
    assert state() == "confirmed"


def test_paid_in_the_last_second_and_noticed_after_the_end_is_in_time(desk: Desk) -> None:
    desk.ask()
    desk.work()
    desk.moving.shift(LINK - dt.timedelta(seconds=1))
    assert desk.pay()
    desk.moving.shift(dt.timedelta(minutes=3))
    desk.work()
    assert (state(), counters(desk.hotel)) == ("confirmed", (1, 0))
    assert Refund.objects.count() == 0


def test_a_pms_without_holds_books_first_and_the_payment_confirms(desk: Desk) -> None:
    without_holds(desk)
    ask_without_hold(desk)
    desk.work()
    assert (state(), live_bookings(), events()) == ("awaiting", 1, ["payment_requested"])
    desk.pay()
    desk.hint()
    assert (state(), live_bookings(), events()) == ("confirmed", 1, ["payment_requested", "booked"])


# -- not paid ---------------------------------------------------------------------------------------------------------


def test_unpaid_the_link_is_closed_the_room_released_and_the_guest_told_once(desk: Desk) -> None:
    desk.ask()
    desk.work()
    desk.later(LINK + dt.timedelta(seconds=1))
    desk.later(dt.timedelta(minutes=10), ticks=3)
    assert (state(), Reservation.objects.get().refusal) == ("refused", "payment_expired")
    assert counters(desk.hotel) == (0, 0)
    assert DemoCheckout.objects.get().status == "expired"
    assert events() == ["payment_requested", "payment_expired"]
    assert not desk.pay()


def test_unpaid_in_a_pms_without_holds_is_cancelled_there_before_anyone_is_told(desk: Desk) -> None:
    without_holds(desk)
    ask_without_hold(desk)
    desk.work()
    desk.pms.announce("cancel", Fault.DOWN)
    desk.later(LINK + dt.timedelta(seconds=1))
    assert (state(), events()) == ("awaiting", ["payment_requested"])
    desk.later(dt.timedelta(minutes=16))
    assert (state(), live_bookings()) == ("refused", 0)
    assert events() == ["payment_requested", "payment_expired"]


def test_a_guest_who_changes_their_mind_frees_the_room_at_once(desk: Desk) -> None:
    desk.ask()
    desk.work()
    payments.give_up(payment=Payment.objects.get())
    desk.work()
    assert (state(), Reservation.objects.get().refusal) == ("refused", "payment_dropped")
    assert counters(desk.hotel) == (0, 0)


def test_a_guest_who_paid_before_changing_their_mind_has_booked(desk: Desk) -> None:
    desk.ask()
    desk.work()
    desk.pay()
    payments.give_up(payment=Payment.objects.get())
    desk.work()
    assert state() == "confirmed"


# -- giving back ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arrival", "fee", "waived", "back"),
    [(9, "0", False, "60000.00"), (2, "120000.00", False, None), (2, "120000.00", True, "60000.00")],
)
def test_cancelling_gives_back_what_the_fee_leaves_of_the_deposit(
    desk: Desk, arrival: int, fee: str, waived: bool, back: str | None
) -> None:
    stay = desk.hotel.stay(arrival=arrival)
    requested(desk.hotel, stay, key=KEY)
    desk.work()
    desk.pay()
    desk.hint()
    if arrival == 2:  # between two days and one before arrival, half of the stay is owed
        tenant = desk.hotel.tenant
        arrives = dt.datetime.combine(stay.check_in, tenant.check_in_from, tzinfo=tenant.zone)
        desk.moving.move_to(arrives - dt.timedelta(hours=36))
    reservation = Reservation.objects.get(state="confirmed")
    booking.request_cancellation(
        tenant=desk.hotel.tenant,
        reservation=reservation,
        expected_fee=Money(Decimal(fee), "ARS"),
        conversation_key=KEY,
        waive_fee=waived,
    )
    desk.work()
    assert state() == "cancelled"
    refund = Refund.objects.first()
    assert (str(refund.amount) if refund else None) == back
    told = StayEvent.objects.get(kind="cancelled").payload
    assert told.get("refund") == ({"amount": back, "currency": "ARS"} if back else None)


def test_a_refund_whose_answer_was_lost_is_looked_up_and_made_once(desk: Desk) -> None:
    reservation = confirmed_stay(desk)
    desk.provider.announce("refund", Fault.ANSWER_LOST)
    booking.request_cancellation(
        tenant=desk.hotel.tenant, reservation=reservation, expected_fee=Money(Decimal(0), "ARS"), conversation_key=KEY
    )
    desk.work()
    desk.later(dt.timedelta(seconds=6))
    assert Refund.objects.get().status == "done"
    assert DemoCheckout.objects.get().refunded == Decimal("60000.00")
    assert desk.provider.calls.count("refund") == 1


def test_a_refund_the_provider_refuses_is_a_persons(desk: Desk) -> None:
    reservation = confirmed_stay(desk)
    DemoCheckout.objects.update(refunded=Decimal("60000.00"), refund_reference="by hand")
    booking.request_cancellation(
        tenant=desk.hotel.tenant, reservation=reservation, expected_fee=Money(Decimal(0), "ARS"), conversation_key=KEY
    )
    desk.work()
    assert (Refund.objects.get().status, Refund.objects.get().state) == ("refused", "quarantined")
    assert events()[-1] == "needs_person"
