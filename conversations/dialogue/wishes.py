"""What a text says about the stay wanted: merging it, catching what cannot be, and moving the booking on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator
from dataclasses import replace
from typing import Final

from conversations.dialogue import booking, details, offers
from conversations.dialogue.choosing import chosen_by_words, of_type, pointed_at
from conversations.dialogue.draft import (
    Problem,
    ambiguity_problem,
    assumed,
    dates_problem,
    merge,
    party_problem,
    searched,
    stay_of,
)
from conversations.dialogue.effects import Answer, Query, QuotedOption
from conversations.dialogue.lengthening import more_nights
from conversations.dialogue.replies import Button, Count, Day, Steps
from conversations.dialogue.said import Said
from conversations.dialogue.state import Draft, Stage
from conversations.dialogue.workbench import Workbench
from conversations.understanding.types import Entities

BOOKING_INTENTS: Final = frozenset({"check_availability", "make_reservation", "provide_details", "ask_price"})
MAX_READINGS: Final = 3

ELSEWHERE: Final = frozenset(
    {
        "room_service", "housekeeping", "report_problem", "lost_found", "book_service", "complaint", "events_groups",
        "cancel_reservation", "check_reservation", "talk_to_human", "early_late_request",
    }
)  # fmt: skip
"""Where these lead, numbers and dates are not about the stay wanted."""


def about_stay(said: Said) -> bool:
    """Whether the message tells dates, people, rooms or a room type of the stay wanted."""
    entities = said.entities
    return any(
        value is not None
        for value in (
            entities.check_in, entities.check_out, entities.nights, entities.guests, entities.adults,
            entities.children, entities.rooms, entities.room_type,
        )
    ) or bool(entities.children_ages)  # fmt: skip


def read(turn: Workbench, said: Said) -> Problem | None:
    """Merge what was said into the draft, unless it cannot be; returns what cannot be.

    Dates and people are judged apart: an impossible date leaves the people said in the same message in the draft.
    """
    before = turn.state.draft
    entities = _with_longer_stay(before, said)
    slot = turn.state.expected_slot
    problem = next(filter(None, (ambiguity_problem(unclear) for unclear in entities.ambiguities)), None)
    only_dates = Entities(check_in=entities.check_in, check_out=entities.check_out, nights=entities.nights)
    if before.room_types and len(turn.state.offers) > 1 and pick(turn, said) is not None:
        entities = replace(entities, room_type=None)  # "the superior one": one of what is on the table
    rest = merge(before, _without_dates(entities), slot if slot != "nights" else None)
    people_problem = party_problem(rest, turn.hotel)
    if people_problem is not None:
        rest = merge(before, _only_person(entities), None)
    if problem is None:
        bare = Entities(number=entities.number) if slot == "nights" and entities.number is not None else None
        dated = merge(merge(rest, only_dates, None), bare, slot) if bare else merge(rest, only_dates, None)
        problem = dates_problem(dated, turn.hotel, turn.today)
        if problem is None:
            rest = dated
    elif problem.key == "problem.nights_contradict" and entities.check_in and entities.check_out:
        stay_nights = (entities.check_out - entities.check_in).days
        problem = Problem(
            "problem.nights_contradict_dates",
            {
                "nights": Count(max(stay_nights, 0), "night"),
                "check_in": Day(entities.check_in),
                "check_out": Day(entities.check_out),
            },
            slot="nights",
            readings=problem.readings,
        )
    turn.change(draft=rest)
    return problem or people_problem


def _with_longer_stay(draft: Draft, said: Said) -> Entities:
    """What was said; "one more night" is the length of the stay that is being talked about, and that many."""
    entities = said.entities
    if draft.check_in is None or draft.check_out is None or entities.check_in or entities.check_out:
        return entities
    longer = more_nights(said.texts)
    return replace(entities, nights=(draft.check_out - draft.check_in).days + longer) if longer else entities


def _without_dates(entities: Entities) -> Entities:
    return Entities(
        rooms=entities.rooms, room_type=entities.room_type, room_types=entities.room_types, guests=entities.guests,
        adults=entities.adults, children=entities.children, children_ages=entities.children_ages,
        guest_name=entities.guest_name, email=entities.email, phone=entities.phone, number=entities.number,
    )  # fmt: skip


def _only_person(entities: Entities) -> Entities:
    return Entities(guest_name=entities.guest_name, email=entities.email, phone=entities.phone)


def tell_problem(turn: Workbench, problem: Problem) -> Steps:
    """What cannot be, kindly and specifically, with the readings as buttons; what was agreed before stays."""
    if problem.group:
        yield from offers.staff_arranges_group(turn, problem.values["size"])
        if turn.state.stage in (Stage.OFFERED, Stage.DETAILS, Stage.SUMMARY):
            turn.paragraphs.append([])
            booking.prompt(turn)
        return
    turn.rule = problem.key
    turn.ask(problem.key, problem.slot, **problem.values)
    if turn.state.stage is Stage.IDLE:
        turn.change(stage=Stage.COLLECTING)
    buttons = [button for reading in problem.readings if (button := _reading_button(reading, turn.today)) is not None]
    if len(buttons) > 1:
        turn.buttons(*buttons[:MAX_READINGS])


def _reading_button(reading: str, today: dt.date) -> Button | None:
    first, _, last = reading.partition("/")
    try:
        days = [dt.date.fromisoformat(part) for part in (first, last) if part]
    except ValueError:
        return None
    if not days or days[0] < today:
        return None
    return Button(f"dates:{reading}", "button.day", {"day": Day(days[0], short=True)})


def changed_search(before: Draft, after: Draft) -> bool:
    """Whether prices have to be looked up again; saying what was assumed anyway changes nothing."""
    return searched(assumed(before)) != searched(assumed(after))


def pick(turn: Workbench, said: Said) -> QuotedOption | None:
    """The offer the guest points at in words, among those shown."""
    shown = [option for quoted in turn.state.offers for option in quoted.options]
    listed = [option for option in shown if f"option:{option.option_id}" in turn.state.shown]
    return chosen_by_words(said.texts, said.entities, listed or shown)


def some(turn: Workbench, said: Said) -> list[QuotedOption]:
    """The fewer offers the guest may mean, when it is more than one but not all of a quote that still holds."""
    if len(turn.state.offers) != 1 or turn.late or turn.at >= turn.state.offers[0].expires_at:
        return []
    options = turn.state.offers[0].options
    meant = pointed_at(said.texts, said.entities, options)
    shown = [option for option in options if f"option:{option.option_id}" in turn.state.shown]
    return meant if 1 < len(meant) < len(shown or options) else []


def act(turn: Workbench, said: Said, before: Draft) -> Steps:
    """Move the booking on after the draft took in what was said."""
    state = turn.state
    changed = changed_search(before, state.draft)
    other_room = state.draft.room_type != before.room_type
    if state.stage is Stage.BOOKING:
        turn.rule = "booking.in_progress"
        turn.say("booking.in_progress")
    elif state.stage is Stage.COLLECTING and not changed and state.chosen and said.has("affirm", "make_reservation"):
        yield from booking.look_again(turn)
    elif state.stage is Stage.OFFERED and not changed and (option := pick(turn, said)) is not None:
        yield from booking.choose(turn, option.option_id)
    elif state.stage is Stage.OFFERED and not changed and (fewer := some(turn, said)):
        offers.present(turn, state.offers[0], lead="offers.lead", only=fewer)
    elif state.stage in (Stage.OFFERED, Stage.DETAILS, Stage.SUMMARY) and changed:
        yield from booking.correct(turn)
    elif state.stage in (Stage.OFFERED, Stage.DETAILS, Stage.SUMMARY) and other_room:
        yield from _other_room(turn)
    elif state.stage in (Stage.DETAILS, Stage.SUMMARY):
        yield from _more_details(turn, before)
    elif state.stage is Stage.OFFERED and state.proposed and said.has("make_reservation", "affirm"):
        yield from booking.choose(turn, state.proposed)
    elif state.stage is Stage.OFFERED and not turn.late and _stays_open(turn, said, before):
        turn.rule = "booking.which_option"
        booking.prompt(turn)
    else:
        if state.draft.check_in is None and said.has("ask_price", "ask_room_types"):
            yield from booking.show_catalogue(turn)
        elif not changed and any(turn.at >= quoted.expires_at for quoted in state.offers):
            turn.say("requote.again")
            turn.paragraphs.append([])
        yield from booking.advance(turn)


def _stays_open(turn: Workbench, said: Said, before: Draft) -> bool:
    """The offers on the table still answer: the guest only agreed, or said what had been assumed."""
    told = turn.state.draft != before
    return (told or said.has("make_reservation", "affirm")) and all(
        turn.at < quoted.expires_at for quoted in turn.state.offers
    )


def _other_room(turn: Workbench) -> Steps:
    """Another room type for the same stay: from the offers on the table while they hold, else looked up."""
    wanted = turn.state.draft.room_type
    valid = [quoted for quoted in turn.state.offers if turn.at < quoted.expires_at and not turn.late]
    pairs = [(quoted, option) for quoted in valid for option in of_type(wanted, quoted.options)]
    if len(pairs) == 1:
        quoted, option = pairs[0]
        if turn.state.stage is Stage.OFFERED:
            yield from booking.choose(turn, option.option_id)
        else:
            turn.say("booking.changed")
            turn.paragraphs.append([])
            yield from booking.proceed(turn, quoted, option)
            turn.rule = "booking.changed"
        return
    if stay_of(turn.state.draft) is None:
        yield from booking.advance(turn)
        return
    turn.change(stage=Stage.OFFERED, chosen=None)
    yield from booking.advance(turn, lead="offers.changed")


def switch_by_words(turn: Workbench, said: Said) -> Generator[Query, Answer, bool]:
    """Another rate or room in words after a choice ("rather the flexible one"): of the chosen room where it decides."""
    found = turn.state.option(turn.state.chosen)
    if found is None or turn.state.stage not in (Stage.DETAILS, Stage.SUMMARY):
        return False
    quoted, chosen = found
    meant = pointed_at(said.texts, said.entities, quoted.options)
    meant = [option for option in meant if option.room_type_id == chosen.room_type_id] or meant
    if len(meant) != 1 or meant[0] == chosen or turn.late or turn.at >= quoted.expires_at:
        return False
    turn.say("booking.changed")
    turn.paragraphs.append([])
    yield from booking.proceed(turn, quoted, meant[0])
    turn.rule = "booking.changed"
    return True


def _more_details(turn: Workbench, before: Draft) -> Steps:
    """Name, e-mail or nothing new while an option is chosen."""
    found = turn.state.option(turn.state.chosen)
    if found is None:
        yield from booking.advance(turn)
        return
    quoted, option = found
    if turn.at >= quoted.expires_at or turn.late:
        yield from booking.requote(turn, option)
        return
    draft = turn.state.draft
    if turn.state.stage is Stage.SUMMARY and (draft.name, draft.email, draft.phone, draft.notes) == (
        before.name, before.email, before.phone, before.notes,
    ):  # fmt: skip
        turn.rule = "booking.ask_again"
        booking.prompt(turn)
        return
    details.ask_details_or_summary(turn, quoted, option)
