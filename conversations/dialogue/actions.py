"""What the rules of the policy do: each action speaks on the workbench and may ask queries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from conversations.dialogue import (
    adding,
    arranging,
    booking,
    changing,
    details,
    extras,
    people,
    proving,
    reservations,
    talk,
    taps,
    wishes,
)
from conversations.dialogue.conditions import ARRANGED_BY, Hearing, agrees, plain
from conversations.dialogue.effects import HandoffReason
from conversations.dialogue.replies import Button, Count, Steps
from conversations.dialogue.said import Said
from conversations.dialogue.state import PendingKind, Purpose, Stage
from conversations.dialogue.workbench import Workbench
from conversations.understanding.types import Scored


def do_tap(turn: Workbench, hearing: Hearing) -> Steps:
    yield from taps.handle(turn, hearing.tap)


def prompt_again(turn: Workbench, _hearing: Hearing) -> Steps:
    turn.say("booking.nothing_booked")
    booking.prompt(turn)
    yield from ()


def do_cancel_answer(turn: Workbench, hearing: Hearing) -> Steps:
    said, pending = hearing.said, turn.state.pending
    code = pending.code if pending else ""
    if said.has("deny"):
        if said.has("cancel_reservation", "affirm"):  # "no, cancel it": two answers in one, ask again
            yield from reservations.price_cancellation(turn, code)
        else:
            reservations.keep(turn, code)
    elif said.has("affirm") and agrees(turn, replace(said, intents=without(said, "cancel_reservation"))):
        yield from reservations.accept_cancellation(turn, code)
    else:
        yield from reservations.price_cancellation(turn, code)


def without(said: Said, name: str) -> tuple[Scored, ...]:
    return tuple(scored for scored in said.intents if scored.name != name)


def do_code_answer(turn: Workbench, hearing: Hearing) -> Steps:
    pending, entities = turn.state.pending, hearing.said.entities
    purpose = pending.purpose if pending else Purpose.SHOW
    if entities.booking_ref:
        if purpose is Purpose.CHANGE:
            changing.go_on(
                turn, another=bool(pending and pending.code and pending.code != entities.booking_ref.upper())
            )
        yield from reservations.by_code(turn, purpose, entities.booking_ref.upper())
        return
    if pending is not None and pending.kind is PendingKind.PROOF:
        proving.ask_again(turn)
        return
    if (entities.email or entities.phone) and not hearing.said.has("dont_know", "deny"):
        turn.rule = "stay.ask_code"
        turn.ask("stay.ask_code", "booking_ref")
        return
    # No code at hand: a person finds the stay by name, with a look at the guest's papers.
    turn.rule = "stay.no_code"
    turn.settle()
    turn.say("stay.no_code")
    summary = " / ".join(part for part in (pending.words if pending else "", hearing.said.words) if part)
    turn.hand_over(HandoffReason.IDENTITY, summary=summary)
    yield from turn.promise_person()


def do_proof_answer(turn: Workbench, hearing: Hearing) -> Steps:
    yield from reservations.by_proof(turn, proving.digits_in(hearing.said.texts))


def do_room_answer(turn: Workbench, hearing: Hearing) -> Steps:
    entities = hearing.said.entities
    yield from people.room_number(turn, entities.room_number or str(entities.number))


def do_urgency(turn: Workbench, hearing: Hearing) -> Steps:
    yield from people.urgency(turn, urgent=hearing.said.urgent or not hearing.said.has("deny"))


def do_wish(turn: Workbench, hearing: Hearing) -> Steps:
    code = turn.state.pending.code if turn.state.pending else ""
    if hearing.said.has("deny") and plain(hearing.said):
        changing.keep(turn, code)
    elif changing.has_wish(turn):
        yield from changing.hear(turn)
    else:  # something only a person can read: the words go to reception
        yield from changing.to_person(turn, "change.passed_on")


def do_extra_answer(turn: Workbench, hearing: Hearing) -> Steps:
    pending = turn.state.pending
    if hearing.said.has("deny") or pending is None:
        adding.decline(turn)
    else:
        yield from adding.accept(turn, pending.topic)


def do_extras(turn: Workbench, hearing: Hearing) -> Steps:
    """Extras asked for with the stay; other wishes beside them go to the desk as they were written."""
    topics = hearing.said.entities.topic
    if hearing.said.has("special_request") and any(topic not in arranging.EXTRAS for topic in topics):
        booking.take_note(turn, hearing.said.words)
        turn.paragraphs.append([])
    yield from adding.add(turn, hearing.before)


def do_change_answer(turn: Workbench, hearing: Hearing) -> Steps:
    """Yes or no to the price of a change."""
    pending, open_change = turn.state.pending, turn.state.changing
    code = pending.code if pending else ""
    if hearing.said.has("deny") and not hearing.said.has("affirm"):
        changing.keep(turn, code)
    elif open_change is not None and agrees(
        turn, replace(hearing.said, intents=without(hearing.said, "modify_reservation"))
    ):
        yield from changing.accept(turn, open_change.option_id)
    else:
        turn.rule = "change.ask_again"
        changing.again(turn)


def do_arrange(turn: Workbench, hearing: Hearing) -> Steps:
    intent = hearing.said.primary.name if hearing.said.primary else ""
    yield from arranging.begin(turn, intent)
    if reservations.in_booking(turn) and turn.choices is None:
        turn.paragraphs.append([])
        booking.prompt(turn)


def do_arrange_answer(turn: Workbench, hearing: Hearing) -> Steps:
    """Yes or no to the price of another hour or an extra."""
    said, pending = hearing.said, turn.state.pending
    if said.has("deny") and not said.has("affirm"):
        arranging.decline(turn)
    elif pending is not None and agrees(turn, _without_all(said, ARRANGED_BY)):
        yield from arranging.accept(turn, pending.code)
    else:
        turn.rule = "arrange.ask_again"
        arranging.again(turn)


def _without_all(said: Said, names: frozenset[str]) -> Said:
    return replace(said, intents=tuple(scored for scored in said.intents if scored.name not in names))


def do_person(turn: Workbench, _hearing: Hearing) -> Steps:
    yield from people.ask_for_person(turn)


def do_emergency(turn: Workbench, _hearing: Hearing) -> Steps:
    yield from people.emergency(turn)


def do_complaint(turn: Workbench, _hearing: Hearing) -> Steps:
    yield from people.complaint(turn)


def do_exception(turn: Workbench, _hearing: Hearing) -> Steps:
    yield from people.exception(turn)


def do_wake_up(turn: Workbench, _hearing: Hearing) -> Steps:
    yield from people.wake_up(turn)


def do_from_room(turn: Workbench, hearing: Hearing) -> Steps:
    intent = next(scored.name for scored in hearing.said.intents if scored.name in people.FROM_THE_ROOM)
    yield from people.from_the_room(turn, intent)


def do_nothing_cancelled(turn: Workbench, _hearing: Hearing) -> Steps:
    turn.change(pending=None)
    turn.say("cancel.nothing_cancelled")
    booking.prompt(turn)
    yield from ()


def do_cancel(turn: Workbench, hearing: Hearing) -> Steps:
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


def do_show(turn: Workbench, _hearing: Hearing) -> Steps:
    if turn.state.stage is Stage.BOOKING:
        turn.rule = "booking.in_progress"
        turn.say("booking.in_progress")
        return
    yield from reservations.begin(turn, Purpose.SHOW)


def do_show_last(turn: Workbench, _hearing: Hearing) -> Steps:
    yield from reservations.by_code(turn, Purpose.SHOW, turn.state.last_code)


def do_change_booked(turn: Workbench, _hearing: Hearing) -> Steps:
    if turn.state.stage is Stage.BOOKING:
        turn.rule = "booking.in_progress"
        turn.say("booking.in_progress")
        return
    yield from reservations.begin(turn, Purpose.CHANGE)


def do_confirm(turn: Workbench, _hearing: Hearing) -> Steps:
    yield from booking.confirm(turn, turn.state.chosen or "")


def do_refuse(turn: Workbench, hearing: Hearing) -> Steps:
    stage = turn.state.stage
    again = turn.state.asked == "booking.not_this"
    if hearing.said.has("thanks", "goodbye") or stage is Stage.COLLECTING or again:
        booking.drop(turn)
    else:
        turn.ask("booking.not_this", None)
        turn.buttons(
            Button("change:dates", "button.change_dates"),
            Button("change:room", "button.change_room"),
            Button("drop", "button.no_thanks"),
        )
    yield from ()


def do_no_email(turn: Workbench, _hearing: Hearing) -> Steps:
    turn.draft(no_email=True)
    found = turn.state.option(turn.state.chosen)
    if found is None:
        yield from booking.advance(turn)
    else:
        details.ask_details_or_summary(turn, *found)


def do_note(turn: Workbench, hearing: Hearing) -> Steps:
    booking.take_note(turn, hearing.said.words)
    turn.paragraphs.append([])
    if hearing.problem is not None:
        yield from wishes.tell_problem(turn, hearing.problem)
        return
    yield from wishes.act(turn, hearing.said, hearing.before)


def do_book(turn: Workbench, hearing: Hearing) -> Steps:
    if hearing.problem is not None:
        yield from wishes.tell_problem(turn, hearing.problem)
        return
    turn.change(pending=None)
    vague = hearing.said.has("modify_reservation") and turn.state.draft == hearing.before
    if vague and (yield from wishes.switch_by_words(turn, hearing.said)):
        return
    if vague and (yield from extras.offer(turn)):  # "can you add breakfast?"
        return
    if vague and reservations.in_booking(turn):
        booking.ask_what_to_change(turn)
        return
    yield from wishes.act(turn, hearing.said, hearing.before)


def do_number(turn: Workbench, hearing: Hearing) -> Steps:
    number = hearing.said.entities.number or 0
    people, nights = Count(number, "person"), Count(number, "night")
    turn.ask("clarify.number", None, people=people, nights=nights)
    turn.buttons(
        Button(f"as:guests:{number}", "button.as_guests", {"people": people}),
        Button(f"as:nights:{number}", "button.as_nights", {"nights": nights}),
    )
    yield from ()


def do_staff(turn: Workbench, hearing: Hearing) -> Steps:
    intent = next(scored.name for scored in hearing.said.intents if scored.name in people.STAFF_INTENTS)
    yield from people.to_staff(turn, intent)
    if reservations.in_booking(turn):
        turn.paragraphs.append([])
        booking.prompt(turn)


def do_facts(turn: Workbench, _hearing: Hearing) -> Steps:
    """The answer stands already; back to the open question."""
    pending = turn.state.pending
    if turn.rule in ("arrange.offer", "extras.offer"):
        return  # the answer is a question of its own
    if pending is not None and pending.kind is PendingKind.CANCEL_CONFIRMATION:
        yield from reservations.price_cancellation(turn, pending.code)
        return
    if pending is not None and pending.kind is PendingKind.CHANGE_CONFIRMATION:
        turn.rule = "change.ask_again"
        changing.again(turn)
        return
    if pending is not None and pending.kind is PendingKind.ARRANGE_CONFIRMATION:
        turn.rule = "arrange.ask_again"
        arranging.again(turn)
        return
    if (yield from extras.offer(turn)):
        return
    if turn.state.stage in (Stage.COLLECTING, Stage.OFFERED, Stage.DETAILS, Stage.SUMMARY):
        rule = turn.rule
        booking.prompt(turn)
        turn.rule = rule
    yield from ()


def simple(handler: Callable[[Workbench], None]) -> Callable[[Workbench, Hearing], Steps]:
    def run(turn: Workbench, _hearing: Hearing) -> Steps:
        handler(turn)
        yield from ()

    return run


def do_review(turn: Workbench) -> None:
    turn.rule = "talk.review"
    turn.say("talk.review")


def do_greet(turn: Workbench, _hearing: Hearing) -> Steps:
    talk.greet(turn, first=turn.paragraphs != [])
    yield from ()


def do_dont_know(turn: Workbench, _hearing: Hearing) -> Steps:
    turn.rule = "talk.dont_know"
    if turn.state.stage is Stage.COLLECTING:
        yield from booking.show_catalogue(turn)
        turn.ask("booking.when_you_know", "check_in")
    elif turn.state.stage is Stage.IDLE:
        talk.clarify(turn)
    else:
        booking.prompt(turn)


def do_clarify(turn: Workbench, _hearing: Hearing) -> Steps:
    yield from talk.clarify_or_hand_over(turn)


def do_check_voice(turn: Workbench, hearing: Hearing) -> Steps:
    talk.check_voice(turn, hearing.said.unsure[-1])
    yield from ()


def do_refused_voice(turn: Workbench, _hearing: Hearing) -> Steps:
    turn.say("media.write_please")
    yield from ()


def do_media(turn: Workbench, hearing: Hearing) -> Steps:
    yield from talk.without_text(turn, hearing.said.types, hearing.said.troubles)
