"""Telling the workers that there is work. A hint only: the row is already committed and the sweeper will find it.

Publishing happens after commit, at most one second long, never raises, and after a failure this process does not try
again for five seconds: a dead broker must cost a webhook nothing.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Iterator
from typing import Any

import structlog
from celery import current_app
from django.db import transaction

from hotel_agent.common import metrics

log = structlog.get_logger(__name__)

SKIP_AFTER_FAILURE_S = 5.0

GATHER_S = 0.02
"""How long the first of several pieces of work waits for others to be told together; a guest never notices."""
GATHER_MAX = 20
"""Pieces in one task: they are done one after the other by one worker."""

_skip_until = 0.0


def together_after_commit(task: str, row_id: int) -> None:
    """Publish, once the transaction is committed, a task that takes any number of ids, with others of the moment.

    Telling the broker costs more than the row that is told of. A thread does it, a few ids at a time, so that a burst
    of webhooks is acknowledged at the speed of its INSERTs. Never raises; what a dying process had not told yet the
    sweeper finds.
    """
    transaction.on_commit(lambda: _gathering.add(task, row_id), robust=True)


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
        # Told how its ids look, Celery does not find out by itself, which was 15 % of telling.
        current_app.send_task(task, args=args, argsrepr=repr(args), kwargsrepr="{}", retry=False)
    except Exception as error:  # kombu, redis and socket errors share no base; the row is safe
        _skip_until = time.monotonic() + SKIP_AFTER_FAILURE_S
        metrics.publish_failures.inc()
        log.warning("publish_failed", task=task, error_type=type(error).__name__)
        return False
    return True


class _Gathering:
    """Work waiting to be told, and the thread that tells it; started with the first piece, one per process."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[tuple[str, int]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, task: str, row_id: int) -> None:
        self._waiting.put((task, row_id))
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._tell, name="dispatch", daemon=True)
                    self._thread.start()

    def _tell(self) -> None:
        while True:
            first = self._waiting.get()
            time.sleep(GATHER_S)
            ids: dict[str, list[int]] = {first[0]: [first[1]]}
            for task, row_id in self._so_far():
                ids.setdefault(task, []).append(row_id)
            for task, found in ids.items():
                for start in range(0, len(found), GATHER_MAX):
                    publish(task, *found[start : start + GATHER_MAX])

    def _so_far(self) -> Iterator[tuple[str, int]]:
        while True:
            try:
                yield self._waiting.get_nowait()
            except queue.Empty:
                return


_gathering = _Gathering()


def _after_fork() -> None:
    global _gathering  # noqa: PLW0603 - threads do not come along into a child
    _gathering = _Gathering()


os.register_at_fork(after_in_child=_after_fork)
