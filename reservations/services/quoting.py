"""Asking what a stay costs, and keeping the answer: the only source of prices the dialogue may say."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import structlog

from hotel_agent.common import clock, dispatch
from hotel_agent.common.exceptions import BadInput, Misconfigured
from integrations.pms.base import (
    CountsOwnRooms,
    Extra,
    ExtraLine,
    ExtraOrder,
    Offer,
    OwnRooms,
    Pms,
    Reason,
    Refused,
    Stay,
)
from integrations.pms.extras import order_lines, usual_line
from reservations import selectors, snapshots
from reservations.models import Quote, QuoteOption, RoomType
from reservations.services import deposits, indicative, pms
from tenants.models import Tenant
from tenants.scoping import tenant_scope

log = structlog.get_logger(__name__)

QUOTE_MINUTES = 30
NEAR_DAYS = 3
IMPORT_TASK = "reservations.report_drift_of"
"""Brings the room types up to date."""
MAX_CHILD_AGE = 17
NOTHING_OWN = OwnRooms()


class StayProblem(StrEnum):
    """Why a stay cannot even be asked for. Closed: the dialogue has a sentence for each."""

    PAST_DATE = "past_date"
    NO_NIGHTS = "no_nights"
    TOO_MANY_NIGHTS = "too_many_nights"
    NO_ADULT = "no_adult"
    TOO_MANY_GUESTS = "too_many_guests"
    BAD_CHILD_AGE = "bad_child_age"
    TOO_MANY_ROOMS = "too_many_rooms"


PROBLEM_REASONS = {
    StayProblem.PAST_DATE: Reason.PAST_DATE,
    StayProblem.NO_NIGHTS: Reason.MIN_STAY,
    StayProblem.TOO_MANY_NIGHTS: Reason.MAX_STAY,
    StayProblem.NO_ADULT: Reason.OCCUPANCY,
    StayProblem.TOO_MANY_GUESTS: Reason.OCCUPANCY,
    StayProblem.BAD_CHILD_AGE: Reason.OCCUPANCY,
    StayProblem.TOO_MANY_ROOMS: Reason.OCCUPANCY,
}


class BadStay(BadInput):
    """The stay breaks one of the hotel's limits; `limit` is the limit's number where there is one."""

    code = "bad_stay"

    def __init__(self, problem: StayProblem, limit: int | None = None) -> None:
        super().__init__(f"{problem} ({limit})" if limit is not None else str(problem))
        self.problem = problem
        self.limit = limit
        self.reason = PROBLEM_REASONS[problem]


def check_stay(*, tenant: Tenant, stay: Stay) -> None:
    """Refuse a stay outside the hotel's limits, before anyone is asked.

    Raises:
        BadStay: says which limit.
    """
    if stay.check_in < tenant.business_day():
        raise BadStay(StayProblem.PAST_DATE)
    if stay.nights < 1:
        raise BadStay(StayProblem.NO_NIGHTS, 1)
    if stay.nights > tenant.max_nights:
        raise BadStay(StayProblem.TOO_MANY_NIGHTS, tenant.max_nights)
    if len(stay.rooms) >= tenant.group_rooms_from:
        raise BadStay(StayProblem.TOO_MANY_ROOMS, tenant.group_rooms_from - 1)
    if not stay.rooms or any(party.adults < 1 for party in stay.rooms):
        raise BadStay(StayProblem.NO_ADULT)
    if any(not 0 <= age <= MAX_CHILD_AGE for party in stay.rooms for age in party.children_ages):
        raise BadStay(StayProblem.BAD_CHILD_AGE, MAX_CHILD_AGE)
    if any(party.size > tenant.max_guests_per_room for party in stay.rooms):
        raise BadStay(StayProblem.TOO_MANY_GUESTS, tenant.max_guests_per_room)


def search(
    *, tenant: Tenant, stay: Stay, own: OwnRooms = NOTHING_OWN, connect: pms.Connect = pms.connect
) -> list[Offer]:
    """Bookable offers for the stay, cheapest first; empty when nothing fits. No transaction may be open.

    `own` rooms of the guest count as free where the PMS can do that.

    Raises:
        BadStay: the stay breaks a limit of the hotel.
        DependencyDown, Misconfigured: the PMS cannot be asked.
    """
    check_stay(tenant=tenant, stay=stay)
    adapter = connect(tenant)
    if stay.is_mixed and not adapter.capabilities.mixes_types:
        return []
    found = pms.call(adapter, "search", lambda: _search_each(adapter, [stay], own)[0] if own else adapter.search(stay))
    offers = _ours(tenant, adapter, found)
    if adapter.breaker_key:
        indicative.remember(tenant, stay, offers)
    return offers


def _ours(tenant: Tenant, adapter: Pms, offers: Sequence[Offer]) -> list[Offer]:
    """Without the room types of an outside PMS that nobody has imported yet: they have no name to be said.

    Raises:
        Misconfigured: none of them is known here; an empty answer would mean "nothing free".
    """
    if not adapter.breaker_key:
        return list(offers)
    with tenant_scope(tenant):
        known = set(RoomType.objects.filter(tenant=tenant, is_active=True).values_list("code", flat=True))
    missing = {offer.room_type_id for offer in offers} - known
    if missing:
        log.warning("pms_room_types_unknown", tenant=tenant.slug, count=len(missing))
        dispatch.publish(IMPORT_TASK, tenant.pk)
        if not known & {offer.room_type_id for offer in offers}:
            raise Misconfigured(f"the room types of {tenant.slug} have not been imported from its PMS yet")
    return [offer for offer in offers if offer.room_type_id in known]


def _search_each(adapter: Pms, stays: Sequence[Stay], own: OwnRooms) -> list[Sequence[Offer]]:
    if own and isinstance(adapter, CountsOwnRooms):
        return adapter.search_each_beside(stays, own)
    return adapter.search_each(stays)


def mixes_types(*, tenant: Tenant, connect: pms.Connect = pms.connect) -> bool:
    """Whether the hotel's PMS sells rooms of different types as one booking."""
    return connect(tenant).capabilities.mixes_types


def why_nothing(*, tenant: Tenant, stay: Stay, connect: pms.Connect = pms.connect) -> Refused:
    """Why `search` was empty: the nearest miss, e.g. MIN_STAY with "3" in `detail`. No transaction may be open."""
    adapter = connect(tenant)
    return pms.call(adapter, "why_nothing", lambda: adapter.why_nothing(stay))


def extras(*, tenant: Tenant, stay: Stay, connect: pms.Connect = pms.connect) -> list[Extra]:
    """What can be sold with a stay, priced; empty where the PMS sells no extras. No transaction may be open.

    Raises:
        DependencyDown, Misconfigured: the PMS cannot be asked.
    """
    adapter = connect(tenant)
    return list(pms.call(adapter, "extras", lambda: adapter.extras(stay))) if adapter.capabilities.extras else []


def with_extras(
    *,
    tenant: Tenant,
    stay: Stay,
    room_type_id: str,
    rate_plan_id: str,
    orders: Sequence[ExtraOrder],
    connect: pms.Connect = pms.connect,
) -> Offer | None:
    """One room type and plan offered again, now with these extras in its total; None when it is gone meanwhile.

    Store it as a quote before saying its price. No transaction may be open.

    Raises:
        BadInput: an extra is not sold, or not so many of it; BadStay among them.
        DependencyDown, Misconfigured: the PMS cannot be asked.
    """
    offers = search(tenant=tenant, stay=stay, connect=connect)
    wanted = (room_type_id, rate_plan_id)
    offer = next((one for one in offers if (one.room_type_id, one.rate_plan_id) == wanted), None)
    if offer is None or not orders:
        return offer
    return offer.with_extras(order_lines(extras(tenant=tenant, stay=stay, connect=connect), orders, stay))


@dataclass(frozen=True, slots=True)
class ExtraWish:
    """An extra by its kind in the hotel's catalogue; `quantity` None is what is usual for the stay."""

    kind: str
    quantity: int | None = None


def with_wishes(
    *,
    tenant: Tenant,
    stay: Stay,
    room_type_id: str,
    rate_plan_id: str,
    wishes: Sequence[ExtraWish],
    own: OwnRooms = NOTHING_OWN,
    connect: pms.Connect = pms.connect,
) -> tuple[Offer | None, list[str]]:
    """One room type and plan offered again with what is wanted in its total, and the kinds that are not sold.

    None when the room is gone meanwhile. More of an extra than a stay may have becomes what is usual. No transaction
    may be open.

    Raises:
        BadStay: the stay breaks a limit of the hotel.
        DependencyDown, Misconfigured: the PMS cannot be asked.
    """
    offers = search(tenant=tenant, stay=stay, own=own, connect=connect)
    wanted = (room_type_id, rate_plan_id)
    offer = next((one for one in offers if (one.room_type_id, one.rate_plan_id) == wanted), None)
    if offer is None or not wishes:
        return offer, []
    kinds = {row.code: row.kind for row in selectors.extras(tenant=tenant)}
    sold = [one for one in extras(tenant=tenant, stay=stay, connect=connect) if one.extra_id in kinds]
    lines: list[ExtraLine] = []
    missing: list[str] = []
    for wish in wishes:
        found = next((one for one in sold if kinds[one.extra_id] == wish.kind), None)
        line = usual_line(found, wish.quantity, stay) if found is not None else None
        if line is None:
            missing.append(wish.kind)
        else:
            lines.append(line)
    return offer.with_extras(lines), missing


@dataclass(frozen=True, slots=True)
class Alternative:
    """What could be had instead: another arrival (same number of nights) with its offers, best first."""

    stay: Stay
    offers: tuple[Offer, ...]


def alternatives(
    *,
    tenant: Tenant,
    stay: Stay,
    kind: str | None = None,
    own: OwnRooms = NOTHING_OWN,
    days: int = NEAR_DAYS,
    limit: int = 3,
    connect: pms.Connect = pms.connect,
) -> list[Alternative]:
    """Nearby stays that can be booked: the asked dates in other types first, then ±1, ±2, … days, at most `limit`.

    Offers of the wanted `kind` (a taxonomy type) come first within a stay, then the cheapest. Types too small never
    appear; larger ones do. No transaction may be open.

    Raises:
        DependencyDown, Misconfigured: the PMS cannot be asked.
    """
    today = tenant.business_day()
    shifts = [0] + [sign * distance for distance in range(1, days + 1) for sign in (+1, -1)]
    near = [
        replace(
            stay, check_in=stay.check_in + dt.timedelta(days=shift), check_out=stay.check_out + dt.timedelta(days=shift)
        )
        for shift in shifts
    ]
    near = [one for one in near if one.check_in >= today]
    adapter = connect(tenant)
    asked = pms.call(adapter, "search", lambda: _search_each(adapter, near, own))
    found = [_ours(tenant, adapter, offers) for offers in asked]
    with tenant_scope(tenant):
        wanted = {
            room_type.code for room_type in RoomType.objects.filter(tenant=tenant) if kind and kind in room_type.kinds
        }
    result = []
    for one, offers in zip(near, found, strict=True):
        if offers:
            best = sorted(offers, key=lambda offer: (offer.room_type_id not in wanted, offer.total.amount))
            result.append(Alternative(one, tuple(best)))
    return result[:limit]


def store_quote(
    *,
    tenant: Tenant,
    conversation_key: uuid.UUID | None,
    guest_key: str,
    stay: Stay,
    offers: Sequence[Offer],
    public_id: uuid.UUID | None = None,
    option_ids: Sequence[uuid.UUID] = (),
) -> Quote:
    """Keep offers as a quote that is valid 30 minutes, inside the caller's transaction.

    Ids that were shown before anything was stored are given as `public_id` and `option_ids` (in the offers' order); a
    quote is stored once, the unique key refuses a second time.

    Raises:
        BadInput: an offer names a room type or plan the hotel does not have here.
    """
    with tenant_scope(tenant):
        types = selectors.room_types(
            tenant, {code for offer in offers for code in stay.rooms_by_type(offer.room_type_id)}
        )
        plans = selectors.rate_plans(tenant, {offer.rate_plan_id for offer in offers})
        missing = [
            offer
            for offer in offers
            if not stay.rooms_by_type(offer.room_type_id).keys() <= types.keys() or offer.rate_plan_id not in plans
        ]
        if missing:
            raise BadInput(f"the hotel has no {missing[0].room_type_id}/{missing[0].rate_plan_id}")
        quote = Quote.objects.create(
            tenant=tenant,
            public_id=public_id or uuid.uuid4(),
            conversation_key=conversation_key,
            guest_key=guest_key,
            check_in=stay.check_in,
            check_out=stay.check_out,
            parties=snapshots.dump_parties(stay),
            expires_at=clock.now() + clock.minutes(QUOTE_MINUTES),
        )
        QuoteOption.objects.bulk_create(
            QuoteOption(
                tenant=tenant,
                public_id=option_ids[position] if option_ids else uuid.uuid4(),
                quote=quote,
                position=position,
                room_type=types[offer.room_type_id],
                rate_plan=plans[offer.rate_plan_id],
                currency=offer.total.currency,
                total=offer.total.amount,
                net_total=offer.net_total.amount,
                deposit=deposits.due(
                    plans[offer.rate_plan_id], offer.total, offer.nightly, asked=tenant.can("deposits")
                ).amount,
                nightly=snapshots.dump_nightly(offer.nightly),
                parts=snapshots.dump_parts(offer.parts),
                taxes_included=offer.taxes_included,
                breakfast_included=offer.breakfast_included,
                taxes=snapshots.dump_taxes(offer.taxes),
                extras=snapshots.dump_extras(offer.extras),
                left=offer.left,
                terms=snapshots.dump_terms(offer.terms),
            )
            for position, offer in enumerate(offers)
        )
        return quote


def is_valid(option: QuoteOption, at: dt.datetime | None = None) -> bool:
    """Whether the option's price still stands."""
    return bool(option.quote.expires_at > (at or clock.now()))
