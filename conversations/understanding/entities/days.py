"""From what was said about a day to the day itself: the first match on or after a given day."""

from __future__ import annotations

import calendar
import datetime as dt

from conversations.understanding.entities.atoms import MAX_AHEAD, Atom


class NoSuchDateError(ValueError):
    """The calendar has no such day (30 February, 31 November, 45 January)."""


def exists(year: int, month: int, day: int) -> bool:
    """Whether the calendar has this day."""
    return 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]


def resolve(atom: Atom, *, earliest: dt.date, today: dt.date, prefer_next_week: bool = False) -> dt.date | None:
    """The day an atom means, not before `earliest` unless the guest said the year; None when it says no day.

    Raises `NoSuchDateError` for a day no calendar has.
    """
    if atom.date is not None:
        return atom.date
    if atom.day is not None and atom.month is not None:
        return _day_month(atom, earliest)
    if atom.day is not None:
        return _day_of_month(atom, earliest)
    if atom.weekday is not None:
        return _weekday(atom, earliest=earliest, today=today, prefer_next_week=prefer_next_week)
    return None


def _day_month(atom: Atom, earliest: dt.date) -> dt.date:
    day, month = atom.day or 0, atom.month or 0
    if not 1 <= month <= 12 or not 1 <= day <= (29 if month == 2 else calendar.monthrange(2001, month)[1]):
        raise NoSuchDateError
    if atom.year is not None:
        if not exists(atom.year, month, day):
            raise NoSuchDateError
        return dt.date(atom.year, month, day)
    for year in range(earliest.year, earliest.year + 9):
        if exists(year, month, day) and dt.date(year, month, day) >= earliest:
            return dt.date(year, month, day)
    raise NoSuchDateError


def _day_of_month(atom: Atom, earliest: dt.date) -> dt.date:
    day = atom.day or 0
    if not 1 <= day <= 31:
        raise NoSuchDateError
    current = earliest
    while current <= earliest + MAX_AHEAD:
        if current.day == day and (atom.weekday is None or current.weekday() == atom.weekday):
            return current
        current += dt.timedelta(days=1)
    raise NoSuchDateError


def _weekday(atom: Atom, *, earliest: dt.date, today: dt.date, prefer_next_week: bool) -> dt.date:
    weekday = atom.weekday or 0
    monday = today - dt.timedelta(days=today.weekday())
    if atom.week is not None:
        said = monday + dt.timedelta(days=7 * atom.week + weekday)
        if said >= earliest:
            return said
    if atom.loose and prefer_next_week:
        said = monday + dt.timedelta(days=7 + weekday)
        if said >= earliest:
            return said
    return earliest + dt.timedelta(days=(weekday - earliest.weekday()) % 7)


def weekday_readings(atom: Atom, *, today: dt.date) -> tuple[dt.date, ...]:
    """Both days "next Friday" can be, when they differ."""
    weekday = atom.weekday or 0
    coming = today + dt.timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    following = today - dt.timedelta(days=today.weekday()) + dt.timedelta(days=7 + weekday)
    return (coming,) if coming == following else (coming, following)
