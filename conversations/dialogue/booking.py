"""From a wish to a confirmed request: what is missing, choosing, name and e-mail, one summary, one explicit yes.

Guarantees: `RequestBooking` is given only for the option whose summary the guest saw last and accepted, by its button
or by a clear yes to that question, with no change or refusal in the same burst, and never on an expired quote.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Final

from conversations.dialogue import deposits, details, extras, mixing, offers
from conversations.dialogue.draft import adopt, adults_of, assumed, party_value, stay_of
from conversations.dialogue.effects import (
    ExtendHold,
    Held,
    HoldFailed,
    HoldProblem,
    NothingFree,
    OffersFound,
    PlaceHold,
    PmsDown,
    Quoted,
    QuotedOption,
    RequestBooking,
    RoomCatalogue,
    Rooms,
    SearchOffers,
    StayNotPossible,
)
from conversations.dialogue.replies import Button, Count, Day, Span, Steps, Value
from conversations.dialogue.state import Hold, Stage
from conversations.dialogue.values import Price, Source, SourceKind, clean
from conversations.dialogue.workbench import Workbench

MAX_CATALOGUE: Final = 4
ABOUT_TO_LAPSE: Final = dt.timedelta(minutes=5)
"""A guest who writes this close to the end of the hold would answer the next question too late."""


def advance(turn: Workbench, *, lead: str = "offers.lead") -> Steps:
    """Take the booking one step on: ask for the one thing that is missing, or show prices."""
    draft = turn.state.draft
    if turn.state.stage is Stage.IDLE:
        turn.change(stage=Stage.COLLECTING)
    if draft.check_in is None or draft.check_out is None:
        ask_dates(turn)
    elif (draft.children or 0) > len(draft.children_ages):
        turn.rule = "booking.ask_ages"
        turn.ask("booking.ask_ages", "children_ages", children=Count(draft.children or 0, "child"))
    elif draft.room_types and stay_of(assumed(draft)) is None:
        yield from mixing.quote(turn, lead=lead)
    elif stay_of(assumed(draft)) is not None:
        yield from offers.quote(turn, lead=lead)


def ask_dates(turn: Workbench) -> None:
    """Ask for the end of the stay that is missing; people share the line when they are unknown too."""
    draft = turn.state.draft
    turn.rule = "booking.ask_dates"
    turn.change(stage=Stage.COLLECTING)
    if draft.check_in is not None:
        turn.ask("booking.ask_check_out", "check_out", day=Day(draft.check_in))
    elif draft.check_out is not None:
        turn.ask("booking.ask_check_in_before", "check_in", day=Day(draft.check_out))
    elif draft.nights is not None:
        turn.ask("booking.ask_first_night", "check_in", nights=Count(draft.nights, "night"))
    elif adults_of(draft) is None:
        turn.ask("booking.ask_dates_and_party", "check_in")
    else:
        turn.ask("booking.ask_dates", "check_in")


def show_catalogue(turn: Workbench) -> Steps:
    """The rooms and their lowest prices while dates are unknown: an answer before the question."""
    answer = yield RoomCatalogue()
    if isinstance(answer, Rooms) and answer.rooms:
        asked = turn.state.draft.room_type
        matching = [room for room in answer.rooms if asked in room.kinds] if asked else []
        turn.say("catalogue.lead")
        for room in (matching or list(answer.rooms))[:MAX_CATALOGUE]:
            values: dict[str, Value] = {"room": room.name, "people": Count(room.capacity, "person")}
            if room.price_from is not None:
                price = Price(room.price_from, Source(SourceKind.CATALOGUE, room.source_id or room.room_type_id))
                turn.paragraph("catalogue.room_from", price=price, **values)
            else:
                turn.paragraph("catalogue.room", **values)
        turn.paragraphs.append([])


# -- choosing -------------------------------------------------------------------------------------------------------


def choose(turn: Workbench, option_id: str) -> Steps:
    """The guest chose: keep the room, then ask for what is missing or show the summary."""
    found = turn.state.option(option_id)
    if found is None:
        yield from outdated_choice(turn)
        return
    quoted, option = found
    turn.change(draft=adopt(turn.state.draft, quoted.stay))
    if turn.at >= quoted.expires_at or turn.late:
        yield from requote(turn, option)
        return
    yield from proceed(turn, quoted, option)


def proceed(turn: Workbench, quoted: Quoted, option: QuotedOption, *, fresh: bool = False) -> Steps:
    """Keep the room of a valid option and go on to name, e-mail or summary. `fresh`: quoted in this very turn."""
    quoted, option = yield from extras.attach(turn, quoted, option)
    kept = turn.state.hold
    if kept is None or kept.option_id != option.option_id or kept.expires_at <= turn.at:
        answer = yield PlaceHold(option_id=option.option_id, replaces=kept.hold_id if kept else None)
        if isinstance(answer, Held):
            turn.change(hold=Hold(hold_id=answer.hold_id, option_id=option.option_id, expires_at=answer.expires_at))
        elif isinstance(answer, HoldFailed) and answer.problem is HoldProblem.SOLD_OUT:
            turn.change(hold=None)
            yield from just_taken(turn)
            return
        elif isinstance(answer, HoldFailed) and answer.problem is HoldProblem.QUOTE_EXPIRED and not fresh:
            turn.change(hold=None)
            yield from requote(turn, option)
            return
        elif isinstance(answer, PmsDown):
            yield from offers.pms_down(turn, answer)
            return
        else:  # no holds here, or too many open: the summary says nothing about keeping the room
            turn.change(hold=None)
    turn.change(chosen=option.option_id, proposed=None, stage=Stage.DETAILS)
    if turn.state.option(option.option_id) is None:
        turn.change(offers=(quoted,))
    details.ask_details_or_summary(turn, quoted, option)


def keep_longer(turn: Workbench) -> Steps:
    """A guest who is still writing keeps the room: a hold about to lapse is extended, and its quote with it."""
    hold, found = turn.state.hold, turn.state.option(turn.state.chosen)
    if hold is None or found is None or turn.state.stage not in (Stage.DETAILS, Stage.SUMMARY):
        return
    if not turn.at < hold.expires_at <= turn.at + ABOUT_TO_LAPSE:
        return
    answer = yield ExtendHold(hold_id=hold.hold_id)
    if isinstance(answer, Held):
        quoted = replace(found[0], expires_at=max(found[0].expires_at, answer.expires_at))
        others = [other for other in turn.state.offers if other.quote_id != quoted.quote_id]
        turn.change(hold=replace(hold, expires_at=answer.expires_at), offers=(quoted, *others))


def just_taken(turn: Workbench) -> Steps:
    """The room went to someone else a moment ago: say so and show what is left."""
    stay = stay_of(assumed(turn.state.draft))
    turn.change(chosen=None, proposed=None, stage=Stage.OFFERED)
    turn.say("offers.just_taken_several" if stay is not None and len(stay.rooms) > 1 else "offers.just_taken")
    turn.paragraphs.append([])
    if stay is not None:
        yield from offers.quote(turn, lead="offers.still_free")
    turn.rule = "booking.just_taken"


def outdated_choice(turn: Workbench) -> Steps:
    """A tap on an old message: look again with what is known instead of refusing."""
    turn.say("offers.outdated")
    turn.paragraphs.append([])
    yield from advance(turn)
    turn.rule = "booking.outdated_tap"


def requote(turn: Workbench, before: QuotedOption, *, expired: bool = True) -> Steps:
    """Look again for the same room, say what became of its price, and go on with it when it is still free.

    `expired`: because the price had run out; otherwise because time has passed (a late answer, a hold that lapsed).
    """
    stage, draft = turn.state.stage, turn.state.draft
    topic = "requote" if expired and not turn.late else "still"
    stay = stay_of(assumed(draft))
    if stay is None:
        yield from advance(turn)
        return
    answer = yield SearchOffers(stay=stay, room_type=draft.room_type)
    if not isinstance(answer, OffersFound):
        yield from _requote_without_offers(turn, answer, stay_again=stage)
        return
    same = same_room(before, answer.quoted)
    if same is None:
        turn.say(f"{topic}.gone", room=before.name)
        turn.paragraphs.append([])
        offers.present(turn, answer.quoted, lead="offers.still_free", only=answer.quoted.options)
        turn.rule = "booking.requote_gone"
        return
    turn.quote(answer.quoted)
    key = f"{topic}.same_price" if same.total == before.room_total else f"{topic}.new_price"
    turn.say(key, room=offers.room_name(same, stay), total=same.price(same.total))
    turn.paragraphs.append([])
    turn.change(offers=(answer.quoted,))
    yield from proceed(turn, answer.quoted, same, fresh=True)
    turn.rule = "booking.requote_same" if same.total == before.room_total else "booking.requote_new_price"


def _requote_without_offers(turn: Workbench, answer: object, *, stay_again: Stage) -> Steps:
    stay = stay_of(assumed(turn.state.draft))
    if stay is None:
        raise ValueError("a quote needs dates and ages")
    if isinstance(answer, NothingFree):
        offers.nothing_free(turn, answer.alternatives, stay, lead="offers.none_any_more")
    elif isinstance(answer, StayNotPossible):
        offers.not_possible(turn, answer, stay)
    else:
        turn.change(stage=stay_again)
        yield from offers.pms_down(turn, answer if isinstance(answer, PmsDown) else PmsDown())


def look_again(turn: Workbench) -> Steps:
    """After a lapsed hold or a booking that did not happen: the room chosen then, else everything."""
    found = turn.state.option(turn.state.chosen)
    if found is not None and turn.state.stage is Stage.COLLECTING:
        yield from requote(turn, found[1], expired=False)
    else:
        yield from advance(turn, lead="offers.still_free")


def same_room(before: QuotedOption, quoted: Quoted) -> QuotedOption | None:
    """The same room type at the same rate in another quote; another rate of that room only when the rate is gone."""
    alike = [option for option in quoted.options if option.room_type_id == before.room_type_id]
    exact = [option for option in alike if option.rate_name == before.rate_name]
    return next(iter(exact or alike), None)


# -- the explicit yes -----------------------------------------------------------------------------------------------


def confirm(turn: Workbench, option_id: str) -> Steps:
    """The guest accepted the summary of `option_id`: request the booking, or say why it cannot be that one."""
    found = turn.state.option(option_id)
    if turn.state.stage is Stage.BOOKING and turn.state.requested == option_id:
        turn.rule = "booking.already_requested"
        if deposits.due(turn) is not None:
            deposits.remind(turn)
        else:
            turn.say("booking.in_progress")
        return
    if found is None or turn.state.stage is not Stage.SUMMARY or turn.state.chosen != option_id:
        yield from outdated_choice(turn)
        return
    quoted, option = found
    if turn.at >= quoted.expires_at:
        yield from requote(turn, option)
        return
    hold = turn.state.hold
    if hold is not None and hold.expires_at <= turn.at:
        answer = yield PlaceHold(option_id=option_id, replaces=hold.hold_id)
        if isinstance(answer, Held):
            hold = Hold(hold_id=answer.hold_id, option_id=option_id, expires_at=answer.expires_at)
            turn.change(hold=hold)
        elif isinstance(answer, HoldFailed) and answer.problem in (HoldProblem.SOLD_OUT, HoldProblem.QUOTE_EXPIRED):
            turn.change(hold=None)
            yield from just_taken(turn) if answer.problem is HoldProblem.SOLD_OUT else requote(turn, option)
            return
        elif isinstance(answer, PmsDown):
            yield from offers.pms_down(turn, answer)
            return
        else:
            hold = None
    draft = turn.state.draft
    turn.rule = "booking.request"
    turn.quote(quoted)
    turn.do(
        RequestBooking(
            option_id=option_id,
            quote_id=quoted.quote_id,
            hold_id=hold.hold_id if hold else None,
            total=option.total,
            guest_name=draft.name,
            guest_email=draft.email,
            guest_phone=draft.phone or turn.caller.phone,
            language=turn.language,
            notes="; ".join(draft.notes),
        )
    )
    turn.change(stage=Stage.BOOKING, requested=option_id, expected_slot=None, asked="")
    # The result follows as a stay event within moments; saying "one moment" would cost a message and tell nothing.
    if turn.late:
        turn.say("booking.in_progress")


def drop(turn: Workbench) -> None:
    """The guest does not want it: let the room go, no hard feelings."""
    turn.rule = "booking.dropped"
    had = turn.state.stage in (Stage.DETAILS, Stage.SUMMARY)
    turn.drop_booking()
    turn.say("booking.dropped" if had else "booking.declined")


def ask_what_to_change(turn: Workbench) -> None:
    """The guest wants something different: which part?"""
    turn.rule = "booking.ask_change"
    turn.ask("booking.ask_change", None)
    turn.buttons(
        Button("change:dates", "button.change_dates"),
        Button("change:room", "button.change_room"),
        Button("change:party", "button.change_party"),
    )


def change_part(turn: Workbench, part: str) -> Steps:
    """One part is to be different: ask for its new value, the rest stays."""
    turn.rule = f"booking.change_{part}"
    if part == "dates":
        turn.ask("booking.ask_new_dates", "check_in")
    elif part == "party":
        turn.ask("booking.ask_party", "guests")
    else:
        turn.draft(room_type=None, room_types=(), spread=(), ways=())
        yield from advance(turn)


def prompt(turn: Workbench) -> None:
    """Ask the booking's open question again, after something else was answered."""
    state = turn.state
    found = state.option(state.chosen)
    if state.stage is Stage.COLLECTING:
        if state.draft.check_in is None or state.draft.check_out is None:
            ask_dates(turn)
        elif (state.draft.children or 0) > len(state.draft.children_ages):
            turn.ask("booking.ask_ages", "children_ages", children=Count(state.draft.children or 0, "child"))
        elif state.draft.ways:
            mixing.ask_again(turn)
    elif state.stage is Stage.OFFERED and state.offers:
        shown = [(quoted, option) for quoted in state.offers for option in quoted.options]
        listed = [pair for pair in shown if f"option:{pair[1].option_id}" in state.shown] or shown
        listed = listed[: offers.MAX_SHOWN]
        if len(listed) == 1:
            turn.ask("offers.ask_again_one", "offer", room=offers.room_name(listed[0][1], listed[0][0].stay))
            turn.buttons(Button(f"option:{listed[0][1].option_id}", "button.book"), Button("change", "button.change"))
        else:
            turn.ask("offers.ask_again", "offer")
            turn.rows([offers.option_row(option, quoted.stay) for quoted, option in listed], "list.open_rooms")
    elif state.stage is Stage.DETAILS and found is not None:
        details.ask_details_or_summary(turn, *found)
    elif state.stage is Stage.SUMMARY and found is not None:
        quoted, option = found
        turn.ask(
            "summary.ask_again",
            "confirmation",
            room=offers.room_name(option, quoted.stay),
            stay=Span(quoted.stay.check_in, quoted.stay.check_out),
            total=option.price(option.total),
        )
        turn.buttons(
            Button(f"confirm:{option.option_id}", "button.confirm"),
            Button("change", "button.change"),
            Button("drop", "button.drop"),
        )


def correct(turn: Workbench) -> Steps:
    """The stay changed after prices were shown: look again, keep the chosen room where it still fits."""
    before = turn.state.option(turn.state.chosen) or turn.state.option(turn.state.proposed)
    draft = turn.state.draft
    stay = stay_of(assumed(draft))
    if stay is None or before is None or turn.state.stage is Stage.OFFERED:
        yield from advance(turn, lead="offers.changed")
        return
    answer = yield SearchOffers(stay=stay, room_type=draft.room_type)
    if not isinstance(answer, OffersFound):
        turn.change(stage=Stage.COLLECTING)
        yield from _requote_without_offers(turn, answer, stay_again=Stage.COLLECTING)
        return
    same = same_room(before[1], answer.quoted)
    wanted = draft.room_type
    if same is None or (wanted and wanted not in same.kinds):
        if same is None:
            turn.say("requote.does_not_fit", room=before[1].name)
            turn.paragraphs.append([])
        offers.present(turn, answer.quoted, lead="offers.changed", room_type=wanted)
        turn.rule = "booking.changed_room_gone"
        return
    turn.quote(answer.quoted)
    turn.say("booking.changed")
    turn.paragraphs.append([])
    turn.change(offers=(answer.quoted,), chosen=None)
    if not draft.name:
        turn.say(
            "booking.changed_to",
            room=offers.room_name(same, stay),
            stay=Span(stay.check_in, stay.check_out),
            nights=Count(stay.nights, "night"),
            party=party_value(stay),
            total=same.price(same.total),
        )
    yield from proceed(turn, answer.quoted, same, fresh=True)
    turn.rule = "booking.changed"


def take_note(turn: Workbench, words: str) -> None:
    """A wish for the room goes with the booking as the guest wrote it; it is asked for, never promised."""
    note = clean(words, 200)
    notes = turn.state.draft.notes
    if note and note not in notes:
        turn.change(draft=replace(turn.state.draft, notes=(*notes, note)[-5:]))
    turn.say("booking.noted")
