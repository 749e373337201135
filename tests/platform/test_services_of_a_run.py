"""The PostgreSQL and Redis every test run gets."""

from __future__ import annotations

import pytest
import redis
from django.conf import settings
from django.db import connection


@pytest.mark.django_db
def test_postgresql_is_real_and_needs_no_extension() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int, count(*) FROM pg_extension")
        version, extensions = cursor.fetchone()
    assert version >= 150000
    assert extensions == 1  # plpgsql, which every server has


def test_cache_and_broker_do_not_share_a_redis_database() -> None:
    assert settings.REDIS_URL != settings.CELERY_BROKER_URL
    with redis.Redis.from_url(settings.REDIS_URL) as cache, redis.Redis.from_url(settings.CELERY_BROKER_URL) as broker:
        cache.set("only-here", "1")
        assert broker.get("only-here") is None
        cache.delete("only-here")
