"""Stays told from today, corrected, or beside feasts; parties, names, codes and hours (`relative_stays.py`)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from conversations.understanding.engine import EmbeddedEngine
from conversations.understanding.entities import extract
from conversations.understanding.text import fold
from conversations.understanding.types import Language, Situation
from tests.understanding.relative_stays import BESIDES, CHANGED, HEARD, MORE_DAYS, RELATIVE

TODAY = dt.date(2026, 11, 23)
ROWS = [
    (language, text, expected)
    for table in (RELATIVE, MORE_DAYS, BESIDES)
    for language, rows in table.items()
    for text, expected in rows
]


@pytest.mark.parametrize(("language", "text", "expected"), ROWS)
def test_what_a_message_says(language: Language, text: str, expected: dict[str, Any]) -> None:
    found = extract(fold(text), language=language, situation=Situation(today=TODAY)).entities
    said = {name: value for name, value in found.as_dict().items() if name != "topic"}
    if not said.keys() & {"check_in", "check_out"} and "date" in said:
        said["check_in"] = said.pop("date")  # a lone day gets its role from the intent
    assert said == {name: value for name, value in expected.items() if not name.startswith("?")}
    doubts = {doubt.kind for doubt in found.ambiguities}
    assert {name[1:] for name in expected if name.startswith("?")} <= doubts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("quiero reservar la doble que me pasaste ayer", {}),
        ("I want to book the room you quoted me yesterday", {}),
        ("quero reservar o quarto que você me passou ontem", {}),
        ("necesito toallas en la habitación hoy", {}),
        ("can someone clean my room today?", {}),
        ("chau, hasta el viernes!", {}),
        ("tchau, até sexta!", {}),
        ("quiero cancelar mi reserva del 5 de enero", {"check_in": "2027-01-05"}),
        ("please cancel my booking for January 5", {"check_in": "2027-01-05"}),
        ("quero cancelar minha reserva do dia 5 de janeiro", {"check_in": "2027-01-05"}),
    ],
)
def test_what_a_lone_day_is_follows_from_the_intent(
    text: str, expected: dict[str, str], engine: EmbeddedEngine
) -> None:
    said = engine.understand(text, Situation(today=TODAY)).entities.as_dict()
    assert {name: value for name, value in said.items() if name in ("check_in", "check_out", "date")} == expected


@pytest.mark.parametrize(("language", "slot", "text", "expected"), HEARD)
def test_what_the_engine_hears(
    language: Language, slot: str | None, text: str, expected: dict[str, Any], engine: EmbeddedEngine
) -> None:
    heard = engine.understand(text, Situation(today=TODAY, language=language, expected_slot=slot)).entities.as_dict()
    assert {name: value for name, value in heard.items() if name not in ("topic", "rooms", "number")} == expected


@pytest.mark.parametrize(("language", "today", "text", "expected"), CHANGED)
def test_the_days_that_hold_after_a_change(
    language: Language, today: str, text: str, expected: dict[str, Any], engine: EmbeddedEngine
) -> None:
    situation = Situation(today=dt.date.fromisoformat(today), language=language)
    heard = engine.understand(text, situation).entities.as_dict()
    days = ("check_in", "check_out", "nights", "date")
    assert {name: value for name, value in heard.items() if name in days} == {
        name: value for name, value in expected.items() if name in days
    }
