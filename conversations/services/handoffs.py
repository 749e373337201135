"""Asking for a person, and a person coming.

Whatever asks for one does it here, inside a transaction with the conversation locked: the row says why, what a person
needs to go on, and by when somebody should have answered. What follows from it is the ladder's (`ladder`).
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction

from conversations import figures
from conversations.models import Conversation, Escalation, Handoff, HandoffPolicy, Turn
from conversations.services import briefing
from hotel_agent.common import clock, dispatch, metrics
from tenants import desk_hours
from tenants.models import Tenant
from tenants.selectors import ConfigurationCache

if TYPE_CHECKING:
    from django.contrib.auth.models import User

TASK = "conversations.climb"
TAKEN_OVER = "taken_over"
"""Reason of a handoff nobody asked for: a person wrote into the conversation by themselves."""

_policies: ConfigurationCache[HandoffPolicy] = ConfigurationCache()


def policy_of(tenant: Tenant) -> HandoffPolicy:
    """How soon the hotel's people answer; the defaults when it said nothing. Cached for a few seconds."""
    return _policies.get(
        str(tenant.pk), lambda: HandoffPolicy._base_manager.filter(tenant=tenant).first() or HandoffPolicy()
    )


def open_handoff(
    conversation: Conversation,
    *,
    reason: str,
    summary: str = "",
    urgent: bool = False,
    promised: bool = False,
    turn: Turn | None = None,
) -> Handoff:
    """Ask for a person, once per reason while it is open; a repeated call adds nothing but urgency and a promise.

    Inside the tenant's scope and the caller's transaction, with the conversation locked.

    Args:
        promised: the guest is being told that a person answers, so that they hear it when nobody does in time.
        turn: the turn that asks, when there is one; its memory goes into the brief.
    """
    handoff = Handoff.objects.filter(conversation=conversation, reason=reason, state=Handoff.State.OPEN).first()
    now = clock.now()
    if handoff is not None:
        if (urgent and not handoff.urgent) or (promised and not handoff.promised):
            handoff.promised = handoff.promised or promised
            if urgent and not handoff.urgent:
                handoff.urgent = True
                handoff.due_at = due_at(conversation.tenant, now, urgent=True)
                handoff.acknowledged_at = None  # whoever saw to it did not know that it is urgent
            handoff.check_at = now
            handoff.save(update_fields=["urgent", "promised", "due_at", "check_at", "acknowledged_at"])
            dispatch.after_commit(TASK, handoff.pk)
        return handoff
    metrics.orchestrator_escalations.labels(figures.closed(reason, figures.ESCALATIONS), conversation.channel).inc()
    handoff = Handoff.objects.create(
        tenant_id=conversation.tenant_id,
        conversation=conversation,
        reason=reason,
        summary=summary,
        brief=briefing.brief(conversation, turn),
        urgent=urgent,
        promised=promised,
        opened_at=now,
        due_at=due_at(conversation.tenant, now, urgent=urgent),
        check_at=now,
    )
    dispatch.after_commit(TASK, handoff.pk)
    return handoff


def due_at(tenant: Tenant, at: dt.datetime, *, urgent: bool) -> dt.datetime:
    """When a person should have answered what is asked for at `at`.

    What is urgent counts at any hour. The rest counts in staffed time: from opening when nobody is there, and over a
    closing to the next opening.
    """
    policy = policy_of(tenant)
    if urgent:
        return at + clock.minutes(policy.urgent_within_min)
    begins = desk_hours.staffed_from(tenant, at)
    due = begins + clock.minutes(policy.answer_within_min)
    closes = desk_hours.unstaffed_from(tenant, begins)
    if closes is None or due <= closes:
        return due
    opens = desk_hours.next_opening(tenant, closes)
    return due if opens is None else opens + (due - closes)


def acknowledge(handoff_id: int, *, by: User) -> bool:
    """Somebody says that they see to it: no further notices. False when it was known, or is no longer open.

    The guest's promise stands: they are told when nobody has answered in time. Inside the tenant's scope.
    """
    now = clock.now()
    with transaction.atomic():
        Conversation.objects.select_for_update(no_key=True).filter(handoffs__pk=handoff_id).first()
        seen = Handoff.objects.filter(pk=handoff_id, state=Handoff.State.OPEN, acknowledged_at__isnull=True)
        if not seen.update(acknowledged_at=now, assignee=by, check_at=now):
            return False
        react([handoff_id], now)
    return True


def take(conversation: Conversation, *, by: User | None, unasked: bool) -> None:
    """A person has the conversation: its open handoffs are theirs. With the conversation locked.

    Args:
        unasked: where nobody was asked for, a row says that somebody came all the same: it is what brings the agent
            back when that person forgets to.
    """
    now = clock.now()
    waiting = list(conversation.handoffs.filter(state=Handoff.State.OPEN).values_list("pk", flat=True))
    if waiting:
        Handoff.objects.filter(pk__in=waiting).update(
            state=Handoff.State.TAKEN, taken_at=now, assignee=by, check_at=now
        )
        react(waiting, now)
    elif unasked and not conversation.handoffs.filter(state=Handoff.State.TAKEN).exists():
        Handoff.objects.create(
            tenant_id=conversation.tenant_id,
            conversation=conversation,
            reason=TAKEN_OVER,
            state=Handoff.State.TAKEN,
            taken_at=now,
            assignee=by,
            check_at=now,
        )


def close(conversation: Conversation, *, why: str) -> None:
    """Nobody is needed any more. With the conversation locked; safe to repeat."""
    unfinished = conversation.handoffs.exclude(state=Handoff.State.CLOSED)
    close_these(list(unfinished.values_list("pk", flat=True)), why=why)


def close_these(handoff_ids: list[int], *, why: str) -> None:
    """These are settled. With their conversation locked; safe to repeat."""
    if not handoff_ids:
        return
    now = clock.now()
    Handoff.objects.filter(pk__in=handoff_ids).update(
        state=Handoff.State.CLOSED, closed_at=now, closed_why=why, check_at=None
    )
    react(handoff_ids, now)


def react(handoff_ids: list[int], at: dt.datetime) -> None:
    """A person reacted: the notices about these handoffs are answered. Safe to repeat."""
    open_ones = Escalation.objects.filter(handoff_id__in=handoff_ids, acknowledged_at__isnull=True)
    for pk, way in open_ones.values_list("pk", "way"):
        if Escalation.objects.filter(pk=pk, acknowledged_at__isnull=True).update(acknowledged_at=at):
            metrics.handoff_notices.labels(way, "acknowledged").inc()
