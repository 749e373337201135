"""The agent's policy: a table of rules, first match decides. Pure; everything comes in as values.

`respond` answers one burst of messages with at most one reply; `narrate` (in `stay_events`) tells what happened to a
stay. Decisions follow from what was understood (intents, entities, ambiguities), from taps and from the state, never
from the wording of a message; the only words read are those that point at an offer (`choosing`)
or from the stay being talked about to another (`lengthening`, `moving`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from conversations.dialogue import (
    actions,
    address,
    booking,
    changing,
    conditions,
    deposits,
    extras,
    facts,
    moving,
    people,
    reminders,
    talk,
    taps,
    wishes,
)
from conversations.dialogue.conditions import Hearing
from conversations.dialogue.hotel import Caller, Heard, HotelProfile
from conversations.dialogue.replies import Decision, Steps, Turn
from conversations.dialogue.said import SMALL_TALK, Said, listen
from conversations.dialogue.state import DialogueState, PendingKind, Stage
from conversations.dialogue.stay_events import narrate
from conversations.dialogue.team import tell
from conversations.dialogue.workbench import Workbench

ENDING: Final = frozenset({"tap", "confirm", "refuse", "cancel", "emergency"})
"""Rules after which the room need not be kept longer, or that decide about it themselves."""


def respond(
    state: DialogueState, heard: Sequence[Heard], hotel: HotelProfile, at: dt.datetime, caller: Caller | None = None
) -> Turn:
    """One turn: what the guest's waiting messages are answered with.

    Yields queries and must be sent their answers; returns a decision with at most one reply. Never raises for any
    messages; `heard` is in order and may hold taps, texts and messages without text.
    """
    turn = Workbench(state=state, hotel=hotel, caller=caller or Caller(), at=at)
    answerable = [item for item in heard if item.type not in talk.NOT_ANSWERED or item.understanding is not None]
    if not answerable:
        turn.rule = "silence"
        return turn.decision()
    said = listen(answerable)
    turn.said = said
    _choose_language(turn, said)
    first = not state.disclosed
    talk.disclose(turn)
    talk.apologise_for_delay(turn)
    hearing = _hear(turn, said)
    questions = facts.wanted(turn)
    rule = next(rule for rule in RULES if rule.applies(turn, hearing))
    if rule.name not in ENDING:
        yield from booking.keep_longer(turn)
    if questions and rule.after_facts:
        yield from facts.answer(turn, questions)
        turn.paragraphs.append([])
    turn.rule = turn.rule if rule.name == "facts" else rule.name
    yield from rule.handle(turn, hearing)
    if rule.name == "greeting" and first:
        turn.rule = "talk.first_contact"
    if rule.name not in ("media", "unsure_voice"):
        yield from talk.beside_words(turn)
    if turn.state.voice == state.voice:
        turn.change(voice="")  # whatever was said, it was not "yes, that is what I said"
    if not turn.rule.startswith("clarify"):
        turn.change(misunderstandings=0)
    return turn.decision()


def apologise(state: DialogueState, hotel: HotelProfile, at: dt.datetime, caller: Caller | None = None) -> Turn:
    """A message that cannot be answered: the guest hears that a person will, and when. Remembers nothing."""
    turn = Workbench(state=state, hotel=hotel, caller=caller or Caller(), at=at)
    turn.rule = "talk.failed"
    turn.say("talk.failed")
    yield from turn.promise_person()
    return turn.decision(transactional=True)


def _choose_language(turn: Workbench, said: Said) -> None:
    language = said.language if said.language in turn.hotel.languages else None
    if turn.state.language is not None and _only_values(said):
        language = None  # a name or an address says nothing about the language
    if language is None and turn.state.language is None:
        language = turn.hotel.default_language
    if language is not None:
        turn.change(language=language)
    if turn.language == "es":
        turn.change(address=address.heard_in(said.texts, turn.state.address))


def _only_values(said: Said) -> bool:
    entities = said.entities
    named = entities.guest_name or entities.email or entities.phone or entities.booking_ref
    return bool(named) and all(scored.name == "provide_details" for scored in said.intents)


TALKED_ABOUT: Final = frozenset({Stage.OFFERED, Stage.DETAILS, Stage.SUMMARY})
"""Where "the week after" is after the stay whose prices were shown."""


def _hear(turn: Workbench, said: Said) -> Hearing:
    """Settle what counts as the tap and merge what was said about the stay."""
    before = turn.state.draft
    tap = said.tap or taps.by_number(turn)
    meant = taps.meant_intent(turn, tap)
    if meant is not None:
        turn.said, said, tap = meant, meant, ""
        turn.change(pending=None)
        return Hearing(said, tap, before, None)
    problem = None
    if not tap and not _side_answer(turn) and turn.state.stage in TALKED_ABOUT:
        turn.said = said = moving.moved(before, said)
    primary = said.primary.name if said.primary else ""
    only_question = bool(said.intents) and all(
        scored.name in facts.ABOUT_HOTEL or scored.name in SMALL_TALK for scored in said.intents
    )
    answers_beds = tap.startswith("beds:") and not said.tap  # its numbers are people of a room
    if (
        said.texts
        and not tap.startswith("dates:")
        and not answers_beds
        and primary not in wishes.ELSEWHERE
        and not _side_answer(turn)
    ):
        if only_question and not (said.entities.check_in or said.entities.check_out):
            pass  # "is there parking for 2 cars": numbers of a question are not the stay's
        elif primary == "modify_reservation" and not conditions.draft_is_meant(turn, said):
            pass
        else:
            problem = wishes.read(turn, said)
    if not tap and not _side_answer(turn) and not facts.wanted(turn):
        extras.hear(turn, said)
    return Hearing(said, tap, before, problem)


def _side_answer(turn: Workbench) -> bool:
    """Whether the open question is about a booked stay or a room, so that values answer that question."""
    pending = turn.state.pending
    if pending is not None and pending.kind in changing.KINDS:  # "is it free until the 9th?" is about the change
        return turn.said is None or not turn.said.has("make_reservation")
    if turn.said is not None and turn.said.has("check_availability", "make_reservation", "ask_price"):
        return False
    return pending is not None and pending.kind in (
        PendingKind.ROOM_NUMBER, PendingKind.PROOF, PendingKind.CODE,
        PendingKind.WHICH_RESERVATION,
    )  # fmt: skip


# -- the table ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: when it applies, what it does, and whether questions about the hotel are answered before it."""

    name: str
    applies: Callable[[Workbench, Hearing], bool]
    handle: Callable[[Workbench, Hearing], Steps]
    after_facts: bool = False


RULES: Final = (
    Rule("refused_voice", conditions.refused_voice, actions.do_refused_voice),
    Rule("opt_out", reminders.is_command, reminders.do_command),
    Rule("agent_back", people.wants_agent_back, people.do_agent_back),
    Rule("tap", conditions.tapped, actions.do_tap),
    Rule("tap_withdrawn", conditions.withdrawn_tap, actions.prompt_again),
    Rule("welcome", conditions.welcome, actions.do_greet),
    Rule("unsure_voice", conditions.unsure_voice, actions.do_check_voice),
    Rule("deposit_photo", deposits.is_photo, deposits.do_photo),
    Rule("media", conditions.without_text, actions.do_media),
    Rule("emergency", conditions.emergency, actions.do_emergency),
    Rule("cancel_answer", conditions.cancel_answer, actions.do_cancel_answer),
    Rule("urgency_answer", conditions.urgency_answer, actions.do_urgency),
    Rule("proof_answer", conditions.proof_answer, actions.do_proof_answer),
    Rule("talk_to_human", conditions.says("talk_to_human"), actions.do_person, after_facts=True),
    Rule("complaint", conditions.says("complaint"), actions.do_complaint),
    Rule("policy_exception", conditions.asks_exception, actions.do_exception),
    Rule("room_answer", conditions.room_answer, actions.do_room_answer),
    Rule("code_answer", conditions.code_answer, actions.do_code_answer),
    Rule("arrange_answer", conditions.arrange_answer, actions.do_arrange_answer),
    Rule("extra_answer", conditions.extra_answer, actions.do_extra_answer),
    Rule("change_answer", conditions.change_answer, actions.do_change_answer),
    Rule("wish_answer", conditions.wish_answer, actions.do_wish),
    Rule("wake_up", conditions.wants_waking, actions.do_wake_up, after_facts=True),
    Rule("from_the_room", conditions.mainly(*people.FROM_THE_ROOM), actions.do_from_room, after_facts=True),
    Rule("deposit_drop", deposits.is_dropped, deposits.do_drop),
    Rule("deposit_open", deposits.is_meant, deposits.do_remind, after_facts=True),
    Rule("nothing_to_cancel", conditions.nothing_to_cancel, actions.do_nothing_cancelled),
    Rule("cancel", conditions.cancels, actions.do_cancel, after_facts=True),
    Rule("show_stay", conditions.mainly("check_reservation"), actions.do_show, after_facts=True),
    Rule("change_booked", conditions.changes_booked, actions.do_change_booked, after_facts=True),
    Rule("confirm", conditions.accepts_summary, actions.do_confirm),
    Rule("no_email", conditions.has_no_email, actions.do_no_email),
    Rule("refuse", conditions.refuses, actions.do_refuse),
    Rule("extras", conditions.extras_asked, actions.do_extras, after_facts=True),
    Rule("note", conditions.special_in_booking, actions.do_note, after_facts=True),
    Rule("book", conditions.books, actions.do_book, after_facts=True),
    Rule("arrange", conditions.arranges, actions.do_arrange, after_facts=True),
    Rule("staff", conditions.mainly(*people.STAFF_INTENTS), actions.do_staff, after_facts=True),
    Rule("facts", conditions.asks_hotel, actions.do_facts, after_facts=True),
    Rule("help", conditions.says("help"), actions.simple(talk.help_text)),
    Rule("out_of_scope", conditions.says("out_of_scope"), actions.simple(talk.out_of_scope)),
    Rule("review", conditions.says("leave_review"), actions.simple(actions.do_review)),
    Rule("anger", conditions.angry, actions.do_complaint),
    Rule("dont_know", conditions.says("dont_know"), actions.do_dont_know),
    Rule("thanks", conditions.says("thanks"), actions.simple(talk.thanks)),
    Rule("goodbye", conditions.says("goodbye"), actions.simple(talk.goodbye)),
    Rule("greeting", conditions.says("greeting"), actions.do_greet),
    Rule("acknowledge", conditions.says("affirm", "deny"), actions.simple(talk.acknowledge)),
    Rule("contact_again", conditions.contact_again, actions.do_show_last),
    Rule("number", conditions.unclear_number, actions.do_number),
    Rule("clarify", conditions.always, actions.do_clarify),
)

__all__ = ["RULES", "Decision", "Rule", "apologise", "narrate", "respond", "tell"]
