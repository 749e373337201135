"""Showing what a booked stay can become: the stay as it is, as it would be, the difference, and one question.

Several ways are listed for the guest to choose from; what is not free is said with the nearest that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from conversations.dialogue import offers
from conversations.dialogue.choosing import named_in_full, of_type
from conversations.dialogue.draft import adopt, party_value, searched, stay_of
from conversations.dialogue.effects import NothingFree, Quoted, QuotedOption, ReservationView, StayNotPossible
from conversations.dialogue.replies import Button, Count, Line, Moment, Row, Span, Value
from conversations.dialogue.state import Change, Draft, Pending, PendingKind, Purpose
from conversations.dialogue.workbench import Workbench
from integrations.pms.base import Reason

MAX_WAYS: Final = 5


def choose_way(turn: Workbench, view: ReservationView, quoted: Quoted, room_type: str | None) -> None:
    """One way to do it is proposed at once, of several the guest chooses; the same room and rate come first."""
    options = _at_same_rate(view, quoted.options)
    same = [option for option in options if option.room_type_id == view.room_type_id]
    matching = of_type(room_type, options) if room_type else same
    if room_type and turn.said is not None:
        matching = named_in_full(turn.said.texts, matching) or matching
        others = [option for option in matching if option.room_type_id != view.room_type_id]
        if searched(adopt(Draft(), quoted.stay)) == searched(adopt(Draft(), view.stay)):
            matching = others  # only the room is to be another one
    if len(matching) == 1:
        propose(turn, quoted, matching[0])
        return
    lead = "change.ways" if matching else ("change.type_not_free" if room_type else "change.does_not_fit")
    _list(turn, view, [(quoted, option) for option in (matching or options)[:MAX_WAYS]], lead)


def _at_same_rate(view: ReservationView, options: Sequence[QuotedOption]) -> list[QuotedOption]:
    """Each room once: at the booked rate where it is sold at it, else at its cheapest."""
    best: dict[str, QuotedOption] = {}
    for option in options:
        kept = best.get(option.room_type_id)
        if kept is None or (option.rate_plan_id == view.rate_plan_id != kept.rate_plan_id):
            best[option.room_type_id] = option
    return list(best.values())


def _list(turn: Workbench, view: ReservationView, ways: Sequence[tuple[Quoted, QuotedOption]], lead: str) -> None:
    if len(ways) == 1:
        if lead != "change.ways":
            turn.say(lead, room=offers.room_of(view), code=view.code)
            turn.paragraphs.append([])
        propose(turn, *ways[0])
        return
    turn.rule = "change.ways"
    turn.say(lead, room=offers.room_of(view), code=view.code)
    rows = []
    for number, (quoted, option) in enumerate(ways, start=1):
        values: dict[str, Value] = {
            "number": number,
            "room": offers.room_name(option, quoted.stay),
            "stay": Span(quoted.stay.check_in, quoted.stay.check_out),
            "total": option.price(option.total),
        }
        turn.paragraph("offers.alternative", **values)
        rows.append(
            Row(
                f"change_to:{option.option_id}",
                Line("offers.row_title", {"room": offers.booked_room(option.name, quoted.stay, option.parts)}),
                Line("change.row", {**values, "stay": Span(quoted.stay.check_in, quoted.stay.check_out, short=True)}),
            )
        )
    quotes = {quoted.quote_id: quoted for quoted, _ in ways}
    for quoted in quotes.values():
        turn.quote(quoted)
    turn.change(changing=replace(turn.state.changing or Change(), offers=tuple(quotes.values()), option_id=""))
    turn.paragraphs.append([])
    turn.ask("change.ask_way", "offer", code=view.code)
    turn.rows(rows, "list.open_rooms", in_body=True)
    wait(turn, PendingKind.CHANGE_CHOICE, view)


def propose(turn: Workbench, quoted: Quoted, option: QuotedOption) -> None:
    """The stay now and as it would be, the difference, and one question."""
    changing = turn.state.changing
    if changing is None or changing.view is None:
        raise ValueError("a change is proposed for a stay")
    view, stay = changing.view, quoted.stay
    turn.rule = "change.propose"
    turn.quote(quoted)
    turn.say(
        "change.now",
        code=view.code,
        room=offers.room_of(view),
        stay=Span(view.stay.check_in, view.stay.check_out),
        party=party_value(view.stay),
        total=view.price(view.total),
    )
    turn.paragraph(
        "change.would_be",
        room=offers.room_name(option, stay),
        stay=Span(stay.check_in, stay.check_out),
        nights=Count(stay.nights, "night"),
        party=party_value(stay),
        total=option.price(option.total),
    )
    more = option.total - view.total
    if more.amount == 0:
        turn.say("change.same_price")
    elif more.amount > 0:
        turn.say("change.dearer", difference=option.price(more))
    else:
        turn.say("change.cheaper", difference=option.price(view.total - option.total))
    turn.paragraph("summary.cancellation", cancellation=offers.cancellation_phrase(option, option.terms, turn))
    turn.say("offers.valid_until", until=Moment(quoted.expires_at))
    turn.ask("change.ask", "confirmation", code=view.code)
    turn.buttons(
        Button(f"change_yes:{option.option_id}", "button.change_yes"), Button(f"change_no:{view.code}", "button.as_is")
    )
    known = [other for other in changing.offers if other.quote_id != quoted.quote_id]
    turn.change(changing=replace(changing, offers=(quoted, *known), option_id=option.option_id))
    wait(turn, PendingKind.CHANGE_CONFIRMATION, view)


def wait(turn: Workbench, kind: PendingKind, view: ReservationView) -> None:
    """Remember which question about the change of this stay is open."""
    turn.wait_for(Pending(kind=kind, purpose=Purpose.CHANGE, code=view.code))


def not_free(turn: Workbench, view: ReservationView, answer: NothingFree | StayNotPossible, draft: Draft) -> None:
    """Not possible as wanted: why, the nearest that is, and that the stay is as it was."""
    stay = stay_of(draft)
    if stay is None:
        raise ValueError("a change needs dates and ages")
    values: dict[str, Value] = {
        "stay": Span(stay.check_in, stay.check_out),
        "nights": Count(stay.nights, "night"),
        "party": party_value(stay),
    }
    turn.rule = "change.not_free"
    reason = answer.reason if isinstance(answer, StayNotPossible) else Reason.SOLD_OUT
    if isinstance(answer, StayNotPossible) and reason in (Reason.MIN_STAY, Reason.MAX_STAY) and answer.limit:
        turn.say(f"not_possible.{reason.value}", limit=Count(answer.limit, "night"), **values)
    elif reason is Reason.OCCUPANCY:
        turn.say("not_possible.occupancy", **values)
    elif reason is Reason.SOLD_OUT:
        turn.say("change.none_free", **values)
    else:
        turn.say("not_possible.closed", **values)
    near = [(quoted, _first(view, quoted, draft.room_type)) for quoted in answer.alternatives if quoted.options]
    if near:
        turn.paragraphs.append([])
        _list(turn, view, near[:3], "change.nearest")
        turn.rule = "change.not_free"
        return
    turn.paragraph("change.unchanged", code=view.code)
    changing = turn.state.changing or Change()
    agreed = Draft(room_type=changing.wish.room_type)
    turn.change(changing=replace(changing, wish=agreed, more_nights=0, offers=(), option_id=""))
    turn.ask("change.ask_other_dates", "check_in")
    turn.buttons(Button("person", "button.person"), Button(f"change_no:{view.code}", "button.as_is"))
    wait(turn, PendingKind.CHANGE_WISH, view)


def _first(view: ReservationView, quoted: Quoted, room_type: str | None) -> QuotedOption:
    options = _at_same_rate(view, quoted.options)
    same = [option for option in options if option.room_type_id == view.room_type_id]
    return ((of_type(room_type, options) if room_type else same) or options)[0]
