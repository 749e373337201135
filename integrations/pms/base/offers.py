"""What a PMS offers: room types, rates with every price in them, extras, taxes and what cancelling costs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from hotel_agent.common.money import Money


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
