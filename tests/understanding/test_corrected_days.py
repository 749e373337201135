"""Days taken back, days with a dot, stays that are over: one table per cause, with what must not be read so."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from conversations.understanding.entities.extract import extract
from conversations.understanding.text import fold
from conversations.understanding.types import Entities, Situation

TODAY = dt.date(2026, 11, 28)  # a Saturday


def read(language: Any, text: str, slot: str | None = None) -> Entities:
    situation = Situation(today=TODAY, language=language, expected_slot=slot)
    return extract(fold(text), language=language, situation=situation).entities


CORRECTED = (
    ("en", "I typed arriving July 12, should be July 21", "2027-07-21", None),
    ("en", "I put arrival 3 March, meant 4 March", "2027-03-04", None),
    ("en", "I said checking in on 3 May but it's 5 May", "2027-05-05", None),
    ("en", "entered check out 4 March, should have been 6 March", None, "2027-03-06"),
    ("en", "instead of leaving on the 25th we leave on the 27th", None, "2026-12-27"),
    ("es", "puse llegada el 5 de marzo pero es el 6 de marzo", "2027-03-06", None),
    ("es", "escribí salida el 10 de enero y en realidad es el 12 de enero", None, "2027-01-12"),
    ("es", "dije que llegamos el 8/2, quise decir el 9/2", "2027-02-09", None),
    ("es", "en vez de llegar el 10 llegamos el 12", "2026-12-12", None),
    ("es", "en lugar de irnos el 20 nos vamos el 22", None, "2026-12-22"),
    ("pt", "coloquei chegada 10/10 mas o certo é 11/10", "2027-10-11", None),
    ("pt", "botei entrada dia 3 de abril, era pra ser dia 4 de abril", "2027-04-04", None),
    ("pt", "falei saída dia 15 de maio, na verdade é 16 de maio", None, "2027-05-16"),
    ("pt", "em vez de sair dia 25 a gente sai 27", None, "2026-12-27"),
    ("pt", "em vez de chegar dia 3 vamos chegar dia 4", "2026-12-04", None),
)
SPELLED = (
    ("en", "a room from 24. May to 28. May", "2027-05-24", "2027-05-28"),
    ("en", "two nights, arrival 3. June", "2027-06-03", "2027-06-05"),
    ("en", "we check in 1. March and check out 4. March", "2027-03-01", "2027-03-04"),
    ("es", "una habitación pal 24", "2026-12-24", None),
    ("es", "¿hay lugar pal 15 de enero, dos noches?", "2027-01-15", "2027-01-17"),
    ("es", "habitación del 3 de marzo até el 5", "2027-03-03", "2027-03-05"),
    ("es", "quiero reservar para el 27 de junio até 30", "2027-06-27", "2027-06-30"),
)


@pytest.mark.parametrize(("language", "text", "arrival", "departure"), CORRECTED + SPELLED)
def test_the_day_that_holds(language: str, text: str, arrival: str | None, departure: str | None) -> None:
    said = read(language, text)
    nights = dt.timedelta(days=said.nights or 0)
    leaves = said.check_out or (said.check_in + nights if said.check_in and nights else None)
    assert (said.check_in and said.check_in.isoformat(), leaves and leaves.isoformat()) == (arrival, departure)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "my room is 24. May I have towels?"),
        ("en", "we are in 12. May we check out later?"),
        ("es", "estuve del 3 al 5 de noviembre y dejé el cargador en la habitación"),
        ("es", "me hospedé del 10 al 12 de marzo, la habitación estaba sucia"),
        ("en", "I stayed from 3 to 5 November and left my charger in the room"),
        ("en", "we were staying with you 1-4 October, the room was lovely"),
        ("pt", "fiquei de 3 a 5 de novembro e o quarto estava ótimo"),
        ("pt", "estive aí de 2 a 4 de outubro, esqueci um casaco no quarto"),
    ],
)
def test_no_stay_is_wanted(language: str, text: str) -> None:
    said = read(language, text)
    assert (said.check_in, said.check_out, said.nights) == (None, None, None)


@pytest.mark.parametrize(
    ("language", "text", "arrival", "departure"),
    [
        ("es", "estuve el año pasado y quiero volver del 3 al 5 de enero", "2027-01-03", "2027-01-05"),
        ("en", "we stayed with you before, can we come again 3 to 5 July?", "2027-07-03", "2027-07-05"),
        ("pt", "já fiquei aí, queria um quarto de 3 a 5 de janeiro", "2027-01-03", "2027-01-05"),
        ("es", "puse del 3 al 7 de enero, 2 adultos", "2027-01-03", "2027-01-07"),
        ("en", "I booked from 3 to 7 January", "2027-01-03", "2027-01-07"),
    ],
)
def test_a_stay_is_still_wanted(language: str, text: str, arrival: str, departure: str) -> None:
    said = read(language, text)
    assert (said.check_in, said.check_out) == (dt.date.fromisoformat(arrival), dt.date.fromisoformat(departure))


@pytest.mark.parametrize(
    ("language", "text", "feast"),
    [
        ("es", "¿cuánto sale el finde largo de carnaval para 2?", "carnaval"),
        ("pt", "quanto fica o feriadão de carnaval?", "carnaval"),
    ],
)
def test_a_long_weekend_is_asked_about_by_its_feast(language: str, text: str, feast: str) -> None:
    assert [doubt.text for doubt in read(language, text).ambiguities] == [feast]
