"""Pointing at an offer in words: exactly one offer, or none."""

from __future__ import annotations

import datetime as dt

import pytest

from conversations.dialogue.address import heard_in
from conversations.dialogue.choosing import chosen_by_words, pointed_at
from conversations.dialogue.effects import QuotedOption
from conversations.dialogue.state import Address
from conversations.understanding.types import Entities
from integrations.pms.base import Party, Stay
from tests.dialogue.script import START
from tests.dialogue.world import World


def options(*, saver: bool = False) -> tuple[QuotedOption, ...]:
    stay = Stay(dt.date(2027, 1, 3), dt.date(2027, 1, 7), (Party(2),))
    return World(at=START, saver=saver)._quote(stay).options


@pytest.mark.parametrize(
    ("text", "room"),
    [
        ("la primera", "std"), ("la segunda por favor", "sup"), ("3", "tri"), ("opción 2", "sup"), ("la 2", "sup"),
        ("la última", "fam"), ("la más barata", "std"), ("the cheaper one", "std"), ("the most expensive", "fam"),
        ("o mais barato", "std"), ("o terceiro", "tri"), ("a superior", "sup"), ("la superior", "sup"),
        ("the superior double please", "sup"), ("quero o triplo", "tri"), ("Doble estándar", "std"),
        ("the family room", "fam"), ("2)", "sup"), ("número 3", "tri"), ("the first one", "std"),
        ("la cuarta", "fam"), ("a quarta opção", "fam"), ("the fourth room", "fam"), ("o quarto 2", "sup"),
        ("me quedo con la segunda", "sup"), ("the first one looks good", "std"), ("o primeiro quarto", "std"),
        ("a segunda, pode ser", "sup"), ("book room 3 please", "tri"), ("reservame la 2 porfa", "sup"),
    ],
)  # fmt: skip
def test_one_is_meant(text: str, room: str) -> None:
    chosen = chosen_by_words([text], Entities(), options())
    assert chosen is not None
    assert chosen.room_type_id == room


@pytest.mark.parametrize(
    "text",
    [
        "la doble",
        "no sé",
        "sí",
        "9",
        "0",
        "la quinta",
        "gracias",
        "",
        "¿cuál me recomienda?",
        "la primera o la segunda",
        # a room is no fourth, a weekday no place, and what comes first need not be an offer
        "pode reservar o quarto",
        "reserva el cuarto",
        "quero o quarto, por favor",
        "podemos chegar na segunda?",
        "de quarta a sexta",
        "segunda-feira é feriado?",
        "es la primera vez que vamos",
        "it's our first time there",
        "é a primeira vez no hotel",
        "the first night we arrive late",
        "la segunda noche cenamos afuera",
        "hay algo en el primer piso?",
        "is there anything on the second floor",
        "fica no terceiro andar?",
    ],
)
def test_none_is_meant(text: str) -> None:
    assert chosen_by_words([text], Entities(), options()) is None


def test_several_may_be_meant() -> None:
    meant = pointed_at(["la superior"], Entities(), options(saver=True))
    assert [option.option_id for option in meant] == ["q1-supsaver", "q1-sup"]
    flexible = chosen_by_words(["la superior flexible"], Entities(), options(saver=True))
    assert flexible is not None
    assert flexible.option_id == "q1-sup"


def test_a_room_type_chooses_only_when_it_is_unique() -> None:
    triple = chosen_by_words(["x"], Entities(room_type="triple"), options())
    assert triple is not None
    assert triple.room_type_id == "tri"
    assert chosen_by_words(["x"], Entities(room_type="double"), options()) is None


@pytest.mark.parametrize(
    ("texts", "address"),
    [
        (["¿tienes lugar?"], Address.TU), (["¿tenés lugar?"], Address.VOS), (["disculpe, ¿hay lugar?"], Address.USTED),
        (["hola", "¿podés?", "gracias"], Address.VOS), (["hola"], None),
    ],
)  # fmt: skip
def test_form_of_address(texts: list[str], address: Address | None) -> None:
    assert heard_in(texts, None) is address
