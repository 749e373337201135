"""How often someone may do something: fixed windows in Redis, and a careful substitute when Redis fails.

A limit never makes a request fail or wait: the cache has 100 ms, and after an error this process decides alone for five
seconds, by token buckets with its share of the limit. That is neither open (a flood still meets a limit) nor closed
(people are still served).
"""

from __future__ import annotations

import ipaddress
import math
import re
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from time import monotonic

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django_ratelimit import ALL
from django_ratelimit.core import get_usage
from redis.exceptions import RedisError

from hotel_agent.common import metrics
from hotel_agent.common.envelope import refusal

log = structlog.get_logger(__name__)

INVALID_ADDRESS = "invalid"
SKIP_AFTER_FAILURE_S = 5.0
MAX_BUCKETS = 10_000


@dataclass(frozen=True, slots=True)
class Limit:
    """Whether it may happen now and, if not, in how many seconds (at least 1) it may."""

    allowed: bool
    retry_after: int = 0


def check(scope: str, key: str, rate: str) -> Limit:
    """Count one more use of `key` within `scope` and say whether it is within the rate. Never raises for the cache.

    Windows are fixed and start at another second for each key: across an edge twice the rate may pass.

    Args:
        scope: a name from a closed set (a metric label), not user input.
        rate: "20/m", "5/15m": so many per second, minute, hour or day, or several of them.

    Raises:
        ValueError: `rate` is none.
    """
    uses, period = _parsed(rate)
    limit = _shared(scope, key, rate) or _alone(scope, key, uses, period)
    if not limit.allowed:
        metrics.ratelimited.labels(scope).inc()
    return limit


def look(scope: str, key: str, rate: str) -> Limit:
    """Whether one more use would be within the rate, without counting it: for what is counted only when it fails."""
    uses, period = _parsed(rate)
    limit = _shared(scope, key, rate, count=False) or _alone(scope, key, uses, period, count=False)
    if not limit.allowed:
        metrics.ratelimited.labels(scope).inc()
    return limit


_RATE = re.compile(r"(\d+)/(\d*)([smhd])")
_PERIODS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _parsed(rate: str) -> tuple[int, int]:
    """Uses and seconds of a rate such as "5/15m"."""
    match = _RATE.fullmatch(rate)
    if match is None:
        raise ValueError(f"{rate!r} is not a rate")
    return int(match[1]), int(match[2] or 1) * _PERIODS[match[3]]


def _shared(scope: str, key: str, rate: str, *, count: bool = True) -> Limit | None:
    """The answer of the shared count; None when the cache cannot give one."""
    if monotonic() < _failure.until:
        return None
    name = key.encode(errors="replace").decode()  # a lone surrogate from a JSON body cannot be hashed
    try:
        usage = get_usage(HttpRequest(), group=scope, key=lambda *_: name, rate=rate, method=ALL, increment=count)
    except (RedisError, OSError) as error:
        _failure.until = monotonic() + SKIP_AFTER_FAILURE_S
        metrics.ratelimit_backend_errors.inc()
        log.warning("limits_decided_alone", error_type=type(error).__name__)
        return None
    if usage is None:  # RATELIMIT_ENABLE is off
        return Limit(allowed=True)
    if usage["limit"] == 0:  # its sign for a cache that kept no count
        metrics.ratelimit_backend_errors.inc()
        return None
    over = usage["should_limit"] if count else usage["count"] >= usage["limit"]
    return Limit(allowed=False, retry_after=max(int(usage["time_left"]), 1)) if over else Limit(True)


# --- without Redis: this process alone -------------------------------------------------------------------------------


class _Failure:
    until = 0.0


_failure = _Failure()
_buckets: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()
_lock = threading.Lock()


def _alone(scope: str, key: str, uses: int, period: int, *, count: bool = True) -> Limit:
    """A token bucket with this process's share of the rate; at least one use per period stays possible."""
    share = max(uses / max(int(getattr(settings, "WEB_PROCESSES", 1)), 1), 1.0)
    per_second = share / period
    now = monotonic()
    with _lock:
        left, at = _buckets.pop((scope, key), (share, now))
        left = min(left + (now - at) * per_second, share)
        allowed = left >= 1
        _buckets[scope, key] = (left - 1 if allowed and count else left, now)
        if len(_buckets) > MAX_BUCKETS:
            _buckets.popitem(last=False)
    return Limit(allowed, 0 if allowed else max(math.ceil((1 - left) / per_second), 1))


def reset_process() -> None:
    """Forget what this process decided alone (tests)."""
    _failure.until = 0.0
    with _lock:
        _buckets.clear()


# --- who asks --------------------------------------------------------------------------------------------------------


def client_address(request: HttpRequest) -> str:
    """The client's address in canonical form, for limits: an IPv6 client is its /64 network. Never raises.

    It comes from the one header the proxy overwrites (`TRUSTED_IP_HEADER`), else from the connection. Anything that is
    not exactly one address is "invalid": all such clients share one limit.
    """
    header = settings.TRUSTED_IP_HEADER
    written = request.headers.get(header, "") if header else request.META.get("REMOTE_ADDR", "")
    try:
        address = ipaddress.ip_address(written.strip())
    except ValueError:
        return INVALID_ADDRESS
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    # One subscriber has a whole /64: limiting single addresses would limit nobody.
    return str(ipaddress.IPv6Network((int(address) >> 64 << 64, 64)))


def too_many(limit: Limit) -> HttpResponse:
    """The answer 429 with Retry-After, for Django and DRF views alike."""
    return refusal(429, "too_many_requests", "Too many requests.", retry_after=limit.retry_after)
