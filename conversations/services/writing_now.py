"""Who else has a thread open, and who is writing in it: a courtesy, kept in the cache for a few seconds.

That two people do not answer at once is decided in the database (`staff.refuse_if_stale`); this only spares them the
trouble. Without a cache nobody is shown and nothing waits.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import structlog
from django.core.cache import caches
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from django.contrib.auth.models import User

log = structlog.get_logger(__name__)

LASTS_S: Final = 12.0
"""Three times the page's own period: one lost question does not make somebody disappear."""
Here = dict[int, tuple[str, bool, float]]


def note(conversation_id: int, *, by: User, writes: bool) -> list[tuple[str, bool]]:
    """Say that `by` has the thread open; the others who do, as (name, whether they are writing)."""
    cache = caches["limits"]
    key = f"desk:{conversation_id}"
    now = time.time()
    try:
        known: Here = cache.get(key) or {}
        here = {who: entry for who, entry in known.items() if entry[2] > now - LASTS_S}
        here[by.pk] = (by.get_full_name() or by.get_username(), writes, now)
        cache.set(key, here, timeout=LASTS_S * 2)
    except (RedisError, OSError) as error:
        log.info("presence_unknown", error_type=type(error).__name__)
        return []
    return [(name, writing) for who, (name, writing, _) in here.items() if who != by.pk]
