"""Reading stays, rooms and figures. Nothing here writes; everything stays within one hotel unless it says otherwise."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

from hotel_agent.common.money import Money
from integrations.pms.base import Stay
from reservations import codes
from reservations.models import (
    Extra,
    PmsCall,
    QuoteOption,
    Rate,
    RatePlan,
    Reservation,
    RoomNight,
    RoomType,
    StayAccess,
    StayTax,
)
from tenants.models import Tenant
from tenants.scoping import every_tenant, tenant_scope
from tenants.selectors import ConfigurationCache

Row = TypeVar("Row", RoomType, RatePlan)

CODE_BEGINS = re.compile(r"^[A-Z]{2}-[A-Z0-9]{0,6}$")
MOST_WORDS = 8
FEW_STAYS = 2000
"""Fetched by id within some milliseconds; words more stays have are met soon by reading from the newest on."""
CURRENT = (
    Reservation.State.AWAITING,
    Reservation.State.PENDING,
    Reservation.State.UNKNOWN,
    Reservation.State.CONFIRMED,
    Reservation.State.IN_HOUSE,
)

_types: ConfigurationCache[dict[str, RoomType]] = ConfigurationCache()
_plans: ConfigurationCache[dict[str, RatePlan]] = ConfigurationCache()


def room_types(tenant: Tenant, codes: Collection[str] = ()) -> dict[str, RoomType]:
    """The hotel's room types by code, closed ones too, cached for a few seconds: for names and ids.

    Never for what is free. A code that is not known yet is looked for again: what was made a moment ago is offered too.
    """
    return _by_code(_types, RoomType, tenant, codes)


def rooms_named(tenant: Tenant, stay: Stay, room_type: RoomType, language: str) -> str:
    """The room type of a stay, or all of them where it has several: "2 × Double, 1 × Triple"."""
    if not stay.is_mixed:
        return room_type.name(language)
    wanted = stay.rooms_by_type(room_type.code)
    known = room_types(tenant, wanted)
    return ", ".join(
        f"{rooms} × {known[code].name(language) if code in known else code}" for code, rooms in wanted.items()
    )


def rate_plans(tenant: Tenant, codes: Collection[str] = ()) -> dict[str, RatePlan]:
    """The hotel's rate plans likewise: for names, ids and deposits, never for prices."""
    return _by_code(_plans, RatePlan, tenant, codes)


def _by_code(
    cache: ConfigurationCache[dict[str, Row]], model: type[Row], tenant: Tenant, codes: Collection[str]
) -> dict[str, Row]:
    def load() -> dict[str, Row]:
        with tenant_scope(tenant):
            return {row.code: row for row in model.objects.filter(tenant=tenant)}

    key = str(tenant.pk)
    found = cache.get(key, load)
    if any(code not in found for code in codes):
        cache.forget(key)
        found = cache.get(key, load)
    return found


def own_reservations(*, tenant: Tenant, guest_key: str) -> list[Reservation]:
    """Current and coming stays asked for by this guest, next arrival first."""
    if not guest_key:
        return []
    with tenant_scope(tenant):
        rows = Reservation.objects.filter(
            of_guest(guest_key), tenant=tenant, state__in=CURRENT, check_out__gte=tenant.business_day()
        )
        return list(rows.select_related("room_type", "rate_plan", "option").order_by("check_in", "pk"))


def of_guest(guest_key: str) -> Q:
    """Stays this guest booked, and those they proved to be theirs. Inside the tenant's scope.

    Two indexes, one after the other: of "booked by or shown to" as one condition the planner can use neither, and reads
    the hotel's stays until it has found enough.
    """
    booked = Reservation.objects.filter(guest_key=guest_key).values_list("pk")
    shown = StayAccess.objects.filter(guest_key=guest_key).values_list("reservation_id")
    return Q(pk__in=booked.union(shown))


def find_reservation(*, tenant: Tenant, code: str, guest_key: str) -> Reservation | None:
    """The stay behind a code, only for its guest: the identity that booked it, or one that proved that it is theirs.

    A code that does not exist, one of another hotel and one of someone else are all None.
    """
    if not guest_key:
        return None
    with tenant_scope(tenant):
        rows = Reservation.objects.select_related("room_type", "rate_plan", "option")
        return _coded(rows, tenant, code).filter(of_guest(guest_key)).first()


def reservation_to_prove(*, tenant: Tenant, code: str) -> Reservation | None:
    """The stay behind a code, whoever's it is: only for sending something to its own contact."""
    with tenant_scope(tenant):
        return _coded(Reservation.objects.all(), tenant, code).first()


def _coded(rows: QuerySet[Reservation], tenant: Tenant, code: str) -> QuerySet[Reservation]:
    wanted = codes.normalised(code)
    return rows.filter(tenant=tenant, code=wanted or "-").exclude(state=Reservation.State.REFUSED)


def stays_by_words(rows: QuerySet[Reservation], asked: str) -> QuerySet[Reservation]:
    """Of `rows`, the stays whose code begins so, or whose guest's name, address, number or PMS booking has words that
    begin with all the words asked for, accents aside. Nothing asked is everything.

    Costs a statement for words: whether few stays have them decides how a list of them, newest first, is read.
    """
    term = asked.strip()
    if CODE_BEGINS.match(term.upper()):
        return rows.filter(code__startswith=term.upper())
    if re.fullmatch(r"[\d\s()+.-]+", term):
        term = re.sub(r"\D", "", term)
    plain = "".join(one for one in unicodedata.normalize("NFD", term.lower()) if not unicodedata.combining(one))
    words = re.findall(r"[^\W_]+", plain)
    if not words:
        return rows if not asked.strip() else rows.none()
    wanted = " & ".join(f"{word}:*" for word in words[:MOST_WORDS])
    matching = rows.extra(where=["reservations_reservation.words @@ to_tsquery('simple', %s)"], params=[wanted])
    few = _few(matching)
    if few is None:
        return matching
    # As an array the planner takes them for few and fetches them; as a list of numbers it reads the hotel's stays from
    # the newest on until it has met a page of them.
    return rows.extra(where=["reservations_reservation.id = ANY(ARRAY(SELECT unnest(%s::bigint[])))"], params=[few])


def _few(rows: QuerySet[Reservation]) -> list[int] | None:
    """Their ids by the index of words, None when they are more than `FEW_STAYS`."""
    try:
        sql, values = rows.order_by().values_list("pk").query.sql_with_params()
    except EmptyResultSet:
        return []
    statement = f"WITH found AS MATERIALIZED ({sql}) SELECT * FROM found LIMIT %s"  # noqa: S608 - the ORM's own words
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, FEW_STAYS + 1])
        ids = [row[0] for row in cursor.fetchall()]
    return ids if len(ids) <= FEW_STAYS else None


def photos_of_options(option_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Picture addresses of the rooms behind quoted options; options without one are left out. In the tenant's scope."""
    found = QuoteOption.objects.filter(public_id__in=option_ids).select_related("room_type__picture")
    found = found.only("public_id", "room_type__photo", "room_type__picture__public_id")
    shown = {
        option.public_id: option.room_type.picture.address if option.room_type.picture else option.room_type.photo
        for option in found
    }
    return {option: address for option, address in shown.items() if address}


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A room type as guests may hear of it, with its lowest coming price and where that price is from."""

    room_type: RoomType
    price_from: Money | None
    rate_plan: RatePlan | None


def catalogue(*, tenant: Tenant, days: int = 365) -> list[CatalogueEntry]:
    """The hotel's active room types, cheapest first; prices are gross, per night, base occupancy."""
    today = tenant.business_day()
    with tenant_scope(tenant):
        types = list(RoomType.objects.filter(tenant=tenant, is_active=True))
        rates = (
            Rate.objects.filter(
                tenant=tenant,
                night__gte=today,
                night__lt=today + dt.timedelta(days=days),
                rate_plan__is_active=True,
                room_type__in=types,
            )
            .select_related("rate_plan")
            .order_by("room_type_id", "amount", "night")
            .distinct("room_type_id")
        )
        found = [(rate.room_type_id, rate.rate_plan, rate.amount) for rate in rates]
        found += _derived(tenant, types, today, days)
    entries = []
    for room_type in types:
        priced = [(amount, plan) for of_type, plan, amount in found if of_type == room_type.pk]
        if not priced:
            entries.append(CatalogueEntry(room_type, None, None))
            continue
        amount, plan = min(priced, key=lambda one: one[0])
        gross = Decimal(1) if tenant.prices_include_taxes else 1 + plan.tax_percent / 100
        entries.append(CatalogueEntry(room_type, Money(amount, tenant.currency) * gross, plan))
    return sorted(entries, key=lambda one: (one.price_from is None, one.price_from.amount if one.price_from else 0))


def _derived(
    tenant: Tenant, types: Sequence[RoomType], today: dt.date, days: int
) -> list[tuple[int, RatePlan, Decimal]]:
    """The lowest coming price of each type at each plan that follows another: type, plan, amount."""
    plans = list(RatePlan.objects.filter(tenant=tenant, is_active=True, derived_from__isnull=False))
    if not plans:
        return []
    lowest = (
        Rate.objects.filter(
            tenant=tenant,
            night__gte=today,
            night__lt=today + dt.timedelta(days=days),
            rate_plan_id__in={plan.derived_from_id for plan in plans},
            room_type__in=types,
        )
        .order_by("room_type_id", "rate_plan_id", "amount")
        .distinct("room_type_id", "rate_plan_id")
    )
    return [
        (rate.room_type_id, plan, plan.derived_price(rate.amount))
        for rate in lowest
        for plan in plans
        if plan.derived_from_id == rate.rate_plan_id
    ]


def extras(*, tenant: Tenant) -> list[Extra]:
    """The hotel's own catalogue of extras in its order: kinds, names in three languages, gross price per unit.

    For what may be said of them; what one costs for a stay is asked of `quoting.extras`.
    """
    with tenant_scope(tenant):
        return list(Extra.objects.filter(tenant=tenant, is_active=True))


def stay_taxes(*, tenant: Tenant) -> dict[str, StayTax]:
    """Taxes named on their own by code, also those no longer charged: quotes already given may have them."""
    with tenant_scope(tenant):
        return {row.code: row for row in StayTax.objects.filter(tenant=tenant)}


@dataclass(frozen=True, slots=True)
class CalendarNight:
    """One room type on one night, as the desk looks at it."""

    room_type: RoomType
    night: dt.date
    total: int
    sold: int
    held: int
    blocked: int
    left: int
    is_open: bool


def calendar(*, tenant: Tenant, first: dt.date, last: dt.date) -> list[CalendarNight]:
    """Nights from `first` to `last` (both included) by room type; nights that are not sold at all are missing."""
    with tenant_scope(tenant):
        rows = RoomNight.objects.filter(tenant=tenant, night__gte=first, night__lte=last).select_related("room_type")
        return [
            CalendarNight(
                room_type=row.room_type,
                night=row.night,
                total=row.total,
                sold=row.sold,
                held=row.held,
                blocked=row.blocked,
                left=row.left,
                is_open=not row.stop_sell,
            )
            for row in rows.order_by("room_type__position", "room_type_id", "night")
        ]


@dataclass(frozen=True, slots=True)
class Tonight:
    """The whole installation on each hotel's current business day. Money is by currency, never added up across."""

    rooms: int
    sold: int
    free_by_kind: dict[str, int]
    revenue: dict[str, Decimal]
    rooms_paid: dict[str, int]
    rooms_by_currency: dict[str, int]

    @property
    def occupancy(self) -> float:
        """Rooms sold of rooms there are, 0 without rooms."""
        return self.sold / self.rooms if self.rooms else 0.0

    def adr(self, currency: str) -> Decimal:
        """Average daily rate: revenue per room sold, 0 when none is."""
        sold = self.rooms_paid.get(currency, 0)
        return self.revenue[currency] / sold if sold else Decimal(0)

    def revpar(self, currency: str) -> Decimal:
        """Revenue per room there is, 0 without rooms."""
        rooms = self.rooms_by_currency.get(currency, 0)
        return self.revenue[currency] / rooms if rooms else Decimal(0)


TONIGHT = """
WITH hotel AS (
    SELECT id, currency,
           ((now() AT TIME ZONE time_zone) - make_interval(hours => rollover_hour::int))::date AS night
    FROM tenants_tenant WHERE is_active
)
"""
ROOMS_TONIGHT = (
    TONIGHT
    + """
SELECT hotel.currency, room_type.kind, sum(room.total), sum(room.sold),
       sum(CASE WHEN room.stop_sell THEN 0
           ELSE greatest(room.total + room.overbooking - room.sold - room.held - room.blocked, 0) END)
FROM hotel
JOIN reservations_roomnight room ON room.tenant_id = hotel.id AND room.night = hotel.night
JOIN reservations_roomtype room_type ON room_type.id = room.room_type_id
GROUP BY 1, 2
"""
)
REVENUE_TONIGHT = (
    TONIGHT
    + """
SELECT stay.currency, sum(coalesce((option.nightly ->> (hotel.night - stay.check_in))::numeric, 0)), sum(stay.rooms)
FROM hotel
JOIN reservations_reservation stay ON stay.tenant_id = hotel.id
    AND stay.state IN ('confirmed', 'in_house') AND hotel.night >= stay.check_in AND hotel.night < stay.check_out
JOIN reservations_quoteoption option ON option.id = stay.option_id
GROUP BY 1
"""
)


def tonight() -> Tonight:
    """Figures over all hotels, by two statements."""
    with connection.cursor() as cursor:
        cursor.execute(ROOMS_TONIGHT)
        rooms = cursor.fetchall()
        cursor.execute(REVENUE_TONIGHT)
        stays = cursor.fetchall()
    free_by_kind: dict[str, int] = {}
    rooms_by_currency: dict[str, int] = {}
    for currency, kind, total, _, free in rooms:
        free_by_kind[kind] = free_by_kind.get(kind, 0) + int(free)
        rooms_by_currency[currency] = rooms_by_currency.get(currency, 0) + int(total)
    revenue = dict.fromkeys(rooms_by_currency, Decimal(0)) | {currency: amount for currency, amount, _ in stays}
    return Tonight(
        rooms=sum(int(row[2]) for row in rooms),
        sold=sum(int(row[3]) for row in rooms),
        free_by_kind=free_by_kind,
        revenue=revenue,
        rooms_paid={currency: int(count) for currency, _, count in stays},
        rooms_by_currency=rooms_by_currency,
    )


def unsettled_calls() -> int:
    """PMS writes that were sent and whose outcome is not known, over all hotels."""
    with every_tenant():  # a number only
        return PmsCall.objects.filter(sends__gt=0, outcome__in=[PmsCall.Outcome.OPEN, PmsCall.Outcome.UNKNOWN]).count()
