"""Understanding the waiting messages: the engine behind its breaker, keyword rules when it cannot answer."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

import structlog

from conversations import figures
from conversations.dialogue.conditions import CONFIRM_FROM
from conversations.dialogue.hotel import Heard, HotelProfile
from conversations.dialogue.state import DialogueState, situation
from conversations.dialogue.talk import TROUBLES
from conversations.models import Message
from conversations.services import fetching
from conversations.services.consulting import Consultant
from conversations.understanding import artefact, classifier
from conversations.understanding.decision import DEFAULT_THRESHOLDS
from conversations.understanding.engine import load_engine
from conversations.understanding.rules import KeywordRules
from conversations.understanding.types import Engine, Situation, Understanding
from hotel_agent.common import metrics
from hotel_agent.common.exceptions import Retryable
from integrations import breakers
from integrations.events import MessageType

log = structlog.get_logger(__name__)

LOOK_AGAIN_S = 60.0
VOICE_YES = "voice_yes"
WITH_WORDS = frozenset(
    {
        MessageType.TEXT, MessageType.BUTTON, MessageType.AUDIO, MessageType.IMAGE, MessageType.VIDEO,
        MessageType.DOCUMENT, MessageType.ORDER,
    }
)  # fmt: skip
"""Kinds whose text is the guest's own words: written, spoken, or under a picture."""
MAX_TEXT = 4096
"""Longer texts are understood by their beginning; the whole is kept for staff."""


class _Loaded:
    engine: Engine | None = None
    at: float = 0.0


def current_engine() -> Engine:
    """This process's engine. Looked at again once a minute: another model may have been switched on meanwhile.

    Never trains: that is done before workers start (`train_nlu`), a guest must not wait for it.
    """
    loaded = _Loaded.engine
    if loaded is None or time.monotonic() - _Loaded.at > LOOK_AGAIN_S:
        if loaded is None or _outdated(loaded):
            loaded = _Loaded.engine = load_engine(train=False)
        _Loaded.at = time.monotonic()
    return loaded


def _outdated(loaded: Engine) -> bool:
    current = classifier.history(artefact.model_directory())[:1]
    return isinstance(loaded, KeywordRules) or (bool(current) and current[0] != loaded.version)


def forget_engine() -> None:
    """Load the engine afresh at its next use in this process."""
    _Loaded.engine = None


def hear(
    messages: Sequence[Message],
    state: DialogueState,
    hotel: HotelProfile,
    at: dt.datetime,
    consultant: Consultant | None = None,
) -> tuple[Heard, ...]:
    """Each message with its understanding, in order. No transaction may be open when a remote engine is consulted."""
    context = situation(state, hotel, at)
    heard = tuple(_heard(message, context, consultant) for message in messages)
    if state.voice and len(heard) == 1 and _says_yes(heard[0]):
        # "Yes, that is what I said": from here on it is as if the guest had written it.
        words = understand(state.voice, context, consultant)
        return (replace(heard[0], type=MessageType.AUDIO, text=state.voice, reply_id="", understanding=words),)
    return heard


def _says_yes(item: Heard) -> bool:
    if item.reply_id:
        return item.reply_id == VOICE_YES
    intents = item.understanding.intents if item.understanding and not item.unsure else ()
    return bool(intents) and all(one.name == "affirm" and one.confidence >= CONFIRM_FROM for one in intents)


def _heard(message: Message, context: Situation, consultant: Consultant | None) -> Heard:
    kind = MessageType(message.kind)
    reply_id = str(message.metadata.get("reply_id", ""))
    voice = message.metadata.get("voice") or {}
    understanding = None
    if message.text and not reply_id and kind in WITH_WORDS:
        understanding = understand(message.text[:MAX_TEXT], context, consultant)
    return Heard(
        message_id=message.provider_id,
        type=kind,
        text=message.text,
        reply_id=reply_id,
        sent_at=message.sent_at,
        understanding=understanding,
        unsure=bool(voice.get("unsure")) and bool(message.text),
        trouble=_trouble(message, kind),
    )


def _trouble(message: Message, kind: MessageType) -> str:
    """Why the message has nothing to go by; "" when it has, or when that is its nature."""
    codes = {error.get("code") for error in message.metadata.get("errors", ()) if isinstance(error, dict)}
    if 131052 in codes:  # Meta could not fetch what the guest sent: more than 100 MB
        return "too_big"
    if 131060 in codes:  # the first message to a number that also lives in the Business app
        return "send_again"
    if kind is not MessageType.AUDIO or message.text:
        return ""
    known = str((message.metadata.get("voice") or {}).get("trouble", ""))
    if known in TROUBLES:
        return known
    return "failed" if known or fetching.can_hear(message.conversation.tenant) else "no_listener"


def understand(text: str, context: Situation, consultant: Consultant | None = None) -> Understanding:
    """One text understood: by our own engine, and by a remote one where the hotel consults it.

    Never raises for a failing engine: our own reading stands in for the remote one, keyword rules for ours, and metrics
    say which answered.
    """
    result = _own(text, context)
    thresholds: Mapping[str, float] = getattr(current_engine(), "thresholds", DEFAULT_THRESHOLDS)
    if consultant is not None and consultant.wants(result, thresholds):
        result = consultant.ask(result, context)
    if result.primary:
        metrics.intents_detected.labels(result.primary, metrics.confidence_level(result.confidence)).inc()
    return result


def _own(text: str, context: Situation) -> Understanding:
    engine = current_engine()
    try:
        result = breakers.call(breakers.Service.NLU, engine.name, lambda: engine.understand(text, context))
    except Retryable as error:
        metrics.nlp_errors.labels("understand", figures.closed(error.code, figures.NLP_ERRORS)).inc()
    except Exception as error:  # an engine's own bug must not silence the guest
        log.exception("engine_failed", engine=engine.name, error_type=type(error).__name__)
        metrics.nlp_errors.labels("understand", "bug").inc()
    else:
        metrics.nlp_operations.labels("understand", "ok").inc()
        return result
    metrics.nlp_operations.labels("understand", "fallback").inc()
    metrics.nlp_fallbacks.labels("rules").inc()
    return KeywordRules().understand(text, context)
