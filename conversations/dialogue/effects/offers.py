"""Asking what can be booked and keeping it: searches, quotes, holds and the catalogue of rooms."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from conversations.dialogue.values import Localised, Price, Source, SourceKind
from hotel_agent.common.money import Money
from integrations.pms.base import CancellationTerms, Party, Reason, Stay


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskCharge:
    """A tax of the stay that is paid at the hotel, beside the price: a city tax."""

    name: Localised
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraWish:
    """An extra wanted with a stay, by the catalogue's kind. `quantity` None is what is usual for the stay."""

    kind: str
    quantity: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedExtra:
    """A line of an option: an extra with its price for the whole stay."""

    kind: str
    name: Localised
    quantity: int
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomsOf:
    """So many rooms of one type, where a stay has rooms of several."""

    room_type_id: str
    name: Localised
    rooms: int
    nightly: tuple[Money, ...] = ()
    """For all of these rooms; only where they are priced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedOption:
    """One priced room type at one rate, inside a stored quote. `total` is exactly what booking charges."""

    option_id: str
    room_type_id: str
    kinds: tuple[str, ...]
    """Which of the understanding's ROOM_TYPES it answers to, best first: ("double", "superior")."""
    name: Localised
    rate_name: Localised | None = None
    """Only where the hotel sells the same room at more than one rate."""
    rate_plan_id: str = ""
    capacity: int
    """People per room."""
    total: Money
    nightly: tuple[Money, ...]
    taxes_included: bool
    breakfast_included: bool
    left: int
    terms: CancellationTerms
    deposit: Money | None = None
    """What is paid before it is confirmed; None for nothing."""
    at_desk: tuple[DeskCharge, ...] = ()
    """Not part of `total`."""
    extras: tuple[QuotedExtra, ...] = ()
    """Part of `total`."""
    parts: tuple[RoomsOf, ...] = ()
    """Each type with its price where the stay has rooms of several; `name` is the first one's."""

    @property
    def room_total(self) -> Money:
        """The price of the stay without its extras."""
        return self.total - sum((extra.amount for extra in self.extras), Money(Decimal(0), self.total.currency))

    def price(self, money: Money) -> Price:
        """One of this option's own amounts, with its source."""
        return Price(money, Source(SourceKind.QUOTE_OPTION, self.option_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """A quote: a stay and its options, cheapest first, valid until an instant."""

    quote_id: str
    stay: Stay
    options: tuple[QuotedOption, ...]
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOffers:
    """What can be booked for a stay. Answers: OffersFound, NothingFree, StayNotPossible, PmsDown.

    `room_type` is the taxonomy's type the guest asked for, or None; options of every type come back, the alternatives
    of NothingFree should prefer it. When it is named and only other types are free, the answer is still OffersFound.
    """

    stay: Stay
    room_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchMix:
    """What rooms of several types together cost. Answers: MixFound, SpreadUnclear, RoomsApart, NothingFree,
    StayNotPossible, PmsDown.

    `kinds` has the taxonomy's type of every room. `spread` is who sleeps in each of them, in the same order, once the
    guest has said; until then the people are `adults` and `ages`, and `usual` adults in each room where nobody was
    mentioned.
    """

    check_in: dt.date
    check_out: dt.date
    kinds: tuple[str, ...]
    adults: int
    ages: tuple[int, ...] = ()
    spread: tuple[Party, ...] = ()
    usual: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MixFound:
    """A quote for each combination of the hotel's types that is free, cheapest first; each stay names its types."""

    quotes: tuple[Quoted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadUnclear:
    """The people fit in several ways: the rooms in the asked order, and the ways, most even first."""

    rooms: tuple[Localised, ...]
    ways: tuple[tuple[Party, ...], ...]


@dataclass(frozen=True, slots=True)
class RoomsApart:
    """No booking of these rooms together: the PMS sells one type in a booking, or the hotel has no such rooms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceHold:
    """Keep the room of an option while the guest decides. Answers: Held, HoldFailed, PmsDown.

    `replaces` is this guest's earlier hold, released in the same step. A PMS without holds answers HoldFailed with
    NOT_SUPPORTED and the dialogue goes on without one. The option's quote is stored before the hold is placed.
    """

    option_id: str
    replaces: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendHold:
    """Keep a hold (and its quote) ten minutes longer. Answers: Held, HoldFailed, PmsDown."""

    hold_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteExtras:
    """An option priced again with these extras and no others in its total. Answers: ExtrasQuoted, PmsDown."""

    option_id: str
    extras: tuple[ExtraWish, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtrasQuoted:
    """A quote of that one option with its lines; None when its room is gone. `missing`: kinds the PMS does not sell."""

    quoted: Quoted | None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RoomCatalogue:
    """The hotel's room types. Answer: Rooms."""


@dataclass(frozen=True, slots=True)
class OffersFound:
    """At least one option fits the stay as asked."""

    quoted: Quoted


@dataclass(frozen=True, slots=True)
class NothingFree:
    """No option fits. `alternatives` are real quotes of near dates (±3 days), best first, possibly none."""

    alternatives: tuple[Quoted, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StayNotPossible:
    """The hotel does not sell this stay at all. `limit` is the number that goes with MIN_STAY, MAX_STAY, OCCUPANCY."""

    reason: Reason
    limit: int | None = None
    alternatives: tuple[Quoted, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The room is kept until then."""

    hold_id: str
    expires_at: dt.datetime


class HoldProblem(StrEnum):
    """Why no room could be kept. Closed."""

    SOLD_OUT = "sold_out"
    QUOTE_EXPIRED = "quote_expired"
    TOO_MANY = "too_many"
    """The guest already has as many open holds as the hotel allows."""
    NOT_SUPPORTED = "not_supported"


@dataclass(frozen=True, slots=True)
class HoldFailed:
    """Nothing is kept."""

    problem: HoldProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomKind:
    """A room type as the hotel describes it. `price_from` is its lowest coming rate, from the rate plan `source`."""

    room_type_id: str
    kinds: tuple[str, ...]
    name: Localised
    description: Localised
    capacity: int
    price_from: Money | None = None
    source_id: str = ""


@dataclass(frozen=True, slots=True)
class Rooms:
    """The hotel's room types, cheapest first."""

    rooms: tuple[RoomKind, ...]
