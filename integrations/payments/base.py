"""The contract of a payment provider: a page where a guest pays one amount, and money given back.

Amounts are gross `Money`. Every request carries our `reference`, by which the provider's own record is found again.
Nothing here decides: who may pay, until when and what follows is `reservations.services.payments`.

Every call raises `DependencyDown` (nothing has happened), `Misconfigured` (our account or keys), `PaymentRefused` (the
provider certainly did not do it), and writes also `UnknownOutcome`: find it by its reference, then ask again with the
same reference, which is the same request to the provider.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from hotel_agent.common.exceptions import Permanent
from hotel_agent.common.money import Money


class PaymentRefused(Permanent):
    """The provider refused the request itself; repeating it cannot work. `provider_code` is its own word for it."""

    code = "payment_refused"

    def __init__(self, message: str = "", *, provider_code: str = "") -> None:
        super().__init__(message)
        self.provider_code = provider_code


class CheckoutState(StrEnum):
    """What a payment page has come to."""

    OPEN = "open"
    PAID = "paid"
    """The money is there. Final."""
    EXPIRED = "expired"
    """Nobody can pay on it any more. Final: a provider never turns it into paid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutRequest:
    """A page to open. `description` is what the guest reads beside the amount, in `language`."""

    reference: str
    amount: Money
    description: str
    language: str
    expires_at: dt.datetime
    return_url: str
    """Where the guest goes after paying."""
    cancel_url: str
    """Where they go instead of paying."""
    guest_email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A payment page as the provider has it."""

    checkout_id: str
    reference: str
    state: CheckoutState
    amount: Money
    url: str = ""
    """Where the guest pays; empty once closed, and where our own page is the payment page."""
    payment_id: str = ""
    """What a refund refers to; there once it is paid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    """Money to give back, at most what was paid."""

    reference: str
    payment_id: str
    amount: Money


class RefundState(StrEnum):
    """What became of a refund."""

    ACCEPTED = "accepted"
    """Done, or on its way: the bank takes its days."""
    FAILED = "failed"
    """The provider could not return it; a person finds another way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundMade:
    """A refund as the provider has it."""

    refund_id: str
    reference: str
    state: RefundState
    amount: Money


class PaymentProvider(Protocol):
    """One hotel's account at a provider. Instances are cheap and hold no state between calls."""

    breaker_key: str
    """What fails together; empty where nothing is outside (the demo)."""

    def open_checkout(self, request: CheckoutRequest) -> Checkout:
        """Open a page on which exactly `amount` can be paid until `expires_at`. The same reference twice is the same
        page."""
        ...

    def find_checkout(self, reference: str, *, since: dt.datetime) -> Checkout | None:
        """The page opened under our reference after an instant, or None when there certainly is none. A read."""
        ...

    def get_checkout(self, checkout_id: str) -> Checkout:
        """The page as it is now. A read."""
        ...

    def expire_checkout(self, checkout_id: str) -> Checkout:
        """Close the page; what comes back is EXPIRED, or PAID when the guest was faster. Safe to repeat."""
        ...

    def refund(self, request: RefundRequest) -> RefundMade:
        """Give money back. The same reference twice is the same refund."""
        ...

    def find_refund(self, payment_id: str, reference: str) -> RefundMade | None:
        """The refund of a payment under our reference, or None when there certainly is none. A read."""
        ...
