"""Forgetting by age, every hour and in small pieces: what is past its time goes, oldest first, a thousand rows at once.

| what | kept |
|---|---|
| raw deliveries, guests' files | 30 days |
| messages in and out, turns, closed handoffs | as the hotel says, 12 months by default |
| threads and guests of whom nothing else is left | as long as their last message |
| files of prices and nights that were loaded | 90 days |
| records of who did what, notices, reports of differences | 24 months |

Running twice, or dying in the middle, changes nothing: the next run finds what is left. Two runs at once are one.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session as BrowserSession
from django.db import connection, models
from django.db.models import Exists, OuterRef, Q, QuerySet

from conversations.models import (
    AccountEvent,
    Conversation,
    Guest,
    Handoff,
    InboundDelivery,
    Message,
    OutboundMessage,
    Turn,
)
from conversations.services import files, proofs
from hotel_agent.common import clock
from hotel_agent.common.claims import WorkState
from reservations.models import DriftReport, Hold, Quote, Reservation, ReservationChange, SheetImport
from tenants.models import HistoryEntry, Tenant
from tenants.scoping import every_tenant

log = structlog.get_logger(__name__)

DELIVERIES_DAYS = 30
SHEETS_DAYS = 90
PROOFS_DAYS = 2
AUDIT_DAYS = 730
BATCH = 1000
BUDGET_S = 60.0
"""A task may run 120 s; what is left is the next hour's."""
_LOCK = 7_311_942
"""Our number among PostgreSQL's advisory locks."""


def apply_retention(*, budget_s: float = BUDGET_S) -> dict[str, int]:
    """Delete what is past its time; returns how many rows by kind. Nothing while another run is at it."""
    counts: dict[str, int] = {}
    until = time.monotonic() + budget_s
    with _alone() as alone, every_tenant():  # an installation-wide job; it reads no guest's words
        if not alone:
            return counts
        for name, work in _jobs():
            if time.monotonic() > until:
                log.warning("retention_not_finished", job=name)
                break
            counts[name] = work(until)
    if any(counts.values()):
        log.info("retention_applied", count=sum(counts.values()))
    return counts


Job = Callable[[float], int]


def _jobs() -> Iterator[tuple[str, Job]]:
    now = clock.now()
    audit = now - dt.timedelta(days=AUDIT_DAYS)

    def older(rows: QuerySet[Any, Any], column: str, before: dt.datetime) -> Job:
        return lambda until: _delete(rows.filter(**{f"{column}__lt": before}), until)

    deliveries = InboundDelivery.objects.exclude(state=WorkState.WORKING)
    yield "deliveries", older(deliveries, "received_at", now - dt.timedelta(days=DELIVERIES_DAYS))
    yield "files", lambda until: files.apply_retention()
    yield "messages", lambda until: _by_hotel(Message, "received_at", until)
    yield "outbound", lambda until: _by_hotel(OutboundMessage, "created_at", until)
    yield "turns", lambda until: _by_hotel(Turn, "at", until)
    yield "handoffs", lambda until: _by_hotel(Handoff, "opened_at", until, Q(state=Handoff.State.CLOSED))
    yield "threads", _empty_threads
    yield "guests", _forgotten_guests
    yield "proofs", lambda until: proofs.purge(now - dt.timedelta(days=PROOFS_DAYS))
    yield "sheets", older(SheetImport.objects.all(), "created_at", now - dt.timedelta(days=SHEETS_DAYS))
    yield "notices", older(AccountEvent.objects.all(), "at", audit)
    yield "drift", older(DriftReport.objects.all(), "made_at", audit)
    changes = ReservationChange.objects.filter(reservation__check_out__lt=audit.date())
    yield "changes", older(changes, "at", audit)
    yield "history", older(HistoryEntry.objects.all(), "at", audit)
    yield "log", older(LogEntry.objects.all(), "action_time", audit)
    yield "browsers", older(BrowserSession.objects.all(), "expire_date", now)


def _before(tenant: Tenant) -> dt.datetime:
    """Until when a hotel's conversations are forgotten."""
    return clock.now() - dt.timedelta(days=round(tenant.messages_kept_months * 365 / 12))


def _by_hotel(model: type[models.Model], column: str, until: float, only: Q | None = None) -> int:
    """Each hotel's rows in the order they came, until the first that may stay: nothing is read but what goes."""
    total = 0
    for tenant in Tenant.objects.order_by("pk"):
        before = _before(tenant)
        last = 0
        while time.monotonic() < until:
            rows = model._base_manager.filter(only or Q(), tenant=tenant, pk__gt=last).order_by("pk")
            batch = list(rows.values_list("pk", column)[:BATCH])
            old = [pk for pk, at in batch if at < before]
            if old:
                total += model._base_manager.filter(pk__in=old).delete()[0]
            if not old or len(batch) < BATCH:
                break
            last = batch[-1][0]
    return total


def _empty_threads(until: float) -> int:
    """Conversations of which no message is left."""
    total = 0
    said = Message._base_manager.filter(conversation=OuterRef("pk"))
    answered = OutboundMessage._base_manager.filter(conversation=OuterRef("pk"))
    for tenant in Tenant.objects.order_by("pk"):
        rows = Conversation.objects.filter(
            ~Exists(said), ~Exists(answered), tenant=tenant, updated_at__lt=_before(tenant)
        )
        total += _delete(rows, until)
    return total


def _forgotten_guests(until: float) -> int:
    """Guests without a thread, a stay, a hold or a quote. The hotel's bookings keep theirs."""
    total = 0
    threads = Conversation._base_manager.filter(guest=OuterRef("pk"))
    for tenant in Tenant.objects.order_by("pk"):
        rows = Guest.objects.filter(~Exists(threads), tenant=tenant, created_at__lt=_before(tenant))
        for pk, public_id in rows.values_list("pk", "public_id")[:BATCH]:
            if time.monotonic() > until:
                break
            own = {"tenant": tenant, "guest_key": str(public_id)}
            if not any(model._base_manager.filter(**own).exists() for model in (Reservation, Hold, Quote)):
                total += Guest._base_manager.filter(pk=pk).delete()[0]
    return total


def _delete(rows: QuerySet[Any, Any], until: float) -> int:
    total = 0
    while time.monotonic() < until:
        ids = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
        if not ids:
            break
        total += rows.model._base_manager.filter(pk__in=ids).delete()[0]
    return total


@contextmanager
def _alone() -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        got = bool(cursor.fetchone()[0])
    try:
        yield got
    finally:
        if got:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
