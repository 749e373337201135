"""Keeping what a provider delivered before anything is understood: one INSERT, then a hint to the workers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from django.db import InterfaceError, OperationalError, connection

from hotel_agent.common import cards, dispatch, metrics

_INSERT = """
INSERT INTO conversations_inbounddelivery
    (route, app_key, body, sha256, received_at, correlation_id, state, claim, failures, deaths, not_before, last_error)
VALUES (%s, %s, %s, %s, clock_timestamp(), %s, 'waiting', 0, 0, 0, clock_timestamp(), '')
ON CONFLICT (route, app_key, sha256) DO NOTHING
RETURNING id
"""


def store_delivery(*, route: str, app_key: str, body: bytes, correlation_id: str, name: str = "") -> int | None:
    """Commit the raw bytes of a verified delivery and tell a worker; None when we already have them.

    `name` makes a delivery the same one where its sender names it; without a name its bytes do. After it returns the
    delivery survives every crash of ours. Publishing may fail: the sweeper finds the row. Card numbers in its texts are
    hidden before it is stored; its key is that of the bytes as they came.

    Raises:
        django.db.OperationalError: the database cannot take it; the caller must not acknowledge.
    """
    digest = hashlib.sha256(name.encode() or body).hexdigest()
    values: tuple[str | bytes, ...] = (route, app_key, cards.redacted_json(body), digest, correlation_id[:64])
    # Asking whether a kept connection still lives would double the round trips: a dead one is found by the INSERT.
    kept = connection.connection is not None
    connection.health_check_done = True  # type: ignore[attr-defined]  # missing in the stubs
    try:
        row = _insert(values)
    except (OperationalError, InterfaceError):
        if not kept or connection.is_usable():
            raise  # it cannot be reached, or answers that it is busy
        connection.close()
        row = _insert(values)  # once more on a new connection: the unique key makes that safe
    if row is None:
        metrics.deliveries.labels(route, "duplicate").inc()
        return None
    metrics.deliveries.labels(route, "stored").inc()
    delivery_id = int(row[0])
    dispatch.together_after_commit("conversations.take_in", delivery_id)
    return delivery_id


def _insert(values: Sequence[str | bytes]) -> tuple[int] | None:
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, values)
        row: tuple[int] | None = cursor.fetchone()
        return row
