"""Previewing and loading a sheet. Both do the same writes; a preview rolls them back, so that what it shows is true."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max, Min

from hotel_agent.common import clock
from hotel_agent.common.exceptions import BadInput
from reservations.models import Rate, RatePlan, RoomNight, RoomType, SheetImport
from reservations.services import inventory
from reservations.services.sheets import files, rows
from reservations.services.sheets.rows import Problem
from tenants.models import Tenant
from tenants.scoping import tenant_scope

SHOWN = 200
"""Rows whose present prices are looked up for the preview."""


class NotLoadable(BadInput):
    """The sheet has problems, was loaded already, or the hotel changed since the preview; nothing was loaded."""

    code = "not_loadable"


def preview(*, tenant: Tenant, kind: SheetImport.Kind, file_name: str, content: bytes, made_by: str) -> SheetImport:
    """Read a file, try it out, and keep what was found. Changes neither prices nor nights.

    Raises:
        files.Unreadable: it is not a sheet, or too big.
    """
    cells = files.read(content)
    with tenant_scope(tenant):
        found, problems = rows.understand(tenant, kind, cells)
        if not problems:
            _note_present(tenant, kind, found[:SHOWN])
            with transaction.atomic():
                problems = _apply(tenant, kind, found)
                transaction.set_rollback(True)
        return SheetImport.objects.create(
            tenant=tenant,
            kind=kind,
            state=SheetImport.State.BAD if problems else SheetImport.State.READY,
            file_name=file_name[-120:],
            rows=found,
            problems=[problem.as_dict() for problem in problems],
            nights=sum(len(rows.nights_of(row)) for row in found),
            made_by=made_by[:150],
        )


def load(*, tenant: Tenant, sheet: SheetImport) -> int:
    """Load a previewed sheet as a whole; returns the number of nights set. Once: a second time is refused.

    Raises:
        NotLoadable: nothing was changed.
    """
    with tenant_scope(tenant), transaction.atomic():
        row = SheetImport.objects.select_for_update(of=("self",)).get(pk=sheet.pk)
        if row.state != SheetImport.State.READY:
            raise NotLoadable(row.state)
        problems = _apply(tenant, SheetImport.Kind(row.kind), row.rows)
        if problems:
            raise NotLoadable(f"row {problems[0].row}: {problems[0].what} {problems[0].value}".strip())
        row.state, row.loaded_at = SheetImport.State.LOADED, clock.now()
        row.save(update_fields=["state", "loaded_at"])
        return row.nights


def _apply(tenant: Tenant, kind: SheetImport.Kind, found: Sequence[dict[str, Any]]) -> list[Problem]:
    """Write what the rows come to (later ones win), inside a transaction; what the hotel refuses is a problem.

    In a few statements whatever the rows are: locks of the nights that are sold are held for as long as it takes.
    """
    types = {row.code: row for row in RoomType.objects.filter(tenant=tenant, is_active=True)}
    plans = {row.code: row for row in RatePlan.objects.filter(tenant=tenant, is_active=True)}
    if kind == SheetImport.Kind.NIGHTS:
        # Every counter row of the file is locked at once and in everybody's order, whatever the order of its rows.
        span = [night for row in found for night in rows.nights_of(row)]
        locked = RoomNight.objects.filter(room_type__code__in=types, night__gte=min(span), night__lte=max(span))
        list(locked.order_by("room_type_id", "night").select_for_update(no_key=True, of=("self",)).values_list("pk"))
    problems = []
    rates: dict[tuple[int, int, dt.date], Rate] = {}
    opened: dict[str, dict[dt.date, tuple[RoomNight, dict[str, Any]]]] = {code: {} for code in types}
    rooms = {code: inventory.rooms_of(room_type) for code, room_type in types.items()}
    for row in found:
        room_type, plan = types.get(row["room_type"]), plans.get(row.get("rate_plan", ""))
        if room_type is None:
            problems.append(Problem(row["row"], "room_type", "unknown", row["room_type"]))
        elif kind == SheetImport.Kind.NIGHTS:
            for night in rows.nights_of(row):
                opened[room_type.code][night] = (_night(tenant, room_type, night, row, rooms[room_type.code]), row)
        elif plan is None:
            problems.append(Problem(row["row"], "rate_plan", "unknown", row["rate_plan"]))
        else:
            for night in rows.nights_of(row):
                rates[room_type.pk, plan.pk, night] = _rate(tenant, room_type, plan, night, row)
    inventory.write_rates(list(rates.values()))
    for code, nights in opened.items():
        try:
            inventory.write_nights(types[code], [night for night, _row in nights.values()])
        except inventory.Oversold as error:
            over = {id(row): row for night, (_made, row) in nights.items() if night in error.nights}
            problems += [Problem(row["row"], "rooms", "oversold", str(error)) for row in over.values()]
    return sorted(problems, key=lambda problem: problem.row)


def _rate(tenant: Tenant, room_type: RoomType, plan: RatePlan, night: dt.date, row: Mapping[str, Any]) -> Rate:
    return Rate(
        tenant=tenant,
        room_type=room_type,
        rate_plan=plan,
        night=night,
        amount=Decimal(row["price"]),
        extra_adult=Decimal(row["extra_adult"]),
        extra_child=Decimal(row["extra_child"]),
    )


def _night(tenant: Tenant, room_type: RoomType, night: dt.date, row: Mapping[str, Any], rooms: int) -> RoomNight:
    """`rooms`: how many the type has, where the file says none."""
    return RoomNight(
        tenant=tenant,
        room_type=room_type,
        night=night,
        total=rooms if row["rooms"] is None else row["rooms"],
        overbooking=room_type.overbooking,
        stop_sell=row["stop_sell"],
        closed_to_arrival=row["no_arrivals"],
        closed_to_departure=row["no_departures"],
        min_stay=row["min_stay"],
        max_stay=row["max_stay"],
    )


def _note_present(tenant: Tenant, kind: SheetImport.Kind, found: Sequence[dict[str, Any]]) -> None:
    """What the nights of each row cost (or how many rooms they have) before, lowest and highest."""
    for row in found:
        nights = rows.nights_of(row)
        if kind == SheetImport.Kind.RATES:
            here: Any = Rate.objects.filter(rate_plan__code=row["rate_plan"])
            column = "amount"
        else:
            here, column = RoomNight.objects.all(), "total"
        here = here.filter(tenant=tenant, room_type__code=row["room_type"], night__in=nights)
        span = here.aggregate(low=Min(column), high=Max(column))
        row["now"] = [] if span["low"] is None else [str(span["low"]), str(span["high"])]
