"""Limits start and end with nothing counted."""

from __future__ import annotations

from collections.abc import Iterator

import hypothesis
import pytest
import redis
from django.conf import settings

from hotel_agent.common import limits

# An example may take as long as it likes: the machine may be busy, and time proves nothing here.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


@pytest.fixture
def fresh_limits() -> Iterator[None]:
    """Nothing counted in Redis, nothing decided alone."""
    limits.reset_process()
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
    yield
    limits.reset_process()
