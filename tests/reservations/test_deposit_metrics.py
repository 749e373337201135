"""Deposits move each business figure exactly once, and unpaid stays move none of a confirmed one's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine

from hotel_agent.common import dispatch
from reservations.models import Payment, Rate, RatePlan, Reservation, RoomNight, RoomType
from reservations.services import payments
from tenants.scoping import tenant_scope
from tenants.services import connect_payments
from tests.factories.reservations import open_hotel, requested
from tests.reservations.faulty_payments import FaultyPayments
from tests.reservations.faulty_pms import FaultyPms
from tests.reservations.paying import LINK, Desk, ask_without_hold, late_payment, without_holds
from tests.reservations.test_business_metrics import LEAD, NIGHTS, VALUE, VALUES, Sample, moved, reservations

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.business_metrics]


@pytest.fixture
def desk(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(dispatch, "_skip_until", float("inf"))  # nobody consumes here
    with time_machine.travel(dt.datetime.now(dt.UTC), tick=False) as moving:
        hotel = open_hotel()
        connect_payments(hotel.tenant, kind="demo")
        with tenant_scope(hotel.tenant):
            RatePlan.objects.filter(pk=hotel.flexible.pk).update(deposit="first_night")
            yield Desk(hotel, FaultyPms(hotel.tenant), FaultyPayments(hotel.tenant), moving)


def failed(reason: str) -> Sample:
    return "hotel_failed_reservations_total", {"reason": reason}


def deposits(result: str) -> Sample:
    return "hotel_deposits_total", {"result": result}


CANCELLED: Sample = ("hotel_cancellations_total", {"channel": "whatsapp"})


def open_link(desk: Desk) -> None:
    desk.ask()
    desk.work()


def test_asked_is_awaiting_and_confirmed_only_when_paid(desk: Desk) -> None:
    assert moved(
        lambda: open_link(desk), reservations("awaiting"), reservations("confirmed"), VALUES, deposits("requested")
    ) == [1, 0, 0, 1]

    def pay() -> None:
        desk.pay()
        for _ in range(5):
            desk.hint()

    assert moved(
        pay, reservations("confirmed"), VALUE, VALUES, NIGHTS, LEAD, deposits("paid"), failed("payment_expired")
    ) == [1, 240_000, 1, 4, 10, 1, 0]


def test_booked_first_counts_once_when_paid(desk: Desk) -> None:
    without_holds(desk)

    def book() -> None:
        ask_without_hold(desk)
        desk.work()

    assert moved(book, reservations("pending"), reservations("awaiting"), reservations("confirmed"), VALUES) == [
        1, 1, 0, 0,
    ]  # fmt: skip

    def pay() -> None:
        desk.pay()
        desk.hint()
        desk.hint()

    assert moved(pay, reservations("confirmed"), VALUE, VALUES, NIGHTS, LEAD) == pytest.approx([1, 240_000, 1, 4, 10])


def test_unpaid_fails_with_its_reason_and_is_no_cancellation(desk: Desk) -> None:
    without_holds(desk)
    ask_without_hold(desk)
    desk.work()
    assert moved(
        lambda: desk.later(LINK + dt.timedelta(seconds=1)),
        failed("payment_expired"), reservations("refused"), CANCELLED, VALUES, deposits("expired"),
    ) == [1, 1, 0, 0, 1]  # fmt: skip


def test_given_up_and_never_offered_have_reasons_of_their_own(desk: Desk) -> None:
    open_link(desk)

    def drop() -> None:
        payments.give_up(payment=Payment.objects.get())
        desk.work()

    assert moved(drop, failed("payment_dropped"), failed("payment_expired")) == [1, 0]
    desk.provider.down = True
    requested(desk.hotel, desk.hotel.stay(arrival=20))
    assert moved(
        lambda: desk.later(dt.timedelta(seconds=16), ticks=17), failed("payment_failed"), deposits("failed")
    ) == [1, 1]


def test_too_late_is_counted_as_late_and_given_back(desk: Desk) -> None:
    late_payment(desk)
    RoomNight.objects.update(stop_sell=True)
    assert moved(
        lambda: desk.later(dt.timedelta(minutes=16)),
        deposits("late"), deposits("refunded"), deposits("paid"), reservations("confirmed"), VALUES,
    ) == [1, 1, 0, 0, 0]  # fmt: skip


def test_paid_and_refused_fails_with_the_pms_reason(desk: Desk) -> None:
    open_link(desk)
    Rate.objects.update(amount=70_000)

    def pay() -> None:
        desk.pay()
        desk.hint()

    assert moved(pay, failed("price_changed"), deposits("paid"), deposits("refunded"), VALUES) == [1, 1, 1, 0]


def test_an_unknown_kind_and_a_stay_that_has_begun(desk: Desk) -> None:
    """A deposit that arrives after the first night has no negative lead time, whatever the room is called."""
    RoomType.objects.update(kind="igloo")
    open_link(desk)
    stay = Reservation.objects.get()
    first = desk.hotel.tenant.business_day() - dt.timedelta(days=2)
    Reservation.objects.update(check_in=first, check_out=first + dt.timedelta(days=4), pms_booking_id="B1")
    desk.pay()
    assert moved(desk.hint, reservations("confirmed", room_type="other"), LEAD, VALUE) == pytest.approx(
        [1, 0, float(stay.total)]
    )
