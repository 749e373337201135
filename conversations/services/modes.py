"""What the agent does with its own answer, by the hotel's rules: sends it, suggests it to a person, or leaves it.

A rule names an intent, a risk, or both; the most specific one counts, and without any the agent answers. What leads to
a person anyway (a handoff, a task, an emergency) and what a guest may always ask for (no more reminders) is never held
back: a rule that is about caution must not cost anybody the help they asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from conversations.dialogue import effects
from conversations.dialogue.effects import TeamEventKind, TeamHappened
from conversations.dialogue.hotel import HotelProfile
from conversations.dialogue.replies import Decision
from conversations.models import AnswerMode, Conversation, Message, OutboundMessage, Turn
from conversations.services import handoffs, memory, recording, teamwork
from conversations.services.executor import Executor
from conversations.services.memory import Remembered
from tenants.models import Tenant
from tenants.selectors import ConfigurationCache

Mode, Risk = AnswerMode.Mode, AnswerMode.Risk

UNSURE_BELOW = 0.5
"""The lowest of the three levels of confidence the metrics know."""
COMMITMENTS = (
    effects.RequestBooking, effects.RequestCancellation, effects.RequestChange, effects.RequestArrangement,
    effects.AbandonPayment,
)  # fmt: skip
NEVER_HELD = (effects.OpenHandoff, effects.OpenTask, effects.RecordOptOut)
APPROVAL = "approval"
LEFT = "left_to_person"

Rules = dict[tuple[str, str], str]
_rules: ConfigurationCache[Rules] = ConfigurationCache()


def rules_of(tenant: Tenant) -> Rules:
    """The hotel's rules by intent and risk. Cached for a few seconds: a turn asks for them every time."""
    return _rules.get(
        str(tenant.pk),
        lambda: {(row.intent, row.risk): row.mode for row in AnswerMode._base_manager.filter(tenant=tenant)},
    )


def risk_of(decision: Decision) -> str:
    """What may follow from an answer, the gravest first."""
    if any(isinstance(command, COMMITMENTS) for command in decision.commands):
        return Risk.COMMITMENT
    if decision.rule.startswith("clarify") or (decision.intent and 0 < decision.confidence < UNSURE_BELOW):
        return Risk.UNSURE
    return Risk.PRICE if decision.quote_ids else Risk.INFORMATION


def mode_of(conversation: Conversation, decision: Decision) -> str:
    """What the hotel wants done with a decision in this thread, where staff may have said otherwise."""
    rules, own = rules_of(conversation.tenant), conversation.reply_mode
    if not (rules or own) or any(isinstance(one, NEVER_HELD) for one in decision.commands):
        return Mode.AUTO
    intent, risk = decision.intent or "", risk_of(decision)
    if decision.reply is None and risk != Risk.COMMITMENT:
        return Mode.AUTO  # silence; what is booked may be silent too, its result is told later
    mode = next((rules[key] for key in ((intent, risk), (intent, ""), ("", risk), ("", "")) if key in rules), Mode.AUTO)
    if own and mode != Mode.HUMAN:  # a thread is never less careful than the hotel with what is a person's
        mode = own
    # Nothing is booked or cancelled on a suggestion: a person does it, or lets the agent.
    return Mode.HUMAN if mode == Mode.SUGGEST and risk == Risk.COMMITMENT else mode


def hold_back(
    mode: str,
    conversation: Conversation,
    turn: Turn,
    decision: Decision,
    hotel: HotelProfile,
    *,
    executor: Executor,
    remembered: Remembered,
    messages: Sequence[Message],
) -> str:
    """Instead of answering: keep the answer as a suggestion, or leave the messages to a person.

    Returns the state the messages are in then. Inside the turn's transaction, with the conversation locked.
    """
    if mode == Mode.SUGGEST:
        conversation.outbound.filter(state=OutboundMessage.State.SUGGESTED).update(
            state=OutboundMessage.State.SUPERSEDED
        )
        # Who writes is told to the guest when a person lets the answer go (`suggesting.approve`), not before.
        untold = replace(decision.state, disclosed=remembered.state.disclosed)
        memory.remember(conversation, untold, begun=remembered.begun)
        told = [one for one in decision.commands if not isinstance(one, effects.RecordDisclosure)]
        executor.carry_out(told, conversation, turn)
        recording.queue(recording.compose_reply(conversation, turn, decision, hotel, messages=messages, suggested=True))
        handoffs.open_handoff(conversation, reason=APPROVAL, summary=_words(messages), turn=turn)
        return Message.State.ANSWERED
    handoff = handoffs.open_handoff(conversation, reason=LEFT, summary=_words(messages), promised=True, turn=turn)
    conversation.language = decision.state.language or conversation.language
    teamwork.tell(
        conversation,
        TeamHappened(kind=TeamEventKind.LEFT_TO_PERSON),
        key=f"handoff:{handoff.pk}:left",
        at=turn.at,
        state=replace(remembered.state, language=decision.state.language, address=decision.state.address),
    )
    return Message.State.FOR_STAFF


def _words(messages: Sequence[Message]) -> str:
    return " / ".join(message.text for message in messages if message.text)[:600]
