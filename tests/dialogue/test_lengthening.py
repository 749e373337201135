"""Longer and shorter by words; a number of nights alone is a length, not a difference."""

from __future__ import annotations

import pytest

from conversations.dialogue.lengthening import more_nights


@pytest.mark.parametrize(
    ("text", "nights"),
    [
        ("quiero quedarme una noche más", 1),
        ("quiero agregar una noche a mi reserva", 1),
        ("¿podemos sumar dos noches?", 2),
        ("otra noche", 1),
        ("una noche menos, por favor", -1),
        ("quisiera extender la estadía por 3 noches", 3),
        ("quitar una noche", -1),
        ("one more night", 1),
        ("could we stay two nights longer", 2),
        ("please add a night", 1),
        ("extend our stay by two nights", 2),
        ("one night less", -1),
        ("an extra night", 1),
        ("mais uma noite", 1),
        ("uma noite a mais", 1),
        ("quero acrescentar duas noites", 2),
        ("uma noite a menos", -1),
        ("del 3 al 7 de enero, 4 noches", 0),
        ("4 nights from the 3rd", 0),
        ("more towels for room 204", 0),
        ("son tres noches", 0),
        ("la noche más linda", 0),
        ("I think we'll stay one more night", 1),
        ("decidimos quedarnos una noche más", 1),
        ("¿cuánto pago por una noche más?", 1),
        ("we'd like to keep the room one more night", 1),
        ("can you hold it one more day?", 0),
        ("¿me la guardás un día más?", 0),
        ("dame dos días más para decidir", 0),
        ("pode segurar mais um dia?", 0),
        ("I need two more days to think about it", 0),
        ("", 0),
    ],
)
def test_how_many_nights_longer(text: str, nights: int) -> None:
    assert more_nights([text]) == nights


def test_the_last_text_counts() -> None:
    assert more_nights(["una noche más", "no, mejor dos noches más"]) == 2
