"""Finds the calendar atoms of a message: every stretch that names a day or a weekend.

An atom keeps what was said ("the 7th", "Friday", "3 January") and is turned into a day later, when it is known
whether it is an arrival, a departure or neither (`stay.py`). Nothing here looks at the clock except for relative
expressions, which count from the hotel's business day.
"""

# ruff: noqa: E501 - word tables and patterns read better unbroken

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import Final

from conversations.understanding.entities.atoms import Atom
from conversations.understanding.entities.bare_days import cued_days, follows_month, with_named_month
from conversations.understanding.entities.date_patterns import Grammar, grammar
from conversations.understanding.entities.day_lists import (
    find_listed,
    find_numbered_weekends,
    with_shared_months,
    with_weekends_of,
)
from conversations.understanding.entities.holidays_by_name import next_long_weekend
from conversations.understanding.entities.lexicon import Lexicon
from conversations.understanding.entities.numbers import count_value, day_value
from conversations.understanding.entities.ranges import find_ranges
from conversations.understanding.entities.relative import (
    find_month_end,
    find_offsets,
    month_is_said,
    other_one,
    with_month_end,
    with_said_month,
)
from conversations.understanding.entities.scan import READ, Scan


def _year(text: str | None) -> int | None:
    if not text:
        return None
    digits = text.strip("'")
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def _blank(scan: Scan, atom: Atom) -> None:
    scan.text = scan.text[: atom.start] + READ * (atom.end - atom.start) + scan.text[atom.end :]


def _numeric(match: re.Match[str], *, day_first: bool) -> Atom | None:
    first, second = int(match["a"]), int(match["b"])
    separator = match["s"].strip()
    if separator in ".-" and not match["y"]:
        return None
    if first > 31 or second > 31 or (first > 12 and second > 12) or not first or not second:
        return (
            None
            if not match["y"]
            else Atom(match.start(), match.end(), day=first, month=second, year=_year(match["y"]))
        )
    day, month = (first, second) if day_first else (second, first)
    if month > 12:
        day, month = month, day
    return Atom(match.start(), match.end(), day=day, month=month, year=_year(match["y"]))


def _weekday(match: re.Match[str], words: Lexicon) -> Atom:
    word = match["w"] or match["w2"]
    week, loose = None, False
    if match["nextweek"] or match["nextweek2"]:
        week = 1
    elif match["thisweek"]:
        week = 0
    elif match["next"] or match["after"]:
        said = match["next"] or match["after"]
        loose = said not in ("coming",)
    return Atom(match.start(), match.end(), weekday=words.weekdays[re.sub(r"\s+", " ", word)], week=week, loose=loose)


def _counted(match: re.Match[str], words: Lexicon, today: dt.date, sign: int) -> Atom | None:
    groups = match.groupdict()
    for index in range(4):
        if groups.get(f"n{index}"):
            count, unit = count_value(groups[f"n{index}"], words), groups[f"u{index}"]
            break
    else:
        return None
    if count is None or count > 730:
        return None
    if re.fullmatch(words.week_unit_re, unit):
        count *= 7
    elif re.fullmatch(words.month_unit_re, unit):
        count *= 30
    return Atom(match.start(), match.end(), date=today + dt.timedelta(days=sign * count))


def _weekend(match: re.Match[str], today: dt.date) -> Atom | None:
    if match["of"] or match["any"] in ("un ", "a ", "um ", "de "):
        return None
    friday = today + dt.timedelta(days=(4 - today.weekday()) % 7)
    if today.weekday() in (5, 6):  # on Saturday and Sunday "this weekend" has begun
        friday = (
            today if not (match["next"] or match["after"]) else today + dt.timedelta(days=(4 - today.weekday()) % 7)
        )
        sunday = today + dt.timedelta(days=1)  # at least one night, also when said on Sunday
        if match["next"] or match["after"]:
            sunday = friday + dt.timedelta(days=2)
        return Atom(match.start(), match.end(), date=friday, last=sunday)
    loose = bool(match["next"] or match["after"])
    return Atom(match.start(), match.end(), date=friday, last=friday + dt.timedelta(days=2), loose=loose)


_LONG: Final = re.compile(r"largo|long|feriad|bank holiday|holiday|prolongado")


def _long_weekend(scan: Scan, match: re.Match[str]) -> None:
    """Which holiday the guest has in mind is theirs to say; the next one of the hotel's country is offered."""
    if not _NAMED_FEAST.search(
        scan.whole[max(0, match.start() - 14) : match.end() + 24]
    ):  # else the feast is asked about
        friday = next_long_weekend(scan.situation.country, scan.situation.today)
        scan.doubt("several_readings", match.start(), match.end(), *([friday.isoformat()] if friday else []))
    scan.hide(match.start(), match.end())


def find_atoms(scan: Scan) -> list[Atom]:
    """All calendar atoms of the unread text, left to right; each is consumed."""
    x = scan.lexicon
    g = grammar(x.language)
    today = scan.situation.today
    atoms: list[Atom] = []

    def keep(atom: Atom | None) -> None:
        if atom is not None:
            atoms.append(atom)
            _blank(scan, atom)

    for found in find_offsets(scan):
        keep(found)
    keep(find_month_end(scan))
    for found in (*find_numbered_weekends(scan), *find_listed(scan)):
        keep(found)
    for first, second in find_ranges(scan):
        if READ not in scan.text[first.start : second.end]:
            keep(first)
            keep(second)
    for match in g.iso.finditer(scan.text):
        keep(Atom(match.start(), match.end(), day=int(match["d"]), month=int(match["m"]), year=int(match["y"])))
    for match in g.in_n.finditer(scan.text):
        keep(_counted(match, x, today, 1))
    for match in g.ago_n.finditer(scan.text):
        keep(_counted(match, x, today, -1))
    for pattern in (g.day_month, g.month_day):
        for match in pattern.finditer(scan.text):
            if pattern is g.day_month and _swallows_article(match, x):
                continue
            number = day_value(match["d"], x)
            if number is not None:
                keep(Atom(match.start(), match.end(), day=number, month=x.months[match["m"]], year=_year(match["y"])))
    for match in g.numeric.finditer(scan.text):
        after = scan.text[match.end() : match.end() + 14]
        if not (_fraction(match) and re.match(rf" ?(?:{x.count_units_re})", after)) and not _always_open(match):
            keep(_numeric(match, day_first=scan.day_first))
    weekends_of = []
    for match in g.weekend.finditer(scan.text):
        if match["of"]:
            weekends_of.append(match.end())
        if _LONG.search(match.group()) and match["this"] in (None, "el", "the", "o"):
            _long_weekend(scan, match)
            continue
        keep(_weekend(match, today))
    for match in g.relative.finditer(scan.text):
        if _part_of_day(scan.text, match, x):
            continue
        keep(
            Atom(
                match.start(),
                match.end(),
                date=today + dt.timedelta(days=x.relative_days[re.sub(r"\s+", " ", match.group())]),
            )
        )
    for match in g.weekday.finditer(scan.text):
        if _other_meaning(scan, match, x):
            continue
        keep(other_one(scan, _weekday(match, x)))
    _neighbours(scan, atoms, g)
    for cued in cued_days(scan, bool(atoms)):
        keep(cued)
    atoms.sort(key=lambda atom: atom.start)
    _weekday_numbers(scan, atoms, g)
    for match in g.range_days.finditer(scan.text):
        if not (_is_day_range(scan, match, x) or _after_a_range(scan, match, atoms)):
            continue
        day1, day2 = day_value(match["d1"], x), day_value(match["d2"], x)
        if day1 and day2 and day1 <= 31 and day2 <= 31:
            keep(Atom(match.start("d1"), match.end("d1"), day=day1, bare=True))
            keep(Atom(match.start("d2"), match.end("d2"), day=day2, bare=True))
    for match in g.marked_day.finditer(scan.text):
        said = match["d"] or match.groupdict().get("d2") or ""
        number = day_value(said, x)
        if number and number <= 31 and not (said in x.ordinals and x.language == "en" and not _date_like(scan, match)):
            # Only the number is the atom: "hasta el" before it still tells the role.
            start = match.start("d") if match["d"] else match.start("d2")
            keep(Atom(start, match.end(), day=number, bare=True))
    atoms.sort(key=lambda atom: atom.start)
    atoms = with_said_month(scan, _merge_weekdays(scan, atoms))
    atoms = with_month_end(with_named_month(scan, with_shared_months(scan, atoms)), today)
    return with_weekends_of(scan, atoms, weekends_of)


_NAMES: Final = r"natal|navidad|christmas|carnav\w+|ano n[ou]e?vo|new year|reveillon|(?:fin|fim) de ano|nochevieja|semana santa|pascoa|easter"
_NAMED_FEAST: Final = re.compile(rf"\b(?:{_NAMES})\b")
_FEAST: Final = re.compile(rf"\b(?:feriad\w+|puente|holidays?|{_NAMES})\b")
"""Near a feast "de 4 a 7" is days."""


def _fraction(match: re.Match[str]) -> bool:
    """Whether "2/3" before people or hours is rather two or three of them."""
    return match["y"] is None and int(match["a"]) < int(match["b"]) <= 6


def _always_open(match: re.Match[str]) -> bool:
    """ "24/7" is no July unless a day is announced or another one is written like it."""
    if match["a"] != "24" or match["b"] != "7" or match["y"]:
        return False
    if len(re.findall(r"(?<![\d/])\d{1,2}/\d{1,2}(?![\d/])", match.string)) > 1:
        return False
    return (
        re.search(
            r"\b(?:dia|el|del|al|do|ao|desde|hasta|ate|llegada|chegada|entrada|check ?-?in|arriv\w+|from|de|a):? $",
            match.string[: match.start()],
        )
        is None
    )


def _swallows_article(match: re.Match[str], x: Lexicon) -> bool:
    """ "1 mar", "2 set" are dates; "a may" is none."""
    return (
        x.language == "en" and match["m"] == "may" and not re.search(r"\d", match["d"]) and match["d"] not in x.ordinals
    )


def _part_of_day(text: str, match: re.Match[str], x: Lexicon) -> bool:
    """ "De la mañana" is the morning, "mañana" tomorrow."""
    if match.group() == "manana":
        before = text[max(0, match.start() - 8) : match.start()]
        return re.search(r"(?:\b(?:de|por|en|a|toda|esta|cada) la |\besta |\bla )$", before) is not None
    return False


def _other_meaning(scan: Scan, match: re.Match[str], x: Lexicon) -> bool:
    """Weekday words that are also something else: pt "segunda/terça/quarta/quinta" as ordinals, short forms."""
    word = match["w"] or match["w2"]
    after = scan.text[match.end() : match.end() + 12]
    before = scan.text[max(0, match.start() - 12) : match.start()]
    if x.language == "pt":
        if word in ("segunda", "terca", "quarta", "quinta", "sexta") and re.match(
            r" (?:vez|via|opcao|reserva|cama|noite|parte|pessoa|pergunta|quinzena|tentativa|mensagem|ligacao|categoria|alternativa)",
            after,
        ):
            return True
        if word in ("ter", "sex", "seg", "qui", "qua", "dom"):
            return word == "ter" or (
                word == "dom"
                and re.match(r" [a-z]{4}", after) is not None
                and not re.search(r"\b(?:no|ate|de|a|e|ao) $", before)
            )
        if word == "2a" and not re.search(r"\b(?:na|de|ate|a) $", before):
            return True
    if word == "sun":
        return re.search(r"\b(?:the|of|in|some|more) $", before) is not None
    return (
        x.language == "en"
        and word in ("sat", "mon")
        and (
            re.search(r"\b(?:i|we|he|she|they|just) $", before) is not None
            or re.match(r" (?:on|down|in|at|there|nav)\b", after) is not None
        )
    )


def _date_like(scan: Scan, match: re.Match[str]) -> bool:
    """Whether spoken English ordinals ("the second") stand where a date would: at the end or before a range."""
    after = scan.text[match.end() :]
    if match.group().startswith("on the ") and not re.match(
        r" (?:floor|time|day|try|night|page|list|line|street)", after
    ):
        return True
    return re.match(r"^[ ,.!?]*(?:$|to |until |till |through |of |and |for |\x01)", after) is not None


def _neighbours(scan: Scan, atoms: list[Atom], g: Grammar) -> None:
    """Bare numbers that share a month: "3 al 7 de enero", "January 3-7"."""
    x = scan.lexicon
    for atom in list(atoms):
        if atom.day is None or atom.month is None:
            continue
        left = g.left_day.search(scan.text[max(0, atom.start - 40) : atom.start])
        if left:
            number = day_value(left["d"], x)
            at = max(0, atom.start - 40)
            if number and number <= 31 and left["d"] not in x.one_words:
                found = Atom(at + left.start("d"), at + left.end("d"), day=number, bare=True)
                atoms.append(found)
                _blank(scan, found)
                continue
        right = g.right_day.search(scan.text[atom.end : atom.end + 30])
        if right:
            number = day_value(right["d"], x)
            if number and number <= 31:
                found = Atom(atom.end + right.start("d"), atom.end + right.end("d"), day=number, bare=True)
                atoms.append(found)
                _blank(scan, found)


def _weekday_numbers(scan: Scan, atoms: list[Atom], g: Grammar) -> None:
    """ "viernes 29", "Tuesday 2nd": a number directly after a weekday is its day of the month."""
    x = scan.lexicon
    pattern = re.compile(
        rf"^,? ?(?P<p>\()?(?:{x.article_re})(?P<d>\d{{1,2}}(?:{x.ordinal_suffix_re})?)(?(p)\))(?![^\W_])(?! ?(?:{x.count_units_re}))(?![\d:%$€/]|[.,]\d)"
    )
    for index, atom in enumerate(atoms):
        if atom.weekday is None or atom.day is not None:
            continue
        after = scan.text[atom.end : atom.end + 24]
        if (
            index
            and atoms[index - 1].linked
            and re.match(rf"[ ,]*(?:de |del |do |dia |from )*\d{{1,2}}(?:{x.connector_re})\d", after)
        ):
            continue  # "Saturday to Saturday, 9-16 January"
        match = pattern.match(after)
        number = day_value(match["d"], x) if match else None
        if match and number and 1 <= number <= 31:
            merged = replace(atom, end=atom.end + match.end(), day=number)
            _blank(scan, merged)
            atoms[index] = merged


def _is_day_range(scan: Scan, match: re.Match[str], x: Lexicon) -> bool:
    """Whether "3 a 7" is a range of days and not of anything else."""
    lead, link = (match["lead"] or "").strip(), match["link"].strip()
    expected = scan.expects("check_in", "check_out", "dates", "stay", "nights")
    stay = (
        re.search(rf"\b{x.stay_re}", scan.whole) is not None
        or follows_month(scan, match.start())
        or month_is_said(scan, match.end())
        or _FEAST.search(scan.whole) is not None
        or re.search(rf"(?:{x.arrive_re}|{x.leave_re}) ?$", scan.text[max(0, match.start() - 30) : match.start()])
        is not None
    )
    apart = (day_value(match["d2"], x) or 0) - (day_value(match["d1"], x) or 0)
    if apart > 0 and scan.values.get("nights") == apart:
        return True
    if link == x.and_re or link.startswith(x.and_re + " "):
        return lead.startswith(x.between_re) and (x.language != "en" or _suffixed(match, x) or stay or expected)
    if x.language == "en":
        feast = apart > 0 and _FEAST.search(scan.whole) is not None
        return _suffixed(match, x) or (bool(lead) and (stay or expected)) or ((expected or feast) and not lead)
    if x.language == "es":
        if link.startswith("al") or "el" in link.split() or "dia" in link.split():
            return True
        if lead in ("del", "desde el", "desde", "el", "los dias", "dias", "dia", "a partir del"):
            return True
        return expected or (lead == "de" and stay and link != "-") or (link == "-" and only_this(scan, match))
    if link.startswith(("ao", "ate o", "ate dia")) or "dia" in link.split():
        return True
    if "dia" in lead or lead in ("do", "desde o", "dias"):
        return True
    feast = not lead and apart > 0 and _FEAST.search(scan.whole) is not None
    return expected or feast or (lead == "de" and stay) or (link == "-" and only_this(scan, match))


def _after_a_range(scan: Scan, match: re.Match[str], atoms: list[Atom]) -> bool:
    """ "De 3 a 5 de janeiro para 10 a 12": a stay moved to other days."""
    return (
        len(atoms) >= 2
        and atoms[-1].end <= match.start()
        and _MOVED_TO.fullmatch(scan.whole[atoms[-1].end : match.start("d1")]) is not None
        and match["link"].strip() not in (scan.lexicon.and_re, "/")
    )


_MOVED_TO: Final = re.compile(r",? (?:a|al|to|para|pra|pro|for|por)(?: (?:el|o|the|dia|do|del|os|los))? ?")


def only_this(scan: Scan, match: re.Match[str]) -> bool:
    """Whether the message is nothing but this range."""
    rest = scan.text[: match.start()] + scan.text[match.end() :]
    return re.search(r"[^\W_]", rest.replace(READ, "")) is None


def _suffixed(match: re.Match[str], x: Lexicon) -> bool:
    return any(
        re.search(rf"\d{x.ordinal_suffix_re}$", match[name]) or match[name] in x.ordinals for name in ("d1", "d2")
    )


_RANGE_GOES_ON: Final = re.compile(r" ?(?:al?|ao|to|ate|hasta|until|till?|through|-+>?) ?(?:el |o |the |dia )?\d")


def _begins_range(scan: Scan, atom: Atom) -> bool:
    return atom.linked or _RANGE_GOES_ON.match(scan.whole, atom.end) is not None


def _merge_weekdays(scan: Scan, atoms: list[Atom]) -> list[Atom]:
    """ "viernes 7 de enero", "3 January (Friday)": one day said twice is one atom."""
    x = scan.lexicon
    merged: list[Atom] = []
    for atom in atoms:
        last = merged[-1] if merged else None
        if last is not None and not (len(merged) > 1 and merged[-2].linked and _begins_range(scan, atom)):
            gap = scan.whole[last.end : atom.start]
            glued = (
                re.fullmatch(rf" ?[,(]? ?(?:{x.article_re})", gap) is not None
                or re.fullmatch(r" ?[,(]? ?(?:that is|o sea|ou seja)? ?", gap) is not None
            )
            if (
                glued
                and last.weekday is not None
                and last.day is None
                and atom.day is not None
                and atom.weekday is None
            ):
                merged[-1] = replace(atom, start=last.start, weekday=last.weekday, week=None, loose=False, bare=False)
                continue
            if glued and "(" in gap and atom.weekday is not None and last.day is not None and last.weekday is None:
                merged[-1] = replace(last, end=atom.end, weekday=atom.weekday, bare=False)
                continue
            if glued and last.date is not None and last.last is None and atom.day is not None and atom.date is None:
                merged[-1] = replace(atom, start=last.start)
                continue
            if (
                glued
                and last.date is not None
                and last.last is None
                and atom.weekday is not None
                and atom.day is None
                and atom.date is None
            ):
                merged[-1] = replace(last, end=atom.end)
                continue
        merged.append(atom)
    return merged
