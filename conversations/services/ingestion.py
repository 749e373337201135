"""Keeping what a provider delivered before anything is understood: one INSERT, then a hint to the workers."""

from __future__ import annotations

import hashlib

from django.db import connection

from hotel_agent.common import dispatch, metrics
from hotel_agent.common.claims import WorkState

_INSERT = """
INSERT INTO conversations_inbounddelivery
    (route, app_key, body, sha256, received_at, correlation_id, state, claim, failures, deaths, not_before, last_error)
VALUES (%s, %s, %s, %s, clock_timestamp(), %s, %s, 0, 0, 0, clock_timestamp(), %s)
ON CONFLICT (route, app_key, sha256) DO NOTHING
RETURNING id
"""


def store_delivery(
    *,
    route: str,
    app_key: str,
    body: bytes,
    correlation_id: str,
    state: WorkState = WorkState.WAITING,
    error: str = "",
) -> int | None:
    """Commit the raw bytes of a verified delivery and tell a worker; None when we already have them.

    After it returns the delivery survives every crash of ours. Publishing may fail: the sweeper finds the row.

    Args:
        state: anything but waiting is set aside for people from the start, with `error` as the reason.

    Raises:
        django.db.OperationalError: the database cannot take it; the caller must not acknowledge.
    """
    digest = hashlib.sha256(body).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [route, app_key, body, digest, correlation_id[:64], state.value, error[:500]])
        row = cursor.fetchone()
    if row is None:
        metrics.deliveries.labels(route, "duplicate").inc()
        return None
    metrics.deliveries.labels(route, "stored").inc()
    delivery_id = int(row[0])
    if state is WorkState.WAITING:
        dispatch.after_commit("conversations.take_in", delivery_id)
    return delivery_id
