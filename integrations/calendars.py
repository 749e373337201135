"""Calendars of other sellers (iCalendar, RFC 5545): each event is a time when something is taken.

Booking sites publish whole days: DTSTART is the day of arrival, DTEND the day of departure. Times of day are put on the
hotel's calendar. What repeats, is not a stay of whole nights or makes no sense is counted and left out, never guessed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import icalendar

from hotel_agent.common.exceptions import BadInput, DependencyDown
from integrations import breakers, http
from integrations.outside import Service

MAX_BYTES = 2 * 1024 * 1024
MAX_EVENTS = 5_000
LONGEST_DAYS = 800


@dataclass(frozen=True, slots=True)
class Event:
    """Taken from `first` to before `last`, the hotel's dates."""

    uid: str
    first: dt.date
    last: dt.date
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The events of a calendar, and how many others were left out."""

    events: tuple[Event, ...]
    skipped: int = 0


def fetch(url: str) -> bytes:
    """Read a calendar at an address a hotel gave: public addresses only, no redirects, at most 2 MB.

    Raises:
        DependencyDown: it cannot be read now.
        Misconfigured: the address may not be called.
        BadInput: the server says that there is no such calendar.
    """
    host = url.split("/")[2] if url.count("/") > 1 else url
    answer = breakers.call(
        Service.CALENDAR,
        host,
        lambda: http.request(
            Service.CALENDAR, "GET", url, headers={"Accept": "text/calendar"}, max_bytes=MAX_BYTES, public_only=True
        ),
    )
    if answer.status in {401, 403, 404, 410}:
        raise BadInput(f"the server answered {answer.status}: the address is not (or no longer) right")
    if not answer.ok:
        raise DependencyDown(f"the server answered {answer.status}")
    return answer.body


def parse(content: bytes, zone: ZoneInfo) -> Calendar:
    """Read a calendar's events.

    Raises:
        BadInput: it is not a calendar, or one with more than 5 000 events.
    """
    try:
        calendars = icalendar.Calendar.from_ical(content, multiple=True)
        # Parsing is lazy in places: reading a broken property raises too.
        parts = [part for calendar in calendars for part in calendar.walk("VEVENT")]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput(f"not a calendar ({type(error).__name__})") from error
    if not calendars or any(calendar.name != "VCALENDAR" for calendar in calendars):
        raise BadInput("not a calendar")
    if len(parts) > MAX_EVENTS:
        raise BadInput(f"more than {MAX_EVENTS} events")
    events: dict[str, Event] = {}
    skipped = 0
    for part in parts:
        try:
            found = _event(part, zone)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            skipped += 1
            continue
        if isinstance(found, Event):
            events[found.uid] = found
        else:
            skipped += found
    return Calendar(tuple(events.values()), skipped)


def _event(part: Any, zone: ZoneInfo) -> Event | int:
    """One event, or how much it counts as left out: 0 for what takes nothing by its own word."""
    if str(part.get("STATUS", "")).upper() == "CANCELLED" or str(part.get("TRANSP", "")).upper() == "TRANSPARENT":
        return 0
    if "RRULE" in part or "RDATE" in part:
        return 1
    start = part.decoded("DTSTART")
    end = part.decoded("DTEND") if "DTEND" in part else start + part.decoded("DURATION", dt.timedelta(days=1))
    first, last = _date(start, zone), _date(end, zone)
    if not 0 < (last - first).days <= LONGEST_DAYS:
        return 1
    uid = "".join(_printable(str(part.get("UID", "")))).strip()[:255]
    if not uid:
        uid = "no-uid-" + hashlib.sha256(f"{first}{last}".encode()).hexdigest()[:20]
    return Event(uid, first, last, "".join(_printable(str(part.get("SUMMARY", ""))))[:120].strip())


def _date(value: dt.date, zone: ZoneInfo) -> dt.date:
    if not isinstance(value, dt.datetime):
        return value
    return (value.astimezone(zone) if value.tzinfo else value).date()


def _printable(text: str) -> Iterator[str]:
    return (character for character in text if character.isprintable())
