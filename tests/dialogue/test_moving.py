"""A week later, the weekend after: from the stay being talked about, and only when nothing else is asked."""

from __future__ import annotations

import datetime as dt

import pytest

from conversations.dialogue.hotel import Heard
from conversations.dialogue.moving import moved
from conversations.dialogue.said import Said, listen
from conversations.dialogue.state import Draft
from conversations.understanding.types import Entities, Scored, Understanding
from integrations.events import MessageType
from tests.dialogue.script import START


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def said(text: str, intent: str = "check_availability") -> Said:
    understood = Understanding(
        text=text, language="en", language_confidence=1.0, intents=(Scored(intent, 0.9),),
        candidates=(Scored(intent, 0.9),), entities=Entities(), engine="test", engine_version="1",
    )  # fmt: skip
    return listen([Heard(message_id="1", type=MessageType.TEXT, text=text, understanding=understood, sent_at=START)])


WEEKDAYS = Draft(check_in=day("2027-01-11"), check_out=day("2027-01-15"))
WEEKEND = Draft(check_in=day("2027-01-08"), check_out=day("2027-01-10"))
LONG_WEEKEND = Draft(check_in=day("2027-01-08"), check_out=day("2027-01-11"))


@pytest.mark.parametrize(
    ("text", "draft", "check_in", "check_out"),
    [
        ("and a week later?", WEEKDAYS, "2027-01-18", "2027-01-22"),
        ("¿y una semana después?", WEEKDAYS, "2027-01-18", "2027-01-22"),
        ("e duas semanas mais tarde?", WEEKDAYS, "2027-01-25", "2027-01-29"),
        ("the week after", WEEKDAYS, "2027-01-18", "2027-01-22"),
        ("what about the following week?", WEEKDAYS, "2027-01-18", "2027-01-22"),
        ("y la semana siguiente?", WEEKDAYS, "2027-01-18", "2027-01-22"),
        ("e na semana seguinte, por favor?", WEEKDAYS, "2027-01-18", "2027-01-22"),
        ("y la semana anterior?", WEEKDAYS, "2027-01-04", "2027-01-08"),
        ("a week earlier", WEEKEND, "2027-01-01", "2027-01-03"),
        ("what about the weekend after?", WEEKEND, "2027-01-15", "2027-01-17"),
        ("¿y el finde siguiente?", LONG_WEEKEND, "2027-01-15", "2027-01-18"),
        ("e no fim de semana seguinte?", WEEKDAYS, "2027-01-15", "2027-01-17"),
        ("and the following weekend", WEEKDAYS, "2027-01-15", "2027-01-17"),
        ("the weekend before", WEEKDAYS, "2027-01-08", "2027-01-10"),
        ("el fin de semana anterior?", WEEKEND, "2027-01-01", "2027-01-03"),
        ("the weekend before that", LONG_WEEKEND, "2027-01-01", "2027-01-04"),
    ],
)
def test_it_is_counted_from_the_stay(text: str, draft: Draft, check_in: str, check_out: str) -> None:
    entities = moved(draft, said(text)).entities
    assert (entities.check_in, entities.check_out) == (day(check_in), day(check_out))


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("can I cancel a week before?", "ask_cancellation_policy"),
        ("¿tengo que pagar una semana antes?", "ask_payment"),
        ("the weekend after the 20th of March", "check_availability"),
        ("next weekend", "check_availability"),
        ("el próximo finde", "check_availability"),
        ("a week from Monday", "check_availability"),
        ("una semana", "provide_details"),
        ("ok, te aviso una semana antes", "affirm"),
        ("I'll let you know a week before", "affirm"),
        ("confirmo na semana seguinte", "affirm"),
        ("", "check_availability"),
        ("my sister comes with her family and they leave the week after", "check_availability"),
    ],
)
def test_another_question_is_left_alone(text: str, intent: str) -> None:
    before = said(text, intent)
    assert moved(WEEKDAYS, before) is before


def test_without_a_stay_there_is_no_after() -> None:
    before = said("and the weekend after?")
    assert moved(Draft(), before) is before
