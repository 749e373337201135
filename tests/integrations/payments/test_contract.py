"""One suite for every payment provider: Stripe against its stand-in, and the demo."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

import pytest
import time_machine

from hotel_agent.common.money import Money
from integrations import http
from integrations.payments.base import (
    Checkout,
    CheckoutRequest,
    CheckoutState,
    PaymentProvider,
    PaymentRefused,
    RefundRequest,
    RefundState,
)
from integrations.payments.stripe import Stripe
from reservations.services import demo_payments
from tests.factories.reservations import HotelFactory
from tests.stand_ins.stripe import StripeStandIn

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.contract]
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


@dataclass
class Subject:
    """A provider and the guest's hand on its page."""

    provider: PaymentProvider
    pay: Callable[[str], object]


@pytest.fixture(params=["stripe", "demo"])
def subject(request: pytest.FixtureRequest, transactional_db: None) -> Iterator[Subject]:
    if request.param == "demo":
        tenant = HotelFactory.create()
        yield Subject(demo_payments.DemoPayments(tenant), lambda one: demo_payments.pay(tenant=tenant, checkout_id=one))
        return
    with StripeStandIn() as stripe:
        yield Subject(Stripe(secret_key=stripe.secret_key, api_url=stripe.url, account_key="1:stripe"), stripe.pay)
        http.close_all()


def asked(amount: str = "60000.00", currency: str = "ARS", *, minutes: float = 40) -> CheckoutRequest:
    return CheckoutRequest(
        reference=f"HA-P-{secrets.token_hex(8)}",
        amount=Money(Decimal(amount), currency),
        description="Seña de Hotel Río, 2026-12-01 – 2026-12-03",
        language="es",
        expires_at=dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes),
        return_url="https://hotel.example/pay/x?back=1",
        cancel_url="https://hotel.example/pay/x",
        guest_email="ana@example.com",
    )


def opened(subject: Subject, request: CheckoutRequest | None = None) -> Checkout:
    return subject.provider.open_checkout(request or asked())


def test_a_page_is_opened_for_exactly_the_amount(subject: Subject) -> None:
    request = asked("1234.56", "BRL")
    page = opened(subject, request)
    assert (page.state, page.amount, page.reference) == (CheckoutState.OPEN, request.amount, request.reference)
    assert subject.provider.get_checkout(page.checkout_id) == page


def test_the_same_reference_is_the_same_page(subject: Subject) -> None:
    request = asked()
    assert {opened(subject, request).checkout_id for _ in range(3)} == {opened(subject, request).checkout_id}


def test_a_page_is_found_by_its_reference_and_only_by_it(subject: Subject) -> None:
    request = asked()
    page = opened(subject, request)
    opened(subject)
    assert subject.provider.find_checkout(request.reference, since=LONG_AGO) == page
    assert subject.provider.find_checkout("HA-P-nobody", since=LONG_AGO) is None


def test_a_paid_page_is_paid_and_stays_so(subject: Subject) -> None:
    page = opened(subject)
    subject.pay(page.checkout_id)
    paid = subject.provider.get_checkout(page.checkout_id)
    assert paid.state is CheckoutState.PAID
    assert paid.payment_id
    assert subject.provider.expire_checkout(page.checkout_id).state is CheckoutState.PAID


def test_closing_a_page_is_final_and_may_be_repeated(subject: Subject) -> None:
    page = opened(subject)
    for _ in range(2):
        assert subject.provider.expire_checkout(page.checkout_id).state is CheckoutState.EXPIRED
    assert subject.provider.get_checkout(page.checkout_id).state is CheckoutState.EXPIRED


def test_a_page_ends_by_itself(subject: Subject) -> None:
    page = opened(subject)
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=41)):
        assert subject.provider.get_checkout(page.checkout_id).state is CheckoutState.EXPIRED


def test_money_goes_back_once_per_reference(subject: Subject) -> None:
    page = opened(subject)
    subject.pay(page.checkout_id)
    payment_id = subject.provider.get_checkout(page.checkout_id).payment_id
    wanted = RefundRequest(reference="HA-R-1", payment_id=payment_id, amount=Money(Decimal("20000.00"), "ARS"))
    assert subject.provider.find_refund(payment_id, "HA-R-1") is None
    made = {subject.provider.refund(wanted).refund_id for _ in range(3)}
    assert len(made) == 1
    found = subject.provider.find_refund(payment_id, "HA-R-1")
    assert found is not None
    assert (found.state, found.amount) == (RefundState.ACCEPTED, wanted.amount)
    assert subject.provider.find_refund(payment_id, "HA-R-2") is None


def test_no_more_goes_back_than_was_paid(subject: Subject) -> None:
    page = opened(subject)
    subject.pay(page.checkout_id)
    payment_id = subject.provider.get_checkout(page.checkout_id).payment_id
    with pytest.raises(PaymentRefused):
        subject.provider.refund(
            RefundRequest(reference="HA-R-9", payment_id=payment_id, amount=Money(Decimal("60000.01"), "ARS"))
        )
    assert subject.provider.find_refund(payment_id, "HA-R-9") is None


def test_what_nobody_knows_is_refused(subject: Subject) -> None:
    with pytest.raises(PaymentRefused):
        subject.provider.get_checkout("cs_test_0000")
    with pytest.raises(PaymentRefused):
        subject.provider.refund(
            RefundRequest(reference="HA-R-3", payment_id="pi_nobody", amount=Money(Decimal(1), "ARS"))
        )
