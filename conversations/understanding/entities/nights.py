"""Nights and lengths of a stay: "4 noches", "una semana", "3 days"; consumed before days are read."""

# ruff: noqa: E501 - patterns read better unbroken

from __future__ import annotations

import datetime as dt
import functools
import re

from conversations.understanding.entities.date_patterns import grammar
from conversations.understanding.entities.lexicon import lexicon
from conversations.understanding.entities.numbers import count_re, count_value
from conversations.understanding.entities.relative import counts_from_a_day
from conversations.understanding.entities.scan import READ, Scan


def read_nights(scan: Scan) -> None:
    """ "4 noches", "una semana", "3 days": consumed before days are read."""
    x = scan.lexicon
    found = _nights_pattern(x.language).search(scan.text)
    if found:
        value = count_value(found["n"], x)
        if value is not None and 0 < value <= 365:
            scan.set("nights", value)
            scan.take("nights", found.start(), found.end())
            also = _days_pattern(x.language).search(scan.text)
            if (
                also
                and also.start() >= found.end()
                and re.fullmatch(
                    r" ?(?:y|e|and|,|-|/|\(|x01)? ?", scan.whole[found.end() : also.start()].replace(READ, "")
                )
            ):
                scan.hide(also.start(), also.end())
        return
    for match in _days_pattern(x.language).finditer(scan.text):
        if counts_from_a_day(scan, match.start()):
            continue
        after_day = _offset_days(scan, match)
        value = count_value(match["n"], x)
        if value is None or not 0 < value <= 365 or after_day is None:
            continue
        scan.values["_days"] = value * (7 if re.fullmatch(x.week_unit_re, match["u"]) else 1)
        scan.take("nights", match.start(), match.end())
        return
    for phrase, nights in x.weeks_words.items():
        said = re.search(
            rf"(?<![^\W_]){re.escape(phrase)}(?![^\W_])(?! (?:antes|ago|atras|before|later|despues|of (?:the )?(?:[a-z]+,? (?:the )?)?\d))",
            scan.text,
        )
        if said and counts_from_a_day(scan, said.start()):
            continue
        if said and not re.search(
            r"(?:hace|ago|ha|faz|in|en|dentro de|daqui a|weekend in|primera|segunda|primeira|de la|da) $",
            scan.text[: said.start()],
        ):
            scan.values["_days"] = nights
            scan.take("nights", said.start(), said.end())
            return


@functools.cache
def _nights_pattern(language: str) -> re.Pattern[str]:
    x = lexicon(language)
    return re.compile(
        rf"(?P<n>{count_re(language)})[ -]?(?:x |more |extra |additional |mas |mais |sola |unica |single |only )?(?:{x.night_re})(?![^\W_])"
    )


@functools.cache
def _days_pattern(language: str) -> re.Pattern[str]:
    x = lexicon(language)
    return re.compile(rf"(?P<n>{count_re(language)})[ -](?P<u>{x.day_unit_re}|{x.week_unit_re})(?![^\W_])")


def _offset_days(scan: Scan, match: re.Match[str]) -> bool | None:
    """None when "3 días" counts from today ("en 3 días", "3 days ago") and is read as a day instead."""
    x, g = scan.lexicon, grammar(scan.lexicon.language)
    for pattern in (g.in_n, g.ago_n):
        if any(found.start() <= match.start() < found.end() for found in pattern.finditer(scan.text)):
            return None
    if (
        re.match(r" (?:de|of|pass|trip)\b(?! (?:estad|aloj|hosped|hotel|stay))", scan.text[match.end() :])
        and match["n"] in x.one_words
    ):
        return None  # "un día de lluvia", "a day trip"
    if re.search(r"(?:cada|every|todos los|cada|a cada|hace|ha|faz) $", scan.text[: match.start()]):
        return None
    after = scan.text[match.end() : match.end() + 22]
    if re.match(
        r" (?:antes|despues|depois|before|earlier|later|sooner|after(?! (?:the )?\d)|mas (?:tarde|temprano)|mais (?:tarde|cedo)|prior|in advance|de anticipacion|de antecedencia|habiles|uteis|old)",
        after,
    ):
        return None
    return bool(x)


def reconcile_nights(scan: Scan) -> None:
    """Nights beside dates: the same is said twice, or it contradicts."""
    check_in, check_out = scan.values.get("check_in"), scan.values.get("check_out")
    counted = scan.values.pop("_days", None)
    both = isinstance(check_in, dt.date) and isinstance(check_out, dt.date)
    span = (check_out - check_in).days if isinstance(check_in, dt.date) and isinstance(check_out, dt.date) else 0
    if isinstance(counted, int):
        if not both or counted == span:
            scan.set("nights", counted)
        elif counted != span + 1:
            scan.set("nights", counted)
            scan.doubt("dates_contradict_nights", 0, len(scan.whole), str(span), str(counted))
        return
    nights = scan.values.get("nights")
    if both and isinstance(nights, int) and nights != span:
        scan.doubt("dates_contradict_nights", 0, len(scan.whole), str(span), str(nights))
