"""What all processes know about each other's breakers: one sorted set in Redis, name → end of the pause.

Every command has 100 ms and no retry; an error means "nobody knows", and is forgotten for a second, as is an answer.
"""

from __future__ import annotations

import os
import threading
import time
from typing import cast

import redis
import structlog
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

log = structlog.get_logger(__name__)

READ_EVERY_S = 1.0
COMMAND_TIMEOUT_S = 0.1
FORGET_AFTER_S = 3600.0
"""A pause that ended this long ago without a probe: nobody calls it any more."""
OPEN = "breakers:open"
PROBE = "breakers:probe:"

_END_PROBE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class SharedState:
    """This process's view of the shared breakers, at most a second old."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._client: redis.Redis | None = None
        self._url = ""
        self._known: dict[str, float] = {}
        self._read_at = 0.0

    def open_until(self, name: str) -> float | None:
        """Unix time at which the breaker's pause ends or ended; None while it is closed or nobody knows."""
        if time.monotonic() - self._read_at >= READ_EVERY_S:
            self.read_now()
        return self._known.get(name)

    def read_now(self) -> dict[str, float] | None:
        """Every pause, also ended ones without a successful probe; None when Redis cannot be asked."""
        client = self.client()
        known: dict[str, float] | None = None
        if client is not None:
            try:
                found = cast(
                    list[tuple[bytes, float]],
                    client.zrange(OPEN, int(time.time() - FORGET_AFTER_S), "+inf", byscore=True, withscores=True),
                )
                known = {name.decode(errors="replace"): until for name, until in found}
            except (redis.RedisError, OSError) as error:
                log.debug("breakers_not_shared", error_type=type(error).__name__)
        self._known = known or {}
        self._read_at = time.monotonic()
        return known

    def open(self, name: str, until: float) -> None:
        """Tell everybody."""
        self._known[name] = until
        client = self.client()
        if client is None:
            return
        try:
            pipe = client.pipeline(transaction=False)
            pipe.zadd(OPEN, {name: until})
            pipe.zremrangebyscore(OPEN, "-inf", time.time() - FORGET_AFTER_S)
            pipe.execute()
        except (redis.RedisError, OSError) as error:
            log.debug("breakers_not_shared", error_type=type(error).__name__)

    def close(self, name: str) -> None:
        """Tell everybody that it works again."""
        self._known.pop(name, None)
        client = self.client()
        if client is None:
            return
        try:
            client.zrem(OPEN, name)
        except (redis.RedisError, OSError) as error:
            log.debug("breakers_not_shared", error_type=type(error).__name__)

    def begin_probe(self, name: str, token: str, *, seconds: float) -> bool:
        """Whether this process may probe: nobody else does, or nobody can be asked."""
        client = self.client()
        if client is None:
            return True
        try:
            return bool(client.set(PROBE + name, token, nx=True, px=int(seconds * 1000)))
        except (redis.RedisError, OSError):
            return True

    def end_probe(self, name: str, token: str) -> None:
        """Let somebody else probe, if the right to is still ours."""
        client = self.client()
        if client is None:
            return
        try:
            client.eval(_END_PROBE, 1, PROBE + name, token)
        except (redis.RedisError, OSError) as error:
            log.debug("breakers_not_shared", error_type=type(error).__name__)

    def forget(self) -> None:
        """Start anew: no connection, nothing known."""
        self._lock = threading.Lock()
        self._client = None
        self._known = {}
        self._read_at = 0.0

    def client(self) -> redis.Redis | None:
        """A connection that answers within 100 ms or fails; None without a Redis."""
        url = str(settings.REDIS_URL or "")
        if not url:
            return None
        with self._lock:
            if self._client is None or self._url != url:
                self._url = url
                self._client = redis.Redis.from_url(
                    url,
                    socket_timeout=COMMAND_TIMEOUT_S,
                    socket_connect_timeout=COMMAND_TIMEOUT_S,
                    retry=Retry(NoBackoff(), 0),
                    client_name=settings.REDIS_CLIENT_NAME,
                )
            return self._client


shared = SharedState()
os.register_at_fork(after_in_child=shared.forget)
