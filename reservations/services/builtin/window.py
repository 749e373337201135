"""Availability and prices of a span of dates, read once and then computed without further queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from hotel_agent.common.money import Money, rounded
from integrations.pms.base import CancellationTerms, Fee, Offer, OfferPart, Party, Reason, Refused, Stay, TaxLine
from reservations.models import Rate, RatePlan, RoomNight, RoomType, StayTax
from reservations.services.builtin.counters import Span
from tenants.models import Tenant

BABY_UNDER = 3
"""Younger children may sleep in a cot, where the room type takes one."""
# Which of several reasons is told when no room type fits: first what the guest can change by staying longer or
# shorter, last what no change of dates would help.
NEAREST_FIRST = (
    Reason.MIN_STAY,
    Reason.MAX_STAY,
    Reason.SOLD_OUT,
    Reason.CLOSED,
    Reason.PAST_DATE,
    Reason.OCCUPANCY,
    Reason.UNKNOWN_ROOM_TYPE,
)


Parts = Sequence[tuple[RoomType, Stay]]
"""The rooms of each type of a stay; one part where they are all of one."""


@dataclass(frozen=True, slots=True)
class Window:
    """What is sold between two dates. Built by `load`; everything else is arithmetic."""

    tenant: Tenant
    room_types: tuple[RoomType, ...]
    rate_plans: tuple[RatePlan, ...]
    nights: dict[tuple[int, dt.date], RoomNight]
    rates: dict[tuple[int, int, dt.date], Rate]
    stay_taxes: tuple[StayTax, ...] = ()

    def offers(self, stay: Stay) -> list[Offer]:
        """Every bookable (room type, plan), cheapest first; of a stay that mixes types, its types together."""
        found = [
            offer
            for parts in self.choices(stay)
            if self.refusal(parts) is None
            for plan in self.rate_plans
            if (offer := self.offer(parts, plan, stay)) is not None
        ]
        return sorted(found, key=lambda offer: (offer.total.amount, offer.room_type_id, offer.rate_plan_id))

    def choices(self, stay: Stay) -> list[Parts]:
        """Every type for all rooms; of a stay that mixes types its own types, none where the hotel lacks one."""
        if not stay.is_mixed:
            return [[(room_type, stay)] for room_type in self.room_types]
        known = {room_type.code: room_type for room_type in self.room_types}
        wanted = stay.by_type("")
        return [[(known[code], part) for code, part in wanted.items()]] if wanted.keys() <= known.keys() else []

    def refusal(self, parts: Parts) -> Refused | None:
        """Why the rooms cannot be booked at any plan, or None when they can."""
        return self._restriction(parts) or self._plan_refusal(parts) or self._sold_out(parts)

    def no_room(self, parts: Parts) -> Refused | None:
        """`refusal` for keeping rooms before a plan is chosen."""
        return self._restriction(parts) or self._sold_out(parts)

    def _restriction(self, parts: Parts) -> Refused | None:
        return next((miss for part in parts if (miss := self.restriction(*part)) is not None), None)

    def restriction(self, room_type: RoomType, stay: Stay) -> Refused | None:
        """A refusal that has nothing to do with how many rooms are free."""
        if stay.check_in < self.tenant.business_day():
            return Refused(Reason.PAST_DATE)
        if stay.nights < 1 or not stay.rooms:
            return Refused(Reason.OTHER, "not a stay")
        if not all(fits(room_type, party) for party in stay.rooms):
            return Refused(Reason.OCCUPANCY, str(room_type.max_guests))
        nights = [self.nights.get((room_type.pk, night)) for night in nights_of(stay)]
        departure = self.nights.get((room_type.pk, stay.check_out))
        arrival = nights[0]
        if arrival is None or any(night is None or night.stop_sell for night in nights):
            return Refused(Reason.CLOSED)
        if arrival.closed_to_arrival or (departure is not None and departure.closed_to_departure):
            return Refused(Reason.CLOSED)
        if stay.nights < arrival.min_stay:
            return Refused(Reason.MIN_STAY, str(arrival.min_stay))
        if arrival.max_stay is not None and stay.nights > arrival.max_stay:
            return Refused(Reason.MAX_STAY, str(arrival.max_stay))
        return None

    def offer(self, parts: Parts, plan: RatePlan, stay: Stay) -> Offer | None:
        """The rooms at one plan, priced; None where the plan does not apply. Does not look at restrictions."""
        priced = [self.nightly(room_type, plan, part) for room_type, part in parts]
        nightly = _added(priced)
        if nightly is None or stay.nights < plan.min_stay or stay.nights > (plan.max_stay or stay.nights):
            return None
        nights = sum(nightly[1:], nightly[0])
        net = rounded(nights.amount / (1 + plan.tax_percent / 100), nights.currency)
        taxes = tuple(line for tax in self.stay_taxes if (line := _tax_line(tax, stay, nightly)).amount.amount)
        total = sum((line.amount for line in taxes if not line.due_at_hotel), nights)
        return Offer(
            room_type_id=parts[0][0].code,
            rate_plan_id=plan.code,
            total=total,
            net_total=net,
            nightly=nightly,
            taxes_included=True,
            breakfast_included=plan.breakfast_included,
            left=self._times(parts),
            terms=self.terms(plan, stay, nightly, total),
            taxes=taxes,
            parts=tuple(
                OfferPart(room_type.code, len(part.rooms), prices or ())
                for (room_type, part), prices in zip(parts, priced, strict=True)
            )
            if len(parts) > 1
            else (),
        )

    def _times(self, parts: Parts) -> int:
        """Rooms left of the one type, or how often rooms of several types could be had together."""
        if len(parts) == 1:
            return self.left(*parts[0])
        return min(self.left(room_type, part) // len(part.rooms) for room_type, part in parts)

    def of(self, span: Span) -> list[RoomNight]:
        """The counters of a span's nights that were read."""
        days = (span.check_in + dt.timedelta(days=number) for number in range((span.check_out - span.check_in).days))
        return [found for day in days if (found := self.nights.get((span.room_type.pk, day))) is not None]

    def left(self, room_type: RoomType, stay: Stay) -> int:
        """Rooms of the type free on every night of the stay."""
        nights = (self.nights.get((room_type.pk, night)) for night in nights_of(stay))
        return min((0 if night is None or night.stop_sell else night.left for night in nights), default=0)

    def nightly(self, room_type: RoomType, plan: RatePlan, stay: Stay) -> tuple[Money, ...] | None:
        """Gross price of each night for all rooms; None when a night has no rate."""
        prices = []
        gross = Decimal(1) if self.tenant.prices_include_taxes else 1 + plan.tax_percent / 100
        for night in nights_of(stay):
            own = self.rates.get((room_type.pk, plan.pk, night))
            rate = own or self.rates.get((room_type.pk, plan.derived_from_id or 0, night))
            if rate is None:
                return None
            rooms = (_for_party(rate, room_type, plan, party) for party in stay.rooms)
            amount = sum((price if own else plan.derived_price(price) for price in rooms), Decimal(0))
            prices.append(rounded(amount * gross, self.tenant.currency))
        return tuple(prices)

    def terms(self, plan: RatePlan, stay: Stay, nightly: tuple[Money, ...], total: Money) -> CancellationTerms:
        """What cancelling costs, as instants and amounts. Until check-in time when the plan has no tiers.

        Hours are the wall clock's: 48 hours before three o'clock is three o'clock, also where the clock changes.
        """
        arrival = dt.datetime.combine(stay.check_in, self.tenant.check_in_from, tzinfo=self.tenant.zone)
        fees = []
        for tier in sorted(plan.tiers.all(), key=_earliest_first):
            first_nights = nightly[: tier.fee_nights] if tier.fee_nights else ()
            amount = (
                sum(first_nights[1:], first_nights[0])
                if first_nights
                else rounded(total.amount * (tier.fee_percent or 0) / 100, total.currency)
            )
            start = None if tier.hours_before is None else arrival - dt.timedelta(hours=tier.hours_before)
            fees.append(Fee(amount, start))
        if not fees:
            return CancellationTerms(arrival, Money(Decimal(0), total.currency))
        return CancellationTerms(fees[0].from_instant, fees[0].amount, tuple(fees))

    def why_nothing(self, stay: Stay) -> Refused:
        """The nearest miss over all room types, or of the types the stay mixes."""
        misses = [miss for parts in self.choices(stay) if (miss := self.refusal(parts)) is not None]
        if not misses:
            return Refused(Reason.CLOSED)
        reason = min((miss.reason for miss in misses), key=_nearness)
        numbers = [int(miss.detail) for miss in misses if miss.reason == reason and miss.detail.isdigit()]
        limit = (min if reason == Reason.MIN_STAY else max)(numbers, default=None)
        return Refused(reason, "" if limit is None else str(limit))

    def _plan_refusal(self, parts: Parts) -> Refused | None:
        stay = parts[0][1]
        priced = [plan for plan in self.rate_plans if all(self.nightly(one, plan, part) for one, part in parts)]
        if not priced:
            return Refused(Reason.CLOSED)
        if stay.nights < (shortest := min(plan.min_stay for plan in priced)):
            return Refused(Reason.MIN_STAY, str(shortest))
        longest = max(plan.max_stay or stay.nights for plan in priced)
        if stay.nights > longest:
            return Refused(Reason.MAX_STAY, str(longest))
        if all(self.offer(parts, plan, stay) is None for plan in priced):
            return Refused(Reason.CLOSED)
        return None

    def _sold_out(self, parts: Parts) -> Refused | None:
        full = any(self.left(room_type, part) < len(part.rooms) for room_type, part in parts)
        return Refused(Reason.SOLD_OUT) if full else None


def load(tenant: Tenant, stays: Sequence[Stay]) -> Window:
    """Read what is sold over these stays, days of departure included. Six queries, one more where children come."""
    first, last = span(stays)
    children = any(party.children_ages for stay in stays for party in stay.rooms)
    types = tuple(RoomType.objects.filter(tenant=tenant, is_active=True))
    plans = RatePlan.objects.filter(tenant=tenant, is_active=True).prefetch_related(
        "tiers", *(["child_bands"] if children else [])
    )
    nights = RoomNight.objects.filter(tenant=tenant, night__gte=first, night__lte=last)
    rates = Rate.objects.filter(tenant=tenant, night__gte=first, night__lt=last)
    return Window(
        tenant=tenant,
        room_types=types,
        rate_plans=tuple(plans),
        nights={(row.room_type_id, row.night): row for row in nights},
        rates={(row.room_type_id, row.rate_plan_id, row.night): row for row in rates},
        stay_taxes=_taxes(tenant),
    )


def of_locked(
    tenant: Tenant,
    room_types: Sequence[RoomType],
    stay: Stay,
    nights: dict[tuple[int, dt.date], RoomNight],
    plan: RatePlan | None,
) -> Window:
    """The window of the stay's types (and one plan) over nights that are locked already: what a write decides by."""
    if plan is None:
        return Window(tenant=tenant, room_types=tuple(room_types), rate_plans=(), nights=nights, rates={})
    rates = Rate.objects.filter(
        room_type__in=room_types,
        rate_plan_id__in=[plan.pk, plan.derived_from_id or plan.pk],
        night__gte=stay.check_in,
        night__lt=stay.check_out,
    )
    departure = RoomNight.objects.filter(room_type__in=room_types, night=stay.check_out)
    return Window(
        tenant=tenant,
        room_types=tuple(room_types),
        rate_plans=(plan,),
        nights=nights | {(row.room_type_id, row.night): row for row in departure},
        rates={(row.room_type_id, row.rate_plan_id, row.night): row for row in rates},
        stay_taxes=_taxes(tenant),
    )


def _taxes(tenant: Tenant) -> tuple[StayTax, ...]:
    return tuple(StayTax.objects.filter(tenant=tenant, is_active=True))


def nights_of(stay: Stay) -> Iterator[dt.date]:
    """The nights slept."""
    return (stay.check_in + dt.timedelta(days=number) for number in range(stay.nights))


def span(stays: Iterable[Stay]) -> tuple[dt.date, dt.date]:
    """First arrival and last departure."""
    stays = tuple(stays)
    return min(stay.check_in for stay in stays), max(stay.check_out for stay in stays)


def fits(room_type: RoomType, party: Party) -> bool:
    """Whether the people of one room may sleep in the type; babies in its cots take nobody's place."""
    in_cots = min(sum(age < BABY_UNDER for age in party.children_ages), room_type.cots)
    return (
        1 <= party.adults <= room_type.max_adults
        and len(party.children_ages) - in_cots <= room_type.max_children
        and party.size - in_cots <= room_type.max_guests
    )


def _added(priced: Sequence[tuple[Money, ...] | None]) -> tuple[Money, ...] | None:
    """Night by night; None when one of them has no price."""
    known = [prices for prices in priced if prices is not None]
    if len(known) < len(priced):
        return None
    return tuple(sum(night[1:], night[0]) for night in zip(*known, strict=True))


def _for_party(rate: Rate, room_type: RoomType, plan: RatePlan, party: Party) -> Decimal:
    """One room, one night: the base price, extra adults, then children who neither fit the base nor sleep free.

    The base takes adults first and then the dearest children, so that nobody pays for a place that is in the price.
    """
    adults = party.adults + sum(age >= plan.adult_from for age in party.children_ages)
    paying = (age for age in party.children_ages if plan.children_free_under <= age < plan.adult_from)
    shares = sorted((_child_percent(plan, age) for age in paying), reverse=True)
    extra_adults = max(adults - room_type.base_occupancy, 0)
    base_left = max(room_type.base_occupancy - adults, 0)
    children = rate.extra_child * sum(shares[base_left:]) / 100
    return rate.amount + rate.extra_adult * extra_adults + children


def _child_percent(plan: RatePlan, age: int) -> int:
    """What a child pays of the night's price for a child."""
    bands = sorted(plan.child_bands.all(), key=lambda band: band.under)
    return next((band.percent for band in bands if age < band.under), 100)


def _tax_line(tax: StayTax, stay: Stay, nightly: tuple[Money, ...]) -> TaxLine:
    """What one tax comes to for the whole stay, rounded once."""
    nights = min(stay.nights, tax.most_nights or stay.nights)
    people = sum(party.adults + sum(age >= tax.from_age for age in party.children_ages) for party in stay.rooms)
    match StayTax.Basis(tax.basis):
        case StayTax.Basis.PERSON_NIGHT:
            amount = tax.amount * people * nights
        case StayTax.Basis.ROOM_NIGHT:
            amount = tax.amount * len(stay.rooms) * nights
        case StayTax.Basis.ROOM:
            amount = tax.amount * len(stay.rooms)
        case StayTax.Basis.PERCENT:
            amount = sum((price.amount for price in nightly[:nights]), Decimal(0)) * tax.amount / 100
    return TaxLine(tax.code, rounded(amount, nightly[0].currency), tax.due_at_hotel)


def _earliest_first(tier: object) -> float:
    hours = getattr(tier, "hours_before", None)
    return float("-inf") if hours is None else -float(hours)


def _nearness(reason: Reason) -> int:
    return NEAREST_FIRST.index(reason) if reason in NEAREST_FIRST else len(NEAREST_FIRST)
