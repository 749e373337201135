"""Forgetting: stale working memory every ten minutes, old raw deliveries and messages by their retention."""

from __future__ import annotations

import datetime as dt

import structlog
from django.db import DatabaseError

from conversations.dialogue.state import DialogueState
from conversations.dialogue.values import CorruptRecord
from conversations.models import InboundDelivery, Message, Session, Turn
from conversations.services import memory, proofs
from hotel_agent.common import clock, metrics
from hotel_agent.common.claims import WorkState
from tenants.scoping import every_tenant

log = structlog.get_logger(__name__)

DELIVERIES_DAYS = 30
MESSAGES_DAYS = 365
BATCH = 1000


def purge_sessions(*, older_than: dt.timedelta | None = None) -> dict[str, int]:
    """Delete sessions idle longer than `older_than` (24 h) and set unreadable ones aside. Safe to repeat.

    Conversations and messages stay. A session is only ever deleted for its age, never because something failed.
    """
    limit = clock.now() - (older_than if older_than is not None else clock.hours(memory.STALE_AFTER_H))
    try:
        with every_tenant():  # an installation-wide job; it reads no guest's words
            stale, _ = Session.objects.filter(status=Session.Status.OPEN, last_activity_at__lt=limit).delete()
            corrupt = _quarantine_unreadable()
            active = Session.objects.filter(status=Session.Status.OPEN).count()
    except DatabaseError:
        metrics.session_cleanup.labels("error").inc()
        raise
    metrics.session_cleanup.labels("ok").inc()
    if stale:
        metrics.session_expirations.labels("stale").inc(stale)
    metrics.session_active.set(active)
    log.info("sessions_purged", count=stale)
    return {"deleted": stale, "quarantined": corrupt, "active": active}


def _quarantine_unreadable() -> int:
    corrupt = 0
    for session in Session.objects.filter(status=Session.Status.OPEN).iterator(chunk_size=BATCH):
        try:
            DialogueState.from_dict(session.state)
        except CorruptRecord as error:
            memory.quarantine(session, str(error))
            corrupt += 1
    return corrupt


def apply_retention() -> dict[str, int]:
    """Delete raw deliveries after 30 days and messages with their turns after 12 months, in batches.

    Dead and quarantined deliveries stay their 30 days too: staff may still redeliver them.
    """
    now = clock.now()
    with every_tenant():  # an installation-wide job
        deliveries = _delete_in_batches(
            InboundDelivery.objects.filter(received_at__lt=now - dt.timedelta(days=DELIVERIES_DAYS)).exclude(
                state=WorkState.WORKING
            )
        )
        before = now - dt.timedelta(days=MESSAGES_DAYS)
        messages = _delete_in_batches(Message.objects.filter(received_at__lt=before))
        turns = _delete_in_batches(Turn.objects.filter(at__lt=before))
        proofs.purge(now - dt.timedelta(days=2))
    return {"deliveries": deliveries, "messages": messages, "turns": turns}


def _delete_in_batches(queryset: object) -> int:
    total = 0
    while True:
        ids = list(queryset.values_list("pk", flat=True)[:BATCH])  # type: ignore[attr-defined]
        if not ids:
            return total
        deleted, _ = queryset.model._base_manager.filter(pk__in=ids).delete()  # type: ignore[attr-defined]
        total += deleted
