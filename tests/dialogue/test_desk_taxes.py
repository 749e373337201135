"""A tax that is paid at the hotel is said with the price, before anybody says yes, and is never inside the total."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.dialogue.conversation import Conversation
from tests.dialogue.house import hotel
from tests.dialogue.script import START
from tests.dialogue.world import World

STAY: dict[str, Any] = {"check_in": dt.date(2027, 1, 3), "check_out": dt.date(2027, 1, 7), "adults": 2}
PAID_THERE = {
    "es": "Tasa turística: ARS 3.000 por toda la estadía, se paga en el hotel",
    "en": "City tax: ARS 3,000 for the whole stay, paid at the hotel",
    "pt": "Taxa de turismo: ARS 3.000 por toda a estadia, pago no hotel",
}


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_the_offer_and_the_summary_say_it(language: str) -> None:
    guest = Conversation(hotel(), World(at=START, city_tax=1_500), language=language)

    offered = guest.says("…", "check_availability", language=language, **{**STAY, "room_type": "standard"})
    guest.taps_id("option:q1-std")
    summed_up = guest.says("…", "provide_details", language=language, guest_name="Ana Pérez", email="ana@example.com")

    assert PAID_THERE[language] in offered.text
    assert PAID_THERE[language] in summed_up.text


def test_where_it_differs_the_lowest_is_said_as_such() -> None:
    guest = Conversation(hotel(), World(at=START, city_tax=1_500))

    offered = guest.says("¿qué tienen?", "check_availability", **STAY)

    assert "Tasa turística: desde ARS 3.000" in offered.text


def test_without_one_nothing_is_said() -> None:
    guest = Conversation(hotel(), World(at=START))
    assert "Tasa" not in guest.says("¿qué tienen?", "check_availability", **STAY).text
