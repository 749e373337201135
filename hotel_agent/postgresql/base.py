"""The backend: how long each connection waits, and that a silent server holds one thread of a process, not all.

`OPTIONS["patience_s"]` is how long to wait for the answer to one statement; it must be more than the server's own
`statement_timeout`, which should end a statement that is merely slow.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import psycopg
from django.db.backends.postgresql import base

from hotel_agent.postgresql import driver

FRESH_S = 1.0
"""A connection that answered so lately is not asked again whether it lives: that costs as much as a statement."""
REST_S = 1.0
"""After a server was silent, new connections are refused so long without being tried."""


class _Silence:
    """What this process knows about a server that does not answer. No lock: a process may be forked at any moment."""

    def __init__(self) -> None:
        self.suspected = False
        self.refuse_until = 0.0

    def heard_nothing(self) -> None:
        """An answer, or a new connection, did not come."""
        self.suspected = True
        self.refuse_until = time.monotonic() + REST_S

    @contextlib.contextmanager
    def watched(self, looks_for_s: float) -> Iterator[None]:
        """A new connection: made by anybody as long as all is well, by one at a time while the server is silent.

        Raises:
            psycopg.OperationalError: another thread is looking, or has just looked, and heard nothing.
        """
        now = time.monotonic()
        if now < self.refuse_until:
            raise psycopg.OperationalError("PostgreSQL is silent: another thread looks whether it is back")
        if self.suspected:
            self.refuse_until = now + looks_for_s + REST_S
        try:
            yield
        except psycopg.errors.ConnectionTimeout:
            self.heard_nothing()
            raise
        except BaseException:
            self.refuse_until = 0.0  # it says something, if only no: asking costs no time
            raise
        self.suspected, self.refuse_until = False, 0.0


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, by way of `driver`."""

    Database = driver
    _silences: dict[tuple[object, object], _Silence] = {}
    """By server; of this process."""

    def get_connection_params(self) -> dict[str, Any]:
        """What psycopg and libpq understand: ours is set on the connection itself."""
        params: dict[str, Any] = super().get_connection_params()
        params.pop("patience_s", None)
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection, or an error within `connect_timeout` seconds, or at once while others know better."""
        with self._silence.watched(float(conn_params.get("connect_timeout", driver.GLANCE_S))):
            return super().get_new_connection(conn_params)

    @property
    def _silence(self) -> _Silence:
        where = (self.settings_dict["HOST"], self.settings_dict["PORT"])
        return self._silences.setdefault(where, _Silence())

    def _configure_connection(self, connection: driver.PatientConnection) -> bool:
        connection.patience_s = float(self.settings_dict["OPTIONS"].get("patience_s", driver.PATIENCE_S))
        connection.on_silence = self._silence.heard_nothing
        return bool(super()._configure_connection(connection))  # type: ignore[misc] # not in the stubs

    def is_usable(self) -> bool:
        """Whether a kept connection still answers; asked before a request, so with less patience than for work.

        When it does not, that is no word against the server: the way to it may have forgotten this connection.
        """
        connection = self.connection
        if connection is None:
            return False
        if connection.seems_alive(FRESH_S):
            return True
        before = connection.patience_s, connection.on_silence
        connection.patience_s, connection.on_silence = min(connection.patience_s, driver.GLANCE_S), None
        try:
            return bool(super().is_usable())
        finally:
            connection.patience_s, connection.on_silence = before
