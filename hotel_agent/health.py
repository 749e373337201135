"""Health for load balancers and people, and metrics for Prometheus."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable, Container, Iterator

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from hotel_agent import quiet
from hotel_agent.common import clock, metric_files
from hotel_agent.common.heartbeats import last_beats

FRESH_S = 30.0


@never_cache
@require_GET
def live(request: HttpRequest) -> HttpResponse:
    """200 while this process answers at all."""
    return JsonResponse({"live": True})


@never_cache
@require_GET
def ready(request: HttpRequest) -> HttpResponse:
    """200 only with database, Redis, migrations and fresh heartbeats of worker and sweeper; else 503. One key each.

    `warnings` says what a person should look at although every part works: guests who have fallen silent.
    """
    checks: dict[str, Callable[[], str]] = {
        "database": _database,
        "migrations": _migrations,
        "redis": _redis,
        "worker": lambda: _beat("worker"),
        "sweeper": lambda: _beat("sweeper"),
    }
    result = {}
    for name, check in checks.items():
        try:
            result[name] = check()
        except (DatabaseError, redis.RedisError, OSError) as error:
            result[name] = f"unavailable ({type(error).__name__})"
    ok = all(value == "ok" for value in result.values())
    return JsonResponse({"ready": ok, **result, "warnings": _warnings()}, status=200 if ok else 503)


def _warnings() -> dict[str, str]:
    try:
        return {name: str(silence) for name, silence in quiet.silences().items()}
    except DatabaseError:
        return {}  # `database` says it


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


_migrated = False


def _migrations() -> str:
    global _migrated  # noqa: PLW0603 - once applied they stay applied for the life of this process
    if not _migrated:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if pending:
            return f"{len(pending)} pending"
        _migrated = True
    return "ok"


def _redis() -> str:
    if not settings.REDIS_URL:
        return "not configured"
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
    try:
        client.ping()
    finally:
        client.close()
    return "ok"


def _beat(name: str) -> str:
    at = last_beats().get(name)
    if at is None:
        return "never seen"
    age = (clock.now() - at).total_seconds()
    return "ok" if age < FRESH_S else f"silent for {age:.0f} s"


@never_cache
@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """All processes merged. Outside loopback, or in production without loopback, the METRICS_TOKEN is needed."""
    if not _may_read_metrics(request):
        return HttpResponse("metrics are for loopback or the metrics token\n", status=403, content_type="text/plain")
    counted = generate_latest(metric_files.registry() or REGISTRY)
    asked = CollectorRegistry()
    asked.register(AskedNow())
    return HttpResponse(counted + generate_latest(asked), content_type=CONTENT_TYPE_LATEST)


class AskedNow:
    """What is known only by asking PostgreSQL at the moment of the scrape; left out when it does not answer.

    Written by the process that may be dead, an age would stand still: the reader of `/metrics` computes it.
    """

    def collect(self) -> Iterator[Metric]:
        """Ages of heartbeats, and unusual silences."""
        try:
            beats, silences = last_beats(), quiet.silences()
        except DatabaseError:
            return
        now = clock.now()
        yield from self.families({name: (now - at).total_seconds() for name, at in beats.items()}, silences)

    @staticmethod
    def families(ages: dict[str, float], silences: Container[str]) -> tuple[Metric, Metric]:
        """The two metrics, from seconds by program and what is unusually silent."""
        heard = GaugeMetricFamily(
            "process_heartbeat_age_seconds", "Since a background program was heard of", None, ["program"]
        )
        for name, seconds in ages.items():
            heard.add_metric([name], seconds)
        silent = GaugeMetricFamily("hotel_unusual_silence", "1: nothing for unusually long", None, ["what"])
        for what in ("messages", "reservations"):
            silent.add_metric([what], float(what in silences))
        return heard, silent


def _may_read_metrics(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    if settings.METRICS_TOKEN and hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
        return True
    if settings.TRUSTED_IP_HEADER and settings.TRUSTED_IP_HEADER in request.headers:
        return False  # it came through the proxy: not loopback, whatever the socket says
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
