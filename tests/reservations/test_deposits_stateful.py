"""Any order of asking, paying, giving up, waiting, cancelling, crashing and faults on both sides keeps the promises.

No unpaid stay is confirmed, no money is kept without a stay, none is given back twice, no room is kept for nobody.
`STATEFUL_EXAMPLES` raises the number of runs (each up to 30 steps) for a longer search.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import uuid
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from hotel_agent.common import dispatch
from reservations.models import (
    DemoCheckout,
    Hold,
    Payment,
    PmsCall,
    QuoteOption,
    RatePlan,
    Refund,
    Reservation,
    RoomNight,
    StayEvent,
)
from reservations.services import auditing, booking, demo_payments, holding, payments
from tenants.scoping import tenant_scope
from tenants.services import connect_payments
from tests.factories.reservations import GUEST, Hotel, held_option, quote_option
from tests.reservations.faulty_payments import FaultyPayments
from tests.reservations.faulty_pms import Fault, FaultyPms
from tests.reservations.paying import Desk
from tests.reservations.stateful_runs import Counted, steps_taken

EXAMPLES = int(os.environ.get("STATEFUL_EXAMPLES", "10"))
STEPS = 30
KEY = uuid.UUID(int=51)
PROVIDER_CALLS = ("open", "find", "get", "expire", "refund", "find_refund")
PMS_CALLS = ("hold", "release", "book", "cancel", "find", "get", "search")
FAULTS = (Fault.DOWN, Fault.ANSWER_LOST, Fault.REQUEST_LOST, Fault.DIES_BEFORE, Fault.DIES_AFTER)
PAUSES = (1, 16, 95, 130, 700, 2_101, 2_401, 4_000)
UNDER_WAY = {"hold_not_lapsed", "not_booked_is_not_in_pms"}
"""Rules that need a worker's next pass to hold."""
TOLD_OVER = ("payment_expired", "payment_failed")


class Deposits(Counted, RuleBasedStateMachine):
    """Guests who pay or do not, two doubles, an unreliable PMS and an unreliable provider."""

    hotel: Hotel

    def __init__(self) -> None:
        super().__init__()
        self.undo = contextlib.ExitStack()
        block: Any = transaction.atomic()
        block._from_testcase = True  # a surrounding transaction of the test, like Django's own test case makes
        self.undo.enter_context(block)
        self.undo.callback(transaction.set_rollback, True)
        self.undo.enter_context(tenant_scope(self.hotel.tenant))
        day = self.hotel.first_night - dt.timedelta(days=1)
        noon = dt.datetime.combine(day, dt.time(12), tzinfo=self.hotel.tenant.zone)
        moving = self.undo.enter_context(time_machine.travel(noon, tick=False))
        self.desk = Desk(self.hotel, FaultyPms(self.hotel.tenant), FaultyPayments(self.hotel.tenant), moving)
        self.asked = 0

    # -- guests -------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.asked < 6)
    @rule(arrival=st.integers(5, 7), held=st.booleans())
    def ask(self, arrival: int, held: bool) -> None:
        """A guest confirms a stay, with the room held or on a PMS that keeps none."""
        stay, guest = self.hotel.stay(arrival, 2), f"guest-{self.asked}"
        self.asked += 1
        with contextlib.suppress(QuoteOption.DoesNotExist, AssertionError):  # nothing is free
            if held:
                hold = held_option(self.hotel, stay, guest_key=guest, key=KEY)
                option = hold.option
            else:
                hold, option = None, quote_option(self.hotel, stay, guest_key=guest, conversation_key=KEY)
            booking.request_booking(
                tenant=self.hotel.tenant, option=option, hold=hold, guest=GUEST, conversation_key=KEY,
                guest_key=guest, channel="whatsapp",
            )  # fmt: skip

    @rule(data=st.data())
    def pay(self, data: st.DataObject) -> None:
        if (one := self.some_payment(data)) is not None and one.checkout_id:
            demo_payments.pay(tenant=self.hotel.tenant, checkout_id=one.checkout_id)

    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        if (one := self.some_payment(data)) is not None:
            payments.give_up(payment=one)

    @rule(data=st.data())
    def the_provider_sends_an_event(self, data: st.DataObject) -> None:
        if (one := self.some_payment(data)) is not None:
            payments.wake(one)

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        found = list(Reservation.objects.filter(state="confirmed").order_by("pk"))
        if found:
            one = data.draw(st.sampled_from(found))
            booking.request_cancellation(
                tenant=self.hotel.tenant, reservation=one, expected_fee=one.price, conversation_key=KEY
            )

    # -- the world ----------------------------------------------------------------------------------------------------

    @rule()
    def workers_work(self) -> None:
        self.desk.work()

    @rule(seconds=st.sampled_from(PAUSES))
    def time_passes(self, seconds: int) -> None:
        self.desk.moving.shift(dt.timedelta(seconds=seconds))
        holding.lapse_due_holds(connect=self.desk.pms.connect)

    @rule(operation=st.sampled_from(PROVIDER_CALLS), fault=st.sampled_from(FAULTS))
    def the_provider_fails(self, operation: str, fault: Fault) -> None:
        self.desk.provider.announce(operation, fault)

    @rule(operation=st.sampled_from(PMS_CALLS), fault=st.sampled_from(FAULTS))
    def the_pms_fails(self, operation: str, fault: Fault) -> None:
        self.desk.pms.announce(operation, fault)

    @rule(closed=st.booleans())
    def the_hotel_closes_and_opens(self, closed: bool) -> None:
        RoomNight.objects.update(stop_sell=closed)

    # -- what must hold -----------------------------------------------------------------------------------------------

    @invariant()
    def promises_hold(self) -> None:
        broken = auditing.violations(tenant=self.hotel.tenant)
        assert [one for one in broken if one.rule not in UNDER_WAY] == []

    @invariant()
    def nothing_is_given_back_that_was_not_paid(self) -> None:
        for page in DemoCheckout.objects.all():
            assert page.refunded <= page.amount
            assert not page.refunded or page.status == "paid"

    @invariant()
    def everything_is_told_once(self) -> None:
        for stay in Reservation.objects.all():
            told = list(StayEvent.objects.filter(reservation=stay).values_list("kind", flat=True))
            assert sum(told.count(kind) for kind in ("booked", "booked_late")) <= 1, told
            assert sum(told.count(kind) for kind in TOLD_OVER) <= 1, told
            assert told.count("payment_requested") <= 1, told
            if stay.state == "confirmed" and stay.deposit:
                assert Payment.objects.filter(reservation=stay, status="paid").count() == 1

    def teardown(self) -> None:
        try:
            self.desk.provider.forget_faults()
            self.desk.pms.forget_faults()
            for seconds in (0, 100, 100, 100, 700, 1_300, 2_500, 90_000, 1_000, 90_000, 1_000):
                self.desk.later(dt.timedelta(seconds=seconds))
            self.in_the_end_every_coin_has_a_place()
        finally:
            self.undo.close()

    def in_the_end_every_coin_has_a_place(self) -> None:
        assert [one for one in auditing.violations(tenant=self.hotel.tenant) if one.rule not in UNDER_WAY] == []
        people = {"quarantined", "dead"}  # three deaths or an undecidable answer: somebody was told
        for page in DemoCheckout.objects.filter(status="paid"):
            payment = Payment.objects.select_related("reservation").get(reference=page.reference)
            if payment.state in people or PmsCall.objects.filter(reservation=payment.reservation, state__in=people):
                continue
            refund = Refund.objects.filter(payment=payment).first()
            if refund is not None and refund.state in people:
                continue
            assert payment.status == "paid", payment.status
            assert page.refunded == (refund.amount if refund else Decimal(0))
            if refund is None:
                assert payment.reservation.state in {"confirmed", "cancelled"}
        settled = Reservation.objects.filter(state__in=["awaiting", "pending", "unknown"]).exclude(
            pms_calls__state__in=people
        )
        assert not settled.exclude(payments__state__in=people).exists()
        assert DemoCheckout.objects.filter(status="open").count() == 0
        if not PmsCall.objects.filter(state__in=people).exists() and not Payment.objects.filter(state__in=people):
            assert not Hold.objects.filter(state__in=["placing", "open", "booking"]).exists()
            assert not RoomNight.objects.filter(held__gt=0).exists()

    def some_payment(self, data: st.DataObject) -> Payment | None:
        found = list(Payment.objects.order_by("pk"))
        return data.draw(st.sampled_from(found)) if found else None


@pytest.fixture
def machine(hotel: Hotel, monkeypatch: pytest.MonkeyPatch) -> type[Deposits]:
    monkeypatch.setattr(dispatch, "_skip_until", float("inf"))  # nobody consumes here
    connect_payments(hotel.tenant, kind="demo")
    with tenant_scope(hotel.tenant):
        RatePlan.objects.filter(pk=hotel.flexible.pk).update(deposit="first_night")
    Deposits.hotel = hotel
    return Deposits


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_no_order_of_events_loses_money_or_a_room(machine: type[Deposits], request: pytest.FixtureRequest) -> None:
    with steps_taken(machine, request):
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                print_blob=True,
            ),
        )
