"""From a reply to the message of a channel: limits, letters, overrides, and money in one place only."""

from __future__ import annotations

import ast
import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import conversations
from conversations.dialogue.hotel import HotelProfile, Tone
from conversations.dialogue.replies import Button, Choices, Line, Reply
from conversations.dialogue.state import Address
from conversations.dialogue.values import Localised
from conversations.wording.render import late_notice, render, variant_of
from conversations.wording.texts import InvalidOverride, Overrides, text_of
from integrations.channels.base import EMAIL, WHATSAPP, Abilities
from integrations.channels.outgoing import Buttons, Composed, Options, Text
from tests.dialogue import world as scripted
from tests.dialogue.conversation import Conversation
from tests.dialogue.house import hotel
from tests.dialogue.script import START
from tests.dialogue.world import World

LONG_NAME = "Gran Hotel Boutique & Spa Posada de los Vientos del Río Claro de la Sierra Grande de Córdoba, desde 1921"
MONEY_ROOM = "hotel_agent.common.money"
STAY: dict[str, Any] = {"check_in": dt.date(2027, 9, 29), "check_out": dt.date(2027, 10, 29), "adults": 2}


def talk(profile: HotelProfile, abilities: Abilities, language: str) -> Conversation:
    return Conversation(profile, World(at=START), language=language, abilities=abilities)


def within_whatsapp(message: Composed) -> None:
    """Meta's limits, written out here a second time on purpose."""
    if isinstance(message, Buttons):
        assert len(message.body) <= 1024
        assert 1 <= len(message.choices) <= 3
        assert len({choice.title for choice in message.choices}) == len(message.choices)
        assert all(len(choice.title) <= 20 and len(choice.id) <= 256 for choice in message.choices)
    elif isinstance(message, Options):
        assert len(message.body) <= 4096
        assert len(message.button) <= 20
        assert 1 <= len(message.choices) <= 10
        for choice in message.choices:
            assert len(choice.title) <= 24
            assert len(choice.description) <= 72
            assert len(choice.id) <= 200
    else:
        assert len(message.body) <= 4096


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_long_names_stay_within_the_limits_of_whatsapp(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    long_rooms = tuple(
        replace(
            room, name=Localised(f"{room.name.es} con vista panorámica al río y a la sierra, balcón y jacuzzi", "", "")
        )
        for room in scripted.ROOMS
    )
    monkeypatch.setattr(scripted, "ROOMS", long_rooms)
    guest = talk(hotel(name=LONG_NAME), WHATSAPP, language)
    name, email = "María de los Ángeles Fernández de la Torre y Montenegro Echeverría", "maria.fernandez@correo.example"
    said = [
        guest.says("x", "check_availability", **STAY),
        guest.says("x", "provide_details", number=2),
        guest.says("x", "provide_details", guest_name=name, email=email),
        *(guest.says(f"{number} " + "quisiera una cuna y flores " * 7, "special_request") for number in range(5)),
    ]
    summary = said[-1]
    assert isinstance(summary.message, Buttons), "a long summary still has its buttons"
    said.append(guest.taps_id(summary.choices[0].id))
    said.extend(guest.events())
    for turn in said:
        if turn.message is not None:
            within_whatsapp(turn.message)


def test_replies_are_short_unless_they_list_or_sum_up() -> None:
    from tests.dialogue.script import play, transcripts

    longer = ("booking.offer", "booking.summary", "booking.changed", "booking.requote", "booking.nothing",
              "booking.not_possible", "event.booking_refused", "booking.outdated", "booking.just_taken",
              "booking.ask_beds", "change.")  # fmt: skip
    for path in transcripts():
        conversation = play(path.read_text()).conversation
        assert conversation is not None
        for decision in conversation.decisions:
            keys = decision.reply.keys() if decision.reply is not None else ()
            if not keys or "first.who" in keys or decision.rule.startswith(longer):
                continue
            said = conversation._render(decision)
            assert len(said.text) < 400, said.text


def test_email_is_a_letter_with_numbered_options_said_once() -> None:
    guest = talk(hotel(email="reservas@rioclaro.example"), EMAIL, "es")
    offer = guest.says("x", "check_availability", **{**STAY, "room_type": "double"})
    assert offer.decision.reply is not None
    letters = render(
        offer.decision.reply, language="es", hotel=guest.hotel, at=START, abilities=EMAIL, letter_to="Ana Pérez"
    )
    assert len(letters) == 1
    letter = letters[0]
    assert isinstance(letter, Text)
    assert letter.body.startswith("Hola, Ana Pérez:\n\n")
    assert letter.body.count("Doble superior") == 1
    assert letter.body.endswith(
        "Saludos cordiales,\nHotel Río Claro\nAsistente automático del Hotel Río Claro\n+54 351 555 0199\n"
        "reservas@rioclaro.example"
    )
    assert [choice.id for choice in letter.choices] == ["option:q1-std", "option:q1-sup"]


def test_email_numbers_buttons_and_understands_the_number() -> None:
    from conversations.dialogue.hotel import Caller

    guest = talk(hotel(), EMAIL, "en")
    guest.caller = Caller(channel="email", email="ann@example.com", name="Ann Perkins")
    guest.says("x", "check_availability", **STAY)
    summary = guest.says("2", "provide_details", number=2)
    assert summary.decision.rule == "booking.summary"
    assert summary.text.count("1. Confirm") == 1
    assert guest.says("1", number=1).decision.rule == "booking.request"


def test_a_bare_number_confirms_nothing_where_buttons_are_shown() -> None:
    guest = talk(hotel(), WHATSAPP, "en")
    guest.says("x", "check_availability", **STAY)
    guest.says("2", "provide_details", number=2)
    assert guest.says("x", "provide_details", guest_name="Ann", email="a@b.example").decision.rule == "booking.summary"
    assert guest.says("1", number=1).decision.rule != "booking.request"


@pytest.mark.parametrize(
    ("tone", "address", "variant"),
    [
        (Tone.FORMAL, None, "es"),
        (Tone.FORMAL, Address.TU, "es-tu"),
        (Tone.FORMAL, Address.VOS, "es"),
        (Tone.CLOSE, Address.USTED, "es-tu"),
        (Tone.VOSEO, Address.TU, "es-AR"),
    ],
)
def test_tone(tone: Tone, address: Address | None, variant: str) -> None:
    assert variant_of("es", hotel(tone=tone), address) == variant


def test_late_notice() -> None:
    said = late_notice(START - dt.timedelta(minutes=20), language="en", hotel=hotel(), at=START)
    assert said == "Sorry for the delay: this answer is from 17:50 and could not be sent until now."


def test_facts_write_their_amount_and_nothing_else() -> None:
    guest = talk(hotel(), WHATSAPP, "pt")
    said = guest.says("x", "ask_amenities", topic=("parking",))
    assert "ARS 9.000 a noite" in said.text
    assert said.decision.fact_ids == ("parking",)


# -- a hotel's own texts --------------------------------------------------------------------------------------------


def test_own_text_is_used_in_its_language_and_in_all_its_tones() -> None:
    own = Overrides.parse({"es": {"talk.welcome": "A las órdenes en {hotel}."}})
    reply = Reply(((Line("talk.welcome"),),))
    for tone in Tone:
        (message,) = render(reply, language="es", hotel=hotel(tone=tone), at=START, abilities=WHATSAPP, overrides=own)
        assert message.body == "A las órdenes en Hotel Río Claro."
    (english,) = render(reply, language="en", hotel=hotel(), at=START, abilities=WHATSAPP, overrides=own)
    assert english.body == text_of("talk.welcome", "en")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ({"fr": {"talk.welcome": "Bonjour"}}, "not one of"),
        ({"es": {"talk.nothing": "x"}}, "no such message"),
        ({"es": {"booking.ask_check_out": "¿Hasta cuándo?"}}, "day"),
        ({"es": {"talk.welcome": "{__class__}"}}, "not available"),
        ({"es": {"talk.welcome": " "}}, "characters"),
        ({"es": {"talk.welcome": "x" * 601}}, "characters"),
        ({"es": {"talk.welcome": "Desde ARS 99.000"}}, "amounts"),
        ({"es": {"talk.welcome": "Solo $ 10"}}, "amounts"),
        ({"es": {"noun.night": "{n} noches"}}, "plural"),
        ({"es": {"button.person": "Hablar con recepción ya"}}, "at most 20 characters, this one has 23"),
        ({"es": {"list.open_rooms": "Ver habitaciones y precios"}}, "at most 20"),
    ],
)
def test_unusable_own_text_is_refused_with_its_reason(raw: dict[str, dict[str, str]], reason: str) -> None:
    with pytest.raises(InvalidOverride, match=reason):
        Overrides.parse(raw)


def test_too_long_titles_of_a_hotel_still_reach_the_guest() -> None:
    own = Overrides(
        {"es": {"button.person": "Hablar con una persona de la recepción"}}
    )  # stored before they were checked
    reply = Reply(((Line("talk.hello"),),), Choices(buttons=(Button("person", "button.person"),)))
    (message,) = render(reply, language="es", hotel=hotel(), at=START, abilities=WHATSAPP, overrides=own)
    within_whatsapp(message)
    assert message.choices[0].id == "person"


# -- promise 4 ------------------------------------------------------------------------------------------------------


def test_money_is_written_in_one_place() -> None:
    root = Path(conversations.__file__).parent
    writers = set()
    for path in root.rglob("*.py"):
        if "admin" in path.parts:
            continue  # what staff reads
        for node in ast.walk(ast.parse(path.read_text())):
            imported = node.names if isinstance(node, ast.ImportFrom) and node.module == MONEY_ROOM else []
            if any(alias.name == "written" for alias in imported):
                writers.add(path.relative_to(root).as_posix())
    assert writers == {"wording/render.py"}
