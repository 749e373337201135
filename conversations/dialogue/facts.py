"""Questions about the hotel, answered from its facts only; what no fact answers is asked at the desk."""

from __future__ import annotations

from typing import Final

from conversations.dialogue import arranging, deposits, extras
from conversations.dialogue.effects import FactsFound, FactView, FindFacts, HandoffReason
from conversations.dialogue.replies import Clock, Moment, Steps
from conversations.dialogue.state import PendingKind, Stage
from conversations.dialogue.workbench import Workbench

ABOUT_HOTEL: Final = frozenset(
    {
        "ask_amenities", "ask_dining", "ask_checkin_checkout", "ask_payment", "ask_cancellation_policy", "ask_policies",
        "ask_location", "ask_transport", "ask_local_info",
    }
)  # fmt: skip
"""Intents answered by facts. Prices of rooms and room types are answered by quotes and the catalogue."""

TOPICS: Final = {
    "ask_dining": ("breakfast", "restaurant"),
    "ask_checkin_checkout": ("check_in", "check_out"),
    "ask_payment": ("payment",),
    "ask_cancellation_policy": ("cancellation",),
    "ask_location": ("location",),
    "ask_transport": ("transport", "transfer"),
    "ask_local_info": ("local",),
}
"""Where an intent's facts usually are when the guest named no topic."""

MAX_FACTS: Final = 3
MAX_LENGTH: Final = 700
"""Characters of facts in one message: an answer, not a brochure."""


def wanted(turn: Workbench) -> list[str]:
    """The questions about the hotel in this burst, strongest first."""
    if turn.said is None:
        return []
    asked = [scored.name for scored in turn.said.intents if scored.name in ABOUT_HOTEL]
    if not asked and turn.said.entities.topic and turn.said.has("ask_price", "ask_room_types"):
        return ["ask_amenities"]  # "how much is parking": a price, but a fact's
    return asked


def answer(turn: Workbench, intents: list[str]) -> Steps:
    """Answer from the facts; the hotel's own times and the offer's own terms count as facts too."""
    unknown: list[str] = []
    said_facts: set[str] = set()
    length = 0
    for intent in intents[:MAX_FACTS]:
        topics = (turn.said.entities.topic if turn.said else ()) or TOPICS.get(intent, ())
        found = yield FindFacts(
            intent=intent,
            topics=tuple(topics),
            question=turn.said.words[:400] if turn.said else "",
            language=turn.language,
            day=turn.today,
        )
        facts = found.facts if isinstance(found, FactsFound) else ()
        told = False
        for fact in facts[:MAX_FACTS]:
            if fact.fact_id in said_facts:
                told = True
                continue
            size = len(fact.text.text(turn.language))
            if told and length + size > MAX_LENGTH:
                break
            _tell(turn, fact)
            said_facts.add(fact.fact_id)
            length += size
            told = True
        if not told and not _from_profile(turn, intent):
            unknown.append(intent)
    turn.rule = "facts.answer"
    if unknown and turn.state.stage is Stage.BOOKING:  # "is it done?": what can be said is how the booking stands
        turn.rule = "booking.in_progress"
        if deposits.due(turn) is not None:
            deposits.remind(turn)
        else:
            turn.paragraph("booking.in_progress")
    elif unknown and not said_facts and (yield from extras.offer(turn)):
        turn.rule = "extras.offer"
    elif unknown and not said_facts and (yield from arranging.for_question(turn)):
        turn.rule = "arrange.offer"
    elif unknown and turn.said is not None and turn.said.chosen:
        turn.rule = "facts.ask_what"
        turn.ask("facts.ask_what", None)
    elif unknown:
        turn.rule = "facts.unknown" if len(unknown) == len(intents) else "facts.partly"
        turn.paragraph("facts.unknown" if not said_facts else "facts.unknown_rest")
        turn.hand_over(HandoffReason.UNKNOWN_FACT)


def _tell(turn: Workbench, fact: FactView) -> None:
    turn.fact_ids.append(fact.fact_id)
    turn.paragraph("facts.fact", fact=fact)


def _from_profile(turn: Workbench, intent: str) -> bool:
    """What the hotel's settings or the offer on the table answer."""
    if intent == "ask_checkin_checkout":
        turn.paragraph(
            "facts.times", check_in=Clock(turn.hotel.check_in_from), check_out=Clock(turn.hotel.check_out_until)
        )
        return True
    pending = turn.state.pending
    if intent == "ask_cancellation_policy" and pending is not None and pending.kind is PendingKind.CANCEL_CONFIRMATION:
        return True  # the fee itself is said again with the open question
    found = turn.state.option(turn.state.chosen)
    if intent == "ask_cancellation_policy" and found is not None and turn.state.stage is not Stage.IDLE:
        option = found[1]
        free = option.terms.free_until
        if free is not None and free > turn.at:
            turn.paragraph(
                "facts.terms_free", room=option.name, until=Moment(free), fee=option.price(option.terms.fee_after)
            )
        else:
            turn.paragraph("facts.terms_fee", room=option.name, fee=option.price(option.terms.fee_after))
        return True
    shown = [option for quoted in turn.state.offers for option in quoted.options]
    until = {option.terms.free_until for option in shown}
    if intent == "ask_cancellation_policy" and turn.state.stage is Stage.OFFERED and len(until) == 1:
        free = until.pop()
        if free is not None and free > turn.at:
            turn.paragraph("facts.terms_offers", until=Moment(free))
            return True
    return False
