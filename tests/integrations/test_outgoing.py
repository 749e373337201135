"""Messages are built within a channel's limits, whatever the text, and nothing the guest needs is lost on the way."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotel_agent.common.exceptions import BadInput
from integrations.channels.base import EMAIL, WEBCHAT, WHATSAPP, Abilities
from integrations.channels.outgoing import (
    Attachment,
    Buttons,
    Choice,
    Composed,
    Location,
    Options,
    Outgoing,
    Reaction,
    Template,
    Text,
    compose,
    cut,
    from_dict,
    readable,
    split,
    width,
)
from integrations.channels.outgoing import (
    within as as_shown,
)
from integrations.channels.whatsapp.render import problems, render
from integrations.exceptions import ContentRefused
from tests.stand_ins.graph_rules import refusal_of

YES_NO = (Choice("yes", "Sí"), Choice("no", "No"))


def one(*args: object, **kwargs: object) -> Composed:
    """The only message `compose` makes."""
    (message,) = compose(*args, **kwargs)  # type: ignore[arg-type]
    return message


def rooms(count: int) -> tuple[Choice, ...]:
    return tuple(Choice(f"offer:{i}", f"Habitación {i}") for i in range(1, count + 1))


def test_few_short_choices_are_buttons() -> None:
    assert one("¿Confirmo?", abilities=WHATSAPP, choices=YES_NO) == Buttons("¿Confirmo?", YES_NO)


def test_a_fourth_choice_makes_a_list() -> None:
    assert one("¿Cuál?", abilities=WHATSAPP, choices=rooms(4), list_button="Ver") == Options("¿Cuál?", "Ver", rooms(4))


def test_a_description_makes_a_list() -> None:
    choices = (Choice("1", "Doble", "ARS 120.000 por noche"), Choice("2", "Suite", "ARS 210.000 por noche"))
    assert isinstance(one("¿Cuál?", abilities=WHATSAPP, choices=choices, list_button="Ver"), Options)


def test_a_title_too_long_for_a_button_makes_a_list_with_the_whole_title_below() -> None:
    choices = (Choice("1", "Habitación doble superior con vista"), Choice("2", "Otra"))
    message = one("¿Cuál?", abilities=WHATSAPP, choices=choices, list_button="Ver")
    assert isinstance(message, Options)
    assert message.choices[0] == Choice("1", "Habitación doble…", "Habitación doble superior con vista")


def test_an_eleventh_row_makes_numbered_text_that_remembers_its_choices() -> None:
    message = one("¿Cuál?", abilities=WHATSAPP, choices=rooms(11), list_button="Ver")
    assert isinstance(message, Text)
    assert message.choices == rooms(11)
    assert message.body.splitlines()[2:] == [f"{i}. Habitación {i}" for i in range(1, 12)]


def test_a_body_too_long_for_buttons_is_a_list_or_numbered_text_but_never_a_second_message() -> None:
    body = "palabra " * 150
    assert isinstance(one(body, abilities=WHATSAPP, choices=YES_NO, list_button="Elegir"), Options)
    numbered = one(body, abilities=WHATSAPP, choices=YES_NO)
    assert isinstance(numbered, Text)
    assert numbered.body.endswith("1. Sí\n2. No")


def test_titles_that_would_be_cut_to_the_same_words_are_numbered_in_full() -> None:
    long = "Habitación superior con balcón y vista al lago y al parque y a la montaña nevada del sur"
    choices = (Choice("1", f"{long} uno"), Choice("2", f"{long} dos"))
    message = one("¿Cuál?", abilities=WHATSAPP, choices=choices, list_button="Ver")
    assert isinstance(message, Text)
    assert f"1. {long} uno\n2. {long} dos" in message.body


def test_choices_that_the_body_already_numbers_are_not_written_twice() -> None:
    body = "1. Doble\n2. Suite"
    choices = (Choice("1", "Doble"), Choice("2", "Suite"))
    assert one(body, abilities=EMAIL, choices=choices, choices_in_body=True) == Text(body, choices)


def test_a_channel_without_buttons_gets_numbered_text_with_the_footer() -> None:
    message = one("¿Confirmo?", abilities=EMAIL, choices=YES_NO, footer="Vence en 20 min")
    assert message == Text("¿Confirmo?\n\n1. Sí\n2. No\n\nVence en 20 min", YES_NO)


def test_what_staff_read_shows_every_choice() -> None:
    assert readable(Buttons("¿Confirmo?", YES_NO, "hoy")) == "¿Confirmo?\n\n1. Sí\n2. No\n\nhoy"


def test_long_text_is_split_at_paragraphs_and_nothing_is_dropped() -> None:
    paragraphs = [f"{number} " + "texto " * 300 for number in range(6)]
    parts = compose("\n\n".join(paragraphs), abilities=WHATSAPP)
    assert len(parts) > 1
    assert [part.body.split()[0] for part in parts] == ["0", "2", "4"]
    assert " ".join(part.body for part in parts).split() == " ".join(paragraphs).split()


@pytest.mark.parametrize("body", ["", "  \n", "\x00"])
def test_a_message_says_something(body: str) -> None:
    with pytest.raises(ValueError, match="body"):
        compose(body, abilities=WHATSAPP)


def test_two_choices_with_one_id_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="same id"):
        compose("¿?", abilities=WHATSAPP, choices=(Choice("1", "a"), Choice("1", "b")))


@pytest.mark.parametrize(("id_", "title"), [("", "a"), ("x" * 201, "a"), ("1", " ")])
def test_a_choice_has_a_short_id_and_a_title(id_: str, title: str) -> None:
    with pytest.raises(ValueError, match="choice"):
        Choice(id_, title)


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("Habitación doble", 20, "Habitación doble"),
        ("Habitación doble superior", 20, "Habitación doble…"),
        ("Habitación doble superior", 17, "Habitación doble…"),
        ("Extraordinariamente", 10, "Extraordi…"),
        ("Doble - vista al mar", 9, "Doble…"),
        ("👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 12, "👨‍👩‍👧‍👦…"),
        ("cafe\u0301s", 5, "caf…"),
    ],
)
def test_titles_are_cut_at_words_and_between_letters(text: str, limit: int, expected: str) -> None:
    assert cut(text, limit) == expected


TEXTS = st.text(st.characters(codec=None), max_size=60)  # NUL, surrogates, accents, emoji, any script
LONG = st.one_of(TEXTS, st.builds(lambda text, times: text * times, TEXTS, st.integers(1, 200)))
TITLES = TEXTS.filter(
    lambda text: bool("".join(c for c in text if c != "\0" and not "\ud800" <= c <= "\udfff").strip())
)
CHOICES = st.lists(st.builds(Choice, st.text("abc:0", min_size=1, max_size=200), TITLES, TEXTS), max_size=14)


@pytest.mark.parametrize("abilities", [WHATSAPP, WEBCHAT, EMAIL], ids=["whatsapp", "webchat", "email"])
@given(body=LONG, choices=CHOICES, button=TEXTS, footer=TEXTS)
def test_every_built_message_keeps_the_limits_and_every_choice(
    abilities: Abilities, body: str, choices: list[Choice], button: str, footer: str
) -> None:
    try:
        messages = compose(body, abilities=abilities, choices=choices, list_button=button, footer=footer)
    except ValueError:
        assert not body.replace("\0", "").strip() or _unsayable(body) or len({c.id for c in choices}) < len(choices)
        return
    assert [choice.id for choice in messages[-1].choices] == [choice.id for choice in choices]
    for message in messages:
        assert within(message, abilities)
        stored = json.dumps(message.as_dict(), ensure_ascii=False).encode()
        assert from_dict(json.loads(stored)) == message
        if abilities is WHATSAPP:
            request = {"messaging_product": "whatsapp", "to": "+5491122334455", **render(message)}
            assert refusal_of(request) is None


def _unsayable(body: str) -> bool:
    return not "".join(char for char in body if char != "\0" and not "\ud800" <= char <= "\udfff").strip()


def within(message: Composed, abilities: Abilities) -> bool:
    """Whether a message keeps a channel's limits."""
    if isinstance(message, Text):
        return width(message.body) <= abilities.text
    title, most = (
        (abilities.button_title, abilities.buttons)
        if isinstance(message, Buttons)
        else (abilities.row_title, abilities.rows)
    )
    body = abilities.button_body if isinstance(message, Buttons) else abilities.list_body
    return (
        width(message.body) <= body
        and width(message.footer) <= abilities.footer
        and 1 <= len(message.choices) <= most
        and all(width(choice.title) <= title for choice in message.choices)
    )


@given(text=LONG, limit=st.integers(1, 50))
def test_splitting_keeps_every_word_and_the_limit(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(width(part) <= max(limit, 2) for part in parts)


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"v": 2, "kind": "text", "body": "x", "choices": []},
        {"v": 1, "kind": "fax", "body": "x", "choices": []},
        {"v": 1, "kind": "text", "body": "x"},
        {"v": 1, "kind": "text", "body": "x", "choices": [], "colour": "red"},
        {"v": 1, "kind": "buttons", "body": "x", "choices": [{"id": "1"}]},
        {"v": 1, "kind": "buttons", "body": "x", "choices": ["1"]},
        {"v": 1, "kind": "text", "body": "x", "choices": 7},
    ],
)
def test_a_damaged_stored_message_is_bad_input(stored: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        from_dict(stored)


@pytest.mark.parametrize(
    "message",
    [
        Text("x" * 4097),
        Text(" "),
        Buttons("¿?", ()),
        Buttons("¿?", rooms(4)),
        Buttons("x" * 1025, YES_NO),
        Buttons("¿?", (Choice("1", "Sí"), Choice("2", "Sí"))),
        Buttons("¿?", (Choice("1", "x" * 21),)),
        Buttons("¿?", YES_NO, "x" * 61),
        Options("¿?", "", rooms(4)),
        Options("¿?", "x" * 21, rooms(4)),
        Options("¿?", "Ver", rooms(11)),
        Options("¿?", "Ver", (Choice("1", "x" * 25),)),
        Options("¿?", "Ver", (Choice("1", "x", "y" * 73),)),
        Attachment("x" * 1025, "f1", "image/jpeg", "a.jpg"),
        Location("", 91.0, 0.0),
        Template("x", "novedades", "es_AR", ("una\nlínea",)),
        Template("x", "novedades", "es_AR", ("",)),
        Template("x" * 1025, "novedades", "es_AR"),
        Reaction("👍", ""),
    ],
)
def test_what_meta_would_refuse_is_not_rendered(message: Outgoing) -> None:
    assert problems(message)
    with pytest.raises(ContentRefused):
        render(message)


EVERY_KIND = [
    Text("Hola", YES_NO),
    Buttons("¿?", YES_NO),
    Options("¿?", "Ver", rooms(4)),
    Attachment("La factura", "f1", "application/pdf", "factura.pdf"),
    Location("Estamos acá", -38.72, -62.27, "Hotel Bahía", "Alsina 123"),
    Template("Novedades de su reserva: Lista", "novedades", "es_AR", ("Lista",)),
    Reaction("👍", "wamid.X"),
]


@pytest.mark.parametrize("message", EVERY_KIND, ids=lambda message: message.kind)
def test_every_kind_is_stored_and_read_back(message: Outgoing) -> None:
    assert from_dict(json.loads(json.dumps(message.as_dict()))) == message


@pytest.mark.parametrize("message", EVERY_KIND, ids=lambda message: message.kind)
def test_whatsapp_is_sent_what_meta_accepts(message: Outgoing) -> None:
    content = render(as_shown(message, WHATSAPP), media_id="m1")
    assert refusal_of({"messaging_product": "whatsapp", "to": "+5491122334455", **content}, files={"m1"}) is None


@pytest.mark.parametrize("message", EVERY_KIND, ids=lambda message: message.kind)
def test_a_channel_with_nothing_but_text_loses_no_word(message: Outgoing) -> None:
    bare = dataclasses.replace(EMAIL, media=False)
    shown = as_shown(message, bare)
    assert isinstance(shown, Text | Buttons | Options)
    assert message.body in readable(shown)


def test_a_place_without_a_map_has_its_address_and_a_link() -> None:
    place = Location("Estamos acá", -38.72, -62.27, "Hotel Bahía", "Alsina 123")
    shown = readable(as_shown(place, EMAIL))
    assert shown == "Estamos acá\nHotel Bahía\nAlsina 123\nhttps://maps.google.com/?q=-38.720000,-62.270000"
