"""The saga of hold and payment when something is late, lost, refused or silent, and with the worker killed anywhere."""

from __future__ import annotations

import contextlib
import datetime as dt
from decimal import Decimal

import pytest

from hotel_agent.common.money import Money
from reservations.models import (
    DemoCheckout,
    Payment,
    Rate,
    Refund,
    Reservation,
    RoomNight,
    StayEvent,
)
from reservations.services import booking, payments
from tenants.models import PaymentAccount
from tenants.scoping import tenant_scope
from tests.reservations.faulty_payments import FaultyPayments
from tests.reservations.faulty_pms import Fault, FaultyPms, WorkerDied
from tests.reservations.observing import counters, events, live_bookings
from tests.reservations.paying import (
    KEY,
    LINK,
    Desk,
    confirmed_stay,
    desk,
    late_payment,
    state,
)

__all__ = ["desk"]


pytestmark = pytest.mark.django_db


# -- the provider is slow, lies or is away ----------------------------------------------------------------------------


def test_a_link_whose_answer_was_lost_is_found_and_not_made_twice(desk: Desk) -> None:
    desk.provider.announce("open", Fault.ANSWER_LOST)
    desk.ask()
    desk.work()
    desk.later(dt.timedelta(seconds=5))
    assert (Payment.objects.get().status, DemoCheckout.objects.count()) == ("open", 1)
    assert desk.provider.calls.count("open") == 1
    assert events() == ["payment_delayed", "payment_requested"]


def test_without_a_link_the_room_goes_back_and_nobody_is_charged(desk: Desk) -> None:
    desk.provider.down = True
    desk.ask()
    desk.work()
    desk.later(dt.timedelta(seconds=16), ticks=17)
    assert (state(), Reservation.objects.get().refusal) == ("refused", "payment_failed")
    assert counters(desk.hotel) == (0, 0)
    assert events() == ["payment_delayed", "payment_failed"]


def test_a_link_that_was_made_after_all_is_closed(desk: Desk) -> None:
    desk.provider.announce("open", Fault.ANSWER_LOST)
    desk.ask()
    with contextlib.suppress(WorkerDied):
        payments.run_payment(Payment.objects.get().pk, connect=desk.provider.connect, connect_pms=desk.pms.connect)
    desk.provider.down = True
    desk.later(dt.timedelta(seconds=16), ticks=17)
    assert (Payment.objects.get().status, DemoCheckout.objects.get().status) == ("failed", "open")
    desk.provider.down = False
    desk.later(dt.timedelta(minutes=16))
    assert DemoCheckout.objects.get().status == "expired"
    assert (state(), counters(desk.hotel)) == ("refused", (0, 0))


def test_a_hotel_without_a_payment_account_says_so_and_keeps_no_room(desk: Desk) -> None:
    PaymentAccount.objects.all().delete()
    desk.ask()
    with tenant_scope(desk.hotel.tenant):
        payments.run_payment(Payment.objects.get().pk)
    assert (state(), events()) == ("refused", ["payment_failed"])


def test_the_room_is_not_kept_for_ever_while_the_provider_is_away(desk: Desk) -> None:
    desk.ask()
    desk.work()
    desk.provider.down = True
    desk.later(LINK + dt.timedelta(minutes=6))
    assert (state(), counters(desk.hotel)) == ("refused", (0, 0))


# -- paid too late ----------------------------------------------------------------------------------------------------


def test_paid_too_late_is_booked_again_when_the_same_room_is_free(desk: Desk) -> None:
    late_payment(desk)
    desk.later(dt.timedelta(minutes=16))
    again = Reservation.objects.get(state="confirmed")
    assert (again.price.amount, again.stay) == (Decimal("240000.00"), desk.hotel.stay())
    assert Payment.objects.get().reservation == again
    assert counters(desk.hotel) == (1, 0)
    assert events() == ["payment_requested", "payment_expired", "booked"]
    assert Refund.objects.count() == 0


@pytest.mark.parametrize("change", ["sold", "dearer"])
def test_paid_too_late_goes_back_when_the_room_is_gone_or_dearer(desk: Desk, change: str) -> None:
    late_payment(desk)
    if change == "sold":
        RoomNight.objects.update(stop_sell=True)
    else:
        Rate.objects.update(amount=70_000)
    desk.later(dt.timedelta(minutes=16))
    refund = Refund.objects.get()
    assert (refund.status, refund.why, refund.price) == ("done", "late", Money(Decimal("60000.00"), "ARS"))
    assert DemoCheckout.objects.get().refunded == Decimal("60000.00")
    assert live_bookings() == 0
    assert events() == ["payment_requested", "payment_expired", "payment_refunded", "needs_person"]


def test_paid_too_late_with_the_pms_down_waits_and_then_goes_back(desk: Desk) -> None:
    late_payment(desk)
    desk.pms.announce("search", *[Fault.DOWN] * 200)
    desk.later(dt.timedelta(minutes=16), ticks=4)
    assert Refund.objects.get().status == "done"


def test_a_payment_of_another_amount_is_a_persons(desk: Desk) -> None:
    desk.ask()
    desk.work()
    DemoCheckout.objects.update(amount=1)
    desk.pay()
    desk.hint()
    assert (state(), Payment.objects.get().state) == ("awaiting", "quarantined")
    assert events() == ["payment_requested", "needs_person"]
    assert live_bookings() == 0


# -- paid, and the PMS refuses or stays silent ------------------------------------------------------------------------


def test_paid_but_refused_by_the_pms_goes_back_with_a_person(desk: Desk) -> None:
    desk.ask()
    desk.work()
    Rate.objects.update(amount=70_000)
    desk.pay()
    desk.hint()
    assert (state(), Refund.objects.get().status, Refund.objects.get().why) == ("refused", "done", "not_booked")
    told = StayEvent.objects.get(kind="booking_refused")
    assert told.payload["refund"] == {"amount": "60000.00", "currency": "ARS"}
    assert "needs_person" in events()
    assert counters(desk.hotel) == (0, 0)


def test_paid_with_an_unknown_booking_is_settled_before_any_money_moves(desk: Desk) -> None:
    desk.ask()
    desk.work()
    desk.pms.announce("book", Fault.ANSWER_LOST)
    desk.pms.announce("find", Fault.DOWN)
    desk.pay()
    desk.hint()
    assert state() in {"pending", "unknown"}
    assert Refund.objects.count() == 0
    desk.later(dt.timedelta(minutes=16))
    assert (state(), Refund.objects.count(), live_bookings()) == ("confirmed", 0, 1)


def test_paid_with_a_booking_that_never_arrived_goes_back(desk: Desk) -> None:
    desk.ask()
    desk.work()
    desk.pms.announce("book", Fault.REQUEST_LOST, Fault.REQUEST_LOST)
    desk.pay()
    desk.hint()
    desk.later(dt.timedelta(minutes=6), ticks=4)
    assert (state(), Refund.objects.get().status) == ("refused", "done")
    assert "booking_released" in events()


# -- killed anywhere --------------------------------------------------------------------------------------------------


KILLS = [
    ("provider", "open", Fault.DIES_BEFORE), ("provider", "open", Fault.DIES_AFTER),
    ("provider", "get", Fault.DIES_BEFORE), ("provider", "get", Fault.DIES_AFTER),
    ("pms", "hold", Fault.DIES_AFTER), ("pms", "book", Fault.DIES_BEFORE), ("pms", "book", Fault.DIES_AFTER),
]  # fmt: skip


@pytest.mark.parametrize(("where", "operation", "fault"), KILLS)
def test_a_worker_killed_at_any_call_still_ends_in_one_paid_booking(
    desk: Desk, where: str, operation: str, fault: Fault
) -> None:
    desk.ask()
    line: FaultyPayments | FaultyPms = desk.provider if where == "provider" else desk.pms
    line.announce(operation, fault)
    desk.work()
    desk.later(dt.timedelta(seconds=95))
    assert desk.pay()
    desk.hint()
    desk.later(dt.timedelta(seconds=95), ticks=2)
    assert (state(), live_bookings(), counters(desk.hotel)) == ("confirmed", 1, (1, 0))
    assert events().count("booked") + events().count("booked_late") == 1
    assert events().count("payment_requested") == 1


@pytest.mark.parametrize(
    ("operation", "fault"),
    [("expire", Fault.DIES_BEFORE), ("expire", Fault.DIES_AFTER), ("get", Fault.DIES_AFTER)],
)
def test_a_worker_killed_while_an_unpaid_link_ends_leaves_nothing_behind(
    desk: Desk, operation: str, fault: Fault
) -> None:
    desk.ask()
    desk.work()
    desk.provider.announce(operation, fault)
    payments.give_up(payment=Payment.objects.get())
    desk.work()
    desk.later(dt.timedelta(seconds=95), ticks=2)
    assert (state(), counters(desk.hotel), live_bookings()) == ("refused", (0, 0), 0)
    assert events() == ["payment_requested", "payment_expired"]


@pytest.mark.parametrize("fault", [Fault.DIES_BEFORE, Fault.DIES_AFTER])
def test_a_worker_killed_while_refunding_gives_back_once(desk: Desk, fault: Fault) -> None:
    reservation = confirmed_stay(desk)
    desk.provider.announce("refund", fault)
    booking.request_cancellation(
        tenant=desk.hotel.tenant, reservation=reservation, expected_fee=Money(Decimal(0), "ARS"), conversation_key=KEY
    )
    desk.work()
    desk.later(dt.timedelta(seconds=95))
    assert Refund.objects.get().status == "done"
    assert DemoCheckout.objects.get().refunded == Decimal("60000.00")
