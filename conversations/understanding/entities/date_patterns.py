"""The date patterns of a language, built from its word tables."""

# ruff: noqa: E501 - word tables and patterns read better unbroken

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from conversations.understanding.entities.lexicon import alternatives, lexicon
from conversations.understanding.entities.numbers import day_words_re


@dataclass(frozen=True, slots=True)
class Grammar:
    """The compiled patterns of a language."""

    iso: re.Pattern[str]
    day_month: re.Pattern[str]
    month_day: re.Pattern[str]
    numeric: re.Pattern[str]
    weekday: re.Pattern[str]
    relative: re.Pattern[str]
    in_n: re.Pattern[str]
    ago_n: re.Pattern[str]
    weekend: re.Pattern[str]
    marked_day: re.Pattern[str]
    range_days: re.Pattern[str]
    left_day: re.Pattern[str]
    right_day: re.Pattern[str]
    month_alone: re.Pattern[str]
    day_only: re.Pattern[str]


def _in_pattern(template: str, count: str, unit: str) -> str:
    """`{n} {u}` filled in; each alternative may use the groups, so they are numbered by position."""
    parts = template.split("|{n}")
    filled = [
        (part if index == 0 else "{n}" + part)
        .replace("{n}", f"(?P<n{index}>{count})")
        .replace("{u}", f"(?P<u{index}>{unit})")
        for index, part in enumerate(parts)
    ]
    return "|".join(filled)


@functools.cache
def grammar(language: str) -> Grammar:
    """The date patterns of a language, compiled once."""
    x = lexicon(language)
    months, before = alternatives(x.months), alternatives(x.month_before_day)
    weekdays = alternatives(x.weekdays)
    spoken = day_words_re(language)
    digits = rf"\d{{1,2}}(?![\d])(?:{x.ordinal_suffix_re})?"
    day = rf"(?:{digits}|{spoken}\b)"
    no_unit = rf"(?! ?(?:{x.count_units_re}))(?![\d:%$€]|[.,/]\d| ?%)"
    year = rf"(?:{x.year_link_re}(?P<y>20\d\d|'\d\d)(?![\d]))"
    count = rf"(?:\d{{1,3}}|{alternatives(x.numbers)})"
    unit = rf"(?:{x.day_unit_re}|{x.week_unit_re}|{x.month_unit_re})"
    the = x.article_re
    if x.bare_needs_suffix:
        no_unit_ordinal = no_unit.replace("in the (?:morning|afternoon|evening)|at night|", "")
        marked = rf"(?:(?:{x.day_marks_re}) (?P<d>{day})|(?<![\d.,/:-])(?P<d2>\d{{1,2}}(?:{x.ordinal_suffix_re})))(?![^\W_]){no_unit_ordinal}(?! (?:{x.night_re}))"
        ranged = (
            rf"(?P<lead>\b(?:from|between|starting|nights? from)(?: on)? )?(?:the )?(?<![\d.,/:-])\b(?P<d1>{day})"
            rf" ?(?P<link>{x.connector_re.strip(' ?')}|and|to)(?: the)? ?(?P<d2>{day})(?![^\W_]){no_unit}"
        )
    else:
        marked = rf"\b(?P<mark>{x.day_marks_re}) (?P<d>{day})(?![^\W_]){no_unit}"
        ranged = (
            rf"(?P<lead>\b(?:{x.from_re}(?: el| los| o| os dias| los dias| dia| dias| el dia| o dia)?|los dias|dias|el|dia) )?(?<![\d.,/:-])\b(?P<d1>{day})"
            rf"(?P<link>{x.connector_re}| {x.and_re} (?:el |o )?)(?:dia |el |o )?(?P<d2>{day})(?![^\W_]){no_unit}"
        )
    nxt, nxt_after, this = x.next_before_re, x.next_after_re, x.this_before_re
    week_after = rf"(?P<thisweek>{x.this_week_after_re})|(?P<nextweek>{x.next_week_after_re})"
    return Grammar(
        iso=re.compile(r"(?<!\d)(?P<y>20\d\d)[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)"),
        day_month=re.compile(rf"(?<![\d.,/:])\b{the}(?P<d>{day}){x.of_re}(?P<m>{months})\b\.?{year}?(?![^\W_])"),
        month_day=re.compile(rf"\b(?P<m>{before})\.?,? (?:the |el |dia )?(?P<d>{day})(?![^\W_]){no_unit}{year}?"),
        numeric=re.compile(
            r"(?<![\d/.:,-])(?P<a>\d{1,2})(?P<s> ?[/.-] ?)(?P<b>\d{1,2})(?:(?P=s)(?P<y>20\d\d|\d\d))?(?![\d/:%]|[.,]\d)"
        ),
        weekday=re.compile(
            rf"\b(?:(?P<next>{nxt}) |(?P<this>{this}) )?(?P<w>{weekdays})\b\.?(?:,? (?:{week_after}|(?P<after>{nxt_after}))(?![^\W_]))?"
            rf"|\b(?P<nextweek2>{x.next_week_after_re.replace('(?:of |the )?', '')}) (?P<w2>{weekdays})\b"
        ),
        relative=re.compile(rf"(?<![^\W_]){alternatives(x.relative_days)}(?![^\W_])"),
        in_n=re.compile(rf"\b(?:{_in_pattern(x.in_n_re, count, unit)})\b"),
        ago_n=re.compile(rf"\b(?:{_in_pattern(x.ago_n_re, count, unit)})\b"),
        weekend=re.compile(
            rf"\b(?:(?P<next>{nxt}) |(?P<this>{this}|el|the|o) |(?P<any>un |a |um |de |for |para el |pro |no |en el |todo el )?)(?P<we>{x.weekend_re})\b"
            rf"(?: (?P<after>{nxt_after})(?![^\W_]))?(?P<of> (?:del|de|of|do|da|of the|do dia|del dia)(?= ))?"
        ),
        marked_day=re.compile(marked),
        range_days=re.compile(ranged),
        left_day=re.compile(
            rf"(?<![\d.,/:-])\b(?P<d>{day})(?P<link>{x.connector_re}| {x.and_re} (?:el |o |the )?)(?:{the}|el |the )?$"
        ),
        right_day=re.compile(
            rf"^(?:,)?(?P<link>{x.connector_re}| {x.and_re} )(?:dia |el |o |the )?(?P<d>{day})(?![^\W_]){no_unit}"
        ),
        month_alone=re.compile(rf"\b{x.in_month_re} (?P<m>{months})\b(?: (?:de |of )?(?P<y>20\d\d))?"),
        day_only=re.compile(rf"^[^\w]*{the}(?P<d>{day})[^\w]*$"),
    )
