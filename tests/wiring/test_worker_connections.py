"""A task must not cost a new PostgreSQL session."""

from __future__ import annotations

import pytest
from celery.fixups.django import DjangoWorkerFixup  # type: ignore[attr-defined]  # missing in the stubs
from celery.signals import task_postrun, task_prerun
from django.db import connection, connections

from conversations.tasks import heartbeat
from hotel_agent.celery import app


def _session() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_tasks_of_a_worker_share_its_connection() -> None:
    worker = DjangoWorkerFixup(app)
    connection.close()  # one that is older than CONN_MAX_AGE would rightly be replaced
    before = _session()
    for _ in range(3):
        worker.on_task_prerun(heartbeat)
        task_prerun.send(sender=heartbeat, task_id="1", task=heartbeat)
        assert _session() == before
        task_postrun.send(sender=heartbeat, task_id="1", task=heartbeat)
        worker.on_task_postrun(heartbeat)


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_is_replaced_before_the_next_task() -> None:
    connection.close()
    before = _session()
    with connections["default"].copy().cursor() as other:
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [before])
    task_prerun.send(sender=heartbeat, task_id="1", task=heartbeat)
    assert _session() != before
