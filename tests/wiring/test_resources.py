"""What connections, processes and pools are allowed, as the server itself says it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core.cache import caches
from django.db import OperationalError, connection, transaction

from hotel_agent import env
from hotel_agent.embedded.places import PROJECT
from hotel_agent.launch.programs import programs
from integrations.http import sessions
from integrations.outside import PATIENCE, Service


def shown(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        return str(cursor.fetchone()[0])


@pytest.mark.django_db
def test_postgresql_knows_our_patience() -> None:
    assert shown("statement_timeout") == "5s"
    assert shown("lock_timeout") == "2s"
    assert shown("idle_in_transaction_session_timeout") == "15s"
    assert shown("jit") == "off"
    assert shown("application_name") == "hotel_agent_test"
    assert (connection.settings_dict["CONN_MAX_AGE"], connection.settings_dict["CONN_HEALTH_CHECKS"]) == (60, True)


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_takes_too_long_ends_and_the_connection_goes_on() -> None:
    with (
        pytest.raises(OperationalError, match="statement timeout"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SET LOCAL statement_timeout = 50; SELECT pg_sleep(5)")
    assert shown("statement_timeout") == "5s"


def test_commands_may_take_their_time_and_the_sweeper_may_not() -> None:
    question = "import sys; sys.argv = {!r}; from django.conf import settings; o = settings.DATABASES['default']['OPTIONS']; print(o['options'], o['patience_s'])"  # noqa: E501
    told = {}
    for command in (["manage.py", "migrate"], ["manage.py", "sweep"], ["celery", "worker"]):
        done = subprocess.run(
            [sys.executable, "-c", question.format(command)], cwd=PROJECT, capture_output=True, text=True, check=True,
            timeout=60,
            env={"ENVIRONMENT": "test", "DJANGO_SETTINGS_MODULE": "hotel_agent.settings", "PATH": "/usr/bin",
                 "DATABASE_URL": "postgres://u@127.0.0.1:1/x"},
        )  # fmt: skip
        told[command[1]] = done.stdout
    assert "statement_timeout=300000" in told["migrate"]
    assert told["migrate"].split()[-1] == "303.0", "an answer is waited for a little longer than the server may take"
    for program in ("sweep", "worker"):
        assert "statement_timeout=5000" in told[program]
        assert told[program].split()[-1] == "8.0"


def test_the_optional_pool_is_ten_and_ten() -> None:
    assert env.read({"ENVIRONMENT": "development", "DATABASE_POOL": "true"}).database_pool is True
    assert env.read({"ENVIRONMENT": "development"}).database_pool is False


def test_redis_knows_our_name_and_nobody_waits_for_it() -> None:
    def options(name: str) -> Mapping[str, Any]:
        config: Any = settings.CACHES[name]
        found: Mapping[str, Any] = config["OPTIONS"]
        return found

    assert options("default") == {
        "max_connections": 20, "health_check_interval": 30, "socket_keepalive": True, "socket_timeout": 5,
        "socket_connect_timeout": 5, "client_name": "hotel_agent_test",
    }  # fmt: skip
    assert (options("limits")["socket_timeout"], options("limits")["socket_connect_timeout"]) == (0.1, 0.1)
    caches["default"].set("a", 1)
    caches["limits"].set("a", 1)
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        assert "hotel_agent_test" in {one["name"] for one in client.client_list()}


def test_we_wait_for_each_service_as_the_contract_says() -> None:
    waits = {service: (PATIENCE[service].connect_s, PATIENCE[service].read_s) for service in Service}
    assert waits[Service.WHATSAPP] == (5, 30)
    assert waits[Service.PMS] == (5, 15)
    assert waits[Service.NLU] == (3, 8)
    assert waits[Service.PAYMENTS] == (5, 20)
    assert waits[Service.SMTP] == waits[Service.IMAP] == (30, 30)
    breaks = {service: (PATIENCE[service].failures, PATIENCE[service].pause_s) for service in Service}
    assert breaks.pop(Service.NLU) == (3, 60)
    assert set(breaks.values()) == {(5, 30)}
    assert (sessions.POOLS, sessions.KEPT) == (100, 20)


def test_workers_are_made_anew_by_count_and_memory() -> None:
    assert settings.CELERY_WORKER_MAX_TASKS_PER_CHILD == 1000
    assert settings.CELERY_WORKER_MAX_MEMORY_PER_CHILD == 300_000
    broker: Any = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    assert broker["visibility_timeout"] > 3 * settings.CELERY_TASK_TIME_LIMIT
    web = next(one for one in programs(port=1, stream_port=2) if one.name == "web").command
    assert "--workers-lifetime" in web
    assert "--workers-max-rss" in web
