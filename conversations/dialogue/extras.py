"""Extras sold with the stay that is being booked: breakfast, parking, a transfer, a cot, at the catalogue's price.

What is asked for is remembered with the draft and becomes lines of the chosen option's quote, so that the summary, the
booking and the hotel charge the same. What the PMS does not sell goes to the desk as a wish, and the guest hears so.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

from conversations.dialogue import arranging
from conversations.dialogue.draft import NOTE_LIMIT
from conversations.dialogue.effects import (
    Answer,
    ExtrasQuoted,
    ExtraWish,
    Query,
    Quoted,
    QuotedExtra,
    QuotedOption,
    QuoteExtras,
)
from conversations.dialogue.replies import Button, Join, Phrase, Value
from conversations.dialogue.said import Said
from conversations.dialogue.state import Draft, Pending, PendingKind, Stage
from conversations.dialogue.values import clean
from conversations.dialogue.workbench import Workbench

ASKING: Final = frozenset(
    {"special_request", "book_service", "make_reservation", "check_availability", "modify_reservation"}
)
"""With one of these, a named extra is wanted; a question about it is answered instead."""
BEGINS: Final = ("make_reservation", "check_availability")
IN_BOOKING: Final = (Stage.COLLECTING, Stage.OFFERED, Stage.DETAILS, Stage.SUMMARY)
MAX_PIECES: Final = 20


def hear(turn: Workbench, said: Said) -> None:
    """Remember the extras a message asks for with the stay wanted. A question about one is not a request for it."""
    if (
        not any(scored.name in ASKING for scored in said.intents)
        or said.entities.booking_ref is not None
        or said.has("deny")
    ):
        return
    if turn.state.stage not in IN_BOOKING and not said.has(*BEGINS):
        return
    named = [arranging.KIND_OF_TOPIC.get(topic, topic) for topic in said.entities.topic if topic in arranging.EXTRAS]
    known = {wish.kind for wish in turn.state.draft.extras}
    new = tuple(ExtraWish(kind=kind, quantity=_pieces(said, named)) for kind in named if kind not in known)
    if new:
        turn.draft(extras=(*turn.state.draft.extras, *new))


def _pieces(said: Said, named: list[str]) -> int | None:
    number = said.entities.number
    return number if number is not None and len(named) == 1 and 1 <= number <= MAX_PIECES else None


def are_new(turn: Workbench, before: Draft) -> bool:
    """Whether this message asked for extras while a booking was open."""
    return turn.state.draft.extras != before.extras and turn.state.stage in IN_BOOKING


def attach(
    turn: Workbench, quoted: Quoted, option: QuotedOption
) -> Generator[Query, Answer, tuple[Quoted, QuotedOption]]:
    """The chosen option with exactly the extras wanted in its total; as it is when they cannot be priced."""
    wishes = [wish for wish in turn.state.draft.extras if not _is_included(option, wish)]
    if {wish.kind for wish in wishes} == {extra.kind for extra in option.extras}:
        return quoted, option
    answer = yield QuoteExtras(option_id=option.option_id, extras=tuple(wishes))
    if not isinstance(answer, ExtrasQuoted) or answer.quoted is None:
        _as_wish(turn, tuple(wish.kind for wish in wishes))
        return quoted, option
    if answer.missing:
        _as_wish(turn, answer.missing)
    others = [other for other in turn.state.offers if other.quote_id not in (answer.quoted.quote_id, quoted.quote_id)]
    turn.change(offers=(answer.quoted, *others, quoted))
    return answer.quoted, answer.quoted.options[0]


def _is_included(option: QuotedOption, wish: ExtraWish) -> bool:
    return wish.kind == "breakfast" and option.breakfast_included


def _as_wish(turn: Workbench, kinds: tuple[str, ...]) -> None:
    """Not sold from here: the desk gets it as a wish with the booking, promised by nobody."""
    draft = turn.state.draft
    words = clean(turn.said.words if turn.said else "", NOTE_LIMIT) or ", ".join(kinds)
    notes = draft.notes if words in draft.notes else (*draft.notes, words)[-5:]
    turn.draft(extras=tuple(wish for wish in draft.extras if wish.kind not in kinds), notes=notes)
    turn.say("extras.not_sold", what=named(kinds))
    turn.paragraphs.append([])


def named(kinds: tuple[str, ...]) -> Value:
    return Join(tuple(Phrase(f"extra.{kind}") for kind in kinds))


# -- saying it ------------------------------------------------------------------------------------------------------


def summary(turn: Workbench, option: QuotedOption) -> None:
    """Each extra with its price, before the total they are part of."""
    if option.extras:
        turn.paragraph("summary.extras", extras=Join(tuple(_line(option, extra) for extra in option.extras)))


def _line(option: QuotedOption, extra: QuotedExtra) -> Phrase:
    key = "summary.extra" if extra.quantity == 1 else "summary.extra_count"
    values: dict[str, Value] = {"name": extra.name, "count": extra.quantity}
    if extra.amount.amount == 0:
        return Phrase(f"{key}_free", values)
    return Phrase(key, {**values, "price": option.price(extra.amount)})


# -- asked about while booking --------------------------------------------------------------------------------------


def offer(turn: Workbench) -> Generator[Query, Answer, bool]:
    """After a question about something that is sold with the room: its price for this stay, and whether to add it."""
    found = turn.state.option(turn.state.chosen)
    topic = arranging.extra_topic(turn)
    kind = arranging.KIND_OF_TOPIC.get(topic, topic)
    if found is None or not topic or turn.state.stage not in (Stage.DETAILS, Stage.SUMMARY):
        return False
    quoted, option = found
    wish = ExtraWish(kind=kind)
    taken = kind in {one.kind for one in turn.state.draft.extras} or _is_included(option, wish)
    if taken or turn.at >= quoted.expires_at or turn.late:
        return False
    answer = yield QuoteExtras(option_id=option.option_id, extras=(*turn.state.draft.extras, wish))
    if not isinstance(answer, ExtrasQuoted) or answer.quoted is None:
        return False
    priced = answer.quoted.options[0]
    extra = next((one for one in priced.extras if one.kind == kind), None)
    if extra is None:
        return False
    turn.rule = "extras.offer"
    turn.quote(answer.quoted)
    turn.paragraphs.append([])
    if extra.amount.amount == 0:
        turn.say("extras.offer_free", name=extra.name)
    else:
        turn.say("extras.offer", name=extra.name, price=priced.price(extra.amount))
    turn.ask("extras.ask", None)
    turn.buttons(Button(f"extra_yes:{kind}", "button.extra_yes"), Button("extra_no", "button.no_thanks"))
    turn.wait_for(Pending(kind=PendingKind.EXTRA_OFFER, topic=kind))
    return True
