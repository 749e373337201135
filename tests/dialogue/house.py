"""The hotel of the transcripts: its rooms, extras, facts and profile."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal

from conversations.dialogue import effects as fx
from conversations.dialogue.hotel import HotelProfile, Tone
from conversations.dialogue.values import Localised
from hotel_agent.common.money import Money

UTC = dt.UTC


def ars(amount: int) -> Money:
    return Money(Decimal(amount), "ARS")


@dataclass(frozen=True)
class Room:
    """A room type: who fits, what a night costs, how many there are."""

    id: str
    kinds: tuple[str, ...]
    name: Localised
    capacity: int
    price: int
    count: int = 2


ROOMS = (
    Room("std", ("double", "standard"), Localised("Doble estándar", "Standard double", "Duplo standard"), 2, 120_000),
    Room("sup", ("double", "superior"), Localised("Doble superior", "Superior double", "Duplo superior"), 2, 130_000),
    Room("tri", ("triple",), Localised("Triple", "Triple", "Triplo"), 3, 160_000),
    Room("fam", ("family", "quadruple"), Localised("Familiar", "Family room", "Familiar"), 4, 210_000, 1),
)

EXTRAS = {
    "parking": (Localised("Cochera", "Parking", "Garagem"), 9_000),
    "cot": (Localised("Cuna", "Cot", "Berço"), 0),
    "transfer": (Localised("Traslado", "Transfer", "Traslado"), 25_000),
}

FACTS = (
    fx.FactView(
        fact_id="parking",
        topic="parking",
        text=Localised(
            "Tenemos cochera cubierta por {amount} la noche; se reserva al llegar.",
            "We have covered parking for {amount} a night; it is booked on arrival.",
            "Temos garagem coberta por {amount} a noite; reserva-se na chegada.",
        ),
        amount=ars(9000),
    ),
    fx.FactView(
        fact_id="pets",
        topic="pets",
        text=Localised(
            "Recibimos mascotas de hasta 8 kg, sin cargo.",
            "Pets up to 8 kg are welcome, free of charge.",
            "Aceitamos animais de até 8 kg, sem custo.",
        ),
    ),
    fx.FactView(
        fact_id="breakfast",
        topic="breakfast",
        text=Localised(
            "El desayuno bufé se sirve de 7:00 a 10:30.",
            "The breakfast buffet is served from 7:00 to 10:30.",
            "O café da manhã é servido das 7:00 às 10:30.",
        ),
    ),
    fx.FactView(
        fact_id="pool",
        topic="pool",
        text=Localised(
            "La pileta abre de 9:00 a 20:00, de octubre a abril.",
            "The pool is open from 9:00 to 20:00, October to April.",
            "A piscina abre das 9:00 às 20:00, de outubro a abril.",
        ),
    ),
)


def hotel(**changes: object) -> HotelProfile:
    """Its profile, but for what a test changes."""
    base = HotelProfile(
        name="Hotel Río Claro",
        zone="America/Argentina/Buenos_Aires",
        country="AR",
        currency="ARS",
        tone=Tone.VOSEO,
        check_in_from=dt.time(15),
        check_out_until=dt.time(11),
        max_guests_per_room=10,
        group_rooms_from=5,
        phone="+54 351 555 0199",
        privacy_url="https://rioclaro.example/privacidad",
    )
    return replace(base, **changes)  # type: ignore[arg-type]
