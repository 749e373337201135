"""psycopg whose connections do not wait for ever for an answer.

A server that is reached and says nothing (a stopped process, a hung disk, a pooler or a network device that keeps the
connection and passes nothing on) ends no wait by itself: `statement_timeout` is the server's to keep, and as long as
somebody's kernel acknowledges our bytes neither `tcp_user_timeout` nor keepalives find anything wrong.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen

PATIENCE_S = 8.0
"""For an answer, where nobody says otherwise: more than what answers guests lets the server take for a statement."""
GLANCE_S = 3.0
"""For the answer to "are you there?" on a connection that was kept."""


class PatientConnection(psycopg.Connection[Any]):
    """Closes itself when an answer takes longer than `patience_s`: what came late would be taken for the next one's."""

    patience_s: float = PATIENCE_S
    on_silence: Callable[[], None] | None = None
    """Told when an answer did not come."""
    heard_at: float = 0.0
    """When (monotonic) the server last answered."""

    def seems_alive(self, within_s: float) -> bool:
        """Whether the server answered so lately and has said nothing unasked since; costs no round trip.

        One that goes away says so: its last word, or the end of the stream, waits to be read.
        """
        if self.closed or time.monotonic() - self.heard_at > within_s:
            return False
        unread = select.poll()
        unread.register(self.pgconn.socket, select.POLLIN)
        return not unread.poll(0)

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """See psycopg; a wait that names no end of its own has ours.

        Raises:
            psycopg.OperationalError: nothing came within `patience_s` seconds. What was asked may have been done.
        """
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            answer = super().wait(gen, interval, self.patience_s)
        except psycopg.errors._WaitTimeout as silence:
            self.close()
            if self.on_silence is not None:
                self.on_silence()
            raise psycopg.OperationalError(f"PostgreSQL said nothing for {self.patience_s:g} s") from silence
        self.heard_at = time.monotonic()
        return answer


connect = PatientConnection.connect


def __getattr__(name: str) -> Any:
    """Everything else Django asks its driver for (exceptions, `Binary`, …) is psycopg's."""
    return getattr(psycopg, name)
