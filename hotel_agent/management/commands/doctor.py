"""`manage.py doctor`: what is missing before a hotel can go live, and what is wrong now."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.core.management.base import CommandParser
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from conversations.services import checkup, consulting
from conversations.services.email import push
from conversations.understanding import artefact
from conversations.understanding.types import INTENTS
from hotel_agent.common import clock
from hotel_agent.common.commands import OperatorCommand, Report
from hotel_agent.common.exceptions import HotelAgentError
from hotel_agent.common.heartbeats import last_beats
from integrations.nlp.types import Question
from tenants.models import Tenant
from tenants.scoping import tenant_scope

SILENT_AFTER_S = 30


class Command(OperatorCommand):
    """Checks the installation, then each hotel. Exits 1 when something needs attention."""

    help = "Check database, migrations, Redis, workers, the language model, and every hotel's set-up."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", help="Only this hotel (slug).")

    def work(self, **options: Any) -> Report:
        report = Report(data={"installation": {}, "hotels": {}})
        checks: dict[str, Callable[[], str]] = {
            "database": _database,
            "migrations": _migrations,
            "redis": _redis,
            "worker": lambda: _beat("worker"),
            "sweeper": lambda: _beat("sweeper"),
            "language model": _model,
            "remote engine": _remote_engine,
            "mail pushes": push.problem,
            "voice notes": _voice,
        }
        for name, check in checks.items():
            try:
                problem = check()
            except (DatabaseError, redis.RedisError, OSError, HotelAgentError) as error:
                problem = f"{type(error).__name__}: {error}".splitlines()[0]
            report.data["installation"][name] = problem or "ok"
            self._line(report, name, problem)
        if report.data["installation"]["database"] == "ok" and report.data["installation"]["migrations"] == "ok":
            for tenant in Tenant.objects.filter(**({"slug": options["tenant"]} if options["tenant"] else {})):
                with tenant_scope(tenant):
                    problems = [str(problem) for check in checkup.checks(tenant) for problem in check.problems]
                report.data["hotels"][tenant.slug] = problems
                self._line(report, tenant.name, "; ".join(problems))
        return report

    @staticmethod
    def _line(report: Report, name: str, problem: str) -> None:
        report.say(f"{'✗' if problem else '✓'} {name}{': ' + problem if problem else ''}")
        report.found = report.found or bool(problem)


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        version = int(cursor.fetchone()[0])
    return "" if version >= 140_000 else f"PostgreSQL {version // 10_000} is older than 14"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(pending)} not applied: run manage.py migrate" if pending else ""


def _redis() -> str:
    if not settings.REDIS_URL:
        return "REDIS_URL is not set"
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
        client.ping()
    return ""


def _beat(name: str) -> str:
    at = last_beats().get(name)
    if at is None:
        return "never seen: is `make run` or the service running?"
    age = (clock.now() - at).total_seconds()
    return "" if age < SILENT_AFTER_S else f"silent for {age:.0f} s"


def _model() -> str:
    return "" if artefact.is_fresh(artefact.model_directory()) else "missing or stale: run manage.py train_nlu"


def _remote_engine() -> str:
    reader = consulting.configured_reader()
    if reader is None:
        return ""
    try:
        reader.read(Question("hello", "en", ""), intents=INTENTS, entities=())
    except HotelAgentError as error:
        return f"{reader.name} does not answer ({error}); messages are read by the built-in engine alone"
    return ""


def _voice() -> str:
    if not settings.STT_PROVIDER:
        return ""
    if shutil.which("ffmpeg") is None:
        return "STT_PROVIDER is set, and ffmpeg is not installed: guests are asked to write"
    if settings.STT_PROVIDER == "faster-whisper":
        if not Path(settings.STT_MODEL).is_dir():
            return "STT_MODEL is not a directory with a model"
        if importlib.util.find_spec("faster_whisper") is None:
            return "the package faster-whisper is not installed"
    return ""
