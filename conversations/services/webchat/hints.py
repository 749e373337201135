"""Telling open pages that there is something new to fetch. A hint only: a page that misses it asks by itself.

Nothing a guest or hotel wrote passes here, only the visitor's pseudonym: Redis is no place for conversations.
"""

from __future__ import annotations

import time

import redis
import structlog
from django.conf import settings

from hotel_agent.common.crypto import pseudonym

log = structlog.get_logger(__name__)

SKIP_AFTER_FAILURE_S = 5.0
PREFIX = "hotel_agent:webchat:"


class _Publisher:
    client: redis.Redis | None = None
    skip_until: float = 0.0


def channel_of(visitor: str) -> str:
    """The Redis channel of one visitor's hints."""
    return PREFIX + pseudonym(visitor)


def publish(visitor: str) -> bool:
    """Hint the visitor's open pages; False when nobody could be told. Never raises, waits at most 100 ms."""
    if not visitor or not settings.REDIS_URL or time.monotonic() < _Publisher.skip_until:
        return False
    try:
        if _Publisher.client is None:
            _Publisher.client = redis.Redis.from_url(
                settings.REDIS_URL,
                socket_timeout=0.1,
                socket_connect_timeout=0.1,
                max_connections=4,
                client_name=settings.REDIS_CLIENT_NAME,
            )
        _Publisher.client.publish(channel_of(visitor), b"1")
    except (redis.RedisError, OSError) as error:
        _Publisher.skip_until = time.monotonic() + SKIP_AFTER_FAILURE_S
        log.info("webchat_hint_failed", error_type=type(error).__name__)
        return False
    return True
