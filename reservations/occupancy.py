"""The calendar as a front desk reads it: room types by nights, with what is sold, kept, left and asked for.

A fixed number of queries whatever the number of rooms. For a hotel whose stays are in another PMS it shows what we
know, our own stays and kept rooms; what is left and what it costs is the PMS's to say.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from hotel_agent.common.money import rounded
from reservations.models import Block, Hold, Rate, RatePlan, Reservation, RoomNight, RoomType
from tenants.models import PmsConnection, Tenant
from tenants.scoping import tenant_scope

ONE_DAY = dt.timedelta(days=1)
SELLING = (Reservation.State.CONFIRMED, Reservation.State.IN_HOUSE, Reservation.State.DEPARTED)
KEPT = (Hold.State.PLACING, Hold.State.OPEN, Hold.State.BOOKING)


@dataclass(frozen=True, slots=True)
class Day:
    """A column."""

    date: dt.date
    is_today: bool
    is_weekend: bool
    is_past: bool


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Rooms other sellers or the hotel itself took on a night."""

    who: str
    rooms: int
    clashes: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """One room type on one night. `night` is None where no rooms were opened (or the PMS keeps them)."""

    day: Day
    night: RoomNight | None
    sold: int
    held: int
    elsewhere: tuple[Elsewhere, ...] = ()

    @property
    def left(self) -> int | None:
        """Rooms that can still be sold; None where that is not known, 0 where selling is stopped."""
        if self.night is None:
            return None
        return 0 if self.night.stop_sell else self.night.left

    @property
    def blocked(self) -> int:
        """Rooms taken elsewhere, as the counters have them."""
        return self.night.blocked if self.night is not None else 0

    @property
    def clashes(self) -> bool:
        """Whether more is taken than there is."""
        return any(one.clashes for one in self.elsewhere)

    @property
    def mood(self) -> str:
        """How it is shown: unopened, stopped, full, few (the last quarter, at least one) or free."""
        if self.night is None:
            return "unopened"
        if self.night.stop_sell:
            return "stopped"
        if self.night.left == 0:
            return "full"
        return "few" if self.night.left <= max(self.night.total // 4, 1) and self.night.total > 1 else "free"


@dataclass(frozen=True, slots=True)
class PriceCell:
    """The price of one night at one plan; None where it is not sold at that plan."""

    day: Day
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A plan's prices."""

    plan: RatePlan
    cells: tuple[PriceCell, ...]


@dataclass(frozen=True, slots=True)
class TypeRow:
    """A room type with its nights and prices."""

    room_type: RoomType
    cells: tuple[Cell, ...]
    prices: tuple[PriceRow, ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """What the page shows. `owner` names the PMS that decides rooms and prices, "" for our own."""

    days: tuple[Day, ...]
    rows: tuple[TypeRow, ...]
    owner: str = ""
    totals: tuple[tuple[int, int], ...] = field(default=())
    """Rooms sold and rooms there are, each night."""


def owner_of_prices(tenant: Tenant) -> str:
    """The other PMS that sells the hotel's rooms, or "" for the built-in one."""
    with tenant_scope(tenant):
        connection = PmsConnection.objects.filter(tenant=tenant).first()
    return "" if connection is None or connection.kind == "builtin" else str(connection.get_kind_display())


def load(tenant: Tenant, first: dt.date, days: int) -> Calendar:
    """The nights from `first` on."""
    today = tenant.business_day()
    dates = [first + ONE_DAY * number for number in range(days)]
    columns = tuple(Day(date, date == today, date.weekday() in (4, 5), date < today) for date in dates)
    end = first + ONE_DAY * days
    owner = owner_of_prices(tenant)
    with tenant_scope(tenant):
        types = list(RoomType.objects.filter(tenant=tenant, is_active=True))
        elsewhere = _elsewhere(tenant, first, end)
        if owner:
            return _known(tenant, types, columns, elsewhere, owner)
        nights = {
            (row.room_type_id, row.night): row
            for row in RoomNight.objects.filter(tenant=tenant, night__gte=first, night__lt=end)
        }
        plans = list(RatePlan.objects.filter(tenant=tenant, is_active=True))
        amounts = {
            (type_id, plan_id, night): amount
            for type_id, plan_id, night, amount in Rate.objects.filter(
                tenant=tenant, night__gte=first, night__lt=end
            ).values_list("room_type_id", "rate_plan_id", "night", "amount")
        }
    amounts = _followed(plans, amounts, tenant.currency) | amounts
    priced = {(type_id, plan_id) for type_id, plan_id, _night in amounts}
    rows = []
    for room_type in types:
        cells = []
        for day in columns:
            night = nights.get((room_type.pk, day.date))
            sold, held = (night.sold, night.held) if night is not None else (0, 0)
            cells.append(Cell(day, night, sold, held, tuple(elsewhere[room_type.pk, day.date])))
        prices = tuple(
            PriceRow(plan, tuple(PriceCell(day, amounts.get((room_type.pk, plan.pk, day.date))) for day in columns))
            for plan in plans
            if (room_type.pk, plan.pk) in priced
        )
        rows.append(TypeRow(room_type, tuple(cells), prices))
    totals = tuple(
        (sum(row.cells[number].sold for row in rows), sum(_rooms(row.cells[number]) for row in rows))
        for number in range(days)
    )
    return Calendar(columns, tuple(rows), "", totals)


def _followed(plans: list[RatePlan], amounts: _Amounts, currency: str) -> _Amounts:
    """Prices of plans that follow another; a night with a price of its own keeps it, as when it is sold."""
    return {
        (type_id, plan.pk, night): rounded(plan.derived_price(amount), currency).amount
        for plan in plans
        if plan.derived_from_id is not None
        for (type_id, plan_id, night), amount in amounts.items()
        if plan_id == plan.derived_from_id
    }


def _rooms(cell: Cell) -> int:
    return cell.night.total if cell.night is not None else 0


def _known(
    tenant: Tenant, types: list[RoomType], columns: tuple[Day, ...], elsewhere: _Elsewhere, owner: str
) -> Calendar:
    """What we sold ourselves into another PMS."""
    first, end = columns[0].date, columns[-1].date + ONE_DAY
    # No stay is longer than the hotel allows: the index on arrivals finds those that reach into the first night.
    earliest = first - ONE_DAY * tenant.max_nights
    stays = Reservation.objects.filter(
        tenant=tenant, state__in=SELLING, check_in__gte=earliest, check_in__lt=end, check_out__gt=first
    ).values_list("room_type_id", "check_in", "check_out", "rooms")
    holds = Hold.objects.filter(
        tenant=tenant, state__in=KEPT, option__quote__check_in__lt=end, option__quote__check_out__gt=first
    ).values_list("option__room_type_id", "option__quote__check_in", "option__quote__check_out")
    sold, held = _spread(stays), _spread((*one, 1) for one in holds)
    rows = tuple(
        TypeRow(
            room_type,
            tuple(
                Cell(day, None, sold[room_type.pk, day.date], held[room_type.pk, day.date],
                     tuple(elsewhere[room_type.pk, day.date]))
                for day in columns
            ),
            (),
        )
        for room_type in types
    )  # fmt: skip
    return Calendar(columns, rows, owner)


def _spread(stays: Iterable[tuple[int, dt.date, dt.date, int]]) -> dict[tuple[int, dt.date], int]:
    found: dict[tuple[int, dt.date], int] = defaultdict(int)
    for type_id, check_in, check_out, rooms in stays:
        for number in range((check_out - check_in).days):
            found[type_id, check_in + ONE_DAY * number] += rooms
    return found


_Amounts = dict[tuple[int, int, dt.date], Decimal]
_Elsewhere = dict[tuple[int, dt.date], list[Elsewhere]]


def _elsewhere(tenant: Tenant, first: dt.date, end: dt.date) -> _Elsewhere:
    """Blocks by room type and night."""
    found: _Elsewhere = defaultdict(list)
    rows = Block.objects.filter(tenant=tenant, is_active=True, check_in__lt=end, check_out__gt=first)
    for row in rows.select_related("feed"):
        who = row.feed.name if row.feed is not None else row.reason or row.made_by
        night = max(row.check_in, first)
        while night < min(row.check_out, end):
            clashes = row.room_taken or night in row.uncounted
            found[row.room_type_id, night].append(Elsewhere(who, row.rooms, clashes))
            night += ONE_DAY
    return found
