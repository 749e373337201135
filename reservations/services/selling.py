"""Changing what a range of nights sells and for how much: looked at first, then done in one transaction.

An edit takes the same row locks in the same order as every sale (`builtin.counters`), so that neither can slip between
the other's look and its write, and holds them for the writing only: nobody waits for a person who reads a preview.
Quotes already given keep their price until they expire.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from hotel_agent.common.exceptions import BadInput
from hotel_agent.common.money import rounded
from reservations.models import Rate, RatePlan, RoomNight, RoomType, SellingChange
from reservations.services.builtin import blocks, counters
from reservations.services.inventory import BATCH, EVERY_DAY
from tenants.models import Tenant
from tenants.scoping import tenant_scope

MOST_LINES = 25_000
"""Room types × plans × nights of one edit: two years of a dozen types at three plans. More is a sheet's work."""
WHOLE_FROM = 1_000
"""Percentages of prices from here on are rounded to whole units: nobody sells a room for 66 123.45."""
NO_LIMIT = 0
"""As a longest stay: take the night's own limit away."""

Value = Decimal | int | bool | None
RateKey = tuple[int, int, dt.date]


class EditRefused(BadInput):
    """The edit contradicts what is sold or itself; nothing was changed."""

    code = "edit_refused"

    def __init__(self, conflicts: tuple[Conflict, ...]) -> None:
        super().__init__("; ".join(f"{one.room_type.code} {one.night}: {one.why}" for one in conflicts[:5]))
        self.conflicts = conflicts


class EditMoved(BadInput):
    """What would change is no longer what was shown; nothing was changed."""

    code = "edit_moved"


@dataclass(frozen=True, slots=True)
class Edit:
    """What to change on which nights (`first` and `last` included, on `weekdays`, 0 is Monday). None leaves a value
    as it is.

    Prices are per room and night in the hotel's currency: `amount` sets them, `percent` moves those there are.
    """

    room_types: tuple[RoomType, ...]
    first: dt.date
    last: dt.date
    weekdays: tuple[int, ...] = tuple(EVERY_DAY)
    plans: tuple[RatePlan, ...] = ()
    amount: Decimal | None = None
    percent: Decimal | None = None
    extra_adult: Decimal | None = None
    extra_child: Decimal | None = None
    total: int | None = None
    stop_sell: bool | None = None
    closed_to_arrival: bool | None = None
    closed_to_departure: bool | None = None
    min_stay: int | None = None
    max_stay: int | None = None

    @property
    def nights(self) -> tuple[dt.date, ...]:
        """The nights it is for."""
        days = (self.first + dt.timedelta(days=number) for number in range((self.last - self.first).days + 1))
        return tuple(day for day in days if day.weekday() in self.weekdays)

    @property
    def prices(self) -> bool:
        """Whether it is about prices."""
        return any(value is not None for value in (self.amount, self.percent, self.extra_adult, self.extra_child))

    @property
    def rules(self) -> dict[str, Value]:
        """What it sets on nights, by field."""
        wanted: dict[str, Value] = {
            "total": self.total, "stop_sell": self.stop_sell, "closed_to_arrival": self.closed_to_arrival,
            "closed_to_departure": self.closed_to_departure, "min_stay": self.min_stay,
        }  # fmt: skip
        rules: dict[str, Value] = {name: value for name, value in wanted.items() if value is not None}
        if self.max_stay is not None:
            rules["max_stay"] = self.max_stay or None
        return rules

    def as_json(self) -> dict[str, Any]:
        """For the history."""
        numbers = {"amount": self.amount, "percent": self.percent, "extra_adult": self.extra_adult,
                   "extra_child": self.extra_child}  # fmt: skip
        return {
            "room_types": [one.code for one in self.room_types],
            "plans": [one.code for one in self.plans],
            "weekdays": list(self.weekdays),
            **{name: str(value) for name, value in numbers.items() if value is not None},
            **self.rules,
        }


@dataclass(frozen=True, slots=True)
class Line:
    """One value of one night that changes."""

    room_type: RoomType
    plan: RatePlan | None
    night: dt.date
    field: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Conflict:
    """A night on which the edit cannot be. `why`: `taken` (fewer rooms than are taken), `not_open` (no rooms were
    opened), `stay_limits` (the shortest stay is longer than the longest), `no_price` (a percentage of nothing)."""

    room_type: RoomType
    night: dt.date
    why: str
    sold: int = 0
    held: int = 0
    blocked: int = 0
    wanted: int = 0


@dataclass(frozen=True, slots=True)
class Preview:
    """What an edit would change, and what stands against it."""

    lines: tuple[Line, ...]
    conflicts: tuple[Conflict, ...]

    @property
    def fingerprint(self) -> str:
        """Equal for equal changes: an edit is done only as it was shown."""
        parts = [
            f"{one.room_type.pk}/{one.plan.pk if one.plan else ''}/{one.night}/{one.field}/{one.before}/{one.after}"
            for one in self.lines
        ]
        return hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]


@dataclass(slots=True)
class _Present:
    """The rows an edit looks at."""

    nights: counters.Nights
    rates: dict[RateKey, Rate]
    new_nights: list[RoomNight] = field(default_factory=list)
    changed_nights: list[int] = field(default_factory=list)
    changed_rates: list[Rate] = field(default_factory=list)


def preview(*, tenant: Tenant, edit: Edit) -> Preview:
    """What the edit would change now. Locks nothing.

    Raises:
        BadInput: an edit of nothing, of another hotel's rows, or too big.
    """
    _check(tenant, edit)
    with tenant_scope(tenant):
        nights = {(row.room_type_id, row.night): row for row in RoomNight.objects.filter(_nights_where(edit))}
        rates = {_key(row): row for row in _rates(edit)}
        return _compare(tenant, edit, _Present(nights, rates))


def apply(*, tenant: Tenant, edit: Edit, reason: str, by: str, shown: str = "") -> SellingChange:
    """Do the edit and write it down. `shown` is the fingerprint of the preview somebody agreed to.

    Raises:
        EditRefused: it would undersell what is taken, or contradicts itself; nothing was changed.
        EditMoved: it would change something else than was shown; nothing was changed.
        BadInput: no reason, an edit of nothing, of another hotel's rows, or too big.
    """
    _check(tenant, edit)
    if not reason.strip():
        raise BadInput("say why")
    try:
        with tenant_scope(tenant), transaction.atomic():
            present = _Present(_lock_nights(edit), {_key(row): row for row in _rates(edit).select_for_update()})
            found = _compare(tenant, edit, present)
            if found.conflicts:
                raise EditRefused(found.conflicts)
            if shown and shown != found.fingerprint:
                raise EditMoved("it changed meanwhile")
            _write(edit, present)
            return SellingChange.objects.create(
                tenant=tenant, by=by[:150], reason=" ".join(reason.split())[:200], first=edit.first, last=edit.last,
                asked=edit.as_json(), lines=_gathered(found.lines), nights=len(found.lines),
            )  # fmt: skip
    except IntegrityError as error:
        # Nights that did not exist cannot be locked: somebody opened the same ones at the same time.
        raise EditMoved("the same nights were opened meanwhile") from error


def runs(nights: Iterable[dt.date]) -> Iterator[tuple[dt.date, dt.date]]:
    """First and last of each stretch of nights without a gap, in order."""
    ordered = sorted(nights)
    start = last = ordered[0]
    for night in ordered[1:]:
        if night != last + dt.timedelta(days=1):
            yield start, last
            start = night
        last = night
    yield start, last


def _check(tenant: Tenant, edit: Edit) -> None:
    if any(one.tenant_id != tenant.pk for one in (*edit.room_types, *edit.plans)):
        raise BadInput("a room type or plan of another hotel")
    if not edit.nights or not edit.room_types or not (edit.prices or edit.rules):
        raise BadInput("nothing to change")
    if edit.prices and not edit.plans:
        raise BadInput("prices of no plan")
    if len(edit.nights) * len(edit.room_types) * max(len(edit.plans), 1) > MOST_LINES:
        raise BadInput("too many nights at once")
    if edit.first < tenant.business_day():
        raise BadInput("a night that has passed")


def _nights_where(edit: Edit) -> Q:
    where = Q()
    for room_type in edit.room_types:
        where |= _span(room_type, edit).where
    return where


def _span(room_type: RoomType, edit: Edit) -> counters.Span:
    return counters.Span(room_type, edit.first, edit.last + dt.timedelta(days=1), 1)


def _lock_nights(edit: Edit) -> counters.Nights:
    return counters.lock(*(_span(room_type, edit) for room_type in edit.room_types)) if edit.rules else {}


def _rates(edit: Edit) -> Any:
    if not edit.prices:
        return Rate.objects.none()
    rows = Rate.objects.filter(
        room_type__in=edit.room_types, rate_plan__in=edit.plans, night__gte=edit.first, night__lte=edit.last
    )
    return rows.order_by("room_type_id", "rate_plan_id", "night")


def _key(row: Rate) -> RateKey:
    return row.room_type_id, row.rate_plan_id, row.night


def _compare(tenant: Tenant, edit: Edit, present: _Present) -> Preview:
    """The lines and conflicts of an edit against present rows, which are staged with their new values."""
    lines: list[Line] = []
    conflicts: list[Conflict] = []
    for room_type in edit.room_types:
        for night in edit.nights:
            if edit.rules:
                _stage_night(tenant, edit, room_type, night, present, lines, conflicts)
            for plan in edit.plans if edit.prices else ():
                _stage_rate(tenant, edit, (room_type, plan, night), present, lines, conflicts)
    return Preview(tuple(lines), tuple(conflicts))


def _stage_night(
    tenant: Tenant, edit: Edit, room_type: RoomType, night: dt.date, present: _Present, lines: list[Line],
    conflicts: list[Conflict],
) -> None:  # fmt: skip
    row = present.nights.get((room_type.pk, night))
    is_new = row is None
    if row is None:
        if edit.total is None:
            conflicts.append(Conflict(room_type, night, "not_open"))
            return
        row = RoomNight(
            tenant=tenant, room_type=room_type, night=night, total=0, overbooking=room_type.overbooking
        )  # fmt: skip
    taken = row.sold + row.held + row.blocked
    before = len(lines)
    for name, after in edit.rules.items():
        was = None if is_new and name == "total" else getattr(row, name)
        if was != after:
            lines.append(Line(room_type, None, night, name, was, after))
            setattr(row, name, after)
    if row.total + row.overbooking < taken:
        conflicts.append(Conflict(room_type, night, "taken", row.sold, row.held, row.blocked, row.total))
    if row.max_stay is not None and row.min_stay > row.max_stay:
        conflicts.append(Conflict(room_type, night, "stay_limits"))
    if len(lines) > before:
        if is_new:
            present.new_nights.append(row)
        else:
            present.changed_nights.append(row.pk)


def _stage_rate(
    tenant: Tenant, edit: Edit, what: tuple[RoomType, RatePlan, dt.date], present: _Present, lines: list[Line],
    conflicts: list[Conflict],
) -> None:  # fmt: skip
    room_type, plan, night = what
    row = present.rates.get((room_type.pk, plan.pk, night))
    is_new = row is None
    if row is None:
        if edit.amount is None:
            # A percentage, or the price of an extra person, of a night that is not sold at this plan.
            conflicts.append(Conflict(room_type, night, "no_price"))
            return
        row = Rate(tenant=tenant, room_type=room_type, rate_plan=plan, night=night, amount=edit.amount)
    amount = edit.amount
    if edit.percent is not None:
        amount = _moved(row.amount, edit.percent, tenant.currency)
    changed = False
    for name, after in (("amount", amount), ("extra_adult", edit.extra_adult), ("extra_child", edit.extra_child)):
        was = None if is_new and name == "amount" else getattr(row, name)
        if after is not None and was != after:
            lines.append(Line(room_type, plan, night, name, was, after))
            setattr(row, name, after)
            changed = True
    if changed:
        present.changed_rates.append(row)


def _moved(amount: Decimal, percent: Decimal, currency: str) -> Decimal:
    new = rounded(amount * (100 + percent) / 100, currency).amount
    return new.quantize(Decimal(1)) if new >= WHOLE_FROM else new


def _write(edit: Edit, present: _Present) -> None:
    if present.changed_nights:
        RoomNight.objects.filter(pk__in=present.changed_nights).update(**edit.rules)
    RoomNight.objects.bulk_create(present.new_nights, batch_size=BATCH)
    if edit.total is not None:
        # Rooms that came back, or nights that are on sale for the first time, may be owed to another seller's calendar.
        opened = _lock_nights(edit)
        for room_type in edit.room_types:
            blocks.count_again(room_type, opened)
    Rate.objects.bulk_create(
        present.changed_rates,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["room_type", "rate_plan", "night"],
        update_fields=["amount", "extra_adult", "extra_child"],
    )


def _gathered(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """The lines for the history: nights with the same change together."""
    together: dict[tuple[str, str, str, str, str], list[dt.date]] = {}
    for one in lines:
        plan = one.plan.code if one.plan else ""
        key = (one.room_type.code, plan, one.field, _plain(one.before), _plain(one.after))
        together.setdefault(key, []).append(one.night)
    return [
        {
            "room_type": room_type, "plan": plan, "field": name, "before": before, "after": after,
            "nights": [f"{first}/{last}" for first, last in runs(nights)],
        }
        for (room_type, plan, name, before, after), nights in together.items()
    ]  # fmt: skip


def _plain(value: Value) -> str:
    return "" if value is None else str(value)


__all__ = ["Conflict", "Edit", "EditMoved", "EditRefused", "Line", "Preview", "apply", "preview", "runs"]
