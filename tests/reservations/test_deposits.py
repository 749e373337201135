"""The saga of hold and payment: in time, too late, unknown, refused, repeated, and with the worker killed anywhere."""

from __future__ import annotations

import contextlib
import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import pytest
import time_machine

from hotel_agent.common import clock, dispatch
from hotel_agent.common.money import Money
from integrations.pms.base import Capabilities
from reservations.models import (
    DemoCheckout,
    Payment,
    PmsCall,
    Rate,
    RatePlan,
    Refund,
    Reservation,
    RoomNight,
    StayEvent,
)
from reservations.services import booking, calls, demo_payments, deposits, holding, payments, refunds
from tenants.models import PaymentAccount
from tenants.scoping import tenant_scope
from tests.factories.reservations import GUEST, Hotel, open_hotel, quote_option, requested
from tests.reservations.faulty_payments import FaultyPayments
from tests.reservations.faulty_pms import Fault, FaultyPms, WorkerDied
from tests.reservations.observing import counters, events, live_bookings

pytestmark = pytest.mark.django_db
KEY = uuid.UUID(int=41)
LINK = dt.timedelta(minutes=deposits.LINK_MINUTES)


@dataclass
class Desk:
    """A hotel whose flexible plan wants the first night, its PMS and its payment provider."""

    hotel: Hotel
    pms: FaultyPms
    provider: FaultyPayments
    moving: time_machine.Traveller

    def ask(self) -> Reservation:
        """A guest confirmed the summary."""
        return requested(self.hotel, self.hotel.stay(), key=KEY)

    def work(self) -> None:
        """Everything that is due, as workers would, until nothing is."""
        for _ in range(60):
            done = 0
            for run, due, connections in (
                (calls.run_call, calls.due_calls, {"connect": self.pms.connect}),
                (payments.run_payment, payments.due_payments,
                 {"connect": self.provider.connect, "connect_pms": self.pms.connect}),
                (refunds.run_refund, refunds.due_refunds, {"connect": self.provider.connect}),
            ):  # fmt: skip
                for row_id in due(50):
                    with contextlib.suppress(WorkerDied):
                        run(row_id, **connections)
                        done += 1
            if not done:
                return
        raise AssertionError("work does not end")

    def later(self, step: dt.timedelta, *, ticks: int = 1) -> None:
        """Time passes, and the sweeper passes with it."""
        for _ in range(ticks):
            self.moving.shift(step)
            holding.lapse_due_holds(connect=self.pms.connect)
            self.work()

    def pay(self) -> bool:
        """The guest pays on the demo's page."""
        return demo_payments.pay(tenant=self.hotel.tenant, checkout_id=Payment.objects.get().checkout_id)

    def hint(self) -> None:
        """The provider's event arrives."""
        payments.wake(Payment.objects.get())
        self.work()


@pytest.fixture
def desk(db: None, moving: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(dispatch, "_skip_until", float("inf"))  # nobody consumes here
    hotel = open_hotel()
    with tenant_scope(hotel.tenant):
        PaymentAccount.objects.create(tenant=hotel.tenant, kind="demo")
        RatePlan.objects.filter(pk=hotel.flexible.pk).update(deposit="first_night")
        yield Desk(hotel, FaultyPms(hotel.tenant), FaultyPayments(hotel.tenant), moving)


def without_holds(desk: Desk) -> None:
    desk.pms.capabilities = Capabilities(hold=False, amend=True, can_look_up=True, fee_preview=True, change_feed=False)


def ask_without_hold(desk: Desk) -> Reservation:
    option = quote_option(desk.hotel, desk.hotel.stay(), conversation_key=KEY)
    asked = booking.request_booking(
        tenant=desk.hotel.tenant, option=option, hold=None, guest=GUEST, conversation_key=KEY, guest_key="guest",
        channel="whatsapp",
    )  # fmt: skip
    assert isinstance(asked, Reservation)
    return asked


def state() -> str:
    return Reservation.objects.get().state


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


def late_payment(desk: Desk) -> None:
    """Paid in time, but the provider could not be asked until the room was given back."""
    desk.ask()
    desk.work()
    desk.pay()
    desk.provider.down = True
    desk.later(LINK + dt.timedelta(minutes=6))
    assert state() == "refused"
    desk.provider.down = False


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


# -- giving back ------------------------------------------------------------------------------------------------------


def confirmed_stay(desk: Desk) -> Reservation:
    desk.ask()
    desk.work()
    desk.pay()
    desk.hint()
    return Reservation.objects.get(state="confirmed")


@pytest.mark.parametrize(
    ("arrival", "fee", "waived", "back"),
    [(9, "0", False, "60000.00"), (1, "120000.00", False, None), (1, "120000.00", True, "60000.00")],
)
def test_cancelling_gives_back_what_the_fee_leaves_of_the_deposit(
    desk: Desk, arrival: int, fee: str, waived: bool, back: str | None
) -> None:
    requested(desk.hotel, desk.hotel.stay(arrival=arrival), key=KEY)
    desk.work()
    desk.pay()
    desk.hint()
    if arrival == 1:
        desk.moving.move_to(desk.hotel.tenant.local(clock.now()) + dt.timedelta(hours=12))
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
