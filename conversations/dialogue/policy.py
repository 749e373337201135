"""The agent's policy: a table of rules, first match decides. Pure; everything comes in as values.

`respond` answers one burst of messages with at most one reply; `narrate` (in `stay_events`) tells what happened to a
stay. Decisions follow from what was understood (intents, entities, ambiguities), from taps and from the state, never
from the wording of a message; the only words read are those that point at an offer (`choosing`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from conversations.dialogue import address, booking, facts, people, reservations, talk, taps, wishes
from conversations.dialogue.draft import Problem, stay_of
from conversations.dialogue.effects import HandoffReason
from conversations.dialogue.hotel import Caller, Heard, HotelProfile
from conversations.dialogue.replies import Button, Decision, Steps, Turn
from conversations.dialogue.said import SMALL_TALK, Said, listen
from conversations.dialogue.state import DialogueState, Draft, PendingKind, Purpose, Stage
from conversations.dialogue.stay_events import narrate
from conversations.dialogue.workbench import Workbench
from conversations.understanding.types import Scored
from integrations.events import MessageType

POLICY_VERSION: Final = "1"
"""Stored with each turn; raise it when a rule changes what is decided."""

CONFIRM_FROM: Final = 0.6
"""Probability a spoken "yes" needs before something is booked or cancelled; below it the question is asked again."""

CLOCK_TOLERANCE: Final = dt.timedelta(seconds=5)
"""Difference allowed between the provider's clock and ours when judging whether a "yes" came after the question."""

BESIDE_YES: Final = SMALL_TALK | {"affirm", "provide_details", "make_reservation"}
"""What may stand beside a "yes" without making it a different answer."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """What a rule decides on: the burst, the effective tap, the draft before it and what could not be merged."""

    said: Said
    tap: str
    before: Draft
    problem: Problem | None


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
    if questions and rule.after_facts:
        yield from facts.answer(turn, questions)
        turn.paragraphs.append([])
    turn.rule = turn.rule if rule.name == "facts" else rule.name
    yield from rule.handle(turn, hearing)
    if rule.name == "greeting" and first:
        turn.rule = "talk.first_contact"
    if not turn.rule.startswith("clarify"):
        turn.change(misunderstandings=0)
    return turn.decision()


def _choose_language(turn: Workbench, said: Said) -> None:
    language = said.language if said.language in turn.hotel.languages else None
    if language is None and turn.state.language is None:
        language = turn.hotel.default_language
    if language is not None:
        turn.change(language=language)
    if turn.language == "es":
        turn.change(address=address.heard_in(said.texts, turn.state.address))


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
    primary = said.primary.name if said.primary else ""
    only_question = bool(said.intents) and all(
        scored.name in facts.ABOUT_HOTEL or scored.name in SMALL_TALK for scored in said.intents
    )
    if said.texts and not tap.startswith("dates:") and primary not in wishes.ELSEWHERE and not _side_answer(turn):
        if only_question and not (said.entities.check_in or said.entities.check_out):
            pass  # "is there parking for 2 cars": numbers of a question are not the stay's
        elif primary == "modify_reservation" and not _draft_is_meant(turn, said):
            pass
        else:
            problem = wishes.read(turn, said)
    return Hearing(said, tap, before, problem)


def _side_answer(turn: Workbench) -> bool:
    """Whether the open question is about a booked stay or a room, so that values answer that question."""
    pending = turn.state.pending
    return pending is not None and pending.kind in (
        PendingKind.CHANGE_WISH, PendingKind.ROOM_NUMBER, PendingKind.CONTACT, PendingKind.CODE,
        PendingKind.WHICH_RESERVATION,
    )  # fmt: skip


def _draft_is_meant(turn: Workbench, said: Said) -> bool:
    """Whether a change is about the booking in the making rather than a booked stay."""
    return said.entities.booking_ref is None and turn.state.stage in (
        Stage.COLLECTING, Stage.OFFERED, Stage.DETAILS, Stage.SUMMARY,
    )  # fmt: skip


def _agrees(turn: Workbench, said: Said) -> bool:
    """A clear yes to the question that is open: nothing else asked, refused or changed, and written after it."""
    yes = next((scored for scored in said.intents if scored.name == "affirm"), None)
    if yes is None or yes.confidence < CONFIRM_FROM or said.entities.ambiguities:
        return False
    if any(scored.name not in BESIDE_YES for scored in said.intents):
        return False
    asked_at = turn.state.asked_at
    return asked_at is None or said.first_sent_at >= asked_at - CLOCK_TOLERANCE


def _plain(said: Said) -> bool:
    """No more than a courtesy, a yes or a no."""
    return all(scored.name in SMALL_TALK | {"affirm", "deny", "dont_know"} for scored in said.intents)


# -- conditions -----------------------------------------------------------------------------------------------------


def _tapped(turn: Workbench, hearing: Hearing) -> bool:
    """A tap decides, unless the same burst takes it back: a refusal, a change of the stay, another button."""
    said, tap = hearing.said, hearing.tap
    if not tap:
        return False
    if wishes.changed_search(hearing.before, turn.state.draft) or hearing.problem is not None:
        return False
    if tap.startswith(taps.BINDING):
        withdrawn = any(
            other in ("drop", "change") or other.startswith(("change:", "cancel_no:")) for other in said.taps
        )
        return not withdrawn and all(scored.name in BESIDE_YES for scored in said.intents)
    return True


def _withdrawn_tap(turn: Workbench, hearing: Hearing) -> bool:
    return hearing.tap.startswith(taps.BINDING) and hearing.problem is None and not hearing.said.intents


def _without_text(_turn: Workbench, hearing: Hearing) -> bool:
    return not hearing.said.texts and not hearing.tap and not hearing.said.intents


def _welcome(_turn: Workbench, hearing: Hearing) -> bool:
    return _without_text(_turn, hearing) and MessageType.WELCOME in hearing.said.types


def _emergency(_turn: Workbench, hearing: Hearing) -> bool:
    return hearing.said.urgent and hearing.said.has("report_problem", "complaint")


def _pending(*kinds: PendingKind) -> Callable[[Workbench], bool]:
    return lambda turn: turn.state.pending is not None and turn.state.pending.kind in kinds


def _cancel_answer(turn: Workbench, hearing: Hearing) -> bool:
    if not _pending(PendingKind.CANCEL_CONFIRMATION)(turn):
        return False
    said = hearing.said
    return said.has("affirm", "deny", "cancel_reservation") and all(
        scored.name in BESIDE_YES | {"deny", "cancel_reservation"} for scored in said.intents
    )


def _code_answer(turn: Workbench, hearing: Hearing) -> bool:
    said = hearing.said
    if not _pending(PendingKind.CODE, PendingKind.CONTACT, PendingKind.WHICH_RESERVATION)(turn):
        return False
    entities = said.entities
    return bool(entities.booking_ref or entities.email or entities.phone) or said.has("dont_know", "deny")


def _room_answer(turn: Workbench, hearing: Hearing) -> bool:
    entities = hearing.said.entities
    return _pending(PendingKind.ROOM_NUMBER)(turn) and (entities.room_number or entities.number) is not None


def _urgency_answer(turn: Workbench, hearing: Hearing) -> bool:
    return _pending(PendingKind.URGENCY)(turn) and (hearing.said.urgent or hearing.said.has("affirm", "deny"))


def _wish_answer(turn: Workbench, hearing: Hearing) -> bool:
    said = hearing.said
    other = said.has("talk_to_human", "complaint", "cancel_reservation", "check_reservation", *people.STAFF_INTENTS)
    return _pending(PendingKind.CHANGE_WISH)(turn) and bool(said.texts) and not other and not facts.wanted(turn)


def _says(*names: str) -> Callable[[Workbench, Hearing], bool]:
    return lambda _turn, hearing: hearing.said.has(*names)


def _mainly(*names: str) -> Callable[[Workbench, Hearing], bool]:
    return lambda _turn, hearing: hearing.said.primary is not None and hearing.said.primary.name in names


def _nothing_to_cancel(_turn: Workbench, hearing: Hearing) -> bool:
    return hearing.said.has("cancel_reservation") and hearing.said.has("deny")


def _cancels(_turn: Workbench, hearing: Hearing) -> bool:
    return _mainly("cancel_reservation")(_turn, hearing)


def _changes_booked(turn: Workbench, hearing: Hearing) -> bool:
    return hearing.said.has("modify_reservation") and not _draft_is_meant(turn, hearing.said)


def _accepts_summary(turn: Workbench, hearing: Hearing) -> bool:
    state = turn.state
    unchanged = state.draft == hearing.before and hearing.problem is None
    return (
        state.stage is Stage.SUMMARY
        and state.expected_slot == "confirmation"
        and state.chosen is not None
        and unchanged
        and _agrees(turn, hearing.said)
    )


def _refuses(turn: Workbench, hearing: Hearing) -> bool:
    booking_open = turn.state.stage in (Stage.COLLECTING, Stage.OFFERED, Stage.DETAILS, Stage.SUMMARY)
    unchanged = turn.state.draft == hearing.before
    return booking_open and hearing.said.has("deny") and _plain(hearing.said) and unchanged


def _has_no_email(turn: Workbench, hearing: Hearing) -> bool:
    return (
        turn.state.stage is Stage.DETAILS
        and turn.state.expected_slot in ("email", "name_and_email")
        and hearing.said.has("deny", "dont_know")
        and bool(turn.state.draft.phone or turn.caller.phone)
        and not turn.state.draft.email
    )


def _special_in_booking(turn: Workbench, hearing: Hearing) -> bool:
    return hearing.said.has("special_request") and turn.state.stage in (
        Stage.COLLECTING, Stage.OFFERED, Stage.DETAILS, Stage.SUMMARY,
    )  # fmt: skip


def _books(turn: Workbench, hearing: Hearing) -> bool:
    said, state = hearing.said, turn.state
    if said.primary is not None and said.primary.name in people.STAFF_INTENTS:
        return False
    if hearing.problem is not None or state.draft != hearing.before:
        return True
    if said.has("ask_price") and facts.wanted(turn):
        return False
    if said.has(*wishes.BOOKING_INTENTS, "ask_room_types") and not _empty_details(turn, said):
        return True
    if said.has("modify_reservation") and _draft_is_meant(turn, said):
        return True
    open_offer = state.stage is Stage.OFFERED and not facts.wanted(turn)
    if open_offer and (said.primary is None or _plain(said)) and wishes.pick(turn, said) is not None:
        return True
    complete = stay_of(state.draft) is not None
    return said.has("affirm") and (
        state.stage in (Stage.OFFERED, Stage.DETAILS, Stage.SUMMARY) or (state.stage is Stage.COLLECTING and complete)
    )


def _empty_details(turn: Workbench, said: Said) -> bool:
    """ "provide_details" that provide nothing usable are a misunderstanding."""
    return said.primary is not None and said.primary.name == "provide_details" and turn.state.stage is Stage.IDLE


def _unclear_number(_turn: Workbench, hearing: Hearing) -> bool:
    return hearing.said.entities.number is not None and _turn.state.stage in (Stage.COLLECTING, Stage.IDLE)


def _asks_hotel(turn: Workbench, _hearing: Hearing) -> bool:
    return bool(facts.wanted(turn))


def _always(_turn: Workbench, _hearing: Hearing) -> bool:
    return True


# -- what the rules do ----------------------------------------------------------------------------------------------


def _do_tap(turn: Workbench, hearing: Hearing) -> Steps:
    yield from taps.handle(turn, hearing.tap)


def _prompt_again(turn: Workbench, _hearing: Hearing) -> Steps:
    turn.say("booking.nothing_booked")
    booking.prompt(turn)
    yield from ()


def _do_cancel_answer(turn: Workbench, hearing: Hearing) -> Steps:
    said, pending = hearing.said, turn.state.pending
    code = pending.code if pending else ""
    if said.has("deny"):
        if said.has("cancel_reservation", "affirm"):  # "no, cancel it": two answers in one, ask again
            yield from reservations.price_cancellation(turn, code)
        else:
            reservations.keep(turn, code)
    elif said.has("affirm") and _agrees(turn, replace(said, intents=_without(said, "cancel_reservation"))):
        yield from reservations.accept_cancellation(turn, code)
    else:
        yield from reservations.price_cancellation(turn, code)


def _without(said: Said, name: str) -> tuple[Scored, ...]:
    return tuple(scored for scored in said.intents if scored.name != name)


def _do_code_answer(turn: Workbench, hearing: Hearing) -> Steps:
    pending, entities = turn.state.pending, hearing.said.entities
    purpose = pending.purpose if pending else Purpose.SHOW
    code = (entities.booking_ref or (pending.code if pending else "")).upper()
    contact = entities.email or entities.phone
    if code and (entities.booking_ref or contact):
        yield from reservations.by_code(turn, purpose, code, contact)
        return
    # No code at hand: a person finds the stay by name, with a look at the guest's papers.
    turn.rule = "stay.no_code"
    turn.settle()
    turn.say("stay.no_code")
    summary = " / ".join(part for part in (pending.words if pending else "", hearing.said.words) if part)
    turn.hand_over(HandoffReason.IDENTITY, summary=summary)
    yield from turn.promise_person()


def _do_room_answer(turn: Workbench, hearing: Hearing) -> Steps:
    entities = hearing.said.entities
    yield from people.room_number(turn, entities.room_number or str(entities.number))


def _do_urgency(turn: Workbench, hearing: Hearing) -> Steps:
    yield from people.urgency(turn, urgent=hearing.said.urgent or not hearing.said.has("deny"))


def _do_wish(turn: Workbench, hearing: Hearing) -> Steps:
    code = turn.state.pending.code if turn.state.pending else ""
    if hearing.said.has("deny") and _plain(hearing.said):
        reservations.keep(turn, code)
        return
    yield from reservations.pass_on_change(turn, code)


def _do_person(turn: Workbench, _hearing: Hearing) -> Steps:
    yield from people.ask_for_person(turn)


def _do_emergency(turn: Workbench, _hearing: Hearing) -> Steps:
    yield from people.emergency(turn)


def _do_complaint(turn: Workbench, _hearing: Hearing) -> Steps:
    yield from people.complaint(turn)


def _do_from_room(turn: Workbench, hearing: Hearing) -> Steps:
    intent = next(scored.name for scored in hearing.said.intents if scored.name in people.FROM_THE_ROOM)
    yield from people.from_the_room(turn, intent)


def _do_nothing_cancelled(turn: Workbench, _hearing: Hearing) -> Steps:
    turn.change(pending=None)
    turn.say("cancel.nothing_cancelled")
    booking.prompt(turn)
    yield from ()


def _do_cancel(turn: Workbench, hearing: Hearing) -> Steps:
    in_booking = reservations.in_booking(turn) or turn.state.stage is Stage.COLLECTING
    if in_booking and hearing.said.entities.booking_ref is None and not turn.state.last_code:
        booking.drop(turn)
    elif in_booking and hearing.said.entities.booking_ref is None:
        turn.rule = "stay.cancel_which"
        turn.ask("cancel.which", None)
        turn.buttons(
            Button("drop", "button.drop_this"),
            Button(f"stay_cancel:{turn.state.last_code}", "button.cancel_stay"),
            Button("go_on", "button.go_on"),
        )
    else:
        yield from reservations.begin(turn, Purpose.CANCEL)


def _do_show(turn: Workbench, _hearing: Hearing) -> Steps:
    if turn.state.stage is Stage.BOOKING:
        turn.say("booking.in_progress")
        return
    yield from reservations.begin(turn, Purpose.SHOW)


def _do_change_booked(turn: Workbench, _hearing: Hearing) -> Steps:
    if turn.state.stage is Stage.BOOKING:
        turn.say("booking.in_progress")
        return
    yield from reservations.begin(turn, Purpose.CHANGE)


def _do_confirm(turn: Workbench, _hearing: Hearing) -> Steps:
    yield from booking.confirm(turn, turn.state.chosen or "")


def _do_refuse(turn: Workbench, hearing: Hearing) -> Steps:
    stage = turn.state.stage
    if hearing.said.has("thanks", "goodbye") or stage is Stage.COLLECTING:
        booking.drop(turn)
    else:
        turn.ask("booking.not_this", None)
        turn.buttons(
            Button("change:dates", "button.change_dates"),
            Button("change:room", "button.change_room"),
            Button("drop", "button.no_thanks"),
        )
    yield from ()


def _do_no_email(turn: Workbench, _hearing: Hearing) -> Steps:
    turn.draft(no_email=True)
    found = turn.state.option(turn.state.chosen)
    if found is None:
        yield from booking.advance(turn)
    else:
        booking.ask_details_or_summary(turn, *found)


def _do_note(turn: Workbench, hearing: Hearing) -> Steps:
    booking.take_note(turn, hearing.said.words)
    turn.paragraphs.append([])
    if hearing.problem is not None:
        yield from wishes.tell_problem(turn, hearing.problem)
        return
    yield from wishes.act(turn, hearing.said, hearing.before)


def _do_book(turn: Workbench, hearing: Hearing) -> Steps:
    if hearing.problem is not None:
        yield from wishes.tell_problem(turn, hearing.problem)
        return
    turn.change(pending=None)
    vague = hearing.said.has("modify_reservation") and turn.state.draft == hearing.before
    if vague and reservations.in_booking(turn):
        booking.ask_what_to_change(turn)
        return
    yield from wishes.act(turn, hearing.said, hearing.before)


def _do_number(turn: Workbench, hearing: Hearing) -> Steps:
    number = hearing.said.entities.number or 0
    turn.ask("clarify.number", None, number=number)
    turn.buttons(
        Button(f"as:guests:{number}", "button.as_guests", {"number": number}),
        Button(f"as:nights:{number}", "button.as_nights", {"number": number}),
    )
    yield from ()


def _do_staff(turn: Workbench, hearing: Hearing) -> Steps:
    intent = next(scored.name for scored in hearing.said.intents if scored.name in people.STAFF_INTENTS)
    yield from people.to_staff(turn, intent)
    if reservations.in_booking(turn):
        turn.paragraphs.append([])
        booking.prompt(turn)


def _do_facts(turn: Workbench, _hearing: Hearing) -> Steps:
    """The answer stands already; back to the open question."""
    if turn.state.stage in (Stage.COLLECTING, Stage.OFFERED, Stage.DETAILS, Stage.SUMMARY):
        rule = turn.rule
        booking.prompt(turn)
        turn.rule = rule
    yield from ()


def _simple(handler: Callable[[Workbench], None]) -> Callable[[Workbench, Hearing], Steps]:
    def run(turn: Workbench, _hearing: Hearing) -> Steps:
        handler(turn)
        yield from ()

    return run


def _do_review(turn: Workbench) -> None:
    turn.rule = "talk.review"
    turn.say("talk.review")


def _do_greet(turn: Workbench, _hearing: Hearing) -> Steps:
    talk.greet(turn, first=turn.paragraphs != [])
    yield from ()


def _do_dont_know(turn: Workbench, _hearing: Hearing) -> Steps:
    turn.rule = "talk.dont_know"
    if turn.state.stage is Stage.COLLECTING:
        yield from booking.show_catalogue(turn)
        turn.ask("booking.when_you_know", "check_in")
    elif turn.state.stage is Stage.IDLE:
        talk.clarify(turn)
    else:
        booking.prompt(turn)


def _do_media(turn: Workbench, hearing: Hearing) -> Steps:
    yield from talk.without_text(turn, hearing.said.types)


# -- the table ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: when it applies, what it does, and whether questions about the hotel are answered before it."""

    name: str
    applies: Callable[[Workbench, Hearing], bool]
    handle: Callable[[Workbench, Hearing], Steps]
    after_facts: bool = False


RULES: Final = (
    Rule("tap", _tapped, _do_tap),
    Rule("tap_withdrawn", _withdrawn_tap, _prompt_again),
    Rule("welcome", _welcome, _do_greet),
    Rule("media", _without_text, _do_media),
    Rule("emergency", _emergency, _do_emergency),
    Rule("cancel_answer", _cancel_answer, _do_cancel_answer),
    Rule("urgency_answer", _urgency_answer, _do_urgency),
    Rule("talk_to_human", _says("talk_to_human"), _do_person, after_facts=True),
    Rule("complaint", _says("complaint"), _do_complaint),
    Rule("room_answer", _room_answer, _do_room_answer),
    Rule("code_answer", _code_answer, _do_code_answer),
    Rule("wish_answer", _wish_answer, _do_wish),
    Rule("from_the_room", _mainly(*people.FROM_THE_ROOM), _do_from_room, after_facts=True),
    Rule("nothing_to_cancel", _nothing_to_cancel, _do_nothing_cancelled),
    Rule("cancel", _cancels, _do_cancel, after_facts=True),
    Rule("show_stay", _mainly("check_reservation"), _do_show, after_facts=True),
    Rule("change_booked", _changes_booked, _do_change_booked, after_facts=True),
    Rule("confirm", _accepts_summary, _do_confirm),
    Rule("no_email", _has_no_email, _do_no_email),
    Rule("refuse", _refuses, _do_refuse),
    Rule("note", _special_in_booking, _do_note, after_facts=True),
    Rule("book", _books, _do_book, after_facts=True),
    Rule("staff", _mainly(*people.STAFF_INTENTS), _do_staff, after_facts=True),
    Rule("facts", _asks_hotel, _do_facts, after_facts=True),
    Rule("help", _says("help"), _simple(talk.help_text)),
    Rule("out_of_scope", _says("out_of_scope"), _simple(talk.out_of_scope)),
    Rule("review", _says("leave_review"), _simple(_do_review)),
    Rule("dont_know", _says("dont_know"), _do_dont_know),
    Rule("thanks", _says("thanks"), _simple(talk.thanks)),
    Rule("goodbye", _says("goodbye"), _simple(talk.goodbye)),
    Rule("greeting", _says("greeting"), _do_greet),
    Rule("acknowledge", _says("affirm", "deny"), _simple(talk.acknowledge)),
    Rule("number", _unclear_number, _do_number),
    Rule("clarify", _always, _simple(talk.clarify)),
)

__all__ = ["POLICY_VERSION", "RULES", "Decision", "Rule", "narrate", "respond"]
