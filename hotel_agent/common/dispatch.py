"""Telling the workers that there is work. A hint only: the row is already committed and the sweeper will find it.

Publishing happens after commit, at most one second long, never raises, and after a failure this process does not try
again for five seconds: a dead broker must cost a webhook nothing (design 4.1).
"""

from __future__ import annotations

import time
from typing import Any

import structlog
from celery import current_app
from django.db import transaction

from hotel_agent.common import metrics

log = structlog.get_logger(__name__)

SKIP_AFTER_FAILURE_S = 5.0

_skip_until = 0.0


def after_commit(task: str, *args: Any) -> None:
    """Publish the task by name once the current transaction is committed (at once outside one)."""
    # A closure: robust=True with functools.partial fails inside Django 5.2.
    transaction.on_commit(lambda: publish(task, *args) and None, robust=True)


def publish(task: str, *args: Any) -> bool:
    """Publish now; False when the broker could not be told (or was just failing). Never raises."""
    global _skip_until  # noqa: PLW0603 - one flag per process is the point
    if time.monotonic() < _skip_until:
        return False
    try:
        current_app.send_task(task, args=args, retry=False)
    except Exception as error:  # kombu, redis and socket errors share no base; the row is safe
        _skip_until = time.monotonic() + SKIP_AFTER_FAILURE_S
        metrics.publish_failures.inc()
        log.warning("publish_failed", task=task, error_type=type(error).__name__)
        return False
    return True


def is_failing() -> bool:
    """Whether this process is inside the pause after a failed publish."""
    return time.monotonic() < _skip_until
