"""Merging what guests say: later words win, what cannot be leaves the rest alone."""

from __future__ import annotations

import datetime as dt

import pytest

from conversations.dialogue.draft import dates_problem, merge, party_problem, people_of, stay_of
from conversations.dialogue.state import Draft
from conversations.understanding.types import Entities
from integrations.pms.base import Party
from tests.dialogue.house import hotel

TODAY = dt.date(2026, 11, 23)


def jan(day: int) -> dt.date:
    return dt.date(2027, 1, day)


STAY = Draft(check_in=jan(3), check_out=jan(7), adults=2)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (Entities(check_in=jan(4), check_out=jan(8)), (jan(4), jan(8))),
        (Entities(check_in=jan(5)), (jan(5), jan(7))),
        (Entities(check_in=jan(9)), (jan(9), jan(13))),
        (Entities(check_in=dt.date(2026, 12, 4)), (dt.date(2026, 12, 4), dt.date(2026, 12, 8))),
        (Entities(check_out=jan(9)), (jan(3), jan(9))),
        (Entities(nights=2), (jan(3), jan(5))),
        (Entities(check_in=jan(10), nights=3), (jan(10), jan(13))),
        (Entities(check_out=jan(10), nights=3), (jan(7), jan(10))),
    ],
)
def test_dates_are_corrected(said: Entities, expected: tuple[dt.date, dt.date]) -> None:
    merged = merge(STAY, said, None)
    assert (merged.check_in, merged.check_out) == expected
    assert merged.adults == 2


@pytest.mark.parametrize(
    ("before", "said", "people"),
    [
        (Draft(adults=2), Entities(guests=3), (None, 3, None)),
        (Draft(adults=2, children=1, children_ages=(5,)), Entities(guests=4), (3, None, 1)),
        (Draft(adults=2, children=2, children_ages=(5, 8)), Entities(guests=1), (None, 1, None)),
        (Draft(guests=3), Entities(children=1), (2, None, 1)),
        (Draft(), Entities(adults=2, children_ages=(4, 6)), (2, None, 2)),
        (Draft(adults=1), Entities(children=2), (1, None, 2)),
        (Draft(), Entities(guests=4, adults=2), (2, None, 2)),
    ],
)
def test_people_are_corrected(before: Draft, said: Entities, people: tuple[int | None, ...]) -> None:
    merged = merge(before, said, None)
    assert (merged.adults, merged.guests, merged.children) == people


def test_a_bare_number_answers_the_open_question() -> None:
    assert merge(Draft(), Entities(number=4), "guests").guests == 4
    assert merge(Draft(check_in=jan(3)), Entities(number=4), "nights").check_out == jan(7)
    assert merge(Draft(), Entities(number=4), "email") == Draft()


def test_people_are_spread_over_the_rooms() -> None:
    draft = Draft(check_in=jan(3), check_out=jan(7), adults=5, children=1, children_ages=(4,), rooms=2)
    stay = stay_of(draft)
    assert stay is not None
    assert stay.rooms == (Party(3, (4,)), Party(2, ()))
    assert people_of(draft) == 6
    assert stay_of(Draft(check_in=jan(3), check_out=jan(7), adults=2, children=1)) is None, "an age is missing"


@pytest.mark.parametrize(
    ("draft", "key"),
    [
        (Draft(check_in=dt.date(2026, 11, 22)), "problem.past_date"),
        (Draft(check_in=TODAY), None),
        (Draft(check_in=jan(7), check_out=jan(7)), "problem.order"),
        (Draft(check_in=jan(1), check_out=jan(31)), None),
        (Draft(check_in=jan(1), check_out=dt.date(2027, 2, 1)), "problem.too_long"),
        (Draft(nights=0), "problem.no_nights"),
        (Draft(check_in=dt.date(2029, 5, 1), check_out=dt.date(2029, 5, 3)), "problem.too_far"),
    ],
)
def test_dates_that_cannot_be(draft: Draft, key: str | None) -> None:
    problem = dates_problem(draft, hotel(), TODAY)
    assert (problem.key if problem else None) == key


@pytest.mark.parametrize(
    ("draft", "key"),
    [
        (Draft(guests=0), "problem.no_guests"),
        (Draft(adults=0, children=2), "problem.no_adults"),
        (Draft(guests=10), None),
        (Draft(guests=11), "problem.group"),
        (Draft(adults=8, rooms=5), "problem.group"),
        (Draft(adults=2, rooms=3), "problem.rooms_without_adult"),
        (Draft(adults=2, children=1, children_ages=(18,)), "problem.ages"),
        (Draft(adults=2, rooms=0), "problem.no_rooms"),
    ],
)
def test_people_that_cannot_be(draft: Draft, key: str | None) -> None:
    problem = party_problem(draft, hotel())
    assert (problem.key if problem else None) == key
