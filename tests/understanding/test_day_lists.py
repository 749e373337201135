"""Listed days, weekends named by a day of theirs, stays moved, and numbers in the order of the message."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from conversations.understanding.entities.extract import extract
from conversations.understanding.text import fold
from conversations.understanding.types import Entities, Situation

TODAY = dt.date(2026, 11, 28)  # a Saturday


def read(language: Any, text: str) -> Entities:
    return extract(fold(text), language=language, situation=Situation(today=TODAY, language=language)).entities


STAYS = (
    ("es", "las noches del 24 y 25 de diciembre", "2026-12-24", "2026-12-26"),
    ("es", "el 10, 11 y 12 de enero", "2027-01-10", "2027-01-12"),
    ("es", "20,21 y 22 de diciembre", "2026-12-20", "2026-12-22"),
    ("es", "el 5 y el 6 de enero, salida el 7", "2027-01-05", "2027-01-07"),
    ("es", "finde del 12 y 13 de diciembre", "2026-12-12", "2026-12-13"),
    ("es", "el fin de semana del 12 de diciembre", "2026-12-11", "2026-12-13"),
    ("es", "segundo fin de semana de febrero", "2027-02-12", "2027-02-14"),
    ("es", "me cambias la reserva del 3 al 5 de enero para el 10 al 12", "2027-01-10", "2027-01-12"),
    ("es", "del 3 al 7 no, mejor del 4 al 8 de enero", "2027-01-04", "2027-01-08"),
    ("es", "nos quedamos viernes y sábado, nos vamos el domingo", "2026-12-04", "2026-12-06"),
    ("es", "viernes 11, sabado 12 y domingo 13", "2026-12-11", "2026-12-13"),
    ("es", "voy el 10 y vuelvo el 12", "2026-12-10", "2026-12-12"),
    ("en", "we need a room for the nights of 24 and 25 December", "2026-12-24", "2026-12-26"),
    ("en", "Tuesday and Wednesday night", "2026-12-01", "2026-12-03"),
    ("en", "Fri & Sat nights", "2026-12-04", "2026-12-06"),
    ("en", "tonight and tomorrow night", "2026-11-28", "2026-11-30"),
    ("en", "the weekend of December 12", "2026-12-11", "2026-12-13"),
    ("en", "the weekend of the 12th", "2026-12-11", "2026-12-13"),
    ("en", "last weekend in January", "2027-01-29", "2027-01-31"),
    ("en", "new years eve to january 3rd", "2026-12-31", "2027-01-03"),
    ("en", "for Christmas, 24 to 26", "2026-12-24", "2026-12-26"),
    ("en", "03.01.2027 - 07.01.2027", "2027-01-03", "2027-01-07"),
    ("en", "check-in 30/12 and check-out 02/01", "2026-12-30", "2027-01-02"),
    ("en", "friday and saturday, leaving sunday", "2026-12-04", "2026-12-06"),
    ("en", "Saturday to Saturday, 9-16 January", "2027-01-09", "2027-01-16"),
    ("en", "the 9th of January through to the 12th", "2027-01-09", "2027-01-12"),
    ("en", "my flight arrives December 14 and I go back December 18", "2026-12-14", "2026-12-18"),
    ("pt", "as noites de 24 e 25 de dezembro", "2026-12-24", "2026-12-26"),
    ("pt", "dias 10, 11 e 12 de janeiro", "2027-01-10", "2027-01-12"),
    ("pt", "fim de semana do dia 12 de dezembro", "2026-12-11", "2026-12-13"),
    ("pt", "último fim de semana de janeiro", "2027-01-29", "2027-01-31"),
    ("pt", "mudar minha reserva de 3 a 5 de janeiro para 10 a 12", "2027-01-10", "2027-01-12"),
    ("pt", "réveillon, de 30 a 2", "2026-12-30", "2027-01-02"),
    ("pt", "pro natal, 24 a 26", "2026-12-24", "2026-12-26"),
    ("pt", "quinta e sexta, saindo no sábado", "2026-12-03", "2026-12-05"),
)


@pytest.mark.parametrize(("language", "text", "arrival", "departure"), STAYS)
def test_stay(language: str, text: str, arrival: str, departure: str) -> None:
    found = read(language, text)
    assert (str(found.check_in), str(found.check_out), found.date) == (arrival, departure, None)


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("es", "para el 5 y 6 de enero", "2027-01-05"),
        ("es", "los dias 10 y 11 de enero", "2027-01-10"),
        ("pt", "dias 10 e 11 de janeiro", "2027-01-10"),
    ],
)
def test_two_days_without_a_word_of_nights_have_no_role_but_the_right_month(language: str, text: str, day: str) -> None:
    found = read(language, text)
    assert (found.check_in, found.check_out, str(found.date)) == (None, None, day)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "llegamos un dia despues"), ("es", "nos vamos dos dias despues"), ("en", "we arrive a day earlier"),
        ("en", "we leave two days later"), ("pt", "chegamos um dia depois"),
    ],
)  # fmt: skip
def test_a_distance_is_no_length_of_a_stay(language: str, text: str) -> None:
    assert read(language, text).nights is None


@pytest.mark.parametrize(
    ("language", "text", "guests"),
    [
        ("es", "2 habitaciones, una para 2 y otra para 3", 5),
        ("en", "2 rooms, one for 2 and another for 3", 5),
        ("pt", "dois quartos, um para 2 e outro para 4", 6),
    ],
)
def test_guests_of_each_room_are_added(language: str, text: str, guests: int) -> None:
    assert read(language, text).guests == guests


def test_open_all_day_does_not_turn_the_order_of_numbers() -> None:
    found = read("en", "is reception open 24/7? we arrive 1/3 and leave 1/7")
    assert (str(found.check_in), str(found.check_out)) == ("2027-01-03", "2027-01-07")
