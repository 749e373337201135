"""Finding and showing what can be booked: dates said back in full, prices from the quote, alternatives when full."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from conversations.dialogue.choosing import named_in_full, of_type
from conversations.dialogue.draft import adults_of, as_one_type, assumed, for_staff, party_value, people_of, stay_of
from conversations.dialogue.effects import (
    HandoffReason,
    NothingFree,
    OffersFound,
    PmsDown,
    Quoted,
    QuotedOption,
    ReservationView,
    RoomsOf,
    SearchOffers,
    StayNotPossible,
)
from conversations.dialogue.replies import Button, Count, Join, Line, Moment, Phrase, Row, Span, Steps, Value
from conversations.dialogue.state import Draft, Stage
from conversations.dialogue.values import Localised
from conversations.dialogue.workbench import Workbench
from hotel_agent.common.money import Money
from integrations.pms.base import CancellationTerms, Reason, Stay

MAX_SHOWN: Final = 5
"""Options in one message: what fits a phone's screen and stays readable; more are behind "other options"."""
MAX_ALTERNATIVES: Final = 3


def quote(turn: Workbench, *, lead: str = "offers.lead") -> Steps:
    """Search for the draft and show what there is, or say honestly why there is nothing."""
    draft = turn.state.draft
    stay = stay_of(assumed(draft))
    if stay is None:
        raise ValueError("a quote needs dates and ages")
    answer = yield SearchOffers(stay=stay, room_type=draft.room_type)
    asked_rooms = len(stay.rooms)
    if draft.rooms is None and _needs_more_rooms(answer, stay):
        for rooms in range(2, min(turn.hotel.group_rooms_from, (adults_of(draft) or 1) + 1)):
            wider = stay_of(assumed(draft), rooms)
            if wider is None:
                break
            split = yield SearchOffers(stay=wider, room_type=None)
            if isinstance(split, OffersFound):
                answer, stay, lead = split, wider, "offers.split"
                break
    if isinstance(answer, OffersFound):
        if (
            lead in ("offers.lead", "offers.changed")
            and not of_type(draft.room_type, answer.quoted.options)
            and draft.room_type
        ):
            lead = "offers.other_type"
        present(turn, answer.quoted, lead=lead, room_type=draft.room_type if len(stay.rooms) == asked_rooms else None)
    elif draft.rooms is None and _needs_more_rooms(answer, stay):
        yield from staff_arranges_group(turn, Count(people_of(draft) or 1, "person"))  # not even in several rooms
    elif isinstance(answer, StayNotPossible):
        not_possible(turn, answer, stay)
    elif isinstance(answer, NothingFree):
        nothing_free(turn, answer.alternatives, stay, lead="mix.none" if stay.is_mixed else "offers.none")
    else:
        yield from pms_down(turn, answer if isinstance(answer, PmsDown) else PmsDown())


def _needs_more_rooms(answer: object, stay: Stay) -> bool:
    return len(stay.rooms) == 1 and isinstance(answer, StayNotPossible) and answer.reason is Reason.OCCUPANCY


def present(
    turn: Workbench,
    quoted: Quoted,
    *,
    lead: str,
    room_type: str | None = None,
    only: Sequence[QuotedOption] = (),
) -> None:
    """Show a quote: `only` some of it, or those of the room type asked for when there are such, otherwise all.

    Cheapest first, as quoted.
    """
    matching = list(only) or of_type(room_type, quoted.options)
    if len(matching) > 1 and turn.said is not None:
        matching = named_in_full(turn.said.texts, matching) or matching
    shown = (matching or list(quoted.options))[:MAX_SHOWN]
    turn.quote(quoted)
    turn.change(
        stage=Stage.OFFERED,
        offers=(quoted,),
        chosen=None,
        proposed=shown[0].option_id if len(shown) == 1 else None,
    )
    turn.rule = "booking.offer"
    span, nights = Span(quoted.stay.check_in, quoted.stay.check_out), Count(quoted.stay.nights, "night")
    single = len(shown) == 1
    turn.say(f"{lead}_one" if single else lead, stay=span, nights=nights, party=party_value(quoted.stay))
    option_lines(turn, shown, quoted.stay)
    conditions(turn, shown, quoted)
    more = len(shown) < len(quoted.options)
    if adults_of(turn.state.draft) is None:
        turn.say("offers.assumed_party", party=party_value(quoted.stay))
    if single:
        turn.ask("offers.ask_one", "offer")
        buttons = [Button(f"option:{shown[0].option_id}", "button.book")]
        if more:
            buttons.append(Button("other_options", "button.other_options"))
        turn.buttons(*buttons, Button("change", "button.change"))
    else:
        turn.ask("offers.ask_choice", "offer")
        turn.rows([option_row(option, quoted.stay) for option in shown], "list.open_rooms", in_body=True)


def option_lines(turn: Workbench, shown: Sequence[QuotedOption], stay: Stay) -> None:
    """Each option as a numbered line with price per night and total."""
    mixed_breakfast = len({option.breakfast_included for option in shown}) > 1
    for number, option in enumerate(shown, start=1):
        key = "offers.option_one" if len(shown) == 1 else "offers.option"
        if mixed_breakfast and option.breakfast_included:
            key += "_with_breakfast"
        turn.paragraph(
            key,
            number=number,
            room=room_name(option, stay),
            nightly=nightly(option),
            total=option.price(option.total),
        )


def room_name(option: QuotedOption, stay: Stay | None = None) -> Value:
    """The room's name, with the rate's where the hotel sells it at several, and how many of it a stay takes."""
    name: Value = _each(option.parts) if option.parts else option.name
    if option.rate_name is not None:
        name = Phrase("offers.room_and_rate", {"room": name, "rate": option.rate_name})
    if stay is not None and len(stay.rooms) > 1 and not option.parts:
        return Phrase("offers.several_rooms", {"count": len(stay.rooms), "room": name})
    return name


def _each(parts: Sequence[RoomsOf]) -> Value:
    return Join(tuple(Phrase("offers.several_rooms", {"count": part.rooms, "room": part.name}) for part in parts))


def room_of(view: ReservationView) -> Value:
    """The rooms of a booked stay: "Triple", "2 × Triple", "1 × Double and 1 × Triple"."""
    return booked_room(view.room_name, view.stay, view.rooms)


def booked_room(name: Localised, stay: Stay, parts: Sequence[RoomsOf] = ()) -> Value:
    """A room, and how many of it a stay takes: "2 × Triple"; where it has rooms of several types, each of them."""
    if parts:
        return _each(parts)
    if len(stay.rooms) > 1:
        return Phrase("offers.several_rooms", {"count": len(stay.rooms), "room": name})
    return name


def nightly(option: QuotedOption, *, short: bool = False) -> Phrase:
    """Price per night, as a range where nights differ."""
    return nightly_of(option, option.nightly or (option.total,), short=short)


def nightly_of(option: QuotedOption, prices: Sequence[Money], *, short: bool = False) -> Phrase:
    """As `nightly`, for some of the option's own prices."""
    key = "offers.nightly_short" if short else "offers.nightly"
    amounts = sorted(prices, key=lambda money: money.amount)
    low, high = option.price(amounts[0]), option.price(amounts[-1])
    if low.money == high.money:
        return Phrase(key, {"price": low})
    return Phrase(f"{key}_range", {"low": low, "high": high})


def option_row(option: QuotedOption, stay: Stay) -> Row:
    """An option as a row of a list: the room as title; rate, price and breakfast below."""
    values: dict[str, Value] = {"nightly": nightly(option, short=True), "total": option.price(option.total)}
    key = "offers.row_with_breakfast" if option.breakfast_included else "offers.row"
    if option.rate_name is not None:
        key = "offers.row_rate_with_breakfast" if option.breakfast_included else "offers.row_rate"
        values["rate"] = option.rate_name
    room = booked_room(option.name, stay, option.parts)
    return Row(f"option:{option.option_id}", Line("offers.row_title", {"room": room}), Line(key, values))


def conditions(turn: Workbench, shown: Sequence[QuotedOption], quoted: Quoted) -> None:
    """What is in the price, until when it holds, and cancelling where it is the same for all."""
    first = shown[0]
    if all(option.breakfast_included for option in shown):
        key = "offers.includes_breakfast_and_taxes" if first.taxes_included else "offers.includes_breakfast"
    else:
        key = "offers.includes_taxes" if first.taxes_included else "offers.without_taxes"
    turn.paragraph(key)
    say_desk_charges(turn, shown)
    terms = {option.terms.free_until for option in shown}
    if len(terms) == 1 and first.terms.free_until is not None and first.terms.free_until > turn.at:
        turn.say("offers.free_cancellation", until=Moment(first.terms.free_until))
    elif len(terms) > 1:
        for rate in dict.fromkeys(option.rate_name for option in shown):
            of_rate = {option.terms.free_until for option in shown if option.rate_name == rate}
            until = of_rate.pop() if len(of_rate) == 1 else None
            if rate is not None and until is not None and until > turn.at:
                turn.say("offers.free_cancellation_rate", rate=rate, until=Moment(until))
    turn.say("offers.valid_until", until=Moment(quoted.expires_at))


def say_desk_charges(turn: Workbench, shown: Sequence[QuotedOption]) -> None:
    """Taxes that are paid at the hotel, beside the price; "from" where the options differ."""
    for name in dict.fromkeys(charge.name for option in shown for charge in option.at_desk):
        priced = [(charge.amount, option) for option in shown for charge in option.at_desk if charge.name == name]
        low, option = min(priced, key=lambda one: one[0].amount)
        same = len(priced) == len(shown) and all(amount == low for amount, _ in priced)
        turn.say("offers.at_desk" if same else "offers.at_desk_from", tax=name, amount=option.price(low))


def cancellation_phrase(option: QuotedOption, terms: CancellationTerms, turn: Workbench) -> Phrase:
    """What cancelling costs, for the summary."""
    fee = option.price(terms.fee_after)
    if terms.free_until is not None and terms.free_until > turn.at:
        return Phrase("summary.cancellation_free", {"until": Moment(terms.free_until), "fee": fee})
    if terms.fee_after == option.total:
        return Phrase("summary.cancellation_none")
    return Phrase("summary.cancellation_fee", {"fee": fee})


# -- bad news with a way out ----------------------------------------------------------------------------------------


def nothing_free(turn: Workbench, alternatives: Sequence[Quoted], stay: Stay, *, lead: str = "offers.none") -> None:
    """Nothing for these nights: the nearest that is free, or another question."""
    turn.rule = "booking.nothing_free"
    turn.say(
        lead, stay=Span(stay.check_in, stay.check_out), nights=Count(stay.nights, "night"), party=party_value(stay)
    )
    offer_alternatives(turn, alternatives, stay)


def offer_alternatives(turn: Workbench, alternatives: Sequence[Quoted], stay: Stay) -> None:
    """The nearest possible stays as choices, each priced by its own quote; without any, other dates are asked for."""
    near = [quoted for quoted in alternatives if quoted.options][:MAX_ALTERNATIVES]
    if not near:
        turn.change(stage=Stage.COLLECTING, offers=(), chosen=None, proposed=None)
        turn.ask("offers.ask_other_dates", "check_in")
        turn.buttons(Button("change:dates", "button.other_dates"), Button("person", "button.person"))
        return
    rows = []
    asked = turn.state.draft.room_type
    picked: list[tuple[Quoted, QuotedOption]] = []
    for quoted in near:
        option = (of_type(asked, quoted.options) or list(quoted.options))[0]
        picked.append((quoted, option))
        turn.quote(quoted)
    for number, (quoted, option) in enumerate(picked, start=1):
        values: dict[str, Value] = {
            "number": number,
            "room": room_name(option, quoted.stay),
            "stay": Span(quoted.stay.check_in, quoted.stay.check_out),
            "total": option.price(option.total),
        }
        same_dates = (quoted.stay.check_in, quoted.stay.check_out) == (stay.check_in, stay.check_out)
        turn.paragraph("offers.alternative_room" if same_dates else "offers.alternative", **values)
        title = Line(
            "offers.alternative_title", {"stay": Span(quoted.stay.check_in, quoted.stay.check_out, short=True)}
        )
        rows.append(Row(f"option:{option.option_id}", title, Line("offers.alternative_description", values)))
    turn.change(
        stage=Stage.OFFERED,
        offers=tuple(narrowed(quoted, option) for quoted, option in picked),
        chosen=None,
        proposed=picked[0][1].option_id if len(picked) == 1 else None,
    )
    turn.paragraph("offers.valid_until", until=Moment(min(quoted.expires_at for quoted, _ in picked)))
    if len(picked) == 1:
        turn.ask("offers.ask_alternative_one", "offer")
        turn.buttons(Button(rows[0].id, "button.take_it"), Button("change:dates", "button.other_dates"))
    else:
        turn.ask("offers.ask_alternative", "offer")
        turn.rows(rows, "list.open_dates", in_body=True)


def narrowed(quoted: Quoted, option: QuotedOption) -> Quoted:
    """The quote as it was shown: one option only."""
    return Quoted(quote_id=quoted.quote_id, stay=quoted.stay, options=(option,), expires_at=quoted.expires_at)


_REASONS: Final = {
    Reason.MIN_STAY: "not_possible.min_stay",
    Reason.MAX_STAY: "not_possible.max_stay",
    Reason.OCCUPANCY: "not_possible.occupancy",
    Reason.PAST_DATE: "not_possible.past_date",
}


def not_possible(turn: Workbench, answer: StayNotPossible, stay: Stay) -> None:
    """The hotel does not sell this stay: why, and the nearest that it sells."""
    turn.rule = "booking.not_possible"
    values: dict[str, Value] = {
        "stay": Span(stay.check_in, stay.check_out),
        "nights": Count(stay.nights, "night"),
        "party": party_value(stay),
    }
    if answer.reason is Reason.SOLD_OUT:
        turn.say("offers.none", **values)
    elif answer.reason in (Reason.MIN_STAY, Reason.MAX_STAY) and answer.limit is None:
        turn.say("not_possible.closed", **values)
    elif answer.reason in (Reason.MIN_STAY, Reason.MAX_STAY):
        turn.say(_REASONS[answer.reason], limit=Count(answer.limit or 1, "night"), **values)
    else:
        turn.say(_REASONS.get(answer.reason, "not_possible.closed"), **values)
    offer_alternatives(turn, answer.alternatives, stay)


def staff_arranges_group(turn: Workbench, size: Value) -> Steps:
    """More than the agent may sell: a person makes the proposal; the draft is as it was."""
    turn.rule = "booking.group"
    turn.say("problem.group", size=size)
    words = turn.said.words if turn.said else ""
    turn.hand_over(HandoffReason.GROUP, summary=f"{words} · {for_staff(turn.state.draft)}")
    yield from turn.promise_person()


def pms_down(turn: Workbench, answer: PmsDown) -> Steps:
    """Honest while the hotel's system cannot be asked: the request is noted and a person takes it on."""
    turn.rule, turn.degraded = "booking.pms_down", "pms"
    draft = turn.state.draft
    stay = as_one_type(assumed(draft))
    turn.say("down.no_prices")
    if answer.maybe_free:
        turn.say("down.maybe_free", rooms=Join(tuple(answer.maybe_free)))
    if stay is not None:
        turn.say(
            "down.noted",
            stay=Span(stay.check_in, stay.check_out),
            nights=Count(stay.nights, "night"),
            party=party_value(stay),
        )
    turn.hand_over(HandoffReason.PMS_DOWN, summary=for_staff(draft))
    yield from turn.promise_person()
    turn.change(expected_slot=None, asked="", stage=_without_offers(turn.state.stage, draft))


def _without_offers(stage: Stage, draft: Draft) -> Stage:
    return stage if stage in (Stage.DETAILS, Stage.SUMMARY, Stage.OFFERED) or draft == Draft() else Stage.COLLECTING
