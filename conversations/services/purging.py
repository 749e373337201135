"""Forgetting stale working memory, every ten minutes."""

from __future__ import annotations

import datetime as dt

import structlog
from django.db import DatabaseError

from conversations.dialogue.state import DialogueState
from conversations.dialogue.values import CorruptRecord
from conversations.models import Session
from conversations.services import memory
from hotel_agent.common import clock, metrics
from tenants.scoping import every_tenant

log = structlog.get_logger(__name__)

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
