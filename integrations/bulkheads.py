"""How many calls of all processes one outside system may hold at a time.

A system that hangs keeps a worker for as long as we are patient. Without a bound one hotel's PMS would keep all of
them, and every other hotel's guests would wait. Slots are kept in Redis and end by themselves, so that a killed
worker's is free again. Redis gets 100 ms and no retry; without it every call goes through, and the breaker ends the
worst.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Iterator

import redis
import structlog

from hotel_agent.common.exceptions import DependencyDown
from integrations.breakers_shared import shared

log = structlog.get_logger(__name__)

KEY = "bulkhead:"
WAIT_S = 1.0
"""A system in health answers within this; who gets no slot by then meets one that does not."""
LOOK_S = 0.05
BUSY_RETRY_S = 3.0

_TAKE = """
local now = redis.call('time')
local at = now[1] * 1000 + math.floor(now[2] / 1000)
redis.call('zremrangebyscore', KEYS[1], '-inf', at)
if redis.call('zcard', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('zadd', KEYS[1], at + tonumber(ARGV[3]), ARGV[1])
redis.call('pexpire', KEYS[1], tonumber(ARGV[3]) + 1000)
return 1
"""


class Busy(DependencyDown):
    """Too many calls of ours hang there already; this one was not made."""

    code = "busy"


@contextlib.contextmanager
def slot(name: str, *, most: int, seconds: float) -> Iterator[None]:
    """Hold one of `most` slots of a system while calling it, for at most `seconds`.

    Raises:
        Busy: none became free within a second.
    """
    token = secrets.token_hex(8)
    taken = _take(name, token, most=most, seconds=seconds)
    try:
        yield
    finally:
        if taken:
            _give_back(name, token)


def _take(name: str, token: str, *, most: int, seconds: float) -> bool:
    """Whether a slot is ours; False when nobody can tell."""
    client = shared.client()
    if client is None:
        return False
    until = time.monotonic() + WAIT_S
    while True:
        try:
            if client.eval(_TAKE, 1, KEY + name, token, most, int(seconds * 1000)):
                return True
        except (redis.RedisError, OSError) as error:
            log.debug("bulkhead_not_shared", error_type=type(error).__name__)
            return False
        if time.monotonic() >= until:
            raise Busy("too many calls to it hang already", retry_after=BUSY_RETRY_S)
        time.sleep(LOOK_S)


def _give_back(name: str, token: str) -> None:
    client = shared.client()
    if client is None:
        return
    try:
        client.zrem(KEY + name, token)
    except (redis.RedisError, OSError) as error:
        log.debug("bulkhead_not_shared", error_type=type(error).__name__)
