"""Times of day. Read before dates, so that "a las 3" is never the 3rd.

A bare hour stays as written ("a las 5" is 05:00): only words such as "de la tarde" or "pm" move it, and the
dialogue asks where it matters.
"""

# ruff: noqa: E501 - word tables and patterns read better unbroken

from __future__ import annotations

import datetime as dt
import functools
import re
from typing import Final

from conversations.understanding.entities.lexicon import Lexicon, alternatives, lexicon
from conversations.understanding.entities.scan import Scan

_BARE_PARTS: Final = frozenset({"night", "morning", "afternoon", "evening"})
_DAY_BEFORE: Final = re.compile(r"\b(?:dia|el|no dia|o dia|do dia|ao dia)s? $")
_RANGE_OF_DAYS: Final = re.compile(
    r"(?:\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?,? |\bfrom |\bbetween |\bdates? |\bdays |\bstay |\bthe )$"
)
_AT: Final = re.compile(r"(?:at|around|about|by|before|after|until|till) ")


@functools.cache
def _patterns(language: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    words = lexicon(language)
    spoken = alternatives(
        w for w, v in words.numbers.items() if 1 <= v <= 29 and " of" not in w and w not in {"a", "an"}
    )
    hour = rf"(?:[01]?\d|2[0-4]|{spoken})"
    minute = rf"(?:[0-5]?\d|{spoken})"
    part = "(?: ?(?P<part>" + "|".join(fragment for fragment, _ in words.dayparts) + r")(?![^\W_]))"
    at, unit = words.at_re, words.hour_unit_re
    found: list[tuple[str, str]] = []
    if words.minutes_first:
        offset = rf"(?P<m>{minute}|{words.half_re}|{words.quarter_re}) (?:min\w* )?(?P<dir>{words.past_re}|{words.to_re}) (?P<h>{hour})"
        found += [
            ("offset", rf"(?:{at} )?\b{offset}(?: ?{unit})?{part}"),
            (
                "offset",
                rf"(?:{at} )?\b(?P<m>{words.half_re}|{words.quarter_re}) (?P<dir>{words.past_re}|{words.to_re}) (?P<h>{hour})\b",
            ),
            (
                "offset",
                rf"\b(?P<m>[1-5]?[05]) (?P<dir>past|to) (?P<h>{hour})\b(?! ?(?:{words.count_units_re}|{alternatives(words.months)}\b))(?=[ .,!?]|$)",
            ),
        ]
    else:
        offset = (
            rf"(?P<h>{hour}) (?P<dir>{words.past_re}|{words.to_re}) (?P<m>{minute}|{words.half_re}|{words.quarter_re})"
        )
        found += [
            ("offset", rf"(?:\b{at} )?\b{offset}\b(?: ?{unit})?{part}"),
            ("offset", rf"\b{at} {offset}\b(?: ?{unit})?"),
            (
                "offset",
                rf"\b(?P<h>{hour}) (?P<dir>{words.past_re}|{words.to_re}) (?P<m>{words.half_re}|{words.quarter_re})\b",
            ),
        ]
    found += [
        (
            "clock",
            rf"(?:\b{at} )?(?<![\d:/.-])(?P<h>[01]?\d|2[0-4]) ?(?::|h) ?(?P<m>[0-5]\d)(?![\d:/])(?: ?{unit})?{part}?",
        ),
        (
            "clock",
            rf"(?:\b{at} )?(?<![\d:/.,-])(?P<h>[01]?\d|2[0-4])[.,](?P<m>[0-5]\d)(?![\d:/.]) ?(?:{unit}|{part[3:]}",
        ),
        (
            "clock",
            rf"(?:\b{at} )(?<![\d:/.,-])(?P<h>[01]?\d|2[0-4])[ .](?P<m>[0-5]\d)(?![\d:/.])(?! ?(?:{words.count_units_re}))(?: ?{unit})?{part}?",
        ),
        ("clock", rf"(?<![\d:/.,-])(?P<h>[01]?\d|2[0-4]) (?P<m>[0-5]\d)(?![\d:/.]){part}"),
        ("hour", rf"(?:\b{at} )?(?<![\d:/.,-])\b(?P<h>{hour})(?: ?{unit})?{part}"),
        ("hour", rf"(?:\b{at} )(?<![\d:/.,-])\b(?P<h>[01]?\d|2[0-4]) ?{unit}"),
        ("hour", r"(?<![\d:/.,-])\b(?P<h>[01]?\d|2[0-4])h(?![^\W])"),
        (
            "hour",
            r"(?<!en )(?<!em )(?<!in )(?<!por )(?<!cada )(?<!hace )(?<!unas )(?<![\d:/.,-])\b(?P<h>[5-9]|1\d|2[0-3]) ?hs\b(?! (?:de|antes|despues))",
        ),
    ]
    if words.language == "en":
        found.append(
            (
                "hour",
                rf"\b(?:at|around|about) (?P<h>[01]?\d|2[0-4]|{spoken})(?![\d:/.]|(?:st|nd|rd|th)\b)(?! ?(?:{words.count_units_re}))\b",
            )
        )
        found.append(
            (
                "hour",
                rf"\b(?:earlier than|later than|starts at|opens at|before|after) (?P<h>[01]?\d|2[0-4])(?![\d:/.]|(?:st|nd|rd|th)\b)(?! ?(?:{words.count_units_re}|{alternatives(words.months)}))\b",
            )
        )
    elif words.language == "es":
        found.append(
            (
                "hour",
                rf"\b(?:(?:a|para|de|desde|hasta|sobre|hacia|antes de|despues de|tipo|como a|eso de|alrededor de)? ?las|a la|tipo) (?P<h>{hour})(?![\d:/]| ?%)(?! ?(?:{words.count_units_re}))\b",
            )
        )
    else:
        found.append(
            (
                "hour",
                rf"\b(?:as|a|das|ate as|apos as|pelas) (?P<h>{hour})(?![\d:/]| ?%)(?! ?(?:{words.count_units_re}| de {alternatives(words.months)}))\b(?<! a \d)(?<! a \d\d)",
            )
        )
    found += [("noon", rf"\b{words.noon_re}\b"), ("midnight", rf"\b{words.midnight_re}\b")]
    return tuple((kind, re.compile(pattern)) for kind, pattern in found)


def _daypart(text: str | None, words: Lexicon) -> str | None:
    if text is None:
        return None
    for fragment, name in words.dayparts:
        if re.fullmatch(fragment, text):
            return name
    return None


def _number(text: str, words: Lexicon) -> int | None:
    if text.isdigit():
        return int(text)
    if re.fullmatch(words.half_re, text):
        return 30
    if re.fullmatch(words.quarter_re, text):
        return 15
    return words.numbers.get(text)


def _shift(hour: int, part: str | None) -> int:
    """The 24-hour value of an hour said with a part of the day."""
    if part == "afternoon" and 1 <= hour < 12:
        return hour + 12
    if part == "night":
        return 0 if hour == 12 else hour + 12 if 6 <= hour < 12 else hour
    if part in ("morning", "early") and hour == 12:
        return 0
    return hour


def _read(kind: str, match: re.Match[str], words: Lexicon) -> dt.time | None:
    if kind == "noon":
        return dt.time(12)
    if kind == "midnight":
        return dt.time(0)
    groups = match.groupdict()
    if (
        kind == "offset"
        and words.language == "en"
        and not groups.get("part")
        and _RANGE_OF_DAYS.search(match.string[: match.start()])
    ):
        return None  # "september 10 to 13", "from 15 to 18 of may"
    if (
        kind == "offset"
        and words.language == "en"
        and re.match(r" of |,? 20\d\d", match.string[match.end() : match.end() + 6])
    ):
        return None
    hour = _number(groups["h"], words)
    minute = _number(groups["m"], words) if groups.get("m") else 0
    if hour is None or minute is None or hour > 24 or minute > 59:
        return None
    part = _daypart(groups.get("part"), words)
    if kind == "hour" and not words.minutes_first and _DAY_BEFORE.search(match.string[: match.start()]):
        return None  # "el 5 a la noche", "dia 5 à noite": the number is the day
    if kind == "hour" and words.language == "en" and groups.get("part") in _BARE_PARTS and not _AT.match(match.group()):
        return None  # "one night", "a four night stay"
    if kind == "hour" and groups["h"] in words.one_words and not re.match(rf"{words.at_re} ", match.group()):
        return None  # "uma noite" is a night, "a la una de la tarde" a time
    hour = _shift(hour % 24, part)
    if kind == "offset" and re.fullmatch(words.to_re, groups["dir"]):
        total = (hour * 60 - minute) % (24 * 60)
        return dt.time(total // 60, total % 60)
    return dt.time(hour, minute)


def read_times(scan: Scan) -> None:
    """Fill `time`, or `time_from` and `time_to` when two ends are said."""
    words = scan.lexicon
    if not re.search(
        r"\d|dia|noche|noite|noon|mid|las |as |past|quarter|morning|afternoon|evening|clock|manh?ana|manha|tarde|madrugada|cuarto|media|meia",
        scan.text,
    ):
        return
    found: list[tuple[int, int, dt.time]] = []
    for kind, pattern in _patterns(words.language):
        for match in pattern.finditer(scan.text):
            value = _read(kind, match, words)
            if value is None:
                continue
            found.append((match.start(), match.end(), value))
            scan.take("time", match.start(), match.end())
    found.sort()
    if not found:
        return
    if len(found) >= 2:
        (_, first_end, first), (second_start, _, second) = found[0], found[1]
        between = scan.whole[first_end:second_start]
        if re.fullmatch(
            rf" ?(?:{words.and_re}|{words.connector_re.strip(' ?')}|a|as|ate)? ?(?:a|as|las|the)? ?", between
        ):
            scan.set("time_from", first)
            scan.set("time_to", second)
            return
    start, _, value = found[0]
    before = scan.whole[max(0, start - 24) : start + 12]
    if re.search(rf"\b{words.time_from_re}\b", before) and not re.search(rf"\b{words.stay_re}\b", scan.whole):
        scan.set("time_from", value)
    elif re.search(rf"\b{words.time_to_re}\b", before) and re.search(r"\b(?:hasta|ate|until|till|dej|deix)", before):
        scan.set("time_to", value)
    else:
        scan.set("time", value)
