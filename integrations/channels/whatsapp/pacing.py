"""How fast one recipient may be written to: Meta's pair rate, as arithmetic on a state the caller keeps.

45 messages at once, then one every 6 seconds; more are refused with 131056, and then it is 4^X seconds between tries.
The outbox keeps one `Bucket` per conversation in PostgreSQL, takes from it when it claims a row, and gives the row back
until the returned wait is over.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from hotel_agent.common import clock

BURST = 45
INTERVAL_S = 6.0
LONGEST_PAIR_BACKOFF_S = 900.0


@dataclass(frozen=True, slots=True)
class Bucket:
    """Messages that may still go at an instant; it fills by one every `INTERVAL_S`, up to `BURST`."""

    left: float
    at: dt.datetime


def full(at: dt.datetime) -> Bucket:
    """The bucket of a recipient who has not been written to lately."""
    return Bucket(float(BURST), at)


def take(bucket: Bucket, now: dt.datetime) -> tuple[Bucket, dt.timedelta]:
    """Take one message's worth out, if there is one.

    Returns:
        The bucket to keep, and how long to wait; zero means the message may go now. A bucket that is waited for is
        returned unspent: ask again when the wait is over. A clock that went back fills nothing.
    """
    interval = clock.seconds(INTERVAL_S)
    passed = max(now - bucket.at, dt.timedelta(0))
    left = min(bucket.left + passed / interval, float(BURST))
    at = max(now, bucket.at)
    if left >= 1:
        return Bucket(left - 1, at), dt.timedelta(0)
    return Bucket(left, at), (1 - left) * interval


def pair_backoff(refusals: int) -> float:
    """Seconds to wait after this many earlier refusals with 131056: 1, 4, 16, 64, … up to 15 minutes."""
    return float(min(4 ** min(max(refusals, 0), 5), LONGEST_PAIR_BACKOFF_S))
