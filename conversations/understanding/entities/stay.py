"""Arrival, departure and nights: places the calendar atoms of a message.

Contradictions are reported, never resolved.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from conversations.understanding.entities import days
from conversations.understanding.entities.atoms import Atom
from conversations.understanding.entities.date_patterns import grammar
from conversations.understanding.entities.dates import find_atoms
from conversations.understanding.entities.holidays_by_name import Holiday, find_holidays
from conversations.understanding.entities.lexicon import alternatives
from conversations.understanding.entities.nights import reconcile_nights
from conversations.understanding.entities.numbers import day_value
from conversations.understanding.entities.roles import IN, INCLUDED, OTHER, OUT, roles_of, without_replaced
from conversations.understanding.entities.scan import Scan, only_filler

ONE_DAY: Final = dt.timedelta(days=1)
AROUND_A_FEAST: Final = dt.timedelta(days=10)
"""A stay over a feast begins at most this much before it."""


def read_stay(scan: Scan) -> None:
    """Fill `check_in`, `check_out`, `nights`, `date` and what about them is in doubt."""
    atoms = find_atoms(scan)
    holidays = find_holidays(scan)
    atoms = _with_holidays(scan, atoms, holidays)
    atoms = _without_feasts(scan, atoms)
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
    atoms = without_replaced(scan, atoms)
    roles = roles_of(scan, atoms)
    _place(scan, atoms, roles)
    _forget_days_within(scan)
    reconcile_nights(scan)
    _forget_a_past_stay(scan)


_STAYED: Final = re.compile(
    r"\b(?:estuve|estuvimos|me (?:hospede|aloje)|i stayed|we stayed|stayed (?:there|here|with you|at your)|"
    r"(?:was|were) staying|fiquei|estive|estivemos|(?:me )?hospedei)\b"
)


_COMES_AGAIN: Final = re.compile(
    r"\b(?:quier\w+|quisi\w+|quer\w+|gostari\w+|gustari\w+|want|would|could|can|may|book\w*|again|volv\w+|volt\w+|"
    r"regres\w+|otra vez|de novo|novamente|disponib\w*|availab\w*|tienen|tenes|tem|hay|reserv\w+|this time|esta vez|"
    r"desta vez)\b"
)


def _forget_a_past_stay(scan: Scan) -> None:
    """ "Estuve del 3 al 5 de noviembre y me olvidé un cargador": a stay that is over is none to look for next year."""
    arrival = scan.values.get(IN)
    stayed = _STAYED.search(scan.whole)
    if not isinstance(arrival, dt.date) or stayed is None or _COMES_AGAIN.search(scan.whole, stayed.end()):
        return
    for name in (IN, OUT, "nights"):
        scan.values.pop(name, None)
    if arrival >= scan.situation.today and days.exists(arrival.year - 1, arrival.month, arrival.day):
        arrival = arrival.replace(year=arrival.year - 1)
    scan.values[OTHER] = arrival


def _forget_days_within(scan: Scan) -> None:
    """ "Viernes y sábado, nos vamos el domingo": a day of the stay is no other day."""
    arrival, day, departure = (scan.values.get(name) for name in (IN, OTHER, OUT))
    if (
        isinstance(arrival, dt.date)
        and isinstance(day, dt.date)
        and isinstance(departure, dt.date)
        and arrival <= day < departure
    ):
        scan.values.pop(OTHER)


def _without_feasts(scan: Scan, atoms: list[Atom]) -> list[Atom]:
    """ "Feriado de 7 de setembro, de 4 a 7": the feast's own date only says about when."""
    if len(atoms) < 2 or not re.search(
        r"\b(?:feriado|feriadao|holiday|puente) (?:d[eo]l? |of )(?:dia )?$", scan.whole[: atoms[0].start]
    ):
        return atoms
    feast = _day(scan, atoms[0], scan.situation.today)
    if feast is not None:
        scan.values["_anchor"] = max(scan.situation.today, feast - AROUND_A_FEAST)
    return atoms[1:]


def _with_holidays(scan: Scan, atoms: list[Atom], holidays: list[Holiday]) -> list[Atom]:
    """A feast is a day only when the guest makes it one (a year, an end of a range, nothing else said)."""
    for holiday in holidays:
        rest = scan.text[: holiday.start] + scan.text[holiday.end :]
        alone = not atoms and only_filler(
            re.sub(r"\b(?:el|la|o|a|the|en|em|no|on|dia|day|para|for|de|del)\b", "", rest)
        )
        before = scan.whole[max(0, holiday.start - 14) : holiday.start]
        stay_talk = (
            holiday.single
            and re.search(rf"\b{scan.lexicon.stay_re}", scan.whole) is not None
            and not re.search(rf"\b{scan.lexicon.not_stay_re}", INCLUDED.sub(" ", scan.whole))
        )
        link = re.search(rf"(?:{scan.lexicon.connector_re}|{scan.lexicon.until_re}) ?$", before)
        after = scan.whole[holiday.end : holiday.end + 24]
        a_day = rf"(?:el |the |o )?(?:\d|{alternatives(scan.lexicon.month_before_day)} \d)"
        linked = (
            link is not None and any(0 <= holiday.start - len(link.group()) - atom.end <= 1 for atom in atoms)
        ) or (
            bool(atoms)
            and re.match(rf"(?: {scan.lexicon.until_re}|(?:{scan.lexicon.connector_re})){a_day}", after) is not None
        )
        if holiday.date is not None and (
            holiday.year_said or linked or (alone and holiday.single) or (stay_talk and not atoms)
        ):
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


def _place(scan: Scan, atoms: list[Atom], roles: list[str | None]) -> None:
    """Turn atoms into days, arrival before departure, whatever the order they were written in."""
    ins = [atom for atom, role in zip(atoms, roles, strict=True) if role == IN]
    outs = [atom for atom, role in zip(atoms, roles, strict=True) if role == OUT]
    # "Para el finde del 9 y 10, llego el viernes 8": what is said of the arrival itself counts.
    ins = [atom for atom in ins if atom.last is None] or ins
    if len(ins) == len(outs) == 2 and ins[1].start > outs[0].end:
        # "From 10-12 to 15-17 December": the stay that is wanted is the one said last; "del 3 al 5 de enero para el 10
        # al 12" is in January too.
        if ins[1].bare and outs[1].bare and outs[0].month is not None:
            old = _arrival(scan, ins[0], outs[0])
            if old is not None:
                scan.values["_anchor"] = max(scan.situation.today, old.replace(day=1))
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
    if atom.night:
        departure += ONE_DAY
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
