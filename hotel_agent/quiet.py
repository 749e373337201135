"""Whether guests have fallen silent: no message, or no reservation, for longer than is usual here.

A hotel that hears nothing may have a holiday, or a webhook that Meta no longer calls. Every part is up and yet nothing
works: only the business tells. So it is a warning in the readiness report and in /metrics, never a 503.
"""

from __future__ import annotations

import datetime as dt
import itertools
import time
from dataclasses import dataclass

from django.db import connection

from hotel_agent.common import clock

MESSAGE_DAYS = 14
RESERVATION_DAYS = 28
TIMES_USUAL = 2.0
"""Silent for twice the longest silence of the last weeks is unusual; a busy house notices within hours."""
MIN_MESSAGE_SILENCE = dt.timedelta(hours=2)
MIN_RESERVATION_SILENCE = dt.timedelta(hours=24)
ENOUGH_HOURS = 24
"""Hours with messages in those days from which on there is a usual silence at all."""
ENOUGH_RESERVATIONS = 5
RECENT_RESERVATIONS = 2000
REMEMBERED_S = 60.0
"""Load balancers ask every few seconds; the answer changes with the hour."""

HOURS_WITH_MESSAGES = """
SELECT hour FROM generate_series(date_trunc('hour', %s::timestamptz), %s::timestamptz, interval '1 hour') AS hour
WHERE EXISTS (SELECT FROM conversations_inbounddelivery
              WHERE received_at >= hour AND received_at < hour + interval '1 hour')
ORDER BY hour
"""
LAST_MESSAGE = "SELECT max(received_at) FROM conversations_inbounddelivery"
RESERVATIONS = "SELECT created_at FROM reservations_reservation ORDER BY id DESC LIMIT %s"


@dataclass(frozen=True, slots=True)
class Silence:
    """How long it has been silent, and what was the longest silence lately."""

    now: dt.timedelta
    usual: dt.timedelta

    def __str__(self) -> str:
        return f"nothing for {_words(self.now)}; the longest silence of the last weeks was {_words(self.usual)}"


_remembered: tuple[float, dict[str, Silence]] | None = None


def silences() -> dict[str, Silence]:
    """Unusual silences by what is missing: `messages`, `reservations`. Cached for a minute in this process.

    Raises:
        DatabaseError: PostgreSQL could not say.
    """
    global _remembered  # noqa: PLW0603 - one answer per process
    if _remembered is None or time.monotonic() - _remembered[0] > REMEMBERED_S:
        _remembered = (time.monotonic(), _look(clock.now()))
    return _remembered[1]


def forget() -> None:
    """Look again at the next question."""
    global _remembered  # noqa: PLW0603 - one answer per process
    _remembered = None


def _look(now: dt.datetime) -> dict[str, Silence]:
    with connection.cursor() as cursor:
        cursor.execute(HOURS_WITH_MESSAGES, [now - dt.timedelta(days=MESSAGE_DAYS), now])
        hours = [row[0] for row in cursor.fetchall()]
        cursor.execute(LAST_MESSAGE)
        last_message = cursor.fetchone()[0]
        cursor.execute(RESERVATIONS, [RECENT_RESERVATIONS])
        made = [row[0] for row in reversed(cursor.fetchall())]
    booked = [at for at in made if at >= now - dt.timedelta(days=RESERVATION_DAYS)]
    found = {}
    if len(hours) >= ENOUGH_HOURS:
        found["messages"] = _silence(now - last_message, hours, MIN_MESSAGE_SILENCE)
    if len(booked) >= ENOUGH_RESERVATIONS:
        found["reservations"] = _silence(now - booked[-1], booked, MIN_RESERVATION_SILENCE)
    return {name: silence for name, silence in found.items() if silence is not None}


def _silence(lasting: dt.timedelta, moments: list[dt.datetime], at_least: dt.timedelta) -> Silence | None:
    usual = max((later - sooner for sooner, later in itertools.pairwise(moments)), default=dt.timedelta(0))
    return Silence(lasting, usual) if lasting > max(usual * TIMES_USUAL, at_least) else None


def _words(time_span: dt.timedelta) -> str:
    hours, minutes = divmod(int(time_span.total_seconds() // 60), 60)
    return f"{hours} h {minutes} min"
