"""Changing a stay that is booked: what is wanted different, what it would cost, one explicit yes, and what came of it.

`RequestChange` is given only for the option whose price the guest saw last and accepted, by its button or by a clear
yes to that question, and never on an expired quote. Until the PMS has changed it, the stay is as it was and the guest
is told so. What the PMS or the terms do not let us change goes to a person with the guest's words.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Final

from conversations.dialogue import change_ways, offers, people
from conversations.dialogue.choosing import best_named
from conversations.dialogue.draft import (
    Problem,
    adopt,
    ambiguity_problem,
    dates_problem,
    merge,
    party_problem,
    searched,
    stay_of,
)
from conversations.dialogue.effects import (
    ChangePriced,
    HandoffReason,
    NotChangeable,
    NothingFree,
    PriceChange,
    Quoted,
    QuotedOption,
    RequestChange,
    ReservationView,
    StayNotPossible,
)
from conversations.dialogue.lengthening import more_nights
from conversations.dialogue.replies import Count, Span, Steps
from conversations.dialogue.state import Change, Draft, Pending, PendingKind, Purpose
from conversations.dialogue.workbench import Workbench
from conversations.understanding.text import fold_plain
from conversations.understanding.types import Entities
from integrations.pms.base import Reason

KINDS: Final = (PendingKind.CHANGE_WISH, PendingKind.CHANGE_CHOICE, PendingKind.CHANGE_CONFIRMATION)
"""Questions that a change has open."""


def start(turn: Workbench) -> None:
    """A new change: what was said about it in this message, the stay still to be found."""
    turn.change(changing=_heard(turn, Change()))


def go_on(turn: Workbench, *, another: bool) -> None:
    """A code was said for the change that waits for its stay; for another stay than before, the change begins anew."""
    if another or turn.state.changing is None:
        start(turn)
    else:
        turn.change(changing=_heard(turn, turn.state.changing))


def begin(turn: Workbench, view: ReservationView) -> Steps:
    """The stay is known: price what is wanted, or ask what should change."""
    changing = turn.state.changing or Change()
    if changing.view is not None and changing.view.code != view.code:
        changing = Change()
    turn.change(changing=replace(changing, view=view))
    unclear = turn.said is not None and bool(turn.said.entities.ambiguities)
    if _is_empty(changing) and not unclear:
        ask_wish(turn, view)
    else:
        yield from price(turn)


def ask_wish(turn: Workbench, view: ReservationView) -> None:
    """What should be different?"""
    turn.rule = "stay.ask_wish"
    turn.ask(
        "change.ask_wish",
        None,
        code=view.code,
        stay=Span(view.stay.check_in, view.stay.check_out),
        room=offers.room_of(view),
    )
    turn.wait_for(Pending(kind=PendingKind.CHANGE_WISH, purpose=Purpose.CHANGE, code=view.code))


def has_wish(turn: Workbench) -> bool:
    """Whether this message says what should be different, in a way that can be priced."""
    return turn.said is not None and (
        not _is_empty(_heard(turn, Change())) or bool(turn.said.entities.ambiguities) or _names_option(turn) is not None
    )


def hear(turn: Workbench) -> Steps:
    """More was said about the change that is open: take it in and price again."""
    changing = turn.state.changing
    if changing is None or changing.view is None:
        yield from to_person(turn, "change.passed_on")
        return
    named = _names_option(turn)
    if named is not None and _is_empty(_heard(turn, Change())):
        change_ways.propose(turn, *named)
        return
    turn.change(changing=_heard(turn, changing))
    yield from price(turn)


def _heard(turn: Workbench, changing: Change) -> Change:
    said = turn.said
    if said is None:
        return changing
    entities = said.entities
    longer = more_nights(said.texts) if entities.check_out is None else 0  # "one more night, until the 9th"
    about = Entities(
        check_in=entities.check_in, check_out=entities.check_out, nights=None if longer else entities.nights,
        rooms=entities.rooms, room_type=entities.room_type, guests=entities.guests, adults=entities.adults,
        children=entities.children, children_ages=entities.children_ages, number=entities.number,
    )  # fmt: skip
    wish = merge(changing.wish, about, turn.state.expected_slot)
    dated = entities.check_in or entities.check_out or about.nights
    return replace(changing, wish=wish, more_nights=longer or (0 if dated else changing.more_nights))


def _is_empty(changing: Change) -> bool:
    return changing.wish == Draft() and not changing.more_nights


def _names_option(turn: Workbench) -> tuple[Quoted, QuotedOption] | None:
    """The one way that was shown and that the guest points at by its name."""
    changing = turn.state.changing
    if turn.said is None or changing is None or turn.state.pending is None:
        return None
    if turn.state.pending.kind is not PendingKind.CHANGE_CHOICE:
        return None
    shown = [(quoted, option) for quoted in changing.offers for option in quoted.options]
    options = [option for _, option in shown]
    meant = [option for text in turn.said.texts[-1:] for option in best_named(fold_plain(text), options)]
    return next(pair for pair in shown if pair[1] == meant[0]) if len(meant) == 1 else None


# -- pricing --------------------------------------------------------------------------------------------------------


def wanted(view: ReservationView, changing: Change) -> Draft:
    """The stay as it would be: the booked one with what is to be different."""
    wish = changing.wish
    said = Entities(
        check_in=wish.check_in, check_out=wish.check_out, nights=wish.nights, rooms=wish.rooms,
        room_type=wish.room_type, guests=wish.guests, adults=wish.adults, children=wish.children,
        children_ages=wish.children_ages,
    )  # fmt: skip
    draft = merge(adopt(Draft(), view.stay), said, None)
    if changing.more_nights and draft.check_out is not None:
        draft = replace(draft, check_out=draft.check_out + dt.timedelta(days=changing.more_nights))
    return draft


def price(turn: Workbench) -> Steps:
    """What the changed stay would cost, beside what it costs now."""
    changing = turn.state.changing
    if changing is None or changing.view is None:
        raise ValueError("a change is priced for a stay")
    if turn.said is not None and turn.said.entities.room_types:
        yield from to_person(turn, "change.passed_on")  # rooms of different types are no one booking here
        return
    view, draft = changing.view, wanted(changing.view, changing)
    problem = _problem(turn, view, draft)
    if problem is not None:
        yield from _tell_problem(turn, view, problem)
        return
    if (draft.children or 0) > len(draft.children_ages):
        turn.rule = "change.ask_ages"
        turn.ask("booking.ask_ages", "children_ages", children=Count(draft.children or 0, "child"))
        change_ways.wait(turn, PendingKind.CHANGE_WISH, view)
        return
    if view.stay.is_mixed and not draft.spread:
        yield from to_person(turn, "change.passed_on")  # other people or rooms than those it has, of several types
        return
    stay = stay_of(draft)
    if stay is None:
        ask_wish(turn, view)
        return
    other_room = bool(draft.room_type) and draft.room_type not in view.kinds
    if searched(draft) == searched(adopt(Draft(), view.stay)) and not other_room and not _named_room(turn):
        turn.rule = "change.nothing_different"
        turn.say("change.nothing_different", code=view.code)
        turn.change(changing=replace(changing, wish=Draft(), more_nights=0))
        ask_wish(turn, view)
        return
    answer = yield PriceChange(code=view.code, stay=stay, room_type=draft.room_type)
    if isinstance(answer, ChangePriced):
        changing = replace(changing, view=answer.reservation, offers=(answer.quoted,), option_id="")
        turn.change(changing=changing)
        change_ways.choose_way(turn, answer.reservation, answer.quoted, draft.room_type)
    elif isinstance(answer, NothingFree | StayNotPossible):
        change_ways.not_free(turn, view, answer, draft)
    elif isinstance(answer, NotChangeable):
        yield from _not_changeable(turn, view, answer.reason)
    else:
        yield from people.stays_down(turn, Purpose.CHANGE)


def _problem(turn: Workbench, view: ReservationView, draft: Draft) -> Problem | None:
    unclear = turn.said.entities.ambiguities if turn.said is not None else ()
    problem = next(filter(None, (ambiguity_problem(one) for one in unclear)), None)
    if problem is None and (draft.check_in, draft.check_out) != (view.stay.check_in, view.stay.check_out):
        problem = dates_problem(draft, turn.hotel, turn.today)
    return problem or party_problem(draft, turn.hotel)


def _tell_problem(turn: Workbench, view: ReservationView, problem: Problem) -> Steps:
    """What cannot be; the stay and what was agreed about the change before are as they were."""
    if problem.group:
        yield from to_person(turn, "change.group")
        return
    turn.rule = f"change.{problem.key.partition('.')[2]}"
    turn.ask(problem.key, problem.slot, **problem.values)
    changing = turn.state.changing or Change()
    turn.change(changing=replace(changing, wish=Draft(room_type=changing.wish.room_type), more_nights=0))
    change_ways.wait(turn, PendingKind.CHANGE_WISH, view)


def _named_room(turn: Workbench) -> bool:
    return bool(turn.said and turn.said.entities.room_type)


def _option(changing: Change | None, option_id: str) -> tuple[Quoted, QuotedOption] | None:
    for quoted in changing.offers if changing is not None else ():
        for option in quoted.options:
            if option.option_id == option_id:
                return quoted, option
    return None


def choose(turn: Workbench, option_id: str) -> Steps:
    """One of the ways shown was tapped."""
    found = _option(turn.state.changing, option_id)
    if found is None:
        yield from _outdated(turn)
    elif turn.at >= found[0].expires_at or turn.late:
        yield from _again(turn, *found)
    else:
        change_ways.propose(turn, *found)


def again(turn: Workbench) -> None:
    """The open question once more, after something else was answered."""
    changing = turn.state.changing
    found = _option(changing, changing.option_id) if changing is not None else None
    if found is not None:
        rule = turn.rule
        change_ways.propose(turn, *found)
        turn.rule = rule


# -- what only people change ----------------------------------------------------------------------------------------


_BY_PEOPLE: Final = {
    Reason.PAST_DATE: "change.begun",
    Reason.NOT_CHANGEABLE: "change.by_terms",
}


def _not_changeable(turn: Workbench, view: ReservationView, reason: Reason) -> Steps:
    if reason is Reason.ALREADY_CANCELLED:
        turn.rule = "change.cancelled"
        turn.settle()
        turn.change(changing=None)
        turn.say("cancel.already", code=view.code)
        return
    yield from to_person(turn, _BY_PEOPLE.get(reason, "change.passed_on"))


def to_person(turn: Workbench, key: str) -> Steps:
    """Hand the wish to staff in the guest's own words and say when they answer."""
    pending, changing = turn.state.pending, turn.state.changing
    code = (changing.view.code if changing and changing.view else "") or (pending.code if pending else "")
    words = [pending.words if pending else "", turn.said.words if turn.said else ""]
    turn.settle()
    turn.change(changing=None)
    turn.rule = "stay.change_to_staff"
    summary = f"{code} · {' / '.join(part for part in words if part)}"
    turn.hand_over(HandoffReason.MODIFICATION, summary=summary, code=code)
    turn.say(key, code=code)
    yield from turn.promise_person()


def keep(turn: Workbench, code: str) -> None:
    """The guest leaves the stay as it is."""
    turn.rule = "change.kept"
    turn.settle()
    turn.change(changing=None)
    turn.say("change.kept", code=code)


# -- the explicit yes -----------------------------------------------------------------------------------------------


def accept(turn: Workbench, option_id: str) -> Steps:
    """The guest said yes to the change of `option_id`: ask for it, or say why it cannot be that one."""
    pending, changing = turn.state.pending, turn.state.changing
    found = _option(changing, option_id)
    asked = pending is not None and pending.kind is PendingKind.CHANGE_CONFIRMATION
    if not asked or found is None or changing is None or changing.view is None or changing.option_id != option_id:
        yield from _outdated(turn)
        return
    quoted, option = found
    if turn.at >= quoted.expires_at or turn.late:
        yield from _again(turn, quoted, option)
        return
    turn.rule = "change.request"
    turn.quote(quoted)
    code = changing.view.code
    turn.do(RequestChange(code=code, option_id=option_id, quote_id=quoted.quote_id, total=option.total))
    turn.settle()
    # As with a booking, the result follows as a stay event.
    turn.wait_for(Pending(kind=PendingKind.CHANGE_REQUESTED, purpose=Purpose.CHANGE, code=code))
    turn.change(changing=replace(changing, option_id=""))


def in_progress(turn: Workbench, code: str) -> None:
    """The change was asked for and its result is not known yet."""
    turn.rule = "change.in_progress"
    turn.say("change.in_progress", code=code)


def _again(turn: Workbench, quoted: Quoted, option: QuotedOption) -> Steps:
    """The price has run out: look again for the same room and nights, and ask again."""
    changing = turn.state.changing
    if changing is None or changing.view is None:
        yield from _outdated(turn)
        return
    view = changing.view
    answer = yield PriceChange(code=view.code, stay=quoted.stay, room_type=None)
    if isinstance(answer, ChangePriced):
        turn.change(changing=replace(changing, view=answer.reservation, offers=(answer.quoted,), option_id=""))
        turn.say("change.looked_again")
        turn.paragraphs.append([])
        same = [one for one in answer.quoted.options if one.room_type_id == option.room_type_id]
        exact = [one for one in same if one.rate_plan_id == option.rate_plan_id] or same
        if exact:
            change_ways.propose(turn, answer.quoted, exact[0])
        else:
            change_ways.choose_way(turn, answer.reservation, answer.quoted, None)
    elif isinstance(answer, NothingFree | StayNotPossible):
        change_ways.not_free(turn, view, answer, adopt(Draft(), quoted.stay))
    elif isinstance(answer, NotChangeable):
        yield from _not_changeable(turn, view, answer.reason)
    else:
        yield from people.stays_down(turn, Purpose.CHANGE)


def _outdated(turn: Workbench) -> Steps:
    """A tap on an old message: nothing is changed by it; the change that is open is asked about again."""
    pending, changing = turn.state.pending, turn.state.changing
    if pending is not None and pending.kind is PendingKind.CHANGE_REQUESTED:
        in_progress(turn, pending.code)
        return
    if changing is not None and changing.view is not None and not _is_empty(changing):
        turn.say("change.outdated")
        turn.paragraphs.append([])
        yield from price(turn)
        return
    turn.rule = "change.outdated"
    turn.say("change.outdated_ask")
