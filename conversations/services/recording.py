"""The written record of a turn and the reply it queues: why every sentence was said (promise 9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import structlog

from conversations.dialogue.effects import RecordDisclosure, StayHappened, StoreQuote, TeamHappened
from conversations.dialogue.hotel import Caller, Heard, HotelProfile
from conversations.dialogue.replies import Decision
from conversations.dialogue.state import DialogueState
from conversations.dialogue.values import record_as_dict
from conversations.models import Conversation, Message, OutboundMessage, Turn, WordingOverride
from conversations.wording.render import render
from conversations.wording.texts import InvalidOverride, Overrides
from conversations.wording.texts import version as catalogue_version
from integrations.channels import base, outgoing
from tenants.models import Channel, Tenant
from tenants.selectors import ConfigurationCache

log = structlog.get_logger(__name__)

Observation = dict[str, Any]
ABILITIES = {Channel.WHATSAPP: base.WHATSAPP, Channel.EMAIL: base.EMAIL, Channel.WEBCHAT: base.WEBCHAT}


def record_turn(
    conversation: Conversation,
    *,
    kind: str,
    heard: Sequence[Heard] | StayHappened | TeamHappened,
    who: Caller,
    before: DialogueState,
    observations: list[Observation],
    decision: Decision,
    at: dt.datetime,
    duration_ms: float,
) -> Turn:
    """Everything needed to recompute the turn. Inside its transaction."""
    events = [heard] if isinstance(heard, StayHappened | TeamHappened) else list(heard)
    return Turn.objects.create(
        tenant_id=conversation.tenant_id,
        conversation=conversation,
        kind=kind,
        epoch=conversation.epoch,
        at=at,
        heard=[record_as_dict(event) for event in events],
        caller=record_as_dict(who),
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


def compose_reply(
    conversation: Conversation,
    turn: Turn,
    decision: Decision,
    hotel: HotelProfile,
    *,
    messages: Sequence[Message] = (),
    dedupe_key: str = "",
    suggested: bool = False,
) -> list[OutboundMessage]:
    """The turn's reply as outbox rows, not yet written, rendered for the channel.

    One, several only where the channel's text limit forces it, none when there is nothing to say. A second reply to
    the same thing breaks a unique constraint. A suggested one waits for a person (`suggesting`).
    """
    if decision.reply is None:
        return []
    language = decision.state.language or hotel.default_language
    parts = render(
        decision.reply,
        language=language,
        hotel=hotel,
        at=turn.at,
        abilities=ABILITIES[Channel(conversation.channel)],
        address=decision.state.address,
        overrides=own_wording(conversation.tenant),
        letter_to=_letter_to(conversation),
    )
    last = messages[-1] if messages else None
    key = dedupe_key or (f"reply:{last.pk}" if last else f"turn:{turn.pk}")
    purpose = OutboundMessage.Purpose.TRANSACTIONAL if decision.transactional else OutboundMessage.Purpose.ANSWER
    states = OutboundMessage.State
    state = states.SUGGESTED if suggested else states.QUEUED
    return [
        OutboundMessage(
            tenant_id=conversation.tenant_id,
            conversation=conversation,
            turn=turn,
            dedupe_key=key if number == 0 else f"{key}:{number}",
            purpose=purpose,
            state=state,
            body=part.as_dict(),
            text=outgoing.readable(part),
            language=language,
            why={**explained(decision), "turn": turn.pk, "catalogue": catalogue_version()},
            asked_at=messages[0].received_at if messages else None,
            created_at=turn.at,
            correlation_id=last.correlation_id if last else "",
        )
        for number, part in enumerate(parts)
    ]


def queue(rows: list[OutboundMessage]) -> list[OutboundMessage]:
    """Write composed rows into the outbox."""
    return OutboundMessage.objects.bulk_create(rows)


def _letter_to(conversation: Conversation) -> str | None:
    """Whom a letter greets; None on channels that write no letters."""
    if conversation.channel != Channel.EMAIL:
        return None
    name = conversation.guest.name or conversation.guest.profile_name
    return name.split()[0] if name.split() else ""


_own_wording: ConfigurationCache[Overrides] = ConfigurationCache()


def own_wording(tenant: Tenant) -> Overrides:
    """The hotel's own texts, as of its row; one that no longer fits the catalogue is left out, and ours is
    said."""
    return _own_wording.get(tenant.configuration_key, lambda: _load_wording(tenant))


def _load_wording(tenant: Tenant) -> Overrides:
    texts: dict[str, dict[str, str]] = {}
    for row in WordingOverride.objects.filter(tenant=tenant):
        try:
            Overrides.parse({row.variant: {row.key: row.text}})
        except InvalidOverride as error:
            log.warning("wording_override_ignored", tenant_id=tenant.pk, error=str(error))
            continue
        texts.setdefault(row.variant, {})[row.key] = row.text
    return Overrides(texts)
