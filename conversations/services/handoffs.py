"""Asking for a person, and a person coming."""

from __future__ import annotations

from conversations import figures
from conversations.models import Conversation, Handoff
from hotel_agent.common import metrics


def open_handoff(conversation: Conversation, *, reason: str, summary: str = "", urgent: bool = False) -> Handoff:
    """Ask for a person, once per reason while it is open; a repeated call adds nothing but urgency.

    Inside the tenant's scope and the caller's transaction, with the conversation locked.
    """
    handoff = Handoff.objects.filter(conversation=conversation, reason=reason, state=Handoff.State.OPEN).first()
    if handoff is not None:
        if urgent and not handoff.urgent:
            handoff.urgent = True
            handoff.save(update_fields=["urgent"])
        return handoff
    metrics.orchestrator_escalations.labels(figures.closed(reason, figures.ESCALATIONS), conversation.channel).inc()
    return Handoff.objects.create(
        tenant_id=conversation.tenant_id, conversation=conversation, reason=reason, summary=summary, urgent=urgent
    )
