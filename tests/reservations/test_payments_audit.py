"""`audit` is clean after every way a deposit can end, and finds what is planted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
import time_machine

from reservations.models import Payment, Rate, Refund
from reservations.services import auditing, payments
from tests.reservations.paying import LINK, Desk, ask_without_hold, desk, late_payment, without_holds

__all__ = ["desk", "moving"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def moving() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(dt.datetime.now(dt.UTC), tick=False) as traveller:
        yield traveller


def rules(desk: Desk) -> list[str]:
    return sorted(one.rule for one in auditing.violations(tenant=desk.hotel.tenant, connect=desk.pms.connect))


def open_link(desk: Desk) -> None:
    desk.ask()
    desk.work()


def paid(desk: Desk) -> None:
    open_link(desk)
    desk.pay()
    desk.hint()


def expired(desk: Desk) -> None:
    open_link(desk)
    desk.later(LINK + dt.timedelta(seconds=1))


def dropped(desk: Desk) -> None:
    open_link(desk)
    payments.give_up(payment=Payment.objects.get())
    desk.work()


def refused(desk: Desk) -> None:
    open_link(desk)
    Rate.objects.update(amount=70_000)
    desk.pay()
    desk.hint()


def late(desk: Desk) -> None:
    late_payment(desk)
    desk.later(dt.timedelta(minutes=16))


def booked_first(desk: Desk) -> None:
    without_holds(desk)
    ask_without_hold(desk)
    desk.work()


@pytest.mark.parametrize("way", [open_link, paid, expired, dropped, refused, late, booked_first])
def test_every_way_ends_clean(desk: Desk, way: Callable[[Desk], None]) -> None:
    way(desk)
    assert rules(desk) == []


def test_a_confirmed_stay_without_its_money_is_found(desk: Desk) -> None:
    paid(desk)
    Payment.objects.update(status="expired")
    assert rules(desk) == ["confirmed_unpaid"]


def test_a_stay_that_waits_for_nobodys_payment_is_found(desk: Desk) -> None:
    open_link(desk)
    Payment.objects.update(status="expired")
    assert rules(desk) == ["awaits_no_payment"]


def test_a_deposit_of_another_amount_is_found(desk: Desk) -> None:
    open_link(desk)
    Payment.objects.update(amount=Decimal("59999.99"))
    assert rules(desk) == ["deposit_is_quoted"]


def test_money_kept_without_a_stay_is_found(desk: Desk) -> None:
    refused(desk)
    Refund.objects.all().delete()
    assert rules(desk) == ["paid_without_stay"]


def test_more_given_back_than_was_paid_is_found(desk: Desk) -> None:
    refused(desk)
    Refund.objects.update(amount=Decimal("60000.01"))
    assert rules(desk) == ["refunded_too_much"]
