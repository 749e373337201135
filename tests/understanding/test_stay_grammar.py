"""What the grammar reads from a message, value by value."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from conversations.understanding.entities import extract
from conversations.understanding.text import fold
from conversations.understanding.types import Entities, Language, Situation
from tests.understanding.stays import ANSWERS, ENGLISH, PORTUGUESE, SPANISH

TODAY = dt.date(2026, 11, 23)


def read(text: str, language: Language, **situation: Any) -> Entities:
    asked = Situation(**{"today": TODAY, **situation})
    return extract(fold(text), language=language, situation=asked).entities


def values(entities: Entities) -> dict[str, object]:
    return {name: value for name, value in entities.as_dict().items() if name != "topic"}


@pytest.mark.parametrize(("language", "text", "expected"), SPANISH + ENGLISH + PORTUGUESE)
def test_a_message_says_exactly_these_values(language: Language, text: str, expected: dict[str, Any]) -> None:
    assert values(read(text, language)) == expected


@pytest.mark.parametrize(("language", "slot", "text", "expected"), ANSWERS)
def test_an_answer_is_read_as_what_was_asked(
    language: Language, slot: str, text: str, expected: dict[str, Any]
) -> None:
    assert values(read(text, language, expected_slot=slot)) == expected


@pytest.mark.parametrize(
    ("language", "text", "kind"),
    [
        ("es", "30 de febrero", "date_does_not_exist"),
        ("es", "del 28 al 31 de noviembre", "date_does_not_exist"),
        ("en", "february 30th", "date_does_not_exist"),
        ("pt", "dia 31 de abril", "date_does_not_exist"),
        ("es", "del 3 al 7 de enero de 2020", "date_in_past"),
        ("es", "del 3 al 7 de enero, 2 noches", "dates_contradict_nights"),
        ("en", "jan 3 to jan 7, two nights", "dates_contradict_nights"),
        ("es", "del 7 de enero al 3 de enero", "check_out_not_after_check_in"),
        ("es", "en semana santa", "several_readings"),
        ("pt", "no carnaval", "several_readings"),
        ("es", "viernes 8 de enero de 2027 no, sábado 8 de enero", "several_readings"),
        ("es", "el 15", "date_role_unclear"),
        ("es", "7", "number_without_meaning"),
    ],
)
def test_what_cannot_be_known_is_reported(language: Language, text: str, kind: str) -> None:
    assert kind in {doubt.kind for doubt in read(text, language).ambiguities}


@pytest.mark.parametrize(
    ("language", "text", "types"),
    [
        ("es", "quiero una doble y una triple, somos 5", ("double", "triple")),
        ("es", "dos dobles y una familiar del 3 al 7 de enero para 8", ("double", "double", "family")),
        ("es", "una habitación doble y una familiar para el 3 de enero", ("double", "family")),
        ("es", "dos habitaciones: una doble y una triple", ("double", "triple")),
        ("en", "one double and one triple for 5 people", ("double", "triple")),
        ("en", "two rooms, a double and a triple, from 3 to 7 January", ("double", "triple")),
        ("en", "a double and a single and a triple", ("double", "single", "triple")),
        ("pt", "dois quartos duplos e um familiar para 7 pessoas", ("double", "double", "family")),
        ("pt", "dois quartos, um duplo e um triplo", ("double", "triple")),
    ],
)
def test_rooms_of_several_types_are_told_one_by_one(language: Language, text: str, types: tuple[str, ...]) -> None:
    said = read(text, language)

    assert (said.room_types, said.rooms) == (types, len(types))


@pytest.mark.parametrize(
    ("language", "text", "rooms"),
    [
        ("es", "una doble para mí y un familiar", 1),  # a relative
        ("pt", "um quarto duplo para mim e um familiar", 1),
        ("es", "tres habitaciones dobles", 3),
    ],
)
def test_rooms_of_one_type_are_no_several(language: Language, text: str, rooms: int) -> None:
    said = read(text, language)

    assert (said.room_types, said.rooms) == ((), rooms)


def test_a_date_that_does_not_exist_is_no_value() -> None:
    assert read("quiero reservar para el 30 de febrero", "es").check_in is None


def test_numeric_dates_follow_the_language() -> None:
    assert read("check in 3/4", "en").check_in == dt.date(2027, 3, 4)
    assert read("llegada 3/4", "es").check_in == dt.date(2027, 4, 3)
    assert read("chegada 3/4", "pt").check_in == dt.date(2027, 4, 3)


def test_a_departure_without_arrival_counts_from_the_draft() -> None:
    entities = read("hasta el 3", "es", check_in=dt.date(2026, 12, 20))
    assert entities.check_out == dt.date(2027, 1, 3)


def test_the_hotels_own_room_names_win() -> None:
    names = {"vista rio": "double", "suite del bosque": "forest"}
    assert read("una vista río para dos", "es", room_type_names=names).room_type == "double"
    assert read("la suite del bosque", "es", room_type_names=names).room_type == "forest"


def test_codes_without_dash_need_the_hotels_prefix_or_a_word_beside() -> None:
    assert read("hba1b2c3", "es", booking_prefixes=("HB",)).booking_ref == "HB-A1B2C3"
    assert read("la casa queda en la calle de 123456", "es").booking_ref is None


def test_spans_point_into_the_original_text() -> None:
    text = "¡Olá! Chegamos dia 10 e saímos dia 14 de dezembro"
    found = extract(fold(text), language="pt", situation=Situation(today=TODAY))
    said = {text[span.start : span.end] for span in found.spans if span.entity == "date"}
    assert any("10" in piece for piece in said)
    assert any("14 de dezembro" in piece for piece in said)
