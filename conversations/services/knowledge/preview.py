"""How the agent would answer now: the real engine, policy and renderer, without a guest, a message or a call outside.

Nothing is stored and nothing is sent. A question that needs the PMS is not answered here: prices and free rooms are
tried from a test guest's own phone.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import structlog

from conversations.dialogue import effects, policy
from conversations.dialogue.hotel import Caller, Heard, HotelProfile
from conversations.dialogue.replies import Decision
from conversations.dialogue.state import DialogueState, situation
from conversations.services import answering, listening
from conversations.services.profile import hotel_profile
from conversations.services.recording import ABILITIES, own_wording
from conversations.understanding.rules import KeywordRules
from conversations.understanding.types import Language, Understanding
from conversations.wording.render import render
from hotel_agent.common import clock
from integrations.channels.outgoing import Choice, Composed, Options, choices_of
from integrations.events import MessageType
from tenants.models import Channel, Fact, Tenant
from tenants.selectors import current_facts

log = structlog.get_logger(__name__)

LONGEST_QUESTION = 500


class _NeedsPms(Exception):  # noqa: N818 - the end of a preview, not an error
    """The policy asked for something only the PMS can say."""


@dataclass(frozen=True)
class Spoken:
    """One message as a channel shows it."""

    body: str
    choices: tuple[Choice, ...] = ()
    list_button: str = ""


@dataclass(frozen=True)
class Preview:
    """The answer to one question on one channel, and why."""

    channel: str
    messages: tuple[Spoken, ...]


@dataclass(frozen=True)
class Answered:
    """The answer to one question on every channel."""

    question: str
    language: str
    rule: str
    intent: str
    confidence: float
    fact_ids: tuple[str, ...]
    previews: tuple[Preview, ...]
    needs_pms: bool = False

    @property
    def known(self) -> bool:
        """Whether the agent has an answer of its own."""
        return not self.rule.startswith(("facts.unknown", "facts.partly", "clarify"))


def answer(tenant: Tenant, question: str, *, language: str = "", draft: Fact | None = None) -> Answered:
    """What a guest who is already in conversation would hear. Inside the tenant's scope.

    Args:
        language: the conversation's language; empty: as understood.
        draft: a fact as it would be after saving; it takes the place of its stored self.
    """
    at = clock.now()
    hotel = hotel_profile(tenant)
    state = DialogueState(disclosed=True, language=cast("Language", language) if language else None)
    words = question[:LONGEST_QUESTION]
    heard = Heard(
        message_id=uuid.uuid4().hex,
        type=MessageType.TEXT,
        text=words,
        sent_at=at,
        understanding=_understood(words, state, hotel),
    )
    facts = _facts(tenant, draft)
    running = policy.respond(state, (heard,), hotel, at, Caller())
    try:
        query = next(running)
        while True:
            query = running.send(_reply(tenant, query, facts))
    except StopIteration as done:
        decision: Decision = done.value
    except _NeedsPms:
        understanding = heard.understanding
        intent = understanding.primary or "" if understanding else ""
        score = understanding.confidence if understanding else 0.0
        return Answered(words, language or hotel.default_language, "pms", intent, score, (), (), needs_pms=True)
    spoken_in = decision.state.language or hotel.default_language
    return Answered(
        question=words,
        language=spoken_in,
        rule=decision.rule,
        intent=decision.intent or "",
        confidence=decision.confidence,
        fact_ids=decision.fact_ids,
        previews=tuple(_preview(tenant, hotel, decision, channel, spoken_in) for channel in Channel.values),
    )


def _understood(text: str, state: DialogueState, hotel: HotelProfile) -> Understanding:
    """As in a turn, but uncounted, and by our own engine alone: a web page waits for nobody outside."""
    context = situation(state, hotel, clock.now())
    try:
        return listening.current_engine().understand(text, context)
    except Exception as error:  # as in a turn, an engine's own bug leaves the keyword rules
        log.exception("preview_engine_failed", error_type=type(error).__name__)
        return KeywordRules().understand(text, context)


def _facts(tenant: Tenant, draft: Fact | None) -> Sequence[Fact]:
    facts = current_facts(tenant, tenant.business_day())
    return facts if draft is None else [*(fact for fact in facts if fact.pk != draft.pk), draft]


def _reply(tenant: Tenant, query: effects.Query, facts: Sequence[Fact]) -> effects.Answer:
    match query:
        case effects.FindFacts():
            return effects.FactsFound(answering.find_facts(tenant, query, among=facts))
        case effects.StaffHours():
            return answering.staff_presence(tenant, clock.now())
        case effects.FindOwnReservations():
            return effects.ReservationsFound(())
        case _:
            raise _NeedsPms


def _preview(tenant: Tenant, hotel: HotelProfile, decision: Decision, channel: str, language: str) -> Preview:
    if decision.reply is None:
        return Preview(channel, ())
    parts = render(
        decision.reply,
        language=language,
        hotel=hotel,
        at=clock.now(),
        abilities=ABILITIES[Channel(channel)],
        address=decision.state.address,
        overrides=own_wording(tenant),
        letter_to="" if channel == Channel.EMAIL else None,
    )
    return Preview(channel, tuple(_spoken(part) for part in parts))


def _spoken(part: Composed) -> Spoken:
    choices = choices_of(part) if not isinstance(part, Options) else part.choices
    is_numbered = part.kind == "text"
    return Spoken(part.body, () if is_numbered else choices, part.button if isinstance(part, Options) else "")
