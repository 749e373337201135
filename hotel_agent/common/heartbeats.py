"""Signs of life of the background processes, in PostgreSQL: readiness must not depend on the broker's memory."""

from __future__ import annotations

import datetime as dt

from django.db import connection


def beat(name: str) -> None:
    """Say that the process `name` is alive now. One small upsert."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO hotel_agent_heartbeat (name, at) VALUES (%s, clock_timestamp()) "
            "ON CONFLICT (name) DO UPDATE SET at = excluded.at",
            [name],
        )


def last_beats() -> dict[str, dt.datetime]:
    """When each background process was last heard of."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, at FROM hotel_agent_heartbeat")
        return dict(cursor.fetchall())
