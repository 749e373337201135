"""Keeping what a provider delivered before anything is understood: one INSERT, then a hint to the workers."""

from __future__ import annotations

import hashlib

from django.db import connection

from hotel_agent.common import dispatch, metrics

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
    delivery survives every crash of ours. Publishing may fail: the sweeper finds the row.

    Raises:
        django.db.OperationalError: the database cannot take it; the caller must not acknowledge.
    """
    digest = hashlib.sha256(name.encode() or body).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [route, app_key, body, digest, correlation_id[:64]])
        row = cursor.fetchone()
    if row is None:
        metrics.deliveries.labels(route, "duplicate").inc()
        return None
    metrics.deliveries.labels(route, "stored").inc()
    delivery_id = int(row[0])
    dispatch.after_commit("conversations.take_in", delivery_id)
    return delivery_id
