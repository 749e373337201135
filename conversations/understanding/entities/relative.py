"""Days told from another day: "Friday week", "este viernes no, el otro", "de hoy en ocho", "hasta fin de mes".

Also the month that is meant by "of this month" and "del mes que viene".
"""

# ruff: noqa: E501 - patterns read better unbroken

from __future__ import annotations

import calendar
import datetime as dt
import functools
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from conversations.understanding.entities.atoms import Atom
from conversations.understanding.entities.lexicon import alternatives, lexicon
from conversations.understanding.entities.scan import Scan

WEEK: Final = dt.timedelta(days=7)
_WEEKS: Final = {
    "a week": 1,
    "one week": 1,
    "1 week": 1,
    "a fortnight": 2,
    "two weeks": 2,
    "2 weeks": 2,
    "three weeks": 3,
}
_OTHER_ONE: Final = re.compile(
    r"(?: no| nao)?,? (?:sino |si no |and not )?(?:el otro|la otra|o outro|a outra|the one after(?: that)?|the following one|en ocho(?: dias)?|em oito(?: dias)?|week(?![\w-])|after next)(?![^\W_])"
)
"""After a weekday: not the coming one but the one a week later."""
_TODAY_IN: Final = re.compile(r"\b(?:de )?hoy en (?P<n>ocho|quince)(?: dias)?\b")
MONTH_END: Final = {
    "es": r"(?:a |el |la )?(?:fin(?:es|ales)?|final|ultimo dia) (?:de|del|d) (?:este )?mes",
    "en": r"(?:the )?(?:end|last day) of (?:the|this) month|month end",
    "pt": r"(?:o |ao )?(?:fim|final|ultimo dia) (?:do|deste|desse) mes",
}
_UNTIL: Final = re.compile(r"\b(?:hasta|until|untill|till|til|through|ate|al?|to)(?: (?:el|o|the))? ?$")


@functools.cache
def _week_from(language: str) -> re.Pattern[str]:
    x = lexicon(language)
    if language != "en":
        return re.compile(r"(?!x)x")
    return re.compile(
        rf"\b(?P<n>{alternatives(_WEEKS)}) (?:(?:from )?(?P<d>today|tomorrow)|on (?P<w>{alternatives(x.weekdays)}))(?![^\W_])"
    )


def counts_from_a_day(scan: Scan, start: int) -> bool:
    """Whether the length beginning here is a distance ("a week on Friday"), not a stay of that length."""
    return _week_from(scan.lexicon.language).match(scan.text, start) is not None


def find_offsets(scan: Scan) -> Iterator[Atom]:
    """ "A week on Friday", "a fortnight today", "de hoy en ocho"."""
    today, x = scan.situation.today, scan.lexicon
    for match in _week_from(x.language).finditer(scan.text):
        weeks = _WEEKS[re.sub(r"\s+", " ", match["n"])]
        if match["d"]:
            start = today + dt.timedelta(days=x.relative_days[match["d"]])
        else:
            weekday = x.weekdays[match["w"]]
            start = today + dt.timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
        yield Atom(match.start(), match.end(), date=start + weeks * WEEK)
    for match in _TODAY_IN.finditer(scan.text):
        yield Atom(match.start(), match.end(), date=today + (1 if match["n"] == "ocho" else 2) * WEEK)


def other_one(scan: Scan, atom: Atom) -> Atom:
    """The weekday a week after the coming one, where that is what was said."""
    if atom.weekday is None or atom.day is not None or atom.week is not None:
        return atom
    match = _OTHER_ONE.match(scan.text, atom.end)
    if match is None:
        return atom
    today = scan.situation.today
    coming = today + dt.timedelta(days=(atom.weekday - today.weekday() - 1) % 7 + 1)
    scan.hide(atom.end, match.end())
    return Atom(atom.start, match.end(), date=coming + WEEK)


@functools.cache
def _end_of(language: str) -> re.Pattern[str]:
    named = rf"(?:a |el |la |the |o |ao )?(?:fin(?:es|ales)?|final|fim|end|last day|ultimo dia) (?:de |of )(?P<m>{alternatives(lexicon(language).months)})"
    return re.compile(rf"\b(?:{MONTH_END[language]}|{named})\b")


def find_month_end(scan: Scan) -> Atom | None:
    """ "Hasta fin de mes": the last day; "a fin de mes" names none."""
    match = _end_of(scan.lexicon.language).search(scan.text)
    if match is None or not (_UNTIL.search(scan.text[: match.start()]) or match.group().startswith(("al ", "ao "))):
        return None
    today = scan.situation.today
    if match["m"]:
        month = scan.lexicon.months[match["m"]]
        year = today.year if month >= today.month else today.year + 1
        return Atom(match.start(), match.end(), day=calendar.monthrange(year, month)[1], month=month)
    return Atom(
        match.start(),
        match.end(),
        date=today.replace(day=calendar.monthrange(today.year, today.month)[1]),
        month_end=True,
    )


def with_month_end(atoms: list[Atom], today: dt.date) -> list[Atom]:
    """The end of the month the day before it is in."""
    out = list(atoms)
    for index, atom in enumerate(out):
        month = out[index - 1].month if atom.month_end and index else None
        if month is not None:
            year = out[index - 1].year or (today.year if month >= today.month else today.year + 1)
            out[index] = replace(atom, date=dt.date(year, month, calendar.monthrange(year, month)[1]))
    return out


@functools.cache
def _said_month(language: str) -> re.Pattern[str]:
    x = lexicon(language)
    number = r"|(?:del|de|do|no|en el|of) mes (?:numero )?(?P<number>1[0-2]|0?[1-9])(?!\d)" if x.day_first else ""
    return re.compile(rf"(?<![^\W_])(?:(?P<next>{x.next_month_re})|(?P<this>{x.this_month_re}){number})(?![^\W_])")


def with_said_month(scan: Scan, atoms: list[Atom]) -> list[Atom]:
    """ "Del 3 al 7 del mes que viene": the month belongs to the first bare day."""
    if not atoms or any(atom.month is not None for atom in atoms):
        return atoms
    match = _said_month(scan.lexicon.language).search(scan.text)
    first = next((index for index, atom in enumerate(atoms) if atom.day is not None), None)
    if match is None or first is None:
        return atoms
    today = scan.situation.today
    if match.groupdict().get("number"):
        month = int(match["number"])
        atoms[first] = replace(atoms[first], month=month, bare=False)
    else:
        if not match["next"] and (atoms[first].day or 0) < today.day:
            return atoms  # "the 7th of the month" said on the 15th
        ahead = 1 if match["next"] else 0
        year, month = (today.year + 1, 1) if ahead and today.month == 12 else (today.year, today.month + ahead)
        atoms[first] = replace(atoms[first], month=month, year=year, bare=False)
    scan.hide(match.start(), match.end())
    return atoms


def month_is_said(scan: Scan, end: int) -> bool:
    """Whether "of this month" or the like follows: what stands before is a day."""
    return _said_month(scan.lexicon.language).match(scan.text, end + 1) is not None
