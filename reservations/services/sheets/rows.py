"""From cells to rows with a meaning, in Spanish, English or Portuguese, each wrong cell reported by row and column."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from reservations.models import RatePlan, RoomType, SheetImport
from reservations.services.sheets.files import Cells
from tenants.models import Tenant

LONGEST_DAYS = 800
MAX_NIGHTS = 60_000
LARGEST = Decimal(10) ** 10

HEADERS: Mapping[str, tuple[str, str, str]] = {
    "room_type": ("tipo de habitación", "room type", "tipo de quarto"),
    "rate_plan": ("tarifa", "rate plan", "tarifa"),
    "first_night": ("primera noche", "first night", "primeira noite"),
    "last_night": ("última noche", "last night", "última noite"),
    "days": ("días", "days", "dias"),
    "price": ("precio", "price", "preço"),
    "extra_adult": ("adulto extra", "extra adult", "adulto extra"),
    "extra_child": ("niño extra", "extra child", "criança extra"),
    "rooms": ("habitaciones", "rooms", "quartos"),
    "min_stay": ("mínimo de noches", "minimum nights", "mínimo de noites"),
    "max_stay": ("máximo de noches", "maximum nights", "máximo de noites"),
    "no_arrivals": ("sin llegadas", "no arrivals", "sem chegadas"),
    "no_departures": ("sin salidas", "no departures", "sem saídas"),
    "stop_sell": ("cerrado", "stop selling", "fechado"),
}
LANGUAGES = ("es", "en", "pt")
COLUMNS = {
    SheetImport.Kind.RATES: (
        "room_type", "rate_plan", "first_night", "last_night", "days", "price", "extra_adult", "extra_child",
    ),
    SheetImport.Kind.NIGHTS: (
        "room_type", "first_night", "last_night", "days", "rooms", "min_stay", "max_stay", "no_arrivals",
        "no_departures", "stop_sell",
    ),
}  # fmt: skip
NEEDED = {
    SheetImport.Kind.RATES: ("room_type", "rate_plan", "first_night", "last_night", "price"),
    SheetImport.Kind.NIGHTS: ("room_type", "first_night", "last_night"),
}
DAY_NAMES = {
    "es": ("lun", "mar", "mie", "jue", "vie", "sab", "dom"),
    "en": ("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    "pt": ("seg", "ter", "qua", "qui", "sex", "sab", "dom"),
}
DAY_NUMBERS = {name: number for names in DAY_NAMES.values() for number, name in enumerate(names)}
YES = {"x", "1", "si", "yes", "sim", "s", "y", "true", "verdadero", "verdadeiro"}
NO = {"", "0", "no", "nao", "n", "false", "falso", "-"}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in one cell. `what` is of a closed set: the page has a sentence for each."""

    row: int
    column: str
    what: str
    value: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For storing."""
        return {"row": self.row, "column": self.column, "what": self.what, "value": self.value}


class CellError(Exception):
    """A cell that cannot be understood."""


def understand(tenant: Tenant, kind: SheetImport.Kind, cells: Cells) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Rows ready to be applied (as JSON) and every problem; reads the hotel's types and plans. Inside its scope."""
    header_row, header = cells[0]
    places = _places(kind, header)
    missing = [name for name in NEEDED[kind] if name not in places]
    if missing:
        return [], [Problem(header_row, name, "column_missing") for name in missing]
    readers = _readers(tenant)
    rows: list[dict[str, Any]] = []
    problems: list[Problem] = []
    total = 0
    for number, line in cells[1:]:
        row: dict[str, Any] = {"row": number}
        wrong = 0
        for name in COLUMNS[kind]:
            text = line[places[name]] if name in places and places[name] < len(line) else ""
            if not text and name in NEEDED[kind]:
                problems.append(Problem(number, name, "empty"))
                wrong += 1
                continue
            try:
                row[name] = readers[name](text)
            except CellError as error:
                problems.append(Problem(number, name, str(error), text[:60]))
                wrong += 1
        if not wrong:
            problems += _of_row(tenant, number, row)
            total += len(nights_of(row))
            rows.append(row)
    if total > MAX_NIGHTS:
        problems.append(Problem(header_row, "last_night", "too_many_nights", str(total)))
    if not rows and not problems:
        problems.append(Problem(header_row, "room_type", "no_rows"))
    return rows, problems


def nights_of(row: Mapping[str, Any]) -> list[dt.date]:
    """The nights a row is about."""
    first, last = dt.date.fromisoformat(row["first_night"]), dt.date.fromisoformat(row["last_night"])
    days = (first + dt.timedelta(days=number) for number in range(max((last - first).days, -1) + 1))
    return [day for day in days if day.weekday() in row["days"]]


def plain(text: str) -> str:
    """Lower case, without accents, words apart by one space."""
    bare = "".join(part for part in unicodedata.normalize("NFKD", text) if not unicodedata.combining(part))
    return " ".join(re.sub(r"[\s_]+", " ", bare).casefold().split())


def _places(kind: SheetImport.Kind, header: Sequence[str]) -> dict[str, int]:
    """Where each column is, by its name in any language; other columns are ignored."""
    names = {plain(said): name for name in COLUMNS[kind] for said in (name, *HEADERS[name])}
    places: dict[str, int] = {}
    for place, text in enumerate(header):
        name = names.get(plain(text))
        if name is not None:
            places.setdefault(name, place)
    return places


def _of_row(tenant: Tenant, number: int, row: Mapping[str, Any]) -> list[Problem]:
    """What is wrong between the cells of a row."""
    first, last = dt.date.fromisoformat(row["first_night"]), dt.date.fromisoformat(row["last_night"])
    if last < first:
        return [Problem(number, "last_night", "before_first", row["last_night"])]
    if (last - first).days > LONGEST_DAYS:
        return [Problem(number, "last_night", "too_long", row["last_night"])]
    if last < tenant.business_day() - dt.timedelta(days=1):
        return [Problem(number, "last_night", "over", row["last_night"])]
    if not nights_of(row):
        return [Problem(number, "days", "no_such_nights")]
    longest = row.get("max_stay")
    if longest is not None and longest < row["min_stay"]:
        return [Problem(number, "max_stay", "below_minimum", str(longest))]
    return []


def _readers(tenant: Tenant) -> dict[str, Callable[[str], Any]]:
    types = _by_name(RoomType.objects.filter(tenant=tenant, is_active=True))
    plans = _by_name(RatePlan.objects.filter(tenant=tenant, is_active=True))
    return {
        "room_type": lambda text: _known(types, text),
        "rate_plan": lambda text: _known(plans, text),
        "first_night": _date,
        "last_night": _date,
        "days": _days,
        "price": _amount,
        "extra_adult": lambda text: _amount(text or "0"),
        "extra_child": lambda text: _amount(text or "0"),
        "rooms": lambda text: _number(text, 0, 32_000) if text else None,
        "min_stay": lambda text: _number(text, 1, 365) if text else 1,
        "max_stay": lambda text: _number(text, 1, 365) if text else None,
        "no_arrivals": _flag,
        "no_departures": _flag,
        "stop_sell": _flag,
    }


def _by_name(rows: Any) -> dict[str, str]:
    """Codes by code and by name in each language; a name two rows share names neither."""
    rows = list(rows)
    names: dict[str, set[str]] = {}
    for row in rows:
        for name in {row.name_es, row.name_en, row.name_pt} - {""}:
            names.setdefault(plain(name), set()).add(row.code)
    found = {name: next(iter(codes)) for name, codes in names.items() if len(codes) == 1}
    return found | {plain(row.code): row.code for row in rows}


def _known(codes: Mapping[str, str], text: str) -> str:
    code = codes.get(plain(text))
    if code is None:
        raise CellError("unknown")
    return code


def _date(text: str) -> str:
    """ISO, or day before month as all our languages' countries write it."""
    found = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text)
    parts = found.groups() if found else None
    if parts is None:
        found = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text)
        parts = (found[3], found[2], found[1]) if found else None
    if parts is None:
        raise CellError("not_a_date")
    try:
        return dt.date(*map(int, parts)).isoformat()
    except ValueError:
        raise CellError("not_a_date") from None


def _days(text: str) -> list[int]:
    """ "vie sáb", "mon-fri"; nothing is every day."""
    days: set[int] = set()
    for part in re.split(r"[\s,;/]+", re.sub(r"\s*[-–]\s*", "-", plain(text))):
        ends = [DAY_NUMBERS.get(name[:3]) for name in part.split("-")] if part else []
        if None in ends or len(ends) > 2:
            raise CellError("not_days")
        if ends:
            first, last = ends[0] or 0, ends[-1] or 0
            days |= {(first + step) % 7 for step in range((last - first) % 7 + 1)}
    return sorted(days) or list(range(7))


def _amount(text: str) -> str:
    """A price as people write it: 96000, 96.000, 96,000.50, 96 000,50."""
    bare = re.sub(r"[\s' \u202f]", "", re.sub(r"^(?:[A-Z]{3}|R?\$)\s*", "", text))
    if not re.fullmatch(r"\d+(?:[.,]\d+)*", bare):
        raise CellError("not_an_amount")
    marks = re.findall(r"[.,]", bare)
    tail = re.split(r"[.,]", bare)[-1]
    is_decimal = bool(marks) and len(tail) <= 2 and marks.count(marks[-1]) == 1
    whole = re.sub(r"[.,]", "", bare[: -len(tail) - 1] if is_decimal else bare)
    if marks and not is_decimal and not re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", bare):
        raise CellError("not_an_amount")
    try:
        amount = Decimal(f"{whole}.{tail}" if is_decimal else whole)
    except InvalidOperation:
        raise CellError("not_an_amount") from None
    if amount >= LARGEST:
        raise CellError("not_an_amount")
    return str(amount)


def _number(text: str, least: int, most: int) -> int:
    found = re.fullmatch(r"(\d{1,6})(?:[.,]0+)?", text)
    if found is None or not least <= int(found[1]) <= most:
        raise CellError("not_a_number")
    return int(found[1])


def _flag(text: str) -> bool:
    said = plain(text)
    if said in YES:
        return True
    if said in NO:
        return False
    raise CellError("not_yes_or_no")
