"""Dates, times, counts and names as each language writes them."""

from __future__ import annotations

import datetime as dt

import pytest

from conversations.wording import phrases

TODAY = dt.date(2026, 11, 23)
NOW = dt.datetime(2026, 11, 23, 18, 10)  # noqa: DTZ001 - the hotel's wall clock


@pytest.mark.parametrize(
    ("variant", "first", "last", "said"),
    [
        ("es", dt.date(2027, 1, 3), dt.date(2027, 1, 7), "domingo 3 al jueves 7 de enero"),
        ("en", dt.date(2027, 1, 3), dt.date(2027, 1, 7), "Sunday 3 to Thursday 7 January"),
        ("pt", dt.date(2027, 1, 3), dt.date(2027, 1, 7), "domingo 3 a quinta 7 de janeiro"),
        ("es-AR", dt.date(2027, 1, 30), dt.date(2027, 2, 2), "sábado 30 de enero al martes 2 de febrero"),
        ("en", dt.date(2026, 12, 30), dt.date(2027, 1, 2), "Wednesday 30 December to Saturday 2 January"),
        ("pt", dt.date(2027, 1, 31), dt.date(2027, 2, 1), "domingo 31 de janeiro a segunda 1º de fevereiro"),
        ("pt-PT", dt.date(2027, 1, 31), dt.date(2027, 2, 1), "domingo 31 de janeiro a segunda 1 de fevereiro"),
        ("es", dt.date(2028, 1, 3), dt.date(2028, 1, 7), "lunes 3 al viernes 7 de enero de 2028"),
        ("en", dt.date(2028, 1, 3), dt.date(2028, 1, 7), "Monday 3 to Friday 7 January 2028"),
    ],
)
def test_stay(variant: str, first: dt.date, last: dt.date, said: str) -> None:
    assert phrases.span_phrase(first, last, variant, TODAY) == said


@pytest.mark.parametrize(
    ("variant", "same", "crossing"), [("es", "4–8 ene", "30 ene – 2 feb"), ("en", "4–8 Jan", "30 Jan – 2 Feb"),
                                      ("pt", "4–8 jan", "30 jan – 2 fev")],
)  # fmt: skip
def test_stay_in_a_list_row(variant: str, same: str, crossing: str) -> None:
    assert phrases.span_phrase(dt.date(2027, 1, 4), dt.date(2027, 1, 8), variant, TODAY, short=True) == same
    assert phrases.span_phrase(dt.date(2027, 1, 30), dt.date(2027, 2, 2), variant, TODAY, short=True) == crossing


@pytest.mark.parametrize(
    ("variant", "today", "tomorrow", "later"),
    [
        ("es", "las 18:40", "mañana a las 8:00", "el viernes 1 de enero a la 1:05"),
        ("en", "18:40", "tomorrow at 8:00", "Friday 1 January at 1:05"),
        ("pt", "as 18:40", "amanhã às 8:00", "sexta 1º de janeiro à 1:05"),
    ],
)
def test_moment(variant: str, today: str, tomorrow: str, later: str) -> None:
    assert phrases.moment_phrase(NOW.replace(hour=18, minute=40), variant, NOW) == today
    assert phrases.moment_phrase(NOW.replace(day=24, hour=8, minute=0), variant, NOW) == tomorrow
    assert phrases.moment_phrase(dt.datetime(2027, 1, 1, 1, 5), variant, NOW) == later  # noqa: DTZ001


@pytest.mark.parametrize("variant", ["es", "en", "pt"])
def test_plural(variant: str) -> None:
    assert phrases.plural("{n} one | {n} many", 1, variant) == "1 one"
    for number in (0, 2, 5, 30):
        assert phrases.plural("{n} one | {n} many", number, variant) == f"{number} many"


@pytest.mark.parametrize(
    ("variant", "before", "after"),
    [
        ("es", "su mensaje de el viernes 1", "su mensaje del viernes 1"),
        ("es-AR", "tu mensaje de las 14:05", "tu mensaje de las 14:05"),
        ("pt", "a sua mensagem de as 14:05", "a sua mensagem das 14:05"),
        ("pt", "a partir de as 8:00", "a partir das 8:00"),
        ("pt-PT", "até as 18:40", "até às 18:40"),
        ("en", "the message de el day", "the message de el day"),
    ],
)
def test_contraction(variant: str, before: str, after: str) -> None:
    assert phrases.contracted(before, variant) == after


@pytest.mark.parametrize(
    ("name", "variant", "said"),
    [
        ("Hotel Río Claro", "es", "del Hotel Río Claro"),
        ("Posada del Sol", "es-AR", "de la Posada del Sol"),
        ("São João & Spa", "es", "de São João & Spa"),
        ("Hotel Río Claro", "en", "at Hotel Río Claro"),
        ("Pousada Azul", "pt", "da Pousada Azul"),
        ("Hotel Azul", "pt-PT", "do Hotel Azul"),
    ],
)
def test_name_of_the_hotel(name: str, variant: str, said: str) -> None:
    assert phrases.of_hotel(name, variant) == said


def test_enumeration() -> None:
    assert phrases.joined(["a"], "es") == "a"
    assert phrases.joined(["a", "b", "c"], "es") == "a, b y c"
    assert phrases.joined(["a", "b"], "en") == "a and b"
    assert phrases.joined(["a", "b"], "pt-PT") == "a e b"
