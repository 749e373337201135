"""Arrival, departure and nights: gives each calendar atom its role and its day.

A role comes from a range ("del 3 al 7"), from words beside the day ("llegamos el", "check out on"), from what the
agent had just asked, or from the message being about a stay. Otherwise the day is `date` and the doubt is reported.
Contradictions are reported, never resolved.
"""

# ruff: noqa: E501 - word tables and patterns read better unbroken

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import re
from typing import Final

from conversations.understanding.entities import days
from conversations.understanding.entities.dates import Atom, find_atoms, grammar
from conversations.understanding.entities.holidays_by_name import Holiday, find_holidays
from conversations.understanding.entities.lexicon import lexicon
from conversations.understanding.entities.numbers import count_re, count_value, day_value
from conversations.understanding.entities.scan import READ, Scan, only_filler

IN: Final = "check_in"
OUT: Final = "check_out"
OTHER: Final = "date"
ONE_DAY: Final = dt.timedelta(days=1)
AROUND_A_FEAST: Final = dt.timedelta(days=10)
"""A stay over a feast begins at most this much before it."""


@functools.cache
def _cues(language: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Patterns of arrival and departure words and of a link between the two ends of a range."""
    x = lexicon(language)
    link = re.compile(
        rf"(?:{x.connector_re}| ?{x.and_re} )(?:(?:el|la|los|the|o|a|dia|el dia|on|no|no dia) )?|,? ?(?:{x.until_re}) ?(?:el |the |o |dia )?|, ?| "
    )
    return re.compile(rf"\b{x.arrive_re}"), re.compile(rf"\b(?:{x.leave_re}|{x.until_re}\b)"), link


_ARRIVES: Final = re.compile(
    r"\b(?:lleg(?:o|amos|ada|aria|ariamos|aremos)|ingres\w+|cheg(?:o|amos|ada|aremos|aria|ariamos)|arriv\w+|check\w*[ -]?(?:in|out)|entrada|"
    r"salida|saida|nos vamos|me voy|leav\w+|depart\w*)\b"
)
"""Unmistakably of a stay: "llegamos el 3, ¿tienen cochera?" is no day of the garage."""


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
        after_day = _offset_days(scan, match)
        value = count_value(match["n"], x)
        if value is None or not 0 < value <= 365 or after_day is None:
            continue
        scan.values["_days"] = value * (7 if re.fullmatch(x.week_unit_re, match["u"]) else 1)
        scan.take("nights", match.start(), match.end())
        return
    for phrase, nights in x.weeks_words.items():
        said = re.search(
            rf"(?<![^\W_]){re.escape(phrase)}(?![^\W_])(?! (?:antes|ago|atras|before|later|despues))", scan.text
        )
        if said and not re.search(
            r"(?:hace|ago|ha|faz|in|en|dentro de|daqui a|weekend in) $", scan.text[: said.start()]
        ):
            scan.values["_days"] = nights
            scan.take("nights", said.start(), said.end())
            return


@functools.cache
def _nights_pattern(language: str) -> re.Pattern[str]:
    x = lexicon(language)
    return re.compile(rf"(?P<n>{count_re(language)})[ -]?(?:x )?(?:{x.night_re})(?![^\W_])")


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
    if re.search(r"(?:cada|every|todos los|cada|a cada|hace|ha|faz) $", scan.text[: match.start()]):
        return None
    after = scan.text[match.end() : match.end() + 22]
    if re.match(r" (?:antes|before|prior|in advance|de anticipacion|de antecedencia|habiles|uteis|old)", after):
        return None
    return bool(x)


def read_stay(scan: Scan) -> None:
    """Fill `check_in`, `check_out`, `nights`, `date` and what about them is in doubt."""
    atoms = find_atoms(scan)
    holidays = find_holidays(scan)
    atoms = _with_holidays(scan, atoms, holidays)
    named = [holiday.date for holiday in holidays if holiday.date is not None]
    if named:
        scan.values["_anchor"] = max(scan.situation.today, named[0] - AROUND_A_FEAST)
    if not atoms and not holidays:
        atoms = _expected_day(scan)
    if not atoms:
        _month_alone(scan)
    for atom in atoms:
        if atom.start < atom.end:
            scan.hide(atom.start, atom.end)
            scan.marks.append((OTHER, atom.start, atom.end))
    roles = _roles(scan, atoms)
    _place(scan, atoms, roles)
    _nights(scan)


def _with_holidays(scan: Scan, atoms: list[Atom], holidays: list[Holiday]) -> list[Atom]:
    """A feast is a day only when the guest makes it one (a year, an end of a range, nothing else said)."""
    for holiday in holidays:
        rest = scan.text[: holiday.start] + scan.text[holiday.end :]
        alone = not atoms and only_filler(
            re.sub(r"\b(?:el|la|o|a|the|en|em|no|on|dia|day|para|for|de|del)\b", "", rest)
        )
        before = scan.whole[max(0, holiday.start - 14) : holiday.start]
        linked = (
            bool(atoms)
            and re.search(rf"(?:^|\s)(?:{scan.lexicon.connector_re}|{scan.lexicon.until_re}) ?$", before) is not None
        )
        if holiday.date is not None and (holiday.year_said or linked or (alone and holiday.single)):
            atoms.append(Atom(holiday.start, holiday.end, date=holiday.date))
        else:
            readings = [holiday.date.isoformat()] if holiday.date else []
            scan.doubt("several_readings", holiday.start, holiday.end, *readings)
    return sorted(atoms, key=lambda atom: atom.start)


def _expected_day(scan: Scan) -> list[Atom]:
    """The agent asked for a day and the answer is a bare number."""
    if not scan.expects(IN, OUT, "dates", "stay", OTHER):
        return []
    match = grammar(scan.lexicon.language).day_only.match(scan.text)
    number = day_value(match["d"], scan.lexicon) if match else None
    if not match or not number or number > 31:
        return []
    return [Atom(match.start("d"), match.end("d"), day=number, bare=True)]


def _month_alone(scan: Scan) -> None:
    match = grammar(scan.lexicon.language).month_alone.search(scan.text)
    if match and match["m"] in scan.lexicon.months:
        month, today = scan.lexicon.months[match["m"]], scan.situation.today
        year = int(match["y"]) if match["y"] else today.year + (1 if month < today.month else 0)
        scan.doubt("several_readings", match.start(), match.end(), f"{year}-{month:02d}")


def _roles(scan: Scan, atoms: list[Atom]) -> list[str | None]:
    x = scan.lexicon
    arrive, leave, link = _cues(x.language)
    today = scan.situation.today
    roles: list[str | None] = [None] * len(atoms)
    for index, atom in enumerate(atoms):
        if atom.date is not None and atom.date < today:
            roles[index] = OTHER
    for index in range(len(atoms) - 1):
        first, second = atoms[index], atoms[index + 1]
        if roles[index] or roles[index + 1] or first.last or second.last:
            continue
        gap = scan.whole[first.end : second.start]
        if not link.fullmatch(gap) or not gap.strip(" "):
            continue
        before = scan.whole[max(0, first.start - 22) : first.start]
        if gap.strip() in (",", x.and_re) and not re.search(rf"\b{x.between_re}\b", before):
            continue
        if gap.strip() == "/" and not first.complete:
            continue
        if re.search(rf"(?:{leave.pattern})(?: \w+)? ?(?:de |from )?$", before) and not re.search(
            rf"\b{x.from_re}", before
        ):
            continue
        roles[index], roles[index + 1] = IN, OUT
        if second.week is not None and first.week is None and first.weekday is not None and first.day is None:
            atoms[index] = dataclasses.replace(first, week=second.week)  # "de martes a jueves de la semana que viene"
    for index in range(len(atoms)):
        if roles[index] is None:
            roles[index] = _cued(scan, atoms, index, arrive, leave)
    return _remaining(scan, atoms, roles)


def _cued(scan: Scan, atoms: list[Atom], index: int, arrive: re.Pattern[str], leave: re.Pattern[str]) -> str | None:
    """The role the words just before, or else just after, an atom give it."""
    atom = atoms[index]
    start = atoms[index - 1].end if index else 0
    before = scan.whole[max(start, atom.start - 60) : atom.start]
    before = re.split(r"[.;!?\n]", before)[-1]
    best: tuple[int, int, str] | None = None
    for role, pattern in ((IN, arrive), (OUT, leave)):
        for match in pattern.finditer(before):
            # The cue that ends last is nearest; of two ending together ("me voy", "voy") the longer one is meant.
            found = (match.end(), match.end() - match.start(), role)
            if best is None or found[:2] > best[:2]:
                best = found
    if best:
        return best[2]
    end = atoms[index + 1].start if index + 1 < len(atoms) else len(scan.whole)
    after = re.split(r"[.;!?\n,]", scan.whole[atom.end : min(end, atom.end + 40)])[0]
    after = re.split(rf"\b(?:{scan.lexicon.and_re}|hasta|until|till|ate)\b", after)[0]
    first = [
        (cue.start(), role)
        for role, pattern in ((IN, arrive), (OUT, leave))
        if (cue := pattern.search(after)) and not (end < len(scan.whole) and not after[cue.end() :].strip())
    ]  # a cue directly before the next day belongs to that one
    if not first:
        return None
    return min(first)[1]


def _remaining(scan: Scan, atoms: list[Atom], roles: list[str | None]) -> list[str | None]:
    """Roles of the days no word explains: from the question asked, the other end, or the talk being of a stay."""
    x = scan.lexicon
    other_talk = re.search(rf"\b{x.not_stay_re}", scan.whole) is not None
    stay_talk = (
        re.search(rf"\b{x.stay_re}", scan.whole) is not None or "nights" in scan.values or "_days" in scan.values
    )
    expected = scan.situation.expected_slot
    both = IN in roles and OUT in roles
    for index, atom in enumerate(atoms):
        if roles[index] is not None:
            weak = not (both or _ARRIVES.search(scan.whole))
            if (
                roles[index] in (IN, OUT)
                and other_talk
                and weak
                and not _stay_words(scan)
                and expected not in (IN, OUT)
            ):
                roles[index] = OTHER
            continue
        if atom.last is not None:
            roles[index] = IN if not (other_talk and not stay_talk) else OTHER
        elif expected in (IN, OUT) and expected not in roles:
            roles[index] = expected
        elif expected in ("dates", "stay", "nights") and IN not in roles:
            roles[index] = IN
        elif other_talk and not _stay_words(scan):
            roles[index] = OTHER
        elif OUT in roles and IN not in roles and index < roles.index(OUT):
            roles[index] = IN
        elif IN in roles and OUT not in roles and index > roles.index(IN):
            roles[index] = OUT
        elif stay_talk and IN not in roles:
            roles[index] = IN
        else:
            roles[index] = OTHER
            if not other_talk and len(atoms) == 1:
                scan.doubt("date_role_unclear", atom.start, atom.end)
    return roles


def _stay_words(scan: Scan) -> bool:
    """Whether the message names a stay itself, so that "book a room … with breakfast" stays a stay."""
    words = {
        "es": r"\b(?:habitaci\w+|hab\b|cuarto|noches?|estadia|hosped\w+|aloj\w+|quedar\w*|check ?-?in|check ?-?out|llegada|salida)",
        "en": r"\b(?:rooms?|nights?|stay\w*|check\w*[ -]?(?:in|out)|checkout|checkin|arriving|leaving|suite)",
        "pt": r"\b(?:quartos?|noites?|diarias?|estadia|hosped\w+|check ?-?in|check ?-?out|chegada|saida|suite|apto)",
    }
    if "nights" in scan.values or "_days" in scan.values:
        return True
    unread = re.sub(r"room service|servicio (?:a|de) (?:la )?habitaci\w+|servico de quarto", "", scan.text)
    return re.search(words[scan.lexicon.language], unread) is not None


def _place(scan: Scan, atoms: list[Atom], roles: list[str | None]) -> None:
    """Turn atoms into days, arrival before departure, whatever the order they were written in."""
    ins = [atom for atom, role in zip(atoms, roles, strict=True) if role == IN]
    outs = [atom for atom, role in zip(atoms, roles, strict=True) if role == OUT]
    if len(ins) == len(outs) == 2 and ins[1].start > outs[0].end:
        # "From 10-12 to 15-17 December": the stay that is wanted is the one said last.
        ins, outs = ins[1:], outs[1:]
    for atom in (atom for atom, role in zip(atoms, roles, strict=True) if role == OTHER):
        day = _day(scan, atom, scan.situation.today if atom.day else scan.situation.today + ONE_DAY)
        if day is not None:
            scan.set(OTHER, day)
    arrival = _arrival(scan, ins[0], outs[0] if outs else None) if ins else None
    if arrival is not None:
        scan.set(IN, arrival)
        if ins[0].last is not None and not outs:
            if ins[0].loose:
                scan.doubt(
                    "several_readings",
                    ins[0].start,
                    ins[0].end,
                    arrival.isoformat(),
                    (arrival + 7 * ONE_DAY).isoformat(),
                )
            if "nights" not in scan.values and "_days" not in scan.values:
                scan.set(OUT, ins[0].last)
            return
    if not outs:
        return
    known = arrival or scan.situation.check_in
    atom = outs[0]
    if atom.last is not None:
        scan.set(OUT, atom.last)
        return
    earliest = (known if known and known >= scan.situation.today else scan.situation.today) + ONE_DAY
    departure = _day(scan, atom, earliest)
    if departure is None:
        return
    scan.set(OUT, departure)
    if known is not None and departure <= known:
        scan.doubt("check_out_not_after_check_in", atom.start, atom.end, departure.isoformat())
    elif arrival and ins and _same_month_backwards(ins[0], atom):
        scan.values.pop(OUT, None)
        scan.doubt("check_out_not_after_check_in", atom.start, atom.end, departure.isoformat())


def _same_month_backwards(first: Atom, second: Atom) -> bool:
    """ "Del 7 de enero al 3 de enero": not a stay of a year."""
    return bool(
        first.month
        and first.month == second.month
        and first.day
        and second.day
        and second.day <= first.day
        and not second.year
    )


def _arrival(scan: Scan, first: Atom, last: Atom | None) -> dt.date | None:
    """The arrival; a bare day before a departure with a month takes the last such day before it."""
    today = scan.situation.today
    if last is not None and first.day is not None and last.day is not None and last.month is not None:
        bare = first.month is None and first.weekday is None
        if bare or (first.month is not None and first.year is None and last.year is not None):
            end = _day(scan, last, today + ONE_DAY)
            if end is None:
                return None
            for _ in range(8):
                start = _last_before(first, end)
                if start is None:
                    scan.doubt("date_does_not_exist", first.start, first.end)
                    return None
                if start >= today or last.year is not None:
                    return _noted(scan, first, start)
                end = _day(scan, last, end + ONE_DAY) or end
            return None
    earliest = today if first.day is not None or first.week is not None else today + ONE_DAY
    known = scan.situation.check_in
    if known is not None and first.day is not None and first.month is None and first.weekday is None:
        earliest = max(earliest, known.replace(day=1))  # "mejor del 4 al 8": the month that is being talked about
    anchor = scan.values.get("_anchor")
    if isinstance(anchor, dt.date) and first.bare:
        earliest = anchor  # "para Navidad, del 23 al 26" is in December
    return _day(scan, first, earliest)


def _last_before(atom: Atom, end: dt.date) -> dt.date | None:
    """The latest day matching the atom before `end`; None when the month before has no such day."""
    day = atom.day or 0
    if atom.month is not None:
        for year in (end.year, end.year - 1):
            if days.exists(year, atom.month, day) and dt.date(year, atom.month, day) < end:
                return dt.date(year, atom.month, day)
        return None
    year, month = end.year, end.month
    if day >= end.day:
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
    return dt.date(year, month, day) if days.exists(year, month, day) else None


def _day(scan: Scan, atom: Atom, earliest: dt.date) -> dt.date | None:
    """The day, with every doubt about it reported."""
    today = scan.situation.today
    try:
        day = days.resolve(atom, earliest=earliest, today=today, prefer_next_week=scan.lexicon.language == "en")
    except days.NoSuchDateError:
        scan.doubt("date_does_not_exist", atom.start, atom.end)
        return None
    if day is None:
        return None
    if atom.loose and atom.weekday is not None and atom.day is None:
        readings = days.weekday_readings(atom, today=today)
        if len(readings) > 1 and day in readings:
            ordered = [day, *(reading for reading in readings if reading != day)]
            scan.doubt("several_readings", atom.start, atom.end, *(reading.isoformat() for reading in ordered))
    return _noted(scan, atom, day)


def _noted(scan: Scan, atom: Atom, day: dt.date) -> dt.date:
    if day < scan.situation.today and atom.date is None:
        scan.doubt("date_in_past", atom.start, atom.end)
    if atom.weekday is not None and atom.day is not None and day.weekday() != atom.weekday:
        scan.doubt("several_readings", atom.start, atom.end, day.isoformat(), *_by_weekday(atom, day))
    return day


def _by_weekday(atom: Atom, day: dt.date) -> tuple[str, ...]:
    """The named weekday nearest to a date it does not fall on."""
    offset = ((atom.weekday or 0) - day.weekday() + 3) % 7 - 3
    return ((day + dt.timedelta(days=offset)).isoformat(),)


def _nights(scan: Scan) -> None:
    """Nights beside dates: the same is said twice, or it contradicts."""
    check_in, check_out = scan.values.get(IN), scan.values.get(OUT)
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
