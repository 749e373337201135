"""The periodic jobs' clock: any number of beats may run, one of them works, and each period runs once.

The one that works holds an advisory lock of PostgreSQL on a connection of its own; when it dies the server lets go, and
another takes over within seconds. When each job last ran is a row, moved on only by whoever still sees the value it
read: a second beat finds it moved and skips. A period that passed while no beat ran is made up for once, at the next
start. (Behind a pooler in transaction mode give beat a direct address: a session's lock needs its session.)
"""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import psycopg
import structlog
from celery.beat import ScheduleEntry, Scheduler
from django.db import DatabaseError, close_old_connections, connection

from hotel_agent.postgresql import driver

log = structlog.get_logger(__name__)

LOCK = 0x486F74656C  # "Hotel"
STANDBY_S = 5.0
"""How often a beat that is not the one asks whether it may be."""


class OneBeat(Scheduler):
    """Celery's scheduler with its memory and its right to work in PostgreSQL."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._session: psycopg.Connection[Any] | None = None
        self._ran: dict[str, dt.datetime | None] = {}
        self._rest_until = 0.0
        super().__init__(*args, **kwargs)
        self.max_interval = int(STANDBY_S)

    def setup_schedule(self) -> None:
        """The configured jobs, each with the moment it last ran."""
        self.install_default_entries(self.schedule)
        self.merge_inplace(self.app.conf.beat_schedule)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Run one due job, if this is the beat that works; the seconds until the next look."""
        try:
            if time.monotonic() < self._rest_until:
                return STANDBY_S
            began = self._session is None
            if not self._is_the_one():
                return STANDBY_S
            if began:
                self._remember()
            return float(super().tick(*args, **kwargs))
        except (psycopg.Error, DatabaseError) as error:
            log.warning("beat_waits_for_the_database", error_type=type(error).__name__)
            self._let_go()
            close_old_connections()
            return STANDBY_S

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        """Hand a due job to the workers, unless its period was run already; a broker that fails leaves it due."""
        name = str(entry.name)
        before, now = self._ran.get(name), dt.datetime.now(dt.UTC)
        if not _move_on(name, before, now):
            self._ran[name] = _last_runs().get(name)
            log.info("period_ran_already", job=name)
            return
        self._ran[name] = now
        try:
            self.apply_async(entry, producer=producer, advance=False)
        except Exception as error:  # kombu's and redis's errors share no base
            log.warning("job_not_published", job=name, error_type=type(error).__name__)
            _move_on(name, now, before)
            self._let_go()  # and begin again in a moment, with what the rows say
            self._rest_until = time.monotonic() + STANDBY_S

    def close(self) -> None:
        """Let another beat work at once."""
        self._let_go()
        super().close()

    def _is_the_one(self) -> bool:
        """Whether this beat has the lock, taking it when it is free."""
        if self._session is not None:
            self._session.execute("SELECT 1")  # a session that was cut off has no lock any more
            return True
        session = driver.connect(**_own_session(), autocommit=True)
        if session.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone() != (True,):
            session.close()
            return False
        self._session = session
        log.info("beat_works", job="all")
        return True

    def _let_go(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def _remember(self) -> None:
        """What ran when, by whichever beat; a job nobody ever ran counts from now."""
        self._ran = dict(_last_runs())
        now = dt.datetime.now(dt.UTC)
        for name, entry in self.schedule.items():
            if name not in self._ran:
                _move_on(name, None, now)
                self._ran[name] = now
            entry.last_run_at = (self._ran[name] or now).astimezone(entry.default_now().tzinfo)
        self._heap = None  # anew, from these moments


def _own_session() -> dict[str, Any]:
    params = dict(connection.get_connection_params())
    for name in ("cursor_factory", "context", "prepare_threshold"):
        params.pop(name, None)
    return params


def _last_runs() -> dict[str, dt.datetime]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, at FROM hotel_agent_jobrun")
        return dict(cursor.fetchall())


def _move_on(name: str, before: dt.datetime | None, now: dt.datetime | None) -> bool:
    """Set when a job last ran, only if it still is what we believe; whether it was. None is "never"."""
    with connection.cursor() as cursor:
        if before is None:
            cursor.execute(
                "INSERT INTO hotel_agent_jobrun (name, at) VALUES (%s, %s) ON CONFLICT (name) DO NOTHING", [name, now]
            )
        elif now is None:
            cursor.execute("DELETE FROM hotel_agent_jobrun WHERE name = %s AND at = %s", [name, before])
        else:
            cursor.execute("UPDATE hotel_agent_jobrun SET at = %s WHERE name = %s AND at = %s", [now, name, before])
        return bool(cursor.rowcount == 1)
