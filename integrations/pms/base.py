"""The PMS contract: what any property management system is asked, and the three ways it can answer a write.

Dates are the hotel's local dates, `check_out` exclusive. Ids are opaque strings of the PMS. Money is
`hotel_agent.common.money.Money`, gross unless said. Every write carries our `reference`, findable in the PMS where the
adapter says `can_look_up`.

Reads raise `DependencyDown` (nothing known), `Misconfigured` (credentials) or `Permanent` (the question is wrong).
Writes never raise for an answer of the PMS: they return `Done`, `Refused` or `Unknown`. A write that raises
`DependencyDown` or `Misconfigured` certainly did nothing (nothing was sent, or the PMS refused to talk to us).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from hotel_agent.common.money import Money


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a PMS can do; the services adapt, the guest never hears about it."""

    hold: bool
    """Keeps a room for a while without a booking."""
    amend: bool
    """Changes dates or occupancy of a booking in one step."""
    can_look_up: bool
    """Finds a booking by our reference."""
    fee_preview: bool
    """Tells what cancelling costs before it is done."""
    change_feed: bool
    """Tells what changed since an instant."""


@dataclass(frozen=True, slots=True)
class Party:
    """Who sleeps in one room."""

    adults: int
    children_ages: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """People in the room, babies included."""
        return self.adults + len(self.children_ages)


@dataclass(frozen=True, slots=True)
class Stay:
    """Nights and the people of each room."""

    check_in: dt.date
    check_out: dt.date
    rooms: tuple[Party, ...]

    @property
    def nights(self) -> int:
        """Number of nights, at least 1 for a valid stay."""
        return (self.check_out - self.check_in).days


@dataclass(frozen=True, slots=True)
class Fee:
    """What cancelling costs from a moment on. `from_instant` None means from now."""

    amount: Money
    from_instant: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class CancellationTerms:
    """Free until an instant (None: never free), then a fee that applies to the whole booking.

    `fee_after` is the first fee that applies. Where it rises later, `tiers` lists every fee, earliest first; without
    tiers `fee_after` applies from `free_until` on.
    """

    free_until: dt.datetime | None
    fee_after: Money
    tiers: tuple[Fee, ...] = ()

    def fee_at(self, at: dt.datetime) -> Money:
        """What cancelling costs at an instant."""
        if self.free_until is not None and at < self.free_until:
            return Money(Decimal(0), self.fee_after.currency)
        due = [tier.amount for tier in self.tiers if tier.from_instant is None or tier.from_instant <= at]
        return due[-1] if due else self.fee_after


@dataclass(frozen=True, slots=True)
class Offer:
    """One room type at one rate for the whole stay, priced and available at the moment of asking.

    `left` is how many rooms of the type are free on every night. `total` is gross and is exactly what booking charges.
    """

    room_type_id: str
    rate_plan_id: str
    total: Money
    net_total: Money
    nightly: tuple[Money, ...]
    """Gross price of each night for all rooms; sums to `total` less stay-level taxes."""
    taxes_included: bool
    breakfast_included: bool
    left: int
    terms: CancellationTerms


@dataclass(frozen=True, slots=True)
class Guest:
    """Who the booking is for."""

    name: str
    email: str = ""
    phone: str = ""
    language: str = "es"


@dataclass(frozen=True, slots=True)
class BookingRequest:
    """A booking to make. `price` is the quoted gross total: the adapter verifies that the PMS charges it."""

    reference: str
    stay: Stay
    room_type_id: str
    rate_plan_id: str
    price: Money
    guest: Guest
    hold_id: str | None = None
    notes: str = ""


@dataclass(frozen=True, slots=True)
class AmendRequest:
    """A change of an existing booking to another stay, room type or price."""

    reference: str
    """Our reference for the change itself."""
    booking_id: str
    stay: Stay
    room_type_id: str
    rate_plan_id: str
    price: Money


class BookingStatus(StrEnum):
    """State of a booking in the PMS."""

    ACTIVE = "active"
    CANCELLED = "cancelled"
    IN_HOUSE = "in_house"
    DEPARTED = "departed"
    NO_SHOW = "no_show"


@dataclass(frozen=True, slots=True)
class PmsBooking:
    """A booking as the PMS has it."""

    booking_id: str
    reference: str
    status: BookingStatus
    check_in: dt.date
    check_out: dt.date
    room_type_id: str
    rooms: int
    total: Money
    guest_name: str
    created_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class PmsHold:
    """Rooms kept until an instant."""

    hold_id: str
    expires_at: dt.datetime


class Reason(StrEnum):
    """Why a PMS refused. Closed: the dialogue has a sentence for each."""

    SOLD_OUT = "sold_out"
    PRICE_CHANGED = "price_changed"
    CLOSED = "closed"
    MIN_STAY = "min_stay"
    MAX_STAY = "max_stay"
    OCCUPANCY = "occupancy"
    PAST_DATE = "past_date"
    BAD_GUEST_DATA = "bad_guest_data"
    UNKNOWN_ROOM_TYPE = "unknown_room_type"
    UNKNOWN_BOOKING = "unknown_booking"
    ALREADY_CANCELLED = "already_cancelled"
    NOT_CHANGEABLE = "not_changeable"
    HOLD_EXPIRED = "hold_expired"
    NOT_SUPPORTED = "not_supported"
    FEE_CHANGED = "fee_changed"
    """Cancelling costs more by now than the guest accepted; nothing was cancelled."""
    NOT_MADE = "not_made"
    """Looked up after every attempt: the PMS certainly does not have it."""
    PMS_DOWN = "pms_down"
    """The PMS could not be reached for so long that we stopped trying; nothing was sent."""
    OTHER = "other"


Result_co = TypeVar("Result_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Done(Generic[Result_co]):
    """The PMS has it, verified by reading back where the PMS needs that."""

    value: Result_co


@dataclass(frozen=True, slots=True)
class Refused:
    """The PMS certainly did not do it."""

    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may or may not have happened; look it up by reference before anything is tried again."""

    detail: str


class Pms(Protocol):
    """One hotel's PMS. Instances are cheap, hold no state between calls and belong to one hotel."""

    capabilities: Capabilities
    breaker_key: str
    """What fails together with this PMS (hotel and address); empty where nothing is outside (our own database)."""

    def search(self, stay: Stay) -> Sequence[Offer]:
        """Bookable offers for the stay, cheapest first; empty when nothing fits. A read, safe to repeat."""
        ...

    def search_each(self, stays: Sequence[Stay]) -> list[Sequence[Offer]]:
        """`search` for several stays, in their order. Bounded by the caller; where the PMS has no such read the
        adapter asks one by one."""
        ...

    def why_nothing(self, stay: Stay) -> Refused:
        """Why `search` found nothing: the nearest miss (OTHER where the PMS does not tell). `detail` is the number that
        goes with MIN_STAY, MAX_STAY and OCCUPANCY. A read."""
        ...

    def nights_left(self, room_type_id: str, first: dt.date, last: dt.date) -> dict[dt.date, int]:
        """Free rooms of a type for each night of [first, last); a read."""
        ...

    def hold(
        self, reference: str, stay: Stay, room_type_id: str, expires_at: dt.datetime
    ) -> Done[PmsHold] | Refused | Unknown:
        """Keep rooms. `Refused(NOT_SUPPORTED)` without the capability. The same reference twice is the same hold, kept
        until the later instant; a reference whose hold was released or used is `Refused(HOLD_EXPIRED)`."""
        ...

    def release(self, hold_id: str) -> Done[None] | Refused | Unknown:
        """Let a hold go; releasing a released one is Done."""
        ...

    def book(self, request: BookingRequest) -> Done[PmsBooking] | Refused | Unknown:
        """Make the booking. The same reference twice returns the first booking where `can_look_up`, whatever became of
        it. `Refused(PRICE_CHANGED)` when the PMS would charge anything but `request.price`."""
        ...

    def find(self, reference: str) -> Sequence[PmsBooking]:
        """Bookings that carry our reference, oldest first; a read."""
        ...

    def get(self, booking_id: str) -> PmsBooking | None:
        """One booking, or None when the PMS has no such id; a read."""
        ...

    def amend(self, request: AmendRequest) -> Done[PmsBooking] | Refused | Unknown:
        """Change a booking; `Refused(NOT_SUPPORTED)` without the capability."""
        ...

    def cancellation_fee(self, booking_id: str, at: dt.datetime) -> Money:
        """What cancelling at an instant costs; a read."""
        ...

    def cancel(self, booking_id: str, reference: str) -> Done[PmsBooking] | Refused | Unknown:
        """Cancel; cancelling a cancelled booking is Done."""
        ...
