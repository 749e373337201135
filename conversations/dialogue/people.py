"""When a person is needed: asked for, complaints, emergencies, requests from the room, groups and events.

A handoff never leaves the guest alone: they hear what was passed on and truthfully when someone looks at it, and the
agent goes on answering until a person writes.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import TYPE_CHECKING, Final

from conversations.dialogue.draft import for_staff
from conversations.dialogue.effects import (
    Answer,
    FactsFound,
    FindFacts,
    HandoffReason,
    Query,
    StaffHours,
    StaffPresence,
    TaskKind,
)
from conversations.dialogue.replies import Button, Clock, Moment, Phrase, Steps
from conversations.dialogue.state import Pending, PendingKind, Purpose
from conversations.dialogue.values import clean
from conversations.dialogue.workbench import Workbench

if TYPE_CHECKING:
    from conversations.dialogue.conditions import Hearing

FROM_THE_ROOM: Final = {
    "room_service": TaskKind.ROOM_SERVICE,
    "housekeeping": TaskKind.HOUSEKEEPING,
    "report_problem": TaskKind.BROKEN,
}
"""Requests for which staff must know the room, and the task each becomes."""
URGENT_REASON: Final = {
    "room_service": HandoffReason.IN_STAY_REQUEST,
    "housekeeping": HandoffReason.IN_STAY_REQUEST,
    "report_problem": HandoffReason.PROBLEM,
}
"""What an urgent one is to whoever is on call."""

ABOUT_RULES: Final = ("ask_cancellation_policy", "special_request", "ask_payment", "ask_price", "help",
                      "cancel_reservation", "modify_reservation")  # fmt: skip
EXCEPTION: Final = re.compile(
    r"\b(?:excepcion|exception|excecao|perdon\w+ (?:la |el |esa? )?(?:penalidad|multa|cargo|tarifa|noche)|"
    r"waive\w*|let (?:me|us) off|abr\w+ mao|isent\w+|perdoa\w* (?:a )?(?:multa|taxa)|"
    r"(?:refund|reembols\w+|devol\w+).{0,40}(?:non.?refundable|no reembolsable|nao reembolsavel)|"
    r"hac\w+ (?:un |algun )?(?:descuento|mejor precio)|(?:give|do) (?:me|us) a (?:discount|better price)|"
    r"(?:faz\w*|fazer) (?:um |algum )?desconto)\b"
)
"""Asking for what the rules do not give."""
WAKING: Final = re.compile(r"\b(?:wake\w*|despert\w+|despierten?|despiertan|acord(?:ar|em|e|a)\w*)\b")
BACK: Final = frozenset({"asistente", "assistant", "assistente", "bot"})
"""Alone in a message: the guest wants the agent back."""

KNOWN_PROBLEMS: Final = frozenset({"air_conditioning", "heating", "hot_water", "noise", "wifi", "tv", "cleaning"})
"""Topics whose name is said back; others are called "the problem"."""


def ask_for_person(turn: Workbench) -> Steps:
    """The guest wants a person: passed on at once, truthful about hours, urgency asked at night."""
    turn.rule = "person.asked"
    urgent = turn.said is not None and turn.said.urgent
    turn.hand_over(HandoffReason.ASKED, urgent=urgent)
    presence = yield StaffHours()
    if not isinstance(presence, StaffPresence) or presence.open_now:
        turn.say("person.passed_on")
        turn.settle()
    elif presence.on_call and not urgent:
        if presence.opens_at is None:
            turn.say("person.night")
        else:
            turn.say("person.night_until", when=Moment(presence.opens_at))
        turn.ask("person.ask_urgent", None)
        turn.buttons(Button("urgent_yes", "button.urgent_yes"), Button("urgent_no", "button.urgent_no"))
        words = turn.said.words if turn.said else ""
        turn.wait_for(Pending(kind=PendingKind.URGENCY, words=clean(words, 600)))
    else:
        turn.settle()
        if presence.on_call:
            turn.say("person.on_call_told")
        elif presence.opens_at is not None:
            turn.say("person.closed_until", when=Moment(presence.opens_at))
        else:
            turn.say("person.closed")
        if urgent and turn.hotel.phone and not presence.on_call:
            turn.say("person.call", phone=turn.hotel.phone)


def urgency(turn: Workbench, *, urgent: bool) -> Steps:
    """The answer to "is it urgent?" at night."""
    pending = turn.state.pending
    turn.settle()
    turn.rule = "person.urgent" if urgent else "person.can_wait"
    kind = FROM_THE_ROOM.get(pending.topic) if pending else None
    words = pending.words if pending else ""
    if kind is None:
        turn.hand_over(HandoffReason.ASKED, summary=words, urgent=urgent)
    elif urgent and pending is not None:  # the task stays on the list; whoever is on call is told now
        turn.open_task(kind, what=words, urgent=True, adds_room=True)
        turn.hand_over(URGENT_REASON[pending.topic], summary=words, urgent=True)
    if urgent:
        turn.say("person.on_call_told")
        if turn.hotel.phone:
            turn.say("person.call", phone=turn.hotel.phone)
    else:
        turn.say("person.noted")
        yield from turn.promise_person()


def emergency(turn: Workbench) -> Steps:
    """Danger or an urgent fault: whoever is on duty is told now; lives first."""
    turn.rule = "person.emergency"
    turn.settle()
    _remember_room(turn)
    turn.hand_over(HandoffReason.EMERGENCY, urgent=True)
    turn.say("emergency.told")
    turn.say("emergency.call_first")
    if turn.hotel.phone:
        turn.say("emergency.call_hotel", phone=turn.hotel.phone)
    yield from ()


def complaint(turn: Workbench) -> Steps:
    """Anger: the fact is acknowledged, a person comes, and the guest knows when."""
    turn.rule = "person.complaint"
    turn.settle()
    _remember_room(turn)
    turn.hand_over(HandoffReason.COMPLAINT, urgent=turn.said is not None and turn.said.urgent)
    if not _sorry_about(turn):
        turn.say("complaint.acknowledged")
    turn.say("complaint.with_person")
    yield from turn.promise_person()


def from_the_room(turn: Workbench, intent: str) -> Steps:
    """Towels, food, something broken: staff know at once; the room number is asked when it is missing."""
    _remember_room(turn)
    said = turn.said
    urgent = said is not None and said.urgent
    turn.rule = f"room.{intent}"
    turn.open_task(FROM_THE_ROOM[intent], urgent=urgent)
    if urgent:
        turn.hand_over(URGENT_REASON[intent], urgent=True)
    if intent == "report_problem" and not _sorry_about(turn):
        turn.say("room.sorry")
    if turn.state.room_number:
        yield from _passed_on(turn, intent, clean(said.words, 600) if said else "")
    else:
        turn.say("room.passed_on_without_number")
        turn.ask("room.ask_number", "room_number")
        words = clean(said.words, 600) if said else ""
        turn.wait_for(Pending(kind=PendingKind.ROOM_NUMBER, topic=intent, words=words))


def room_number(turn: Workbench, number: str) -> Steps:
    """The room the request comes from; the task is completed with it."""
    pending = turn.state.pending
    topic = pending.topic if pending else "housekeeping"
    words = pending.words if pending else ""
    turn.change(room_number=clean(number, 10))
    turn.settle()
    turn.rule = "room.number"
    if topic == "wake_up":
        turn.open_task(TaskKind.WAKE_UP, what=words, adds_room=True)
        turn.say("room.passed_on", room=turn.state.room_number)
        return
    turn.open_task(FROM_THE_ROOM.get(topic, TaskKind.HOUSEKEEPING), what=words, adds_room=True)
    yield from _passed_on(turn, topic, words)


def _passed_on(turn: Workbench, intent: str, words: str) -> Steps:
    """Who knows about it; at night a fault may be urgent, and only the guest can tell."""
    turn.settle()
    turn.say("room.passed_on", room=turn.state.room_number)
    if intent != "report_problem":
        yield from turn.promise_team()
        return
    presence = yield StaffHours()
    turn.say_team(presence)
    if isinstance(presence, StaffPresence) and not presence.open_now and presence.on_call:
        turn.ask("person.ask_urgent", None)
        turn.buttons(Button("urgent_yes", "button.urgent_yes"), Button("urgent_no", "button.urgent_no"))
        turn.wait_for(Pending(kind=PendingKind.URGENCY, topic=intent, words=words))


def stays_down(turn: Workbench, purpose: Purpose) -> Steps:
    """The hotel's system cannot be asked about a booked stay: nothing is changed, a person takes the request on."""
    turn.rule, turn.degraded = "stay.pms_down", "pms"
    turn.settle()
    turn.say("down.no_stays")
    reason = {
        Purpose.SHOW: HandoffReason.PMS_DOWN,
        Purpose.CANCEL: HandoffReason.CANCELLATION,
        Purpose.CHANGE: HandoffReason.MODIFICATION,
    }[purpose]
    words = turn.said.words if turn.said else ""
    turn.hand_over(reason, summary=f"{words} · {for_staff(turn.state.draft)}")
    yield from turn.promise_person()


def _sorry_about(turn: Workbench) -> bool:
    """Name what is wrong when it is one of the usual things."""
    topic = next((t for t in turn.said.entities.topic if t in KNOWN_PROBLEMS), "") if turn.said else ""
    if topic:
        turn.say("room.sorry_about", topic=Phrase(f"topic.{topic}"))
    return bool(topic)


def _remember_room(turn: Workbench) -> None:
    if turn.said is not None and turn.said.entities.room_number:
        turn.change(room_number=clean(turn.said.entities.room_number, 10))


_TO_STAFF: Final[dict[str, tuple[HandoffReason | TaskKind, str]]] = {
    "events_groups": (HandoffReason.EVENT, "staff.event"),
    "book_service": (TaskKind.OTHER, "staff.service"),
    "lost_found": (TaskKind.LOST_FOUND, "staff.lost"),
    "special_request": (HandoffReason.IN_STAY_REQUEST, "staff.special"),
    "early_late_request": (HandoffReason.IN_STAY_REQUEST, "staff.times"),
}
STAFF_INTENTS: Final = frozenset(_TO_STAFF)


def to_staff(turn: Workbench, intent: str) -> Steps:
    """What only people arrange: noted with the guest's words and passed on."""
    reason, key = _TO_STAFF[intent]
    _remember_room(turn)
    turn.rule = f"staff.{intent}"
    turn.settle()
    words = turn.said.words if turn.said else ""
    summary = " · ".join(part for part in (words, for_staff(turn.state.draft)) if part)
    if isinstance(reason, TaskKind):
        turn.open_task(_service(turn) if intent == "book_service" else reason, what=words, timed=True)
    else:
        turn.hand_over(reason, summary=summary)
    if key == "staff.times" and (yield from _rules_about_times(turn)):
        turn.paragraph("staff.special")
    elif key == "staff.times":
        turn.say(key, check_in=Clock(turn.hotel.check_in_from), check_out=Clock(turn.hotel.check_out_until))
    elif intent == "lost_found" and turn.state.room_number:
        turn.say("staff.lost_in_room", room=turn.state.room_number)
    else:
        turn.say(key)
    if isinstance(reason, TaskKind):
        yield from turn.promise_team("team.will_tell_news")
    else:
        yield from turn.promise_person()


_SERVICES: Final = {
    "spa": TaskKind.SPA, "massage": TaskKind.SPA, "restaurant": TaskKind.TABLE, "bar": TaskKind.TABLE,
    "transfer": TaskKind.TRANSFER, "airport": TaskKind.TRANSFER, "taxi": TaskKind.TRANSFER,
}  # fmt: skip
"""What the guest wants booked, by the topics they named."""


def _service(turn: Workbench) -> TaskKind:
    topics = turn.said.entities.topic if turn.said is not None else ()
    return next((_SERVICES[topic] for topic in topics if topic in _SERVICES), TaskKind.OTHER)


def exception(turn: Workbench) -> Steps:
    """What the rules do not give is neither granted nor refused here: a person decides, nothing changes before."""
    turn.rule = "person.exception"
    turn.hand_over(HandoffReason.POLICY_EXCEPTION, summary=turn.said.words if turn.said else "")
    turn.say("team.exception")
    yield from turn.promise_person()


def wake_up(turn: Workbench) -> Steps:
    """A wake-up call is the team's, at the hour the guest named; the room is asked when it is missing."""
    turn.rule = "staff.wake_up"
    _remember_room(turn)
    turn.open_task(TaskKind.WAKE_UP, timed=True)
    time = turn.said.entities.time if turn.said is not None else None
    if time is not None:
        turn.say("team.noted_wake_up_at", time=Clock(time))
    else:
        turn.say("team.noted_wake_up")
    if not turn.state.room_number:
        turn.ask("room.ask_number", "room_number")
        words = clean(turn.said.words, 600) if turn.said else ""
        turn.wait_for(Pending(kind=PendingKind.ROOM_NUMBER, topic="wake_up", words=words))
    yield from ()


def wants_agent_back(_turn: Workbench, hearing: Hearing) -> bool:
    """The one word that brings the agent back, alone in a message."""
    texts = hearing.said.texts
    return len(texts) == 1 and is_word_back(texts[0])


def is_word_back(text: str) -> bool:
    """Whether a message is nothing but the word that brings the agent back."""
    return text.strip().strip(".!¡\"'«»").casefold() in BACK


def do_agent_back(turn: Workbench, _hearing: Hearing) -> Steps:
    """The agent answers; nothing that was open is lost."""
    turn.say("team.back_with_you")
    yield from ()


def _rules_about_times(turn: Workbench) -> Generator[Query, Answer, bool]:
    """The hotel's own facts about early arrival and late departure, when it has them."""
    found = yield FindFacts(
        intent="early_late_request",
        topics=("early_check_in", "late_check_out"),
        question=turn.said.words[:400] if turn.said else "",
        language=turn.language,
        day=turn.today,
    )
    facts = found.facts[:2] if isinstance(found, FactsFound) else ()
    for fact in facts:
        turn.fact_ids.append(fact.fact_id)
        turn.paragraph("facts.fact", fact=fact)
    return bool(facts)
