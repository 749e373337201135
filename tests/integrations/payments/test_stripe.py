"""Stripe's adapter: what each answer means, money in its own units, signatures, and answers that never came."""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal

import pytest

from hotel_agent.common.exceptions import DependencyDown, Misconfigured, UnknownOutcome
from hotel_agent.common.money import Money
from integrations import http
from integrations.exceptions import Throttled
from integrations.payments import stripe_signature
from integrations.payments.base import PaymentRefused
from integrations.payments.stripe import Stripe, from_minor_units, minor_units
from tests.integrations.payments.test_contract import LONG_AGO, asked
from tests.stand_ins.stripe import Fault, StripeStandIn


@pytest.fixture
def stand_in() -> Iterator[StripeStandIn]:
    with StripeStandIn() as server:
        yield server
        http.close_all()


@pytest.fixture
def stripe(stand_in: StripeStandIn) -> Stripe:
    return Stripe(secret_key=stand_in.secret_key, api_url=stand_in.url, account_key="1:stripe")


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [("60000.00", "ARS", 6_000_000), ("0.50", "USD", 50), ("45000", "CLP", 45_000), ("12.345", "KWD", 12_345)],
)
def test_amounts_are_counted_in_the_currencys_own_units(amount: str, currency: str, units: int) -> None:
    money = Money(Decimal(amount), currency)
    assert minor_units(money) == units
    assert from_minor_units(units, currency.lower()) == money


def test_a_fraction_the_currency_does_not_have_is_refused() -> None:
    with pytest.raises(PaymentRefused):
        minor_units(Money(Decimal("10.50"), "CLP"))


def test_only_methods_that_settle_at_once_are_offered(stand_in: StripeStandIn, stripe: Stripe) -> None:
    stripe.open_checkout(asked())
    assert stand_in.only_session()["payment_method_types"] == ["card"]
    assert stand_in.only_session()["mode"] == "payment"


def test_an_opened_page_whose_answer_was_lost_is_found_and_not_opened_again(
    stand_in: StripeStandIn, stripe: Stripe
) -> None:
    request = asked()
    stand_in.faults.append(Fault("reset_after", "POST /v1/checkout/sessions"))
    with pytest.raises(UnknownOutcome):
        stripe.open_checkout(request)
    found = stripe.find_checkout(request.reference, since=LONG_AGO)
    assert found is not None
    assert stripe.open_checkout(request).checkout_id == found.checkout_id
    assert len(stand_in.sessions) == 1


def test_a_page_is_found_behind_a_full_page_of_others(stand_in: StripeStandIn, stripe: Stripe) -> None:
    request = asked()
    page = stripe.open_checkout(request)
    for number in range(105):
        stand_in.sessions[f"cs_other{number}"] = {**stand_in.sessions[page.checkout_id], "id": f"cs_other{number}",
                                                  "client_reference_id": f"other-{number}"}  # fmt: skip
    found = stripe.find_checkout(request.reference, since=LONG_AGO)
    assert found is not None
    assert found.checkout_id == page.checkout_id


@pytest.mark.parametrize(
    ("status", "read", "write"),
    [
        (401, Misconfigured, Misconfigured),
        (403, Misconfigured, Misconfigured),
        (402, PaymentRefused, PaymentRefused),
        (409, DependencyDown, DependencyDown),
        (429, Throttled, Throttled),
        (500, DependencyDown, UnknownOutcome),
        (503, DependencyDown, UnknownOutcome),
    ],
)
def test_each_status_says_who_has_to_act(
    stand_in: StripeStandIn, stripe: Stripe, status: int, read: type[Exception], write: type[Exception]
) -> None:
    stand_in.faults.append(Fault("status", "", status=status, times=2))
    with pytest.raises(read):
        stripe.get_checkout("cs_test_1")
    with pytest.raises(write):
        stripe.open_checkout(asked())
    assert stand_in.sessions == {}


def test_an_answer_that_is_no_json_is_no_answer(stand_in: StripeStandIn, stripe: Stripe) -> None:
    request = asked()
    stand_in.faults.append(Fault("garbage", "POST", times=1))
    with pytest.raises(UnknownOutcome):
        stripe.open_checkout(request)
    stand_in.faults.append(Fault("garbage", "GET", times=1))
    with pytest.raises(DependencyDown):
        stripe.find_checkout(request.reference, since=LONG_AGO)


def test_nobody_there_means_nothing_happened() -> None:
    nobody = Stripe(secret_key="sk", api_url="http://127.0.0.1:9", account_key="1:stripe")
    with pytest.raises(DependencyDown):
        nobody.open_checkout(asked())


# -- signatures -------------------------------------------------------------------------------------------------------

BODY, SECRET = b'{"id": "evt_1", "type": "checkout.session.completed"}', "whsec_1234567890"


def test_a_right_signature_counts_and_a_changed_byte_does_not() -> None:
    header = stripe_signature.sign(BODY, SECRET, at=1000)
    assert stripe_signature.verify(BODY, header, [SECRET], now=1000)
    assert not stripe_signature.verify(BODY + b" ", header, [SECRET], now=1000)
    assert not stripe_signature.verify(BODY, header, ["another"], now=1000)
    assert not stripe_signature.verify(BODY, header, [""], now=1000)
    assert not stripe_signature.verify(BODY, header, [], now=1000)


@pytest.mark.parametrize(("age", "counts"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)])
def test_a_signature_counts_for_five_minutes(age: int, counts: bool) -> None:
    header = stripe_signature.sign(BODY, SECRET, at=100_000)
    assert stripe_signature.verify(BODY, header, [SECRET], now=100_000 + age) is counts


def test_one_right_signature_among_several_is_enough() -> None:
    right = stripe_signature.sign(BODY, SECRET, at=1000).partition("v1=")[2]
    assert stripe_signature.verify(BODY, f"t=1000,v1={'0' * 64},v1={right},v0={'1' * 64}", [SECRET], now=1000)
    assert not stripe_signature.verify(BODY, f"t=1000,v0={right}", [SECRET], now=1000)


@pytest.mark.parametrize(
    "header",
    ["", "t=,v1=", "v1=abc", "t=1000", "t=1000,t=1000,v1=aa", "t=-5,v1=aa", "t=٣,v1=aa", "t=99999999999999,v1=aa",
     "é", ",,,,", "t=1000,v1=é", "t=1000," * 5000],
)  # fmt: skip
def test_any_other_header_is_refused(header: str) -> None:
    assert not stripe_signature.verify(BODY, header, [SECRET], now=1000)


def test_a_signature_of_now_is_accepted_now() -> None:
    assert stripe_signature.verify(
        BODY, stripe_signature.sign(BODY, SECRET, at=int(time.time())), [SECRET], now=time.time()
    )
