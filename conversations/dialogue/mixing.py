"""Rooms of several types in one booking: who sleeps where, what each type costs, and all of them together.

Where people can be spread over the rooms in more than one way the guest is asked; nobody is put anywhere by a guess.
Once priced, the stay names its types and goes the way of every other booking. A PMS that sells one type in a booking
leaves it to a person.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import reduce
from typing import Final

from conversations.dialogue import offers
from conversations.dialogue.draft import (
    adults_of,
    as_one_type,
    assumed,
    for_staff,
    party_value,
    people_value,
    usual_adults,
)
from conversations.dialogue.effects import (
    HandoffReason,
    MixFound,
    NothingFree,
    PmsDown,
    Quoted,
    QuotedOption,
    RoomsApart,
    SearchMix,
    SpreadUnclear,
    StayNotPossible,
)
from conversations.dialogue.replies import Button, Count, Join, Line, Phrase, Row, Span, Steps, Value
from conversations.dialogue.state import Stage
from conversations.dialogue.values import Localised
from conversations.dialogue.workbench import Workbench
from conversations.understanding.entities.lexicon import lexicon
from conversations.understanding.text import fold_plain
from conversations.understanding.types import Language
from integrations.pms.base import Party

MOST_WAYS: Final = 4
"""From so many on there may be more, which a person arranges."""
LONGEST_ANSWER: Final = 16
"""Words. A longer message says more than who sleeps where."""


def quote(turn: Workbench, *, lead: str = "offers.lead") -> Steps:
    """Price the rooms together, ask who sleeps where, or say honestly why there is nothing."""
    draft = assumed(turn.state.draft)
    stay, adults = as_one_type(draft), adults_of(draft)
    if stay is None or adults is None:
        raise ValueError("a quote needs dates and ages")
    answer = yield SearchMix(
        check_in=stay.check_in,
        check_out=stay.check_out,
        kinds=draft.room_types,
        adults=adults,
        ages=draft.children_ages[: draft.children or 0],
        spread=draft.spread,
        usual=usual_adults(draft) if adults_of(turn.state.draft) is None else (),
    )
    if isinstance(answer, MixFound):
        _present(turn, answer.quotes, lead=lead)
    elif isinstance(answer, SpreadUnclear):
        turn.draft(ways=answer.ways, way_rooms=answer.rooms)
        ask_again(turn)
    elif isinstance(answer, RoomsApart):
        yield from _staff(turn)
    elif isinstance(answer, StayNotPossible):
        offers.not_possible(turn, answer, stay)
    elif isinstance(answer, NothingFree):
        offers.nothing_free(turn, answer.alternatives, stay, lead="mix.none")
    else:
        yield from offers.pms_down(turn, answer if isinstance(answer, PmsDown) else PmsDown())


def settle(turn: Workbench, way: str) -> None:
    """The guest said who sleeps where; anything else leaves the question open."""
    ways = turn.state.draft.ways
    if way.isdecimal() and int(way) < len(ways):
        turn.draft(spread=ways[int(way)], ways=())


def way_by_words(turn: Workbench) -> str:
    """The way meant by "2 in the double and 3 in the triple": the one whose rooms take just so many; else nothing."""
    ways, said = turn.state.draft.ways, turn.said
    if not ways or said is None or len(said.texts) != 1:
        return ""
    words = re.findall(r"\w+", fold_plain(said.texts[0]))
    numbers = _numbers(turn.state.language or turn.hotel.default_language)
    told = sorted(int(word) if word.isdecimal() else numbers.get(word, 0) for word in words)
    told = [number for number in told if number]
    meant = [place for place, way in enumerate(ways) if sorted(party.size for party in way) == told]
    return str(meant[0]) if len(meant) == 1 and len(words) <= LONGEST_ANSWER else ""


def _numbers(language: Language) -> dict[str, int]:
    """Number words that are no articles: "una" is a room, not a person."""
    known = lexicon(language)
    return {word: number for word, number in known.numbers.items() if word not in known.one_words}


def ask_again(turn: Workbench) -> None:
    """Who sleeps where: every way that is possible, to choose from."""
    draft = turn.state.draft
    turn.rule = "booking.ask_beds"
    turn.change(stage=Stage.COLLECTING, offers=(), chosen=None, proposed=None)
    turn.say("mix.several_ways", party=people_value(draft.ways[0]))
    rows = []
    for number, way in enumerate(draft.ways, start=1):
        sleeps = _sleeps(draft.way_rooms, way)
        turn.paragraph("mix.way", number=number, sleeps=sleeps)
        title = Line("mix.row_title", {"number": number})
        rows.append(Row(f"beds:{number - 1}", title, Line("mix.row", {"sleeps": sleeps})))
    if len(draft.ways) >= MOST_WAYS:
        rows.append(Row("person", Line("mix.other_way"), Line("mix.other_way_by_person")))
    turn.paragraphs.append([])
    turn.ask("mix.ask_way", "offer")
    turn.rows(rows, "list.open_ways", in_body=True)


def _sleeps(rooms: Sequence[Localised], way: Sequence[Party]) -> Value:
    """Room by room: "Double: 2 adults; Triple: 2 adults and 1 child (4)"."""
    each = [
        Phrase("mix.sleeps", {"room": room, "party": _with_ages(party)}) for room, party in zip(rooms, way, strict=True)
    ]
    return reduce(lambda before, one: Phrase("mix.and_then", {"before": before, "one": one}), each)


def _with_ages(party: Party) -> Value:
    """The people of a room, with the ages of its children: they are what tells two ways apart."""
    people = people_value([party])
    if not party.children_ages:
        return people
    return Phrase("mix.with_ages", {"party": people, "ages": Join(party.children_ages)})


def _present(turn: Workbench, quotes: Sequence[Quoted], *, lead: str) -> None:
    """Each type with its price and the sum, for every combination and rate, cheapest first."""
    every = [(quoted, option) for quoted in quotes for option in quoted.options]
    shown = sorted(every, key=lambda pair: pair[1].total.amount)[: offers.MAX_SHOWN]
    for quoted in quotes:
        if any(quoted == one for one, _ in shown):
            turn.quote(quoted)
    single, first = len(shown) == 1, shown[0][0]
    turn.change(
        stage=Stage.OFFERED, offers=tuple(quotes), chosen=None, proposed=shown[0][1].option_id if single else None
    )
    turn.rule = "booking.offer_mix"
    stay, options = first.stay, [option for _, option in shown]
    turn.say(
        f"{lead}_one" if single else lead,
        stay=Span(stay.check_in, stay.check_out),
        nights=Count(stay.nights, "night"),
        party=party_value(stay),
    )
    for number, (quoted, option) in enumerate(shown, start=1):
        _lines(turn, quoted, option, number=None if single else number)
    offers.conditions(turn, options, first)
    if adults_of(turn.state.draft) is None:
        turn.say("offers.assumed_party", party=party_value(stay))
    if single:
        turn.ask("mix.ask_one", "offer")
        turn.buttons(Button(f"option:{options[0].option_id}", "button.book"), Button("change", "button.change"))
    else:
        turn.ask("offers.ask_choice", "offer")
        turn.rows([offers.option_row(option, quoted.stay) for quoted, option in shown], "list.open_rooms", in_body=True)


def _lines(turn: Workbench, quoted: Quoted, option: QuotedOption, *, number: int | None) -> None:
    """The rooms of each type with who sleeps in them and their price, and what all of it costs."""
    people = quoted.stay.by_type(option.room_type_id)
    if number is not None:
        turn.paragraph("mix.option", number=number, room=offers.room_name(option), total=option.price(option.total))
    for part in option.parts:
        turn.paragraph(
            "mix.part" if number is None else "mix.part_of",
            count=part.rooms,
            room=part.name,
            party=people_value(people[part.room_type_id].rooms),
            nightly=offers.nightly_of(option, part.nightly),
        )
    if number is None:
        turn.paragraph("mix.total", nightly=offers.nightly(option), total=option.price(option.total))


def _staff(turn: Workbench) -> Steps:
    """No booking here takes these rooms together, so a person puts them together.

    Dates and people stay in the draft; the rooms do not, so that nothing else is quoted by mistake.
    """
    turn.rule = "booking.several_types"
    words = turn.said.words if turn.said else ""
    summary = f"{words} · {for_staff(turn.state.draft)}"
    turn.draft(rooms=None, room_type=None, room_types=(), spread=(), ways=())
    turn.change(stage=Stage.COLLECTING, offers=(), chosen=None, proposed=None)
    turn.hand_over(HandoffReason.GROUP, summary=summary)
    turn.say("booking.several_types")
    yield from turn.promise_person()
    turn.ask("booking.one_by_one", "room_type")
