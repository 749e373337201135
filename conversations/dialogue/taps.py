"""What a tap on a button or list row does. Ids are stable, so a tap on an old message is looked at again.

`option:<id>` `beds:<number>` `confirm:<option id>` `change` `change:dates|room|party` `drop` `other_options`
`requote` `go_on`
`stay:<code>` `stay_cancel:<code>` `stay_change:<code>` `cancel_yes:<code>` `cancel_no:<code>` `change_to:<option id>`
`change_yes:<option id>` `change_no:<code>` `arrange_yes:<code>` `arrange_no` `urgent_yes` `urgent_no`
`proof:<code>` `extra_yes:<kind>` `extra_no` `pay_drop` `person` `intent:<name>` `dates:<iso>[/<iso>]`
`as:<slot>:<number>`
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import Final

from conversations.dialogue import adding, arranging, booking, changing, deposits, mixing, offers, people, reservations
from conversations.dialogue.draft import dates_problem, merge, party_problem, with_bare_number
from conversations.dialogue.replies import Steps
from conversations.dialogue.said import Said
from conversations.dialogue.state import PendingKind, Purpose, Stage
from conversations.dialogue.values import clean
from conversations.dialogue.wishes import tell_problem
from conversations.dialogue.workbench import Workbench
from conversations.understanding.types import INTENTS, Entities, Scored

BINDING: Final = ("confirm:", "cancel_yes:", "change_yes:", "arrange_yes:")
"""Taps that commit the guest to something."""

_ALONE: Final = re.compile(r"\s*[#(]?(\d{1,2})[.)]?\s*")
_COUNTED_SLOTS: Final = ("guests", "adults", "nights", "rooms", "children_ages", "room_number")
_PURPOSES: Final = {"stay": Purpose.SHOW, "stay_cancel": Purpose.CANCEL, "stay_change": Purpose.CHANGE}


def by_number(turn: Workbench) -> str:
    """The tap meant by a bare "2" after numbered choices; binding ones only where choices are numbered text."""
    said, shown = turn.said, turn.state.shown
    if way := mixing.way_by_words(turn):
        return f"beds:{way}"
    if said is None or len(said.texts) != 1 or turn.state.expected_slot in _COUNTED_SLOTS:
        return ""
    match = _ALONE.fullmatch(said.texts[0])
    if match is None or not 1 <= int(match[1]) <= len(shown):
        return ""
    tap = shown[int(match[1]) - 1]
    if tap.startswith(BINDING) and turn.caller.channel != "email":
        return ""
    return tap


def meant_intent(turn: Workbench, tap: str) -> Said | None:
    """A "did you mean" button as if the guest had said that intent, with the words it was about."""
    kind, _, name = tap.partition(":")
    if kind != "intent" or name not in INTENTS or turn.said is None:
        return None
    pending = turn.state.pending
    words = pending.words if pending is not None and pending.kind is PendingKind.CLARIFICATION else ""
    chosen = Scored(name, 1.0)
    texts = (words,) if words else ()
    return replace(turn.said, intents=(chosen,), candidates=(chosen,), tap="", taps=(), texts=texts, chosen=True)


def handle(turn: Workbench, tap: str) -> Steps:
    """Do what the tap says; an unknown id is answered kindly."""
    kind, _, rest = tap.partition(":")
    if kind == "option" and rest:
        yield from booking.choose(turn, rest)
    elif kind == "beds":
        mixing.settle(turn, rest)
        yield from booking.advance(turn)
    elif kind == "confirm" and rest:
        yield from booking.confirm(turn, rest)
    elif kind == "change" and rest in ("dates", "room", "party"):
        yield from booking.change_part(turn, rest)
    elif kind == "change":
        booking.ask_what_to_change(turn)
    elif kind == "drop":
        booking.drop(turn)
    elif kind == "other_options":
        yield from _other_options(turn)
    elif kind == "pay_drop":
        deposits.drop(turn)
    elif kind == "go_on":
        turn.rule = "tap.go_on"
        booking.prompt(turn)
    elif kind == "requote":
        yield from booking.look_again(turn)
    elif kind in _PURPOSES and rest:
        pending = turn.state.pending
        if kind == "stay_change" and (pending is None or pending.purpose is not Purpose.CHANGE):
            turn.change(changing=None)  # a new change, whatever was begun and left before
        yield from reservations.by_code(turn, _PURPOSES[kind], rest)
    elif kind == "extra_yes" and rest:
        yield from adding.accept(turn, rest)
    elif kind == "extra_no":
        adding.decline(turn)
    elif kind == "proof" and rest:
        yield from reservations.again_by_proof(turn, rest)
    elif kind == "cancel_yes" and rest:
        yield from reservations.accept_cancellation(turn, rest)
    elif kind == "cancel_no" and rest:
        reservations.keep(turn, rest)
    elif kind == "arrange_yes" and rest:
        yield from arranging.accept(turn, rest)
    elif kind == "arrange_no":
        arranging.decline(turn)
    elif kind == "change_to" and rest:
        yield from changing.choose(turn, rest)
    elif kind == "change_yes" and rest:
        yield from changing.accept(turn, rest)
    elif kind == "change_no" and rest:
        changing.keep(turn, clean(rest, reservations.CODE_LIMIT))
    elif kind in ("urgent_yes", "urgent_no"):
        yield from people.urgency(turn, urgent=kind == "urgent_yes")
    elif kind == "person":
        yield from people.ask_for_person(turn)
    elif kind in ("dates", "as"):
        yield from _chosen_reading(turn, kind, rest)
    else:
        turn.rule = "tap.unknown"
        turn.say("tap.unknown")
        booking.prompt(turn)


def _other_options(turn: Workbench) -> Steps:
    state = turn.state
    if state.stage is Stage.OFFERED and len(state.offers) == 1 and turn.at < state.offers[0].expires_at:
        offers.present(turn, state.offers[0], lead="offers.lead", only=state.offers[0].options)
    else:
        turn.draft(room_type=None, room_types=(), spread=(), ways=())
        yield from booking.advance(turn)


def _chosen_reading(turn: Workbench, kind: str, rest: str) -> Steps:
    """The guest picked one reading of an unclear date or number."""
    said = Entities()
    try:
        if kind == "dates":
            first, _, last = rest.partition("/")
            said = Entities(
                check_in=dt.date.fromisoformat(first), check_out=dt.date.fromisoformat(last) if last else None
            )
        else:
            slot, _, number = rest.partition(":")
            said = with_bare_number(Entities(number=min(int(number), 999)), slot)
    except ValueError:
        said = Entities()
    merged = merge(turn.state.draft, said, None)
    problem = dates_problem(merged, turn.hotel, turn.today) or party_problem(merged, turn.hotel)
    if problem is None:
        turn.change(draft=merged)
        yield from booking.correct(turn)
        return
    yield from tell_problem(turn, problem)
