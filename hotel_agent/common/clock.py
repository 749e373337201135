"""Now, and every waiting time of the product, in one place.

Waiting times are divided by `settings.TIME_SCALE` so that fault tests live through "ten minutes" in seconds;
calendar facts (holds, quotes, the 24-hour window) are scaled by the same factor for the same reason.
"""

from __future__ import annotations

import datetime as dt
import random

from django.conf import settings
from django.utils import timezone


def now() -> dt.datetime:
    """The current instant, aware, UTC."""
    return timezone.now()


def seconds(value: float) -> dt.timedelta:
    """A waiting time of `value` seconds, shortened by the time scale."""
    return dt.timedelta(seconds=value / settings.TIME_SCALE)


def minutes(value: float) -> dt.timedelta:
    """A waiting time of `value` minutes, shortened by the time scale."""
    return seconds(value * 60)


def hours(value: float) -> dt.timedelta:
    """A waiting time of `value` hours, shortened by the time scale."""
    return seconds(value * 3600)


LATE_AFTER_MIN = 10.0
"""An answer later than this says so and quotes afresh (promise 8)."""
RETRY_BASE_S = 5.0
RETRY_CAP_S = 900.0


def backoff(attempts: int, *, rng: random.Random | None = None) -> dt.timedelta:
    """Full-jitter delay before try number `attempts + 1`: uniform in (0, min(5 s * 3^n, 15 min)], at least 1 s.

    Args:
        attempts: tries that have failed so far, from 1.
    """
    ceiling = min(RETRY_BASE_S * 3 ** max(attempts - 1, 0), RETRY_CAP_S)
    pick = (rng or random).uniform(0, ceiling)
    return seconds(max(pick, 1.0))
