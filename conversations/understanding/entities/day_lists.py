"""Days said one after the other: "el 5 y 6 de enero", "the nights of 24 and 25 December", "viernes y sábado", and weekends
named by a day of theirs ("el finde del 12")."""

# ruff: noqa: E501 - patterns read better unbroken

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from conversations.understanding.entities import days
from conversations.understanding.entities.atoms import Atom
from conversations.understanding.entities.lexicon import alternatives, lexicon
from conversations.understanding.entities.scan import Scan

FRIDAY: Final = 4
_LISTED: Final = re.compile(
    r" ?(?:nights?|noche|noite)?(?:,|;)? ?(?:y|e|and|&|\+)? ?(?:(?:el|la|o|a|the|on|no|na|del|de|do|dia|el dia|dia)(?: the)? )?"
)
"""What may stand between two days of a list; between the ends of a range there is another word."""
_NIGHTS_OF: Final = re.compile(
    r"\b(?:noches|nights|noites|pernoites|diarias)(?: (?:de|del|dos|das|do|da|of|for|para|on|el|los|las|the|dias?|d))*:? ?$"
)
_NIGHTS_AFTER: Final = re.compile(
    r"[ ,]*(?:nights?|nites?|(?:por |a |de |en |na |de )?(?:la |as? )?(?:noches?|noites?))\b"
)
_WEEKEND_OF: Final = re.compile(r"(?:(?:dia|dias|el|los|the|o|os|el dia|los dias|o dia|os dias) )?")


_NUMBERED: Final = {
    "primer": 1, "primero": 1, "primeiro": 1, "first": 1, "1er": 1, "1st": 1, "segundo": 2, "second": 2, "2nd": 2, "2do": 2,
    "tercer": 3, "tercero": 3, "terceiro": 3, "third": 3, "3rd": 3, "3er": 3, "cuarto": 4, "quarto": 4, "fourth": 4, "4th": 4,
    "ultimo": -1, "last": -1,
}  # fmt: skip


@functools.cache
def _patterns(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Numbers listed before their month, and weekends counted in a month."""
    x = lexicon(language)
    months = alternatives(x.months)
    several = re.compile(
        rf"(?<![\d.,/:-])(?P<days>\d{{1,2}}(?:,? ?\b\d{{1,2}})+ ?,? ?(?:{x.and_re}|&) (?:el |o |the )?\d{{1,2}})(?:{x.ordinal_suffix_re})?(?:{x.of_re})(?P<m>{months})\b"
    )
    weekend = re.compile(
        rf"\b(?P<n>{alternatives(_NUMBERED)}) {x.weekend_re} (?:de|del mes de|of|in|do mes de|em) (?P<m>{months})\b(?: (?:de |del |of )?(?P<y>20\d\d))?"
    )
    return several, weekend


def find_listed(scan: Scan) -> Iterator[Atom]:
    """ "20,21 y 22 de diciembre": each number is a day of that month."""
    several, _ = _patterns(scan.lexicon.language)
    for match in several.finditer(scan.text):
        numbers = list(re.finditer(r"\d{1,2}", match["days"]))
        values = [int(number.group()) for number in numbers]
        if values != sorted(set(values)) or values[-1] > 31:
            continue
        month = scan.lexicon.months[match["m"]]
        for place, number in enumerate(numbers):
            last = place == len(numbers) - 1
            start = match.start("days") + number.start()
            yield Atom(start, match.end() if last else start + len(number.group()), day=values[place], month=month)


def find_numbered_weekends(scan: Scan) -> Iterator[Atom]:
    """ "The second weekend of February": Friday to Sunday around that Saturday of the month."""
    _, weekend = _patterns(scan.lexicon.language)
    today = scan.situation.today
    for match in weekend.finditer(scan.text):
        month = scan.lexicon.months[match["m"]]
        year = int(match["y"]) if match["y"] else today.year + (1 if month < today.month else 0)
        saturdays = [
            day
            for day in (dt.date(year, month, 1) + dt.timedelta(days=offset) for offset in range(31))
            if day.month == month and day.weekday() == FRIDAY + 1
        ]
        place = _NUMBERED[match["n"]]
        saturday = saturdays[place - 1 if place > 0 else -1]
        yield Atom(
            match.start(), match.end(), date=saturday - dt.timedelta(days=1), last=saturday + dt.timedelta(days=1)
        )


def listed(gap: str) -> bool:
    """Whether this is all that stands between two days of one list."""
    return bool(gap.strip()) and _LISTED.fullmatch(gap) is not None


def with_shared_months(scan: Scan, atoms: list[Atom]) -> list[Atom]:
    """ "10, 11 y 12 de enero": the month said last is that of the days listed before it."""
    out = list(atoms)
    for index in range(len(out) - 2, -1, -1):
        day, following = out[index], out[index + 1]
        if (
            day.day is not None
            and day.month is None
            and day.weekday is None
            and following.day is not None
            and following.month is not None
            and day.day < following.day
            and listed(scan.whole[day.end : following.start])
        ):
            out[index] = replace(day, month=following.month, year=following.year, bare=False)
    return out


def runs(scan: Scan, atoms: list[Atom]) -> Iterator[tuple[int, int]]:
    """First and last place of each list of at least two days."""
    first = 0
    for index in range(1, len(atoms) + 1):
        if index < len(atoms) and _continues(scan, atoms[index - 1], atoms[index]):
            continue
        if index - 1 > first:
            yield first, index - 1
        first = index


def _continues(scan: Scan, day: Atom, following: Atom) -> bool:
    return (
        not day.linked and day.last is None and following.last is None and listed(scan.whole[day.end : following.start])
    )


def night_list(scan: Scan, atoms: list[Atom]) -> tuple[int, int] | None:
    """First and last place of days that are listed as nights; the guest leaves the day after the last. None where the
    nights are counted as well: then they say it."""
    if "nights" in scan.values:
        return None
    for first, last in runs(scan, atoms):
        before = scan.whole[max(0, atoms[first].start - 30) : atoms[first].start]
        named = atoms[last].weekday is not None or atoms[last].date is not None
        if _NIGHTS_OF.search(before) or (named and _NIGHTS_AFTER.match(scan.whole, atoms[last].end)):
            return first, last
    return None


def day_list(scan: Scan, atoms: list[Atom]) -> tuple[int, int] | None:
    """First and last place of three or more days in a row: the ends of a stay."""
    return next((run for run in runs(scan, atoms) if run[1] - run[0] >= 2), None)


def with_weekends_of(scan: Scan, atoms: list[Atom], ends: list[int]) -> list[Atom]:
    """ "The weekend of the 12th": Friday to Sunday around that day; two days ("finde del 12 y 13") are the stay's ends.

    `ends` are the places after "weekend of".
    """
    out = list(atoms)
    today = scan.situation.today
    for end in ends:
        index = next((place for place, atom in enumerate(out) if atom.start >= end), None)
        if index is None or not _WEEKEND_OF.fullmatch(scan.whole[end : out[index].start].lstrip()):
            continue
        named = _day(out[index], today, today)
        if named is None:
            continue
        follower = out[index + 1] if index + 1 < len(out) else None
        if follower is not None and listed(scan.whole[out[index].end : follower.start]):
            last = _day(follower, named + dt.timedelta(days=1), today)
            if last is not None and (last - named).days <= 3:
                out[index : index + 2] = [Atom(out[index].start, follower.end, date=named, last=last)]
                continue
        friday = named + dt.timedelta(days=FRIDAY - named.weekday())
        out[index] = Atom(out[index].start, out[index].end, date=max(friday, today), last=friday + dt.timedelta(days=2))
    return out


def _day(atom: Atom, earliest: dt.date, today: dt.date) -> dt.date | None:
    if atom.day is None or atom.last is not None:
        return None
    try:
        return days.resolve(atom, earliest=earliest, today=today)
    except days.NoSuchDateError:
        return None
