"""A real payment provider behind a bad line: each fault happens to one call, in the order they were announced."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

from hotel_agent.common.exceptions import DependencyDown, UnknownOutcome
from integrations.payments.base import Checkout, PaymentProvider, PaymentRefused, RefundMade, RefundRequest
from reservations.services.demo_payments import DemoPayments
from tenants.models import Tenant
from tests.reservations.faulty_pms import Fault, WorkerDied


class FaultyPayments:
    """Passes everything to the demo provider but for announced faults. Keep one per test, pass `connect` around."""

    breaker_key = ""

    def __init__(self, tenant: Tenant) -> None:
        self.inner: PaymentProvider = DemoPayments(tenant)
        self.calls: list[str] = []
        self.down = False
        self._refusals = 0
        self._faults: defaultdict[str, deque[Fault]] = defaultdict(deque)

    def connect(self, tenant: Tenant) -> PaymentProvider:
        """In place of `payment_accounts.connect`."""
        return self

    def announce(self, operation: str, *faults: Fault) -> None:
        """The next calls of the operation meet these faults, one each."""
        self._faults[operation].extend(faults)

    def refuse_next_link(self) -> None:
        """The next request for a link is refused for good."""
        self._refusals += 1

    def forget_faults(self) -> None:
        """The line is good again."""
        self._faults.clear()
        self._refusals = 0

    def open_checkout(self, request: Any) -> Checkout:
        made: Checkout = self._call("open", lambda: self.inner.open_checkout(request))
        return made

    def find_checkout(self, reference: str, *, since: dt.datetime) -> Checkout | None:
        found: Checkout | None = self._call("find", lambda: self.inner.find_checkout(reference, since=since))
        return found

    def get_checkout(self, checkout_id: str) -> Checkout:
        found: Checkout = self._call("get", lambda: self.inner.get_checkout(checkout_id))
        return found

    def expire_checkout(self, checkout_id: str) -> Checkout:
        found: Checkout = self._call("expire", lambda: self.inner.expire_checkout(checkout_id))
        return found

    def refund(self, request: RefundRequest) -> RefundMade:
        made: RefundMade = self._call("refund", lambda: self.inner.refund(request))
        return made

    def find_refund(self, payment_id: str, reference: str) -> RefundMade | None:
        found: RefundMade | None = self._call("find_refund", lambda: self.inner.find_refund(payment_id, reference))
        return found

    def _call(self, operation: str, function: Callable[[], Any]) -> Any:
        self.calls.append(operation)
        if self.down:
            raise DependencyDown("down")
        if operation == "open" and self._refusals:
            self._refusals -= 1
            raise PaymentRefused("refused", provider_code="account_invalid")
        fault = self._faults[operation].popleft() if self._faults[operation] else None
        match fault:
            case Fault.DOWN:
                raise DependencyDown(fault)
            case Fault.DIES_BEFORE:
                raise WorkerDied(operation)
            case Fault.REQUEST_LOST:
                raise UnknownOutcome(fault)
        result = function()
        match fault:
            case Fault.ANSWER_LOST:
                raise UnknownOutcome(fault)
            case Fault.DIES_AFTER:
                raise WorkerDied(operation)
        return result
