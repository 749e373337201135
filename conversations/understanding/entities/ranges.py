"""Ranges whose two ends are written together: "7/1-16/1", "18-25/6", "Mar 12-Mar 21", "del 5 al 7 del 8", "mié a vie".

They are read before single days: each half alone would be read as something else (a time, a room, a day of another
month). What is between the ends is a range by itself here, so the pair is marked as linked.
"""

# ruff: noqa: E501 - patterns read better unbroken

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from conversations.understanding.entities.atoms import Atom
from conversations.understanding.entities.lexicon import Lexicon, alternatives, lexicon
from conversations.understanding.entities.numbers import day_value, day_words_re
from conversations.understanding.entities.scan import Scan

_ALSO_WEEKDAYS: Final = {"es": {"mar": 1}, "pt": {"ter": 1}}
"""Short weekdays that are another word everywhere but in a range of weekdays."""


@dataclass(frozen=True, slots=True)
class _Patterns:
    numeric: re.Pattern[str]
    shared_numeric: re.Pattern[str]
    month_first: re.Pattern[str]
    word_months: re.Pattern[str]
    slashed_days: re.Pattern[str]
    ordinal_month: re.Pattern[str]
    weekdays: re.Pattern[str]
    weekday_numbers: re.Pattern[str]


@functools.cache
def _patterns(language: str) -> _Patterns:
    x = lexicon(language)
    months, before = alternatives(x.months), alternatives(x.month_before_day)
    short = alternatives([*x.weekdays, *_ALSO_WEEKDAYS.get(language, ())])
    day = rf"(?:\d{{1,2}}(?!\d)(?:{x.ordinal_suffix_re})?|{day_words_re(language)}\b)"
    the = r"(?:el dia |el |the |o dia |dia |o )?"
    link = rf"(?:{x.connector_re}| {x.and_re} )"
    free, ends = r"(?<![\d/.:,-])", r"(?![\d/:%]|[.,]\d)"
    year = rf"(?:{x.year_link_re}(?P<y%d>20\d\d|'\d\d)(?!\d))?"
    weekday = rf"(?:{alternatives(x.weekdays)},? )?"
    return _Patterns(
        numeric=re.compile(
            rf"{free}(?P<a1>\d{{1,2}})(?P<s>[/.-])(?P<b1>\d{{1,2}})(?:(?P=s)(?P<y1>20\d\d|\d\d))?\.?(?P<link>{link}){the}{weekday}{the}"
            rf"(?P<a2>\d{{1,2}})(?P=s)(?P<b2>\d{{1,2}})(?:(?P=s)(?P<y2>20\d\d|\d\d))?(?!\d|[/:%-]\d|[.,]\d)"
        ),
        shared_numeric=re.compile(
            rf"{free}\b(?P<d1>\d{{1,2}})(?:{x.connector_re}){the}(?P<d2>\d{{1,2}}) ?/ ?(?P<m>\d{{1,2}})(?:/(?P<y>20\d\d|\d\d))?{ends}"
        ),
        month_first=re.compile(
            rf"{free}(?P<m>\d{{1,2}})/(?P<d1>\d{{1,2}}) ?(?:-+|to|thru|through) ?(?P<d2>\d{{1,2}})(?![\d/:%]|[.,]\d| ?(?:{x.count_units_re}))"
        ),
        word_months=re.compile(
            rf"\b(?P<m1>{before})\.?,? {the}(?P<d1>{day})(?![^\W_]){year % 1}(?P<link>{link})(?:on )?{the}(?P<m2>{before})\.?,? {the}(?P<d2>{day})(?![^\W_]){year % 2}"
            rf"|{free}\b(?P<e1>\d{{1,2}})(?:{x.ordinal_suffix_re})?(?:{x.of_re})(?P<n1>{months})\b\.?{year % 3}(?P<link2>{link}){the}(?P<e2>\d{{1,2}})(?:{x.ordinal_suffix_re})?(?:{x.of_re})(?P<n2>{months})\b{year % 4}"
        ),
        slashed_days=re.compile(
            rf"{free}\b(?P<d1>\d{{1,2}}) ?/ ?(?P<d2>\d{{1,2}})(?:{x.of_re})(?P<m>{months})\b\.?{year % 1}"
        ),
        ordinal_month=re.compile(
            rf"{free}\b(?P<d1>\d{{1,2}})(?: (?:del|do) (?P<m1>\d{{1,2}}))?(?:{x.connector_re}){the}(?P<d2>\d{{1,2}}) (?:del|do) (?:mes )?(?P<m2>\d{{1,2}}){ends}(?! ?(?:{x.count_units_re}))(?: del? (?P<y>20\d\d))?"
            if x.day_first
            else r"(?!x)x"
        ),
        weekday_numbers=re.compile(
            rf"(?<![^\W_])(?P<w1>{short})\.?,? {the}(?P<d1>\d{{1,2}})(?:{x.ordinal_suffix_re})?(?P<link>{link}){the}(?P<w2>{short})\.?,? {the}(?P<d2>\d{{1,2}})(?:{x.ordinal_suffix_re})?"
            rf"(?![^\W_]|[/:%]\d|[.,]\d)(?! ?(?:{x.count_units_re}))(?:(?:{x.of_re})(?P<m>{months})\b)?"
        ),
        weekdays=re.compile(
            rf"(?<![^\W_])(?P<w1>{short})\.? ?(?:-+>?|/|~|(?:a|al|ao|ate|ate o|ate a|hasta|hasta el|to|thru|through|til|till|until|pra|para|para a|pro)(?= )) ?(?P<w2>{short})(?![^\W_])"
            rf"(?:,? (?:(?P<thisweek>{x.this_week_after_re})|(?P<nextweek>{x.next_week_after_re}))(?![^\W_]))?"
        ),
    )


def _year(text: str | None) -> int | None:
    if not text:
        return None
    digits = text.strip("'")
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def _in_order(first: int, second: int, *, day_first: bool) -> tuple[int, int] | None:
    """(day, month) of two numbers in the order of the message, or the only order the calendar allows."""
    day, month = (first, second) if day_first else (second, first)
    if month > 12:
        day, month = month, day
    return (day, month) if 1 <= day <= 31 and 1 <= month <= 12 else None


def find_ranges(scan: Scan) -> Iterator[tuple[Atom, Atom]]:
    """Pairs of days written as one range; the caller hides each before asking for the next."""
    x = scan.lexicon
    p = _patterns(x.language)
    for match in p.word_months.finditer(scan.text):
        yield from _word_months(match, x)
    if re.search(r"\d ?[/.-]", scan.text):
        for match in p.slashed_days.finditer(scan.text):
            first, second = int(match["d1"]), int(match["d2"])
            if first < second <= 31:
                yield (
                    Atom(match.start("d1"), match.end("d1"), day=first, bare=True, linked=True),
                    Atom(
                        match.start("d2"), match.end(), day=second, month=x.months[match["m"]], year=_year(match["y1"])
                    ),
                )
        for match in p.numeric.finditer(scan.text):
            yield from _numeric(match, day_first=scan.day_first)
        for match in p.shared_numeric.finditer(scan.text):
            end = _in_order(int(match["d2"]), int(match["m"]), day_first=scan.day_first)
            if scan.day_first and end and 1 <= int(match["d1"]) <= 31:
                yield (
                    Atom(match.start("d1"), match.end("d1"), day=int(match["d1"]), bare=True, linked=True),
                    Atom(match.start("d2"), match.end(), day=end[0], month=end[1], year=_year(match["y"])),
                )
        if not scan.day_first:
            for match in p.month_first.finditer(scan.text):
                month, first, second = int(match["m"]), int(match["d1"]), int(match["d2"])
                if month <= 12 and first < second <= 31:
                    yield (
                        Atom(match.start("m"), match.end("d1"), day=first, month=month, linked=True),
                        Atom(match.start("d2"), match.end("d2"), day=second, month=month),
                    )
    for match in p.ordinal_month.finditer(scan.text):
        month = int(match["m2"])
        if 1 <= month <= 12 and int(match["d1"]) <= 31 and int(match["d2"]) <= 31:
            yield (
                Atom(
                    match.start("d1"), match.end("m1") if match["m1"] else match.end("d1"), day=int(match["d1"]),
                    month=int(match["m1"]) if match["m1"] else None, bare=not match["m1"], linked=True,
                ),
                Atom(match.start("d2"), match.end(), day=int(match["d2"]), month=month, year=_year(match["y"])),
            )  # fmt: skip
    for match in p.weekday_numbers.finditer(scan.text):
        first, second = int(match["d1"]), int(match["d2"])
        listed = match["link"].strip() == x.and_re and re.search(r"\d ?,? ?$", scan.text[: match.start()])
        if 1 <= first <= 31 and 1 <= second <= 31 and not listed:
            known = {**x.weekdays, **_ALSO_WEEKDAYS.get(x.language, {})}
            yield (
                Atom(match.start(), match.end("d1"), day=first, weekday=known[match["w1"]], linked=True),
                Atom(
                    match.start("w2"), match.end(), day=second, weekday=known[match["w2"]],
                    month=x.months[match["m"]] if match["m"] else None,
                ),
            )  # fmt: skip
    for match in p.weekdays.finditer(scan.text):
        known = {**x.weekdays, **_ALSO_WEEKDAYS.get(x.language, {})}
        first, second = (known[re.sub(r"\s+", " ", match[name])] for name in ("w1", "w2"))
        week = 1 if match["nextweek"] else 0 if match["thisweek"] else None
        yield (
            Atom(match.start("w1"), match.end("w1"), weekday=first, week=week, linked=True),
            Atom(match.start("w2"), match.end(), weekday=second, week=week),
        )


def _word_months(match: re.Match[str], x: Lexicon) -> Iterator[tuple[Atom, Atom]]:
    names = ("m1", "d1", "y1", "m2", "d2", "y2") if match["m1"] else ("n1", "e1", "y3", "n2", "e2", "y4")
    month1, day1, year1, month2, day2, year2 = (match[name] for name in names)
    first, second = day_value(day1, x), day_value(day2, x)
    if not first or not second or first > 31 or second > 31:
        return
    middle = match.start("link") if match["m1"] else match.start("link2")
    start = match.start("m2") if match["m1"] else match.start("e2")
    yield (
        Atom(match.start(), middle, day=first, month=x.months[month1], year=_year(year1), linked=True),
        Atom(start, match.end(), day=second, month=x.months[month2], year=_year(year2)),
    )


def _numeric(match: re.Match[str], *, day_first: bool) -> Iterator[tuple[Atom, Atom]]:
    if match["s"] == "-" and match["link"] == "-" and not (match["y1"] and match["y2"]):
        return  # "9-3-13-3" is nothing sure
    first = _in_order(int(match["a1"]), int(match["b1"]), day_first=day_first)
    second = _in_order(int(match["a2"]), int(match["b2"]), day_first=day_first)
    if first and second:
        yield (
            Atom(
                match.start(), match.start("link"), day=first[0], month=first[1], year=_year(match["y1"]), linked=True
            ),
            Atom(match.start("a2"), match.end(), day=second[0], month=second[1], year=_year(match["y2"])),
        )
