"""Any order of quoting, holding, confirming, paying, cancelling, changing, waiting and crashing keeps the promises.

The PMS and the payment provider fail at any call.
`STATEFUL_EXAMPLES` raises the number of runs (each up to 40 steps) for a longer search; the steps taken are counted and
printed (`make stateful` runs all three machines for long).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from hotel_agent.common.exceptions import DependencyDown
from integrations.pms.base import BookingStatus, Offer, Party
from reservations.models import (
    DemoCheckout,
    Hold,
    Payment,
    PmsCall,
    QuoteOption,
    RatePlan,
    Refund,
    Reservation,
    ReservationChange,
    RoomNight,
    StayEvent,
)
from reservations.services import (
    auditing,
    booking,
    calls,
    demo_payments,
    holding,
    payments,
    quoting,
    reconciliation,
    refunds,
)
from tenants.scoping import tenant_scope
from tenants.selectors import forget_configuration
from tenants.services import connect_payments
from tests.factories.reservations import GUEST, Hotel
from tests.reservations.faulty_payments import FaultyPayments
from tests.reservations.faulty_pms import Fault, FaultyPms, WorkerDied
from tests.reservations.stateful_runs import Counted, steps_taken

EXAMPLES = int(os.environ.get("STATEFUL_EXAMPLES", "12"))
STEPS = 40
GUESTS = ("ana", "bia", "carl")
CONVERSATIONS = {guest: uuid.uuid5(uuid.NAMESPACE_DNS, guest) for guest in GUESTS}
PROVIDER_CALLS = ("open", "find", "get", "expire", "refund", "find_refund")
PROVIDER_FAULTS = (Fault.DOWN, Fault.ANSWER_LOST, Fault.REQUEST_LOST, Fault.DIES_BEFORE, Fault.DIES_AFTER)
OPERATIONS = ("adopt", "hold", "release", "book", "cancel", "amend", "find", "get", "search", "cancellation_fee")
PAUSES = (1, 31, 61, 301, 660, 1_260, 3_600)
WHILE_UNDER_WAY = {
    "hold_not_lapsed",  # the sweeper has not passed yet
    "not_booked_is_not_in_pms",  # a late arrival that the next look finds
}
"""Rules that need the sweeper's or a worker's next pass to hold; everything else must hold after every single step."""
FINAL_TOLD = ("booked", "booked_late", "booking_refused", "booking_released")
UNPAID_TOLD = ("payment_expired", "payment_failed")
PEOPLE = ("quarantined", "dead")
"""Three deaths of a worker or an undecidable answer: a person was told."""


@dataclass
class Prices:
    """What the guests were quoted, kept outside the database."""

    quoted: dict[int, Any] = field(default_factory=dict)


class Stays(Counted, RuleBasedStateMachine):
    """Three guests, two doubles and a family room, one unreliable PMS, one unreliable payment provider."""

    hotel: Hotel
    room_type = "double"
    beside = "family"
    """A room of another type that some want in the same booking; empty where the PMS mixes no types."""
    plans: Mapping[str, str] = {"flexible": "flexible", "fixed": "fixed"}
    """The hotel's codes of the two plans guests ask for."""
    while_under_way: frozenset[str] = frozenset(WHILE_UNDER_WAY)

    options: Bundle[int] = Bundle("options")
    kept: Bundle[int] = Bundle("kept")

    def __init__(self) -> None:
        super().__init__()
        self.undo = contextlib.ExitStack()
        block: Any = transaction.atomic()
        block._from_testcase = True  # a surrounding transaction of the test, like Django's own test case makes
        self.undo.enter_context(block)
        self.undo.callback(transaction.set_rollback, True)
        self.undo.enter_context(tenant_scope(self.hotel.tenant))
        self.clock = self.undo.enter_context(time_machine.travel(self.start(), tick=False))
        self.pms = self.new_pms()
        self.provider = FaultyPayments(self.hotel.tenant)
        self.said = Prices()

    def new_pms(self) -> FaultyPms:
        """The PMS of one run, behind its bad line."""
        return FaultyPms(self.hotel.tenant)

    @classmethod
    def start(cls) -> dt.datetime:
        """Noon of the day before the first open night: no step crosses into the past."""
        day = cls.hotel.first_night - dt.timedelta(days=1)
        return dt.datetime.combine(day, dt.time(12), tzinfo=cls.hotel.tenant.zone)

    # -- guests -------------------------------------------------------------------------------------------------------

    @rule(
        target=options,
        guest=st.sampled_from(GUESTS),
        arrival=st.integers(5, 8),
        nights=st.integers(1, 3),
        plan=st.sampled_from(("flexible", "fixed")),
        deposit=st.booleans(),
        both=st.booleans(),
    )
    def quote(
        self, guest: str, arrival: int, nights: int, plan: str, deposit: bool, both: bool
    ) -> int | MultipleResults[int]:
        """`deposit`: the first night has to be paid before what is offered now is confirmed; `both`: a room of each
        type in one booking."""
        stay = self.hotel.stay(arrival, nights)
        if both and self.beside:
            rooms = (Party(2, room_type_id=self.room_type), Party(2, room_type_id=self.beside))
            stay = replace(stay, rooms=rooms)
        RatePlan.objects.filter(code=self.plans[plan]).update(deposit="first_night" if deposit else "none")
        forget_configuration()
        try:
            offers: list[Offer] = quoting.search(tenant=self.hotel.tenant, stay=stay, connect=self.pms.connect)
        except (DependencyDown, WorkerDied):
            return multiple()
        offers = [one for one in offers if (one.room_type_id, one.rate_plan_id) == (self.room_type, self.plans[plan])]
        if not offers:
            return multiple()
        with transaction.atomic():
            quote = quoting.store_quote(
                tenant=self.hotel.tenant,
                conversation_key=CONVERSATIONS[guest],
                guest_key=guest,
                stay=stay,
                offers=offers,
            )
        option = quote.options.get()
        self.said.quoted[option.pk] = offers[0].total
        return option.pk

    @rule(target=kept, option_id=options)
    def hold(self, option_id: int) -> int | MultipleResults[int]:
        option = self.option(option_id)
        guest = option.quote.guest_key
        with contextlib.suppress(DependencyDown, WorkerDied):
            hold = holding.place_hold(
                tenant=self.hotel.tenant,
                option=option,
                conversation_key=CONVERSATIONS[guest],
                guest_key=guest,
                connect=self.pms.connect,
            )
            if isinstance(hold, Hold):
                assert hold.is_open() or hold.state != Hold.State.PLACING
                return hold.pk
        return multiple()

    @rule(hold_id=kept)
    def extend(self, hold_id: int) -> None:
        hold = Hold.objects.get(pk=hold_id)
        with contextlib.suppress(DependencyDown, WorkerDied):
            extended = holding.extend_hold(tenant=self.hotel.tenant, hold=hold, connect=self.pms.connect)
            if isinstance(extended, Hold):
                assert extended.expires_at <= extended.created_at + dt.timedelta(minutes=40)

    @rule(hold_id=kept)
    def let_go(self, hold_id: int) -> None:
        with contextlib.suppress(WorkerDied):
            holding.release_hold(tenant=self.hotel.tenant, hold=Hold.objects.get(pk=hold_id), connect=self.pms.connect)

    @rule(hold_id=kept)
    def confirm_with_hold(self, hold_id: int) -> None:
        hold = Hold.objects.get(pk=hold_id)
        self.confirm(hold.option_id, hold)

    @rule(option_id=options)
    def confirm_without_hold(self, option_id: int) -> None:
        self.confirm(option_id, None)

    def confirm(self, option_id: int, hold: Hold | None) -> None:
        option = self.option(option_id)
        guest = option.quote.guest_key
        was_possible = quoting.is_valid(option) and (hold is None or hold.is_open())
        known = Reservation.objects.filter(option=option).first()
        result = booking.request_booking(
            tenant=self.hotel.tenant,
            option=option,
            hold=hold,
            guest=GUEST,
            conversation_key=CONVERSATIONS[guest],
            guest_key=guest,
            channel="whatsapp",
        )
        if known is not None:
            assert result == known
        else:
            assert isinstance(result, Reservation) == was_possible

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        reservation = self.some_reservation(data)
        if reservation is None:
            return
        fee = reservation.cancellation_terms.fee_at(dt.datetime.now(dt.UTC))
        booking.request_cancellation(
            tenant=self.hotel.tenant,
            reservation=reservation,
            expected_fee=fee,
            conversation_key=reservation.conversation_key,
        )

    @rule(data=st.data(), option_id=consumes(options))
    def change(self, data: st.DataObject, option_id: int) -> None:
        reservation = self.some_reservation(data)
        if reservation is None:
            return
        booking.request_change(
            tenant=self.hotel.tenant,
            reservation=reservation,
            option=self.option(option_id),
            conversation_key=reservation.conversation_key,
        )

    # -- paying -------------------------------------------------------------------------------------------------------

    @rule(data=st.data(), notices=st.integers(0, 3))
    def pay(self, data: st.DataObject, notices: int) -> None:
        """In time or too late, with the provider's webhook not at all, once, twice or three times."""
        if (one := self.some_payment(data)) is not None and one.checkout_id:
            demo_payments.pay(tenant=self.hotel.tenant, checkout_id=one.checkout_id)
            self.webhook(one, notices)

    @rule(data=st.data())
    def pay_in_the_moment_the_page_closes(self, data: st.DataObject) -> None:
        """The bank's answer comes after the page's time, while nobody has closed it yet."""
        if (one := self.some_payment(data)) is not None:
            page = DemoCheckout.objects.filter(checkout_id=one.checkout_id, status="open")
            page.update(status="paid", payment_id=f"pi-{one.pk}")

    @rule(data=st.data(), times=st.integers(1, 3))
    def the_provider_sends_an_event(self, data: st.DataObject, times: int) -> None:
        if (one := self.some_payment(data)) is not None:
            self.webhook(one, times)

    def webhook(self, payment: Payment, times: int) -> None:
        for _ in range(times):
            payments.wake(payment)

    @rule(data=st.data())
    def give_up_paying(self, data: st.DataObject) -> None:
        if (one := self.some_payment(data)) is not None:
            payments.give_up(payment=one)

    @rule(operation=st.sampled_from(PROVIDER_CALLS), fault=st.sampled_from(PROVIDER_FAULTS))
    def the_provider_will_fail(self, operation: str, fault: Fault) -> None:
        self.provider.announce(operation, fault)

    @rule()
    def the_provider_will_refuse_a_link(self) -> None:
        self.provider.refuse_next_link()

    # -- the machinery and the world ----------------------------------------------------------------------------------

    @rule()
    def work(self) -> None:
        with contextlib.suppress(WorkerDied):
            calls.run_due_calls(connect=self.pms.connect)

    @rule()
    def work_on_payments(self) -> None:
        for payment_id in payments.due_payments(50):
            with contextlib.suppress(WorkerDied):
                payments.run_payment(payment_id, connect=self.provider.connect, connect_pms=self.pms.connect)
        for refund_id in refunds.due_refunds(50):
            with contextlib.suppress(WorkerDied):
                refunds.run_refund(refund_id, connect=self.provider.connect)

    @rule()
    def sweep(self) -> None:
        with contextlib.suppress(WorkerDied):
            holding.lapse_due_holds(connect=self.pms.connect)
        calls.tell_people_about_dead_calls()
        payments.tell_people_about_dead_payments()

    @rule(seconds=st.sampled_from(PAUSES))
    def wait(self, seconds: int) -> None:
        self.clock.shift(dt.timedelta(seconds=seconds))

    @rule(operation=st.sampled_from(OPERATIONS), fault=st.sampled_from(Fault))
    def announce_fault(self, operation: str, fault: Fault) -> None:
        self.pms.announce(operation, fault)

    @rule()
    def late_requests_arrive(self) -> None:
        self.pms.deliver_late()

    # -- what must hold -----------------------------------------------------------------------------------------------

    @initialize()
    def nothing_is_wrong_at_the_start(self) -> None:
        assert auditing.violations(tenant=self.hotel.tenant) == []

    @invariant()
    def promises_hold(self) -> None:
        broken = auditing.violations(tenant=self.hotel.tenant)
        assert [one for one in broken if one.rule not in self.while_under_way] == []

    @invariant()
    def prices_are_the_ones_that_were_said(self) -> None:
        for reservation in Reservation.objects.order_by("pk"):
            if reservation.option_id not in self.said.quoted:  # booked afresh for money that came too late
                before = ReservationChange.objects.get(kind="paid_late", detail__again=reservation.code).reservation
                self.said.quoted[reservation.option_id] = self.said.quoted[before.option_id]
            assert reservation.price == self.said.quoted[reservation.option_id]

    @invariant()
    def nothing_is_given_back_that_was_not_paid(self) -> None:
        for page in DemoCheckout.objects.all():
            assert page.refunded <= page.amount
            assert not page.refunded or page.status == "paid"

    @invariant()
    def everything_is_told_once(self) -> None:
        for reservation in Reservation.objects.all():
            told = list(StayEvent.objects.filter(reservation=reservation).values_list("kind", flat=True))
            finals = [kind for kind in told if kind in FINAL_TOLD]
            assert len(finals) <= 1, told
            assert told.count("booking_unknown") <= 1
            assert told.count("cancelled") <= 1
            unpaid = [kind for kind in told if kind in UNPAID_TOLD]
            assert len(unpaid) <= 1, told
            assert told.count("payment_requested") <= 1, told
            if reservation.state == "confirmed" and reservation.deposit:
                assert Payment.objects.filter(reservation=reservation, status="paid").count() == 1
            if reservation.state == "confirmed" or (reservation.state == "cancelled" and not unpaid):
                assert finals in (["booked"], ["booked_late"])
            if reservation.state in {"awaiting", "pending", "unknown"} or unpaid:
                assert finals == []
        assert StayEvent.objects.filter(kind="hold_lapsed").values("hold").distinct().count() == (
            StayEvent.objects.filter(kind="hold_lapsed").count()
        )

    def teardown(self) -> None:
        try:
            self.pms.forget_faults()
            self.provider.forget_faults()
            for seconds in (0, 100, 100, 100, 700, 1_300, 1_300, 2_500, 90_000, 1_000, 1_000, 90_000, 1_000):
                self.clock.shift(dt.timedelta(seconds=seconds))
                self.pms.deliver_late()
                self.sweep()
                self.all_work()
            self.a_person_settles_what_is_left()
            self.all_work()
            self.in_the_end_nothing_is_open()
        finally:
            self.undo.close()

    def all_work(self) -> None:
        """What one piece of work makes due is done too."""
        for _ in range(6):
            self.work()
            self.work_on_payments()

    def a_person_settles_what_is_left(self) -> None:
        """Calls whose workers died three times: somebody looks into the PMS and says what is there."""
        for one in reconciliation.open_calls(tenant=self.hotel.tenant):
            call = PmsCall.objects.select_related("reservation").get(pk=one.call_id)
            assert one.needs_person, one
            if call.kind == PmsCall.Kind.RELEASE:
                assert call.hold is not None
                assert call.hold.pms_hold_id
                self.pms.inner.release(call.hold.pms_hold_id)
                calls.settle_by_hand(call=call, made=None)
                continue
            assert call.reservation is not None
            found = self.pms.inner.find(call.reservation.reference)
            if call.kind == PmsCall.Kind.CANCEL:
                found = [made for made in found if made.status == BookingStatus.CANCELLED]
            if call.kind == PmsCall.Kind.AMEND:
                wanted = QuoteOption.objects.select_related("quote").get(pms_calls=call)
                found = [
                    made for made in found if made.total == wanted.price and made.check_in == wanted.quote.check_in
                ]
            booking_id = found[0].booking_id if found else None
            reconciliation.settle(
                tenant=self.hotel.tenant, call_id=call.pk, booking_id=booking_id, connect=lambda _: self.pms.inner
            )

    def in_the_end_nothing_is_open(self) -> None:
        with_people = Payment.objects.filter(state__in=PEOPLE)
        assert not Reservation.objects.filter(state__in=["pending", "unknown"]).exists()
        assert not Reservation.objects.filter(state="awaiting").exclude(payments__in=with_people).exists()
        self.every_coin_has_a_place()
        if with_people.exists():
            return  # a payment whose workers died three times keeps its room until a person has looked
        assert auditing.violations(tenant=self.hotel.tenant) == []
        assert not Hold.objects.filter(state__in=["placing", "open", "booking"]).exists()
        assert not RoomNight.objects.filter(held__gt=0).exists()

    def every_coin_has_a_place(self) -> None:
        """Money that came belongs to a stay, or went back as far as the terms say, or a person was told."""
        for page in DemoCheckout.objects.filter(status="paid"):
            payment = Payment.objects.select_related("reservation").get(reference=page.reference)
            refund = Refund.objects.filter(payment=payment).first()
            if payment.state in PEOPLE or (refund is not None and refund.state in PEOPLE):
                continue
            assert payment.status == "paid", payment.status
            assert page.refunded == (refund.amount if refund else 0)
            if refund is None:
                assert payment.reservation.state in {"confirmed", "cancelled"}

    # -- picking ------------------------------------------------------------------------------------------------------

    def option(self, option_id: int) -> QuoteOption:
        return QuoteOption.objects.select_related("quote", "room_type").get(pk=option_id)

    def some_reservation(self, data: st.DataObject) -> Reservation | None:
        found = list(Reservation.objects.order_by("pk"))
        return data.draw(st.sampled_from(found)) if found else None

    def some_payment(self, data: st.DataObject) -> Payment | None:
        found = list(Payment.objects.order_by("pk"))
        return data.draw(st.sampled_from(found)) if found else None


@pytest.fixture
def machine(hotel: Hotel) -> type[Stays]:
    connect_payments(hotel.tenant, kind="demo")
    Stays.hotel = hotel
    return Stays


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_no_order_of_events_breaks_a_promise(machine: type[Stays], request: pytest.FixtureRequest) -> None:
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
