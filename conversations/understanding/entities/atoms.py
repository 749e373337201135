"""Calendar atoms: what one expression of a message says about a day, not yet placed in the calendar."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

MAX_AHEAD: Final = dt.timedelta(days=366 * 8)
"""Far enough to find the next 29 February and the next "Friday 7 January"."""


@dataclass(frozen=True, slots=True)
class Atom:
    """What one expression says about a day."""

    start: int
    end: int
    day: int | None = None
    month: int | None = None
    year: int | None = None
    weekday: int | None = None
    week: int | None = None
    """For a weekday: 0 this calendar week, 1 the next one, None the first to come."""
    loose: bool = False
    """"Next Friday": the coming one for some, the one after for others."""
    date: dt.date | None = None
    last: dt.date | None = None
    """The departure when the expression is a stay by itself (a weekend)."""
    bare: bool = False
    """Only a day number."""
    month_end: bool = False
    linked: bool = False
    """The next atom is the other end of its range."""

    night: bool = False
    """Named as the last night of the stay: the guest leaves the day after."""

    @property
    def complete(self) -> bool:
        """Says day and month, or a day counted from today."""
        return self.date is not None or (self.day is not None and self.month is not None)
