"""A conversation's working memory: read before a turn, written with it, set aside when it cannot be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import structlog

from conversations.dialogue.state import DialogueState
from conversations.dialogue.values import CorruptRecord
from conversations.models import Conversation, Session
from conversations.understanding.types import Language
from hotel_agent.common import clock, metrics

log = structlog.get_logger(__name__)

STALE_AFTER_H = 24.0


@dataclass(frozen=True, slots=True)
class Remembered:
    """The state a turn starts from."""

    state: DialogueState
    begun: bool
    """Whether a session is open; without one, this turn begins it."""


def recall(conversation: Conversation) -> Remembered:
    """The open session's state. A stale or unreadable session gives a fresh one; nothing is guessed from it.

    What outlives a session: the conversation's language, and that the guest was already told who writes.
    """
    session = Session.objects.filter(conversation=conversation, status=Session.Status.OPEN).first()
    if session is not None and clock.now() - session.last_activity_at < clock.hours(STALE_AFTER_H):
        try:
            return Remembered(DialogueState.from_dict(session.state), begun=True)
        except CorruptRecord as error:
            quarantine(session, str(error))
            session = None
    if session is not None:
        session.delete()
        metrics.session_expirations.labels("stale").inc()
    return Remembered(fresh_state(conversation), begun=False)


def fresh_state(conversation: Conversation) -> DialogueState:
    """The state of a new session in a conversation that may be an old one."""
    return DialogueState(
        language=cast("Language | None", conversation.language or None), disclosed=conversation.disclosed_at is not None
    )


def quarantine(session: Session, error: str) -> None:
    """Keep an unreadable session for staff and out of the way."""
    session.status = Session.Status.QUARANTINED
    session.error = error[:500]
    session.save(update_fields=["status", "error"])
    metrics.session_expirations.labels("corrupt").inc()
    log.error("session_quarantined", conversation_id=session.conversation_id, error=error)


def remember(conversation: Conversation, state: DialogueState, *, begun: bool = True) -> None:
    """Write the state after a turn, inside its transaction; `begun` as `recall` found it.

    The conversation must be locked under the turn's epoch: that is what keeps two turns from both beginning a session.
    """
    now = clock.now()
    conversation.language = state.language or conversation.language
    open_session = Session.objects.filter(conversation=conversation, status=Session.Status.OPEN)
    # One that was purged meanwhile is begun again.
    if begun and open_session.update(state=state.as_dict(), last_activity_at=now):
        return
    Session.objects.create(
        tenant_id=conversation.tenant_id,
        conversation=conversation,
        state=state.as_dict(),
        started_at=now,
        last_activity_at=now,
    )
