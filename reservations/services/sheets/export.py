"""What is on sale now as a sheet that can be loaded again: the template a manager starts from."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator
from typing import Any

from reservations.models import Rate, RatePlan, RoomNight, RoomType, SheetImport
from reservations.services.sheets.files import MAX_ROWS
from reservations.services.sheets.rows import COLUMNS, DAY_NAMES, HEADERS, LANGUAGES
from tenants.models import Tenant
from tenants.scoping import tenant_scope

WEEK = tuple(range(7))
Line = list[Any]


def template(*, tenant: Tenant, kind: SheetImport.Kind, language: str, as_csv: bool = False) -> bytes:
    """Present prices (or nights on sale) from today on, with headers in `language`; without any, one example row."""
    spoken = language[:2] if language[:2] in LANGUAGES else "en"
    header = [HEADERS[name][LANGUAGES.index(spoken)] for name in COLUMNS[kind]]
    with tenant_scope(tenant):
        present = _rates(tenant, spoken) if kind == SheetImport.Kind.RATES else _nights(tenant, spoken)
        lines = list(present)[:MAX_ROWS] or [_example(tenant, kind, spoken)]
    return _csv(header, lines) if as_csv else _xlsx(header, lines)


def _rates(tenant: Tenant, language: str) -> Iterator[Line]:
    rows = Rate.objects.filter(
        tenant=tenant, night__gte=tenant.business_day(), room_type__is_active=True, rate_plan__is_active=True
    )
    columns = ("room_type__code", "rate_plan__code", "night", "amount", "extra_adult", "extra_child")
    order = ("room_type__position", "room_type_id", "rate_plan__position", "rate_plan_id", "night")
    found = (
        ((room_type, plan), night, (amount, adult, child))
        for room_type, plan, night, amount, adult, child in rows.order_by(*order).values_list(*columns)
    )
    for (room_type, plan), first, last, days, values in _runs(found):
        yield [room_type, plan, first, last, _days(days, language), *values]


def _nights(tenant: Tenant, language: str) -> Iterator[Line]:
    rows = RoomNight.objects.filter(tenant=tenant, night__gte=tenant.business_day(), room_type__is_active=True)
    columns = ("total", "min_stay", "max_stay", "closed_to_arrival", "closed_to_departure", "stop_sell")
    found = (
        ((room_type,), night, tuple(values))
        for room_type, night, *values in rows.order_by("room_type__position", "room_type_id", "night").values_list(
            "room_type__code", "night", *columns
        )
    )
    for (room_type,), first, last, days, (total, least, most, *flags) in _runs(found):
        marks = ["x" if flag else "" for flag in flags]
        yield [room_type, first, last, _days(days, language), total, least, most or "", *marks]


def _runs(
    found: Iterable[tuple[Any, dt.date, tuple[Any, ...]]],
) -> Iterator[tuple[Any, dt.date, dt.date, tuple[int, ...], tuple[Any, ...]]]:
    """Nights gathered month by month: one row for each set of values, with the weekdays it is for."""
    gathered: dict[tuple[Any, int, int], dict[dt.date, tuple[Any, ...]]] = {}
    for key, night, values in found:
        gathered.setdefault((key, night.year, night.month), {})[night] = values
    for (key, _year, _month), nights in gathered.items():
        if by_weekday := _by_weekday(nights):
            for values, days in by_weekday.items():
                yield key, min(nights), max(nights), tuple(days), values
            continue
        run: list[dt.date] = []
        for night in sorted(nights):
            if run and (nights[night] != nights[run[0]] or night != run[-1] + dt.timedelta(days=1)):
                yield key, run[0], run[-1], WEEK, nights[run[0]]
                run = []
            run.append(night)
        yield key, run[0], run[-1], WEEK, nights[run[0]]


def _by_weekday(nights: dict[dt.date, tuple[Any, ...]]) -> dict[tuple[Any, ...], list[int]] | None:
    """Weekdays by values where a month without gaps has one value per weekday."""
    if (max(nights) - min(nights)).days + 1 != len(nights):
        return None
    of_day: dict[int, tuple[Any, ...]] = {}
    for night, values in nights.items():
        if of_day.setdefault(night.weekday(), values) != values:
            return None
    found: dict[tuple[Any, ...], list[int]] = {}
    for day in sorted(of_day):
        found.setdefault(of_day[day], []).append(day)
    return found


def _days(days: tuple[int, ...], language: str) -> str:
    return "" if len(days) == len(WEEK) else " ".join(DAY_NAMES[language][day] for day in days)


def _example(tenant: Tenant, kind: SheetImport.Kind, language: str) -> Line:
    room_type = RoomType.objects.filter(tenant=tenant, is_active=True).first()
    plan = RatePlan.objects.filter(tenant=tenant, is_active=True).first()
    first = tenant.business_day() + dt.timedelta(days=30)
    start: Line = [room_type.code if room_type else ""]
    if kind == SheetImport.Kind.RATES:
        start.append(plan.code if plan else "")
    start += [first, first + dt.timedelta(days=30), " ".join(DAY_NAMES[language][4:6])]
    return start + ([100, 0, 0] if kind == SheetImport.Kind.RATES else [5, 1, "", "", "", ""])


def _csv(header: Line, lines: list[Line]) -> bytes:
    """Semicolons, which spreadsheets of our languages expect, and a mark that says UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(lines)
    return out.getvalue().encode("utf-8-sig")


def _xlsx(header: Line, lines: list[Line]) -> bytes:
    import openpyxl  # loaded with the first workbook

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101 - a new workbook has one
    sheet.append(header)
    for line in lines:
        sheet.append(line)
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell.value, str):
                cell.data_type = "s"  # never a formula, whatever a code begins with
    for cell in sheet[1]:
        cell.font = openpyxl.styles.Font(bold=True)
        sheet.column_dimensions[cell.column_letter].width = 18
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
