"""A real PMS behind a bad line: each fault happens to one call, in the order they were announced."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

from hotel_agent.common.exceptions import DependencyDown
from hotel_agent.common.money import Money
from integrations.pms.base import (
    AmendRequest,
    BookingRequest,
    Capabilities,
    Done,
    Extra,
    Offer,
    Pms,
    PmsBooking,
    PmsHold,
    PmsRoomType,
    Refused,
    Stay,
    Unknown,
)
from reservations.services.builtin import BuiltinPms
from tenants.models import Tenant


class WorkerDied(BaseException):
    """kill -9 at this point: nothing after it runs in this worker."""


class Fault(StrEnum):
    """What can happen to a request."""

    DOWN = "down"
    """Nothing is sent."""
    REQUEST_LOST = "request_lost"
    """Sent, never arrives, no answer."""
    ANSWER_LOST = "answer_lost"
    """Done, but the answer does not arrive."""
    LATE = "late"
    """No answer; the request is carried out when `deliver_late` is called."""
    DIES_BEFORE = "dies_before"
    """Our worker dies just before the request leaves."""
    DIES_AFTER = "dies_after"
    """Our worker dies just after the PMS has done it."""


class FaultyPms:
    """Passes everything to `inner` (the built-in PMS by default) but for announced faults.

    Keep one per test and pass `connect` around.
    """

    breaker_key = ""

    def __init__(self, tenant: Tenant, *, capabilities: Capabilities | None = None, inner: Pms | None = None) -> None:
        self.inner: Pms = inner or BuiltinPms(tenant)
        self.capabilities = capabilities or self.inner.capabilities
        self.calls: list[str] = []
        self._faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._late: list[Callable[[], object]] = []

    def connect(self, tenant: Tenant) -> Pms:
        """In place of `reservations.services.pms.connect`."""
        return self

    def announce(self, operation: str, *faults: Fault) -> None:
        """The next calls of the operation meet these faults, one each."""
        self._faults[operation].extend(faults)

    def forget_faults(self) -> None:
        """The line is good again."""
        self._faults.clear()

    def deliver_late(self) -> list[object]:
        """Requests that were under way arrive now."""
        late, self._late = self._late, []
        return [request() for request in late]

    # -- the contract -------------------------------------------------------------------------------------------------

    def search(self, stay: Stay) -> Sequence[Offer]:
        return self._read("search", lambda: self.inner.search(stay))

    def search_each(self, stays: Sequence[Stay]) -> list[Sequence[Offer]]:
        return self._read("search", lambda: self.inner.search_each(stays))

    def why_nothing(self, stay: Stay) -> Refused:
        return self._read("search", lambda: self.inner.why_nothing(stay))

    def nights_left(self, room_type_id: str, first: dt.date, last: dt.date) -> dict[dt.date, int]:
        return self._read("search", lambda: self.inner.nights_left(room_type_id, first, last))

    def find(self, reference: str) -> Sequence[PmsBooking]:
        return self._read("find", lambda: self.inner.find(reference))

    def get(self, booking_id: str) -> PmsBooking | None:
        return self._read("get", lambda: self.inner.get(booking_id))

    def room_types(self) -> Sequence[PmsRoomType]:
        return self._read("search", self.inner.room_types)

    def extras(self, stay: Stay) -> Sequence[Extra]:
        return self._read("search", lambda: self.inner.extras(stay))

    def list_ours(self, prefix: str, since: dt.date) -> Sequence[PmsBooking]:
        return self._read("list_ours", lambda: self.inner.list_ours(prefix, since))

    def changed_since(self, instant: dt.datetime) -> Sequence[PmsBooking]:
        return self._read("changed_since", lambda: self.inner.changed_since(instant))

    def cancellation_fee(self, booking_id: str, at: dt.datetime) -> Money:
        return self._read("cancellation_fee", lambda: self.inner.cancellation_fee(booking_id, at))

    def hold(
        self, reference: str, stay: Stay, room_type_id: str, expires_at: dt.datetime
    ) -> Done[PmsHold] | Refused | Unknown:
        return self._write("hold", lambda: self.inner.hold(reference, stay, room_type_id, expires_at))

    def release(self, hold_id: str) -> Done[None] | Refused | Unknown:
        return self._write("release", lambda: self.inner.release(hold_id))

    def book(self, request: BookingRequest) -> Done[PmsBooking] | Refused | Unknown:
        return self._write("book", lambda: self.inner.book(request))

    def amend(self, request: AmendRequest) -> Done[PmsBooking] | Refused | Unknown:
        return self._write("amend", lambda: self.inner.amend(request))

    def cancel(self, booking_id: str, reference: str) -> Done[PmsBooking] | Refused | Unknown:
        return self._write("cancel", lambda: self.inner.cancel(booking_id, reference))

    def adopt(self, found: PmsBooking) -> Done[PmsBooking] | Refused | Unknown:
        return self._write("adopt", lambda: self.inner.adopt(found))

    def add_note(self, booking_id: str, reference: str, text: str) -> Done[PmsBooking] | Refused | Unknown:
        return self._write("add_note", lambda: self.inner.add_note(booking_id, reference, text))

    # -- the bad line -------------------------------------------------------------------------------------------------

    def _next(self, operation: str) -> Fault | None:
        self.calls.append(operation)
        waiting = self._faults[operation]
        return waiting.popleft() if waiting else None

    def _read(self, operation: str, function: Callable[[], Any]) -> Any:
        match self._next(operation):
            case None:
                return function()
            case Fault.DIES_BEFORE | Fault.DIES_AFTER:
                raise WorkerDied(operation)
            case fault:
                raise DependencyDown(fault)

    def _write(self, operation: str, function: Callable[[], Any]) -> Any:
        fault = self._next(operation)
        match fault:
            case Fault.DOWN:
                raise DependencyDown(fault)
            case Fault.DIES_BEFORE:
                raise WorkerDied(operation)
            case Fault.REQUEST_LOST:
                return Unknown(fault)
            case Fault.LATE:
                self._late.append(function)
                return Unknown(fault)
        result = function()
        match fault:
            case Fault.ANSWER_LOST:
                return Unknown(fault)
            case Fault.DIES_AFTER:
                raise WorkerDied(operation)
        return result


class ForgetfulPms(FaultyPms):
    """A PMS without idempotency: the same reference twice is two bookings, as most outside systems do it.

    The built-in PMS refuses that, so the second booking goes in under another reference and is shown under ours.
    """

    def __init__(self, tenant: Tenant) -> None:
        super().__init__(tenant)
        self._doubles: defaultdict[str, list[str]] = defaultdict(list)

    def book(self, request: BookingRequest) -> Done[PmsBooking] | Refused | Unknown:
        return self._write("book", lambda: self._book(request))

    def find(self, reference: str) -> Sequence[PmsBooking]:
        return self._read("find", lambda: self._find(reference))

    def _book(self, request: BookingRequest) -> Done[PmsBooking] | Refused | Unknown:
        if self.inner.find(request.reference):
            double = f"{request.reference}-{len(self._doubles[request.reference]) + 2}"
            self._doubles[request.reference].append(double)
            request = replace(request, reference=double, hold_id=None)
        return self.inner.book(request)

    def _find(self, reference: str) -> Sequence[PmsBooking]:
        references = [reference, *self._doubles[reference]]
        return [replace(found, reference=reference) for one in references for found in self.inner.find(one)]
