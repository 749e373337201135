"""The written record of a turn and the reply it queues: why every sentence was said (promise 9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from conversations.dialogue.effects import StayHappened, StoreQuote, RecordDisclosure
from conversations.dialogue.hotel import Heard
from conversations.dialogue.replies import Decision
from conversations.dialogue.state import DialogueState
from conversations.dialogue.values import record_as_dict
from conversations.models import Conversation, Message, OutboundMessage, Turn
from conversations.services.profile import hotel_profile
from conversations.wording.render import render

Observation = dict[str, Any]


def record_turn(
    conversation: Conversation,
    *,
    kind: str,
    heard: Sequence[Heard] | StayHappened,
    before: DialogueState,
    observations: list[Observation],
    decision: Decision,
    at: dt.datetime,
    duration_ms: float,
) -> Turn:
    """Everything needed to recompute the turn. Inside its transaction."""
    events = [heard] if isinstance(heard, StayHappened) else list(heard)
    return Turn.objects.create(
        tenant_id=conversation.tenant_id,
        conversation=conversation,
        kind=kind,
        epoch=conversation.epoch,
        at=at,
        heard=[record_as_dict(event) for event in events],
        state_before=before.as_dict(),
        observations=observations,
        decision=explained(decision),
        state_after=decision.state.as_dict(),
        rule=decision.rule[:80],
        intent=decision.intent or "",
        confidence=decision.confidence,
        engine=decision.engine,
        engine_version=decision.engine_version,
        has_commands=any(not isinstance(command, StoreQuote | RecordDisclosure) for command in decision.commands),
        duration_ms=duration_ms,
    )


def explained(decision: Decision) -> dict[str, Any]:
    """A decision as stored: the reasons and what it asked for, without the state (kept beside it)."""
    return {
        "rule": decision.rule,
        "intent": decision.intent,
        "confidence": decision.confidence,
        "engine": decision.engine,
        "engine_version": decision.engine_version,
        "keys": list(decision.reply.keys()) if decision.reply else [],
        "fact_ids": list(decision.fact_ids),
        "quote_ids": list(decision.quote_ids),
        "degraded": decision.degraded,
        "commands": [record_as_dict(command) for command in decision.commands],
    }


def queue_reply(
    conversation: Conversation,
    turn: Turn,
    decision: Decision,
    *,
    messages: Sequence[Message] = (),
    dedupe_key: str = "",
) -> OutboundMessage | None:
    """The turn's reply as an outbox row, rendered for the channel; None when it has nothing to say."""
    if decision.reply is None:
        return None
    hotel = hotel_profile(conversation.tenant)
    language = decision.state.language or hotel.default_language
    rendered = render(decision.reply, language=language, hotel=hotel, address=decision.state.address, at=turn.at)
    last = messages[-1] if messages else None
    purpose = OutboundMessage.Purpose.TRANSACTIONAL if decision.transactional else OutboundMessage.Purpose.ANSWER
    return OutboundMessage.objects.create(
        tenant_id=conversation.tenant_id,
        conversation=conversation,
        turn=turn,
        dedupe_key=dedupe_key or (f"reply:{last.pk}" if last else f"turn:{turn.pk}"),
        purpose=purpose,
        body=rendered.outgoing.as_dict(),
        text=rendered.text,
        language=language,
        why={**explained(decision), "turn": turn.pk, "templates": rendered.versions},
        asked_at=messages[0].received_at if messages else None,
        created_at=turn.at,
        correlation_id=last.correlation_id if last else "",
    )
