"""One stay written in every form of `surface_forms.py`, on awkward days, with noise: always the same two dates.

The forms are composed with stays whose dates are known, so that thousands of messages are checked without anybody having
written down their answers. Case, accents, commas, emoji and one typo in a month or weekday change nothing.
"""

# ruff: noqa: E501 - tables read better unbroken

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from typing import Any, Final

import pytest

from conversations.understanding.entities import extract
from conversations.understanding.text import fold
from conversations.understanding.types import LANGUAGES, Entities, Language, Situation
from tests.understanding import surface_forms as forms

TODAYS: Final = [
    dt.date(2026, 11, 23), dt.date(2027, 1, 30), dt.date(2026, 2, 27), dt.date(2026, 6, 14), dt.date(2026, 12, 29),
    dt.date(2027, 8, 4),
]  # fmt: skip
"""A Monday, a day before a short month, its end, a Sunday, the turn of the year, a Wednesday."""
TIMES: Final = 18
"""Messages made of each form."""
KINDS: Final = {
    "same": forms.SAME_MONTH,
    "any": forms.ANY_MONTHS,
    "nights": forms.NIGHTS,
    "bare": forms.BARE,
    "week": forms.WEEK,
}
READ: Final = (
    "check_in",
    "check_out",
    "nights",
    "date",
    "guests",
    "adults",
    "children",
    "room_type",
    "rooms",
    "number",
)


def read(text: str, language: Language, today: dt.date) -> Entities:
    return extract(fold(text), language=language, situation=Situation(today=today)).entities


def ordinal(number: int) -> str:
    ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def fields(language: str, arrival: dt.date, departure: dt.date) -> dict[str, Any]:
    """What the placeholders of a form stand for."""
    out: dict[str, Any] = {"n": (departure - arrival).days}
    out["nw"] = forms.COUNT_WORDS[language][out["n"] - 1] if out["n"] <= 10 else out["n"]
    for end, day in (("1", arrival), ("2", departure)):
        out |= {
            f"d{end}": day.day, f"dd{end}": f"{day:%d}", f"mm{end}": day.month, f"mmm{end}": f"{day:%m}", f"y{end}": day.year, f"yy{end}": f"{day:%y}",
            f"iso{end}": day.isoformat(), f"o{end}": ordinal(day.day), f"dw{end}": forms.DAY_WORDS[language][day.day - 1].replace("_", " "),
            f"m{end}": forms.MONTHS[language][day.month - 1], f"mon{end}": forms.SHORT_MONTHS[language][day.month - 1],
            f"w{end}": forms.WEEKDAYS[language][day.weekday()], f"wab{end}": forms.SHORT_WEEKDAYS[language][day.weekday()],
        }  # fmt: skip
    return out


def stay(kind: str, today: dt.date, rng: random.Random) -> tuple[dt.date, dt.date]:
    """A stay the forms of a kind can say without doubt."""
    if kind == "week":
        arrival = today + dt.timedelta(days=rng.randint(1, 6))
        return arrival, arrival + dt.timedelta(days=rng.randint(2, 5))
    if kind == "bare":
        arrival = today + dt.timedelta(days=rng.randint(1, 24))
        return arrival, arrival + dt.timedelta(days=rng.randint(2, 12))
    while True:
        arrival = today + dt.timedelta(days=rng.randint(2, 280))
        departure = arrival + dt.timedelta(days=rng.randint(2, 9))
        if kind != "same" or arrival.month == departure.month:
            return arrival, departure


def noisy(text: str, rng: random.Random) -> str:
    """The text as another guest would have typed it."""
    return rng.choice([
        text, text, text.upper(), fold(text).text, text.replace(",", "").lower(), f"{text} 🙏🙏", text.replace(" ", "  "),
    ])  # fmt: skip


def messages(language: str, kind: str) -> Iterator[tuple[str, dt.date, str, dict[str, Any]]]:
    """(form, today, text, values) of every form of a kind."""
    rng = random.Random(f"{language} {kind}")
    for form in KINDS[kind][language]:
        for turn in range(TIMES):
            today = TODAYS[turn % len(TODAYS)]
            arrival, departure = stay(kind, today, rng)
            around, besides = forms.AROUND[language][turn % len(forms.AROUND[language])]
            text = noisy(around.format(s=form.format(**fields(language, arrival, departure))), rng)
            counted = "{n}" in form or "{nw}" in form
            end: dict[str, Any] = {"nights": (departure - arrival).days} if counted else {"check_out": departure}
            yield form, today, text, {"check_in": arrival, **end, **besides}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_stay_is_read_whatever_its_form(language: Language, kind: str) -> None:
    wrong = []
    for form, today, text, expected in messages(language, kind):
        found = read(text, language, today)
        said = {name: value for name in READ if (value := getattr(found, name)) is not None}
        if "check_in" not in said and "check_out" not in said and "date" in said:
            said["check_in"] = said.pop("date")  # a lone day gets its role from the intent
        if said != expected:
            wrong.append((form, today.isoformat(), text, said))
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_that_look_like_days_are_none(language: Language) -> None:
    read_as_day = {}
    for text in forms.NO_STAY[language]:
        found = read(text, language, TODAYS[0])
        if found.check_in or found.check_out or found.date:
            read_as_day[text] = found.as_dict()
    assert read_as_day == {}


def slipped(name: str, rng: random.Random) -> str:
    """A name with one letter missing, doubled, wrong or swapped, never the first."""
    at = rng.randint(1, len(name) - 2)
    return rng.choice([
        name[:at] + name[at + 1 :], name[:at] + name[at] + name[at:], name[:at] + "w" + name[at + 1 :],
        name[:at] + name[at + 1] + name[at] + name[at + 2 :],
    ])  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_slip_in_a_long_name_of_a_month_is_forgiven(language: Language) -> None:
    rng = random.Random(language)
    wrong = []
    for number, name in enumerate(forms.MONTHS[language], start=1):
        if len(name) < 6:
            continue
        for _ in range(10):
            form = {"es": "del 3 al 7 de {m}", "en": "from {m} 3 to {m} 7", "pt": "do dia 3 ao dia 7 de {m}"}[language]
            text = form.format(m=slipped(name, rng))
            found = read(text, language, dt.date(2026, 12, 29))
            year = 2027
            if (found.check_in, found.check_out) != (dt.date(year, number, 3), dt.date(year, number, 7)):
                wrong.append(text)
    assert wrong == []
