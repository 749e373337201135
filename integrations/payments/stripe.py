"""Stripe Checkout over its documented HTTP API (form bodies, JSON answers, Idempotency-Key).

Only methods that settle at once are offered (cards, and the wallets that are cards): a session that is complete is
paid. The session is the truth; an event is only a reason to look at it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from hotel_agent.common.exceptions import BadInput, DependencyDown, Misconfigured, UnknownOutcome
from hotel_agent.common.money import Money
from integrations import http
from integrations.exceptions import Throttled
from integrations.outside import Service
from integrations.payments.base import (
    Checkout,
    CheckoutRequest,
    CheckoutState,
    PaymentRefused,
    RefundMade,
    RefundRequest,
    RefundState,
)

API_VERSION = "2024-06-20"
"""Pinned: fields are read as this version writes them, whatever the account's default is."""
PAGE_SIZE = 100
MOST_PAGES = 10
NO_MINOR_UNIT = frozenset(
    {
        "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF",
    }
)  # fmt: skip
"""Currencies Stripe counts in whole units (docs "Zero-decimal currencies"); the others we sell in have cents."""
THOUSANDTHS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
LOCALES = {"es": "es-419", "en": "en", "pt": "pt-BR"}


def minor_units(money: Money) -> int:
    """An amount as Stripe counts it.

    Raises:
        PaymentRefused: it has fractions its currency does not.
    """
    units = money.amount * _factor(money.currency)
    if units != units.to_integral_value():
        raise PaymentRefused(f"{money.amount} is no amount of {money.currency}", provider_code="amount")
    return int(units)


def from_minor_units(units: int, currency: str) -> Money:
    """An amount as Stripe writes it (currency in lower case)."""
    code = currency.upper()
    return Money(Decimal(units) / _factor(code), code)


def _factor(currency: str) -> Decimal:
    if currency in NO_MINOR_UNIT:
        return Decimal(1)
    return Decimal(1000) if currency in THOUSANDTHS else Decimal(100)


class Stripe:
    """One hotel's Stripe account."""

    def __init__(self, *, secret_key: str, api_url: str, account_key: str) -> None:
        self._key = secret_key
        self._url = api_url.rstrip("/")
        self.breaker_key = account_key

    # -- the contract -------------------------------------------------------------------------------------------------

    def open_checkout(self, request: CheckoutRequest) -> Checkout:
        """`POST /v1/checkout/sessions`; the reference is the idempotency key."""
        form = {
            "mode": "payment",
            "payment_method_types[0]": "card",
            "client_reference_id": request.reference,
            "expires_at": str(int(request.expires_at.timestamp())),
            "locale": LOCALES.get(request.language, "auto"),
            "success_url": request.return_url,
            "cancel_url": request.cancel_url,
            "line_items[0][quantity]": "1",
            "line_items[0][price_data][currency]": request.amount.currency.lower(),
            "line_items[0][price_data][unit_amount]": str(minor_units(request.amount)),
            "line_items[0][price_data][product_data][name]": request.description[:250],
            "metadata[reference]": request.reference,
            "payment_intent_data[metadata][reference]": request.reference,
        }
        if request.guest_email:
            form["customer_email"] = request.guest_email
        return _checkout(self._post("/v1/checkout/sessions", form, idempotency_key=request.reference), wrote=True)

    def find_checkout(self, reference: str, *, since: dt.datetime) -> Checkout | None:
        """Sessions cannot be searched by our reference, but listed by age: these are the few of the last minutes."""
        params = {"created[gte]": str(int(since.timestamp()))}
        for session in self._pages("/v1/checkout/sessions", params):
            if session.get("client_reference_id") == reference:
                return _checkout(session)
        return None

    def get_checkout(self, checkout_id: str) -> Checkout:
        """`GET /v1/checkout/sessions/{id}`."""
        return _checkout(self._get(f"/v1/checkout/sessions/{checkout_id}"))

    def expire_checkout(self, checkout_id: str) -> Checkout:
        """`POST …/expire`, which Stripe refuses for a session that is not open: then it is looked at."""
        try:
            return _checkout(self._post(f"/v1/checkout/sessions/{checkout_id}/expire", {}), wrote=True)
        except PaymentRefused:
            return self.get_checkout(checkout_id)

    def refund(self, request: RefundRequest) -> RefundMade:
        """`POST /v1/refunds`; the reference is the idempotency key."""
        form = {
            "payment_intent": request.payment_id,
            "amount": str(minor_units(request.amount)),
            "metadata[reference]": request.reference,
        }
        return _refund(self._post("/v1/refunds", form, idempotency_key=request.reference), wrote=True)

    def find_refund(self, payment_id: str, reference: str) -> RefundMade | None:
        """The payment's refunds, by the reference in their metadata."""
        for refund in self._pages("/v1/refunds", {"payment_intent": payment_id}):
            if (refund.get("metadata") or {}).get("reference") == reference:
                return _refund(refund)
        return None

    # -- HTTP ---------------------------------------------------------------------------------------------------------

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key}", "Stripe-Version": API_VERSION}

    def _get(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        answer = http.request(Service.PAYMENTS, "GET", self._url + path, headers=self._headers(), params=params)
        return _judged(answer, wrote=False)

    def _post(self, path: str, form: Mapping[str, str], *, idempotency_key: str = "") -> dict[str, Any]:
        headers = self._headers()
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        return _judged(http.request(Service.PAYMENTS, "POST", self._url + path, headers=headers, data=form), wrote=True)

    def _pages(self, path: str, params: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        asked = {**params, "limit": str(PAGE_SIZE)}
        for _ in range(MOST_PAGES):
            page = self._get(path, asked)
            rows = [row for row in page.get("data") or () if isinstance(row, dict)]
            yield from rows
            if not page.get("has_more") or not rows:
                return
            asked["starting_after"] = str(rows[-1].get("id", ""))
        raise DependencyDown(f"more than {MOST_PAGES} pages of {path}")


# -- reading answers --------------------------------------------------------------------------------------------------


def _judged(answer: http.Response, *, wrote: bool) -> dict[str, Any]:
    """The object of a successful answer, or what the status means for who has to act."""
    if answer.ok:
        try:
            found = answer.json()
        except BadInput:
            found = None
        if isinstance(found, dict):
            return found
        raise _no_answer("not a JSON object", wrote=wrote)
    code, text = _error(answer)
    said = f"stripe {answer.status} {code}"
    if answer.status in {401, 403} or 300 <= answer.status < 400:
        raise Misconfigured(said)
    if answer.status == 429:
        raise Throttled(said, retry_after=answer.retry_after)
    if answer.status == 409:
        raise DependencyDown(said, retry_after=1.0)  # the same request is being worked on there
    if answer.status >= 500:
        raise _no_answer(said, wrote=wrote)
    raise PaymentRefused(f"{said}: {text}"[:300], provider_code=code)


def _no_answer(said: str, *, wrote: bool) -> Exception:
    return UnknownOutcome(f"stripe: {said}") if wrote else DependencyDown(f"stripe: {said}")


def _error(answer: http.Response) -> tuple[str, str]:
    """Stripe's own code and sentence; both empty when there is none."""
    try:
        error = answer.json().get("error") or {}
        return str(error.get("code") or error.get("type") or ""), str(error.get("message") or "")
    except (BadInput, AttributeError):
        return "", ""


def _checkout(session: Mapping[str, Any], *, wrote: bool = False) -> Checkout:
    """A session as ours; one that lacks what every session has is no answer."""
    try:
        payment = session.get("payment_intent") or ""
        return Checkout(
            checkout_id=str(session["id"]),
            reference=str(session.get("client_reference_id") or ""),
            state=_state(str(session.get("status") or ""), str(session.get("payment_status") or "")),
            amount=from_minor_units(int(session["amount_total"]), str(session["currency"])),
            url=str(session.get("url") or ""),
            payment_id=str(payment.get("id", "") if isinstance(payment, dict) else payment),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _no_answer(f"a session that cannot be read ({type(error).__name__})", wrote=wrote) from error


def _state(status: str, payment_status: str) -> CheckoutState:
    if payment_status == "paid":
        return CheckoutState.PAID
    # "complete" but unpaid is a method that settles later; none is offered, so it is waited for like an open one.
    return CheckoutState.EXPIRED if status == "expired" else CheckoutState.OPEN


def _refund(refund: Mapping[str, Any], *, wrote: bool = False) -> RefundMade:
    try:
        failed = str(refund.get("status") or "") in {"failed", "canceled"}
        return RefundMade(
            refund_id=str(refund["id"]),
            reference=str((refund.get("metadata") or {}).get("reference") or ""),
            state=RefundState.FAILED if failed else RefundState.ACCEPTED,
            amount=from_minor_units(int(refund["amount"]), str(refund["currency"])),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _no_answer(f"a refund that cannot be read ({type(error).__name__})", wrote=wrote) from error
