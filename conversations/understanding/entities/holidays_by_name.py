"""Feasts guests name instead of dates. Fixed ones are computed; the others come from the `holidays` library for
the hotel's country. A feast is only offered as a reading: whether the guest means the day itself or the long
weekend around it is theirs to say."""

from __future__ import annotations

import datetime as dt
import functools
import re
from dataclasses import dataclass
from typing import Final

from conversations.understanding.entities.lexicon import lexicon
from conversations.understanding.entities.scan import Scan

FIXED: Final = {
    "new_years_eve": (12, 31), "year_end": (12, 31), "new_year": (1, 1),
    "christmas_eve": (12, 24), "christmas": (12, 25),
    "epiphany": (1, 6), "labour": (5, 1), "all_souls": (11, 2), "valentine": (2, 14),
}  # fmt: skip
SINGLE: Final = frozenset({"new_years_eve", "christmas_eve", "independence", "thanksgiving", "epiphany"})
"""Names of one evening or day; "Christmas" and "Easter" are seasons."""

_LIBRARY_NAMES: Final = {
    "independence": ("independence", "independencia"),
    "thanksgiving": ("thanksgiving", "accion de gracias"),
    "corpus_christi": ("corpus",),
    "labour": ("labor day",),
}


@dataclass(frozen=True, slots=True)
class Holiday:
    """A feast named in a message."""

    key: str
    start: int
    end: int
    date: dt.date | None
    year_said: bool
    single: bool


@functools.cache
def _patterns(language: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (key, re.compile(rf"\b{fragment}(?: (?:de |of |del )?(?P<y>20\d\d))?(?![^\W_])"))
        for fragment, key in lexicon(language).holidays
    )


def find_holidays(scan: Scan) -> list[Holiday]:
    """Feasts of the unread text; each is consumed."""
    found: list[Holiday] = []
    for key, pattern in _patterns(scan.lexicon.language):
        match = pattern.search(scan.text)
        if match is None:
            continue
        year = int(match["y"]) if match["y"] else None
        date = holiday_date(key, country=scan.situation.country, today=scan.situation.today, year=year)
        found.append(Holiday(key, match.start(), match.end(), date, year is not None, key in SINGLE))
        scan.hide(match.start(), match.end())
    return found


def holiday_date(key: str, *, country: str, today: dt.date, year: int | None) -> dt.date | None:
    """The day of a feast in the hotel's country: of the year said, or the next one; None when it has none."""
    for candidate in (year,) if year else (today.year, today.year + 1):
        date = _in_year(key, country, candidate)
        if date is not None and (year is not None or date >= today):
            return date
    return None


@functools.lru_cache(maxsize=64)
def _in_year(key: str, country: str, year: int) -> dt.date | None:
    if not 1900 <= year <= 2200:
        return None
    if key in FIXED and not (key == "labour" and country == "US"):
        month, day = FIXED[key]
        return dt.date(year, month, day)
    if key in ("easter", "carnival"):
        sunday = easter(year)
        return sunday - dt.timedelta(days=2 if key == "easter" else 50)
    import holidays  # slow to import and rarely needed

    try:
        calendar = holidays.country_holidays(country, years=year, language="en_US")
    except NotImplementedError:
        return None
    for date, name in sorted(calendar.items()):
        if any(part in name.lower() for part in _LIBRARY_NAMES.get(key, ())) and "juneteenth" not in name.lower():
            return date
    return None


@functools.lru_cache(maxsize=64)
def next_long_weekend(country: str, today: dt.date) -> dt.date | None:
    """The Friday of the next weekend with a holiday on the Friday before or the Monday after it, within half a year."""
    import holidays  # slow to import and rarely needed

    try:
        calendar = holidays.country_holidays(country, years=(today.year, today.year + 1))
    except NotImplementedError:
        return None
    friday = today + dt.timedelta(days=(4 - today.weekday()) % 7)
    for _ in range(26):
        if friday in calendar or friday + dt.timedelta(days=3) in calendar:
            return friday
        friday += dt.timedelta(days=7)
    return None


def easter(year: int) -> dt.date:
    """Easter Sunday of the Gregorian calendar (anonymous algorithm of 1876)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return dt.date(year, month, day + 1)
