"""Gauges of the work in PostgreSQL, computed by SQL: a crash cannot make them drift."""

from __future__ import annotations

import datetime as dt

from django.db.models import Count, Min, QuerySet

from conversations.models import (
    Conversation,
    Escalation,
    Handoff,
    InboundDelivery,
    Mailbox,
    Message,
    OutboundMessage,
    Session,
)
from hotel_agent.common import clock, metrics
from hotel_agent.common.claims import WorkState
from integrations import breakers
from reservations.models import Payment, PmsCall, Refund, StayEvent

OPEN = [WorkState.WAITING, WorkState.WORKING]


def refresh() -> None:
    """Write backlog, age of the oldest due row and dead rows per queue, active threads, and breaker states."""
    now = clock.now()
    _queue("inbound", InboundDelivery.objects.filter(state__in=OPEN, not_before__lte=now), "not_before", now)
    _queue("turns", Conversation._base_manager.filter(due_at__lte=now), "due_at", now)
    _queue(
        "outbound",
        OutboundMessage._base_manager.filter(state__in=["queued", "ambiguous"], not_before__lte=now),
        "not_before",
        now,
    )
    _queue("pms", PmsCall._base_manager.filter(state__in=OPEN, not_before__lte=now), "not_before", now)
    _queue("payments", Payment._base_manager.filter(state__in=OPEN, not_before__lte=now), "not_before", now)
    _queue("refunds", Refund._base_manager.filter(state__in=OPEN, not_before__lte=now), "not_before", now)
    _queue("stay_events", StayEvent._base_manager.filter(state__in=OPEN, not_before__lte=now), "not_before", now)
    metrics.dead_rows.labels("inbound").set(InboundDelivery.objects.filter(state=WorkState.DEAD).count())
    metrics.dead_rows.labels("turns").set(Message._base_manager.filter(state=Message.State.DEAD).count())
    metrics.dead_rows.labels("outbound").set(
        OutboundMessage._base_manager.filter(state=OutboundMessage.State.DEAD).count()
    )
    metrics.dead_rows.labels("pms").set(PmsCall._base_manager.filter(state=WorkState.DEAD).count())
    for queue, rows in (("payments", Payment._base_manager), ("refunds", Refund._base_manager)):
        metrics.dead_rows.labels(queue).set(rows.filter(state=WorkState.DEAD).count())
    _queue("notices", Escalation._base_manager.filter(state__in=OPEN, not_before__lte=now), "not_before", now)
    metrics.dead_rows.labels("notices").set(Escalation._base_manager.filter(state=WorkState.DEAD).count())
    waiting = Handoff._base_manager.filter(state=Handoff.State.OPEN)
    overdue = waiting.filter(due_at__lte=now).count()
    metrics.handoffs_waiting.labels("overdue").set(overdue)
    metrics.handoffs_waiting.labels("in_time").set(waiting.count() - overdue)
    day = now - dt.timedelta(hours=24)
    metrics.active_conversations.set(Conversation._base_manager.filter(updated_at__gt=day).count())
    metrics.session_active.set(
        Session._base_manager.filter(status=Session.Status.OPEN, last_activity_at__gt=day).count()
    )
    oldest = Mailbox._base_manager.filter(account__is_active=True).aggregate(oldest=Min("checked_at"))["oldest"]
    metrics.mailbox_age.set((now - oldest).total_seconds() if oldest else 0)
    breakers.publish_gauges()


def _queue(name: str, rows: QuerySet[object], column: str, now: dt.datetime) -> None:  # type: ignore[type-var]
    found = rows.aggregate(count=Count("pk"), oldest=Min(column))
    metrics.backlog.labels(name).set(found["count"])
    oldest = found["oldest"]
    metrics.oldest_due.labels(name).set((now - oldest).total_seconds() if oldest else 0)
