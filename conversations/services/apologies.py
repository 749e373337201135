"""Telling a guest that their message could not be answered and that a person will: never silence."""

from __future__ import annotations

import structlog
from django.db import OperationalError, transaction

from conversations.dialogue import policy
from conversations.models import Conversation, Handoff, Message, Turn
from conversations.services import memory, recording
from conversations.services.executor import Executor, drive
from conversations.services.profile import caller, hotel_profile
from hotel_agent.common import clock

log = structlog.get_logger(__name__)


def apologise(conversation: Conversation, message: Message) -> None:
    """Say once that a person will answer, while staff were not asked yet for an earlier such message.

    Inside the caller's transaction, with the conversation locked, before its handoff is opened. Whatever made the
    message fail may fail here too: then staff still know, and nothing else is undone.
    """
    asked = Handoff.objects.filter(conversation=conversation, reason="message_failed", state=Handoff.State.OPEN)
    if asked.exists():
        return
    try:
        with transaction.atomic():
            _say(conversation, message)
    except OperationalError:
        raise
    except Exception as error:
        log.exception("apology_failed", message_id=message.pk, error_type=type(error).__name__)


def _say(conversation: Conversation, message: Message) -> None:
    now = clock.now()
    hotel, who = hotel_profile(conversation.tenant), caller(conversation)
    before = memory.recall(conversation).state
    decision, observations = drive(policy.apologise(before, hotel, now, who), Executor(conversation, hotel, now))
    turn = recording.record_turn(
        conversation,
        kind=Turn.Kind.APOLOGY,
        heard=[],
        who=who,
        before=before,
        observations=observations,
        decision=decision,
        at=now,
        duration_ms=0,
    )
    recording.queue(recording.compose_reply(conversation, turn, decision, hotel, dedupe_key=f"apology:{message.pk}"))
