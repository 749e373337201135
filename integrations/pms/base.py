"""The PMS contract: what any property management system is asked, and the three ways it can answer a write.

Dates are the hotel's local dates, `check_out` exclusive. Ids are opaque strings of the PMS. Money is
`hotel_agent.common.money.Money`, gross unless said. Every write carries our `reference`, findable in the PMS where the
adapter says `can_look_up`.

An adapter translates and never decides: it validates what its PMS does not, reads back what its PMS may have got wrong,
and undoes its own booking when it finds that the PMS sold the room twice.

Reads raise `DependencyDown` (nothing known), `Misconfigured` (credentials) or `Permanent` (the question is wrong).
Writes never raise for an answer of the PMS: they return `Done`, `Refused` or `Unknown`. A write that raises
`DependencyDown` or `Misconfigured` certainly did nothing (nothing was sent, or the PMS refused to talk to us).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Generic, Protocol, TypeVar, runtime_checkable

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
    """Tells what changed since an instant (`changed_since`)."""
    guards_rooms: bool = True
    """Refuses the second of two simultaneous sales of the last room by itself. Where it does not, our writes to one
    room type go one after the other."""
    amend_in_full_house: bool = True
    """Counts the booking's own nights as free when it is changed; otherwise a change of the last room is a person's."""
    notes: bool = False
    """Takes a note on a booking that exists (`add_note`); notes sent along with a booking always arrive."""
    extras: bool = False
    """Sells extras with a booking at its own prices (`extras`)."""
    mixes_types: bool = False
    """Sells rooms of different types as one booking: all of them or none. Elsewhere a person puts them together."""


@dataclass(frozen=True, slots=True)
class Party:
    """Who sleeps in one room."""

    adults: int
    children_ages: tuple[int, ...] = ()
    room_type_id: str = ""
    """The type of this room where one stay has rooms of several; empty: the type that the offer or request names."""

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

    @property
    def is_mixed(self) -> bool:
        """Whether its rooms are of several types; then every room names its own."""
        return any(party.room_type_id for party in self.rooms)

    def rooms_by_type(self, room_type_id: str) -> dict[str, int]:
        """How many rooms of each type, as `by_type`."""
        return {code: len(part.rooms) for code, part in self.by_type(room_type_id).items()}

    def by_type(self, room_type_id: str) -> dict[str, Stay]:
        """The rooms of each type as a stay of their own, in the order they are named; all are `room_type_id` where the
        rooms name none."""
        parts: dict[str, list[Party]] = {}
        for party in self.rooms:
            parts.setdefault(party.room_type_id or room_type_id, []).append(replace(party, room_type_id=""))
        return {code: replace(self, rooms=tuple(parties)) for code, parties in parts.items()}


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
class TaxLine:
    """A tax or fee of the stay that is named on its own, such as a city tax."""

    code: str
    amount: Money
    due_at_hotel: bool = False
    """Paid at the desk, not part of `Offer.total`."""


class ExtraUnit(StrEnum):
    """What the price of an extra counts."""

    STAY = "stay"
    NIGHT = "night"
    PERSON = "person"
    PERSON_NIGHT = "person_night"


@dataclass(frozen=True, slots=True)
class Extra:
    """Something sold with a room: breakfast, transfer, parking, a cot. `price` is gross, per `unit`."""

    extra_id: str
    name: str
    price: Money
    unit: ExtraUnit
    most: int | None = None
    """Most that one stay may have of it; None where the PMS sets no limit."""


@dataclass(frozen=True, slots=True)
class ExtraOrder:
    """So many of an extra, for the whole booking: pieces, or people where its price is per person."""

    extra_id: str
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class ExtraLine:
    """An extra as it was priced for a stay. `amount` is gross, for all of it and all nights."""

    extra_id: str
    name: str
    quantity: int
    amount: Money

    @property
    def order(self) -> ExtraOrder:
        """What has to be ordered to get it."""
        return ExtraOrder(self.extra_id, self.quantity)


@dataclass(frozen=True, slots=True)
class OfferPart:
    """The rooms of one type in an offer that mixes types. `nightly` is gross for all of these rooms."""

    room_type_id: str
    rooms: int
    nightly: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """One room type at one rate for the whole stay, priced and available at the moment of asking.

    `left` is how many rooms of the type are free on every night. `total` is gross and is exactly what booking charges.

    For a stay whose rooms are of several types it is all of them together: `parts` has each type with its price,
    summing to `nightly`, `room_type_id` is the first of them, and `left` counts how often the whole could be had.
    """

    room_type_id: str
    rate_plan_id: str
    total: Money
    net_total: Money
    nightly: tuple[Money, ...]
    """Gross price of each night for all rooms; sums to `total` less `extras` and the `taxes` in it. The average of the
    nights where the PMS tells no more."""
    taxes_included: bool
    breakfast_included: bool
    left: int
    terms: CancellationTerms
    taxes: tuple[TaxLine, ...] = ()
    extras: tuple[ExtraLine, ...] = ()
    """Chosen by the guest after the search, and part of `total` from then on."""
    parts: tuple[OfferPart, ...] = ()
    """Empty where all rooms are of one type."""

    def with_extras(self, lines: Sequence[ExtraLine]) -> Offer:
        """This offer with these extras in its total instead of those it had. Extras are taxed as the nights are."""
        zero = Money(Decimal(0), self.total.currency)
        before = sum((line.amount for line in self.extras), zero)
        after = sum((line.amount for line in lines), zero)
        nights = sum((price for price in self.nightly), zero)
        share = self.net_total.amount / (nights + before).amount if (nights + before).amount else Decimal(1)
        return replace(
            self,
            total=self.total - before + after,
            net_total=(nights + after) * share,
            extras=tuple(lines),
        )


@dataclass(frozen=True, slots=True)
class Guest:
    """Who the booking is for."""

    name: str
    email: str = ""
    phone: str = ""
    language: str = "es"


@dataclass(frozen=True, slots=True)
class BookingRequest:
    """A booking to make. `price` is the quoted gross total, extras included: the adapter verifies that the PMS charges
    it.

    With `pay_by` the booking waits for a deposit: the PMS notes it as awaiting payment where it can, and whoever asked
    for the booking cancels it when the instant passes unpaid.
    """

    reference: str
    stay: Stay
    room_type_id: str
    rate_plan_id: str
    price: Money
    guest: Guest
    hold_id: str | None = None
    notes: str = ""
    """Special requests, in the guest's words, for the desk."""
    extras: tuple[ExtraOrder, ...] = ()
    pay_by: dt.datetime | None = None


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
    extras: tuple[ExtraOrder, ...] = ()


class BookingStatus(StrEnum):
    """State of a booking in the PMS."""

    ACTIVE = "active"
    CANCELLED = "cancelled"
    IN_HOUSE = "in_house"
    DEPARTED = "departed"
    NO_SHOW = "no_show"
    EMPTY = "empty"
    """It looks alive in the PMS and keeps no room there: what a lost race for the last room can leave behind."""


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
    """Empty where nothing here needs it."""
    created_at: dt.datetime | None = None
    code: str = ""
    """The PMS's own reference for people, where it has one."""
    paid: Money | None = None
    """What the PMS has received for it; None where it does not tell."""
    more_rooms: tuple[tuple[str, int], ...] = ()
    """Rooms of further types, where a booking mixes types. `rooms` are those of `room_type_id` alone."""

    def rooms_by_type(self) -> dict[str, int]:
        """How many rooms of each type it keeps."""
        return {self.room_type_id: self.rooms, **dict(self.more_rooms)}


@dataclass(frozen=True, slots=True)
class PmsRoomType:
    """A kind of room as the PMS describes it; `max_stay` None is no limit."""

    room_type_id: str
    name: str
    rooms: int
    base_occupancy: int
    max_adults: int
    max_children: int
    max_guests: int
    min_stay: int = 1
    max_stay: int | None = None
    description: str = ""
    is_active: bool = True


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
        """Bookable offers for the stay, cheapest first; empty when nothing fits. A read, safe to repeat.

        A stay whose rooms name types is offered with exactly those, or not at all; never without `mixes_types`."""
        ...

    def search_each(self, stays: Sequence[Stay]) -> list[Sequence[Offer]]:
        """`search` for several stays, in their order. Bounded by the caller; where the PMS has no such read the
        adapter asks one by one."""
        ...

    def why_nothing(self, stay: Stay) -> Refused:
        """Why `search` found nothing: the nearest miss (OTHER where the PMS does not tell). `detail` is the number that
        goes with MIN_STAY, MAX_STAY and OCCUPANCY. A read."""
        ...

    def room_types(self) -> Sequence[PmsRoomType]:
        """What the hotel sells, for our own catalogue; a read."""
        ...

    def extras(self, stay: Stay) -> Sequence[Extra]:
        """What can be sold with a stay; empty without the capability. A read."""
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

    def adopt(self, found: PmsBooking) -> Done[PmsBooking] | Refused | Unknown:
        """What a booking found under our reference is worth: Done when it keeps its rooms for itself.

        `Refused(SOLD_OUT)` after undoing it where the PMS sold the same rooms to somebody else too, or keeps none for
        it. Safe to repeat.
        """
        ...

    def list_ours(self, prefix: str, since: dt.date) -> Sequence[PmsBooking]:
        """Bookings whose reference begins with `prefix` and whose stay ends on `since` or later, in any state; empty
        where the PMS keeps no references. A read."""
        ...

    def changed_since(self, instant: dt.datetime) -> Sequence[PmsBooking]:
        """This hotel's bookings made or changed since an instant, oldest change first; a read.

        Raises:
            Permanent: the PMS has no change feed (`capabilities.change_feed`).
        """
        ...

    def get(self, booking_id: str) -> PmsBooking | None:
        """One booking of this hotel, or None when the PMS has no such id for it; a read."""
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

    def add_note(self, booking_id: str, reference: str, text: str) -> Done[PmsBooking] | Refused | Unknown:
        """Tell the desk something about a booking; `Refused(NOT_SUPPORTED)` without the capability. The same reference
        twice is one note."""
        ...


@dataclass(frozen=True, slots=True)
class OwnRooms:
    """What the guest who asks already has: these rooms are not in their own way."""

    booking_ids: tuple[str, ...] = ()
    """Bookings that would be given up for the new one (a change)."""
    hold_ids: tuple[str, ...] = ()
    """Rooms kept for the guest while they decide."""

    def __bool__(self) -> bool:
        return bool(self.booking_ids or self.hold_ids)


@runtime_checkable
class CountsOwnRooms(Protocol):
    """A PMS that can search as if some bookings and holds were not there. Others are searched as they are."""

    def search_each_beside(self, stays: Sequence[Stay], own: OwnRooms) -> list[Sequence[Offer]]:
        """`search_each`, counting `own` rooms as free. A read."""
        ...


@runtime_checkable
class TellsDoubleSales(Protocol):
    """A PMS that can sell a room twice, and can be asked whether it did."""

    def double_sales(self, since: dt.date) -> Sequence[frozenset[str]]:
        """Pairs of bookings that keep the same room on the same night, of stays that end on `since` or later. A
        read."""
        ...
