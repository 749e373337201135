"""What the demo hotels sell: their rooms and their extras."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from integrations.pms.base import ExtraUnit
from reservations.services.inventory import Names


@dataclass(frozen=True, slots=True)
class DemoType:
    """A room type of a demo hotel with its low-season price per night."""

    code: str
    kind: str
    names: Names
    price: Decimal
    rooms: tuple[str, ...]
    base: int = 2
    adults: int = 2
    children: int = 0
    guests: int = 2
    also: tuple[str, ...] = ()
    beds: tuple[tuple[str, int], ...] = ()
    area: int = 20


@dataclass(frozen=True, slots=True)
class DemoExtra:
    """Something a demo hotel sells with a room; where a fact names the price too, it is the same."""

    code: str
    kind: str
    names: Names
    price: Decimal
    unit: ExtraUnit
    most: int = 1


BAHIA_TYPES = (
    DemoType(
        "standard-double", "double",
        Names("Doble estándar", "Standard double", "Duplo standard",
              "Cama queen o dos camas simples, 20 m², vista al patio.",
              "Queen bed or two single beds, 20 m², courtyard view.",
              "Cama queen ou duas de solteiro, 20 m², vista para o pátio."),
        Decimal(96000), tuple(f"{floor}0{room}" for floor in (1, 2) for room in range(1, 6)),
        children=1, guests=3, also=("standard", "twin"), beds=(("queen", 1),), area=20,
    ),
    DemoType(
        "superior-double", "double",
        Names("Doble superior", "Superior double", "Duplo superior",
              "Cama king, balcón y vista al mar, 26 m².", "King bed, balcony and sea view, 26 m².",
              "Cama king, varanda e vista para o mar, 26 m²."),
        Decimal(124000), ("301", "302", "303", "304", "305"),
        children=1, guests=3, also=("superior",), beds=(("king", 1),), area=26,
    ),
    DemoType(
        "triple", "triple",
        Names("Triple", "Triple", "Triplo",
              "Una cama queen y una simple, 28 m².", "One queen and one single bed, 28 m².",
              "Uma cama queen e uma de solteiro, 28 m²."),
        Decimal(142000), ("401", "402", "403"),
        base=3, adults=3, children=1, guests=4, beds=(("queen", 1), ("single", 1)), area=28,
    ),
    DemoType(
        "family-suite", "suite",
        Names("Suite familiar", "Family suite", "Suíte família",
              "Dos ambientes, cama king y dos simples, balcón al mar, 42 m².",
              "Two rooms, king bed and two singles, sea-view balcony, 42 m².",
              "Dois ambientes, cama king e duas de solteiro, varanda, 42 m²."),
        Decimal(198000), ("501", "502"),
        base=4, adults=4, children=2, guests=5, also=("family", "quadruple"), beds=(("king", 1), ("single", 2)),
        area=42,
    ),
)  # fmt: skip
VENTO_TYPES = (
    DemoType(
        "quarto-casal", "double",
        Names("Habitación doble", "Double room", "Quarto de casal", description_pt="Cama de casal e rede na varanda."),
        Decimal(380), ("1", "2", "3", "4"), children=1, guests=3,
    ),
    DemoType(
        "chale", "family",
        Names("Cabaña", "Chalet", "Chalé", description_pt="Mezanino, cozinha e jardim."),
        Decimal(620), ("A", "B"), base=4, adults=4, children=2, guests=5,
    ),
)  # fmt: skip
BAHIA_EXTRAS = (
    DemoExtra("parking", "parking", Names("Cochera cubierta", "Covered parking", "Garagem coberta"),
              Decimal(9000), ExtraUnit.NIGHT),
    DemoExtra("transfer", "transfer",
              Names("Traslado aeropuerto (hasta 3 personas)", "Airport transfer (up to 3 people)",
                    "Traslado aeroporto (até 3 pessoas)"),
              Decimal(32000), ExtraUnit.STAY, most=2),
    DemoExtra("cot", "cot", Names("Practicuna", "Travel cot", "Berço portátil"), Decimal(0), ExtraUnit.STAY),
    DemoExtra("pet", "pet", Names("Mascota (hasta 10 kg)", "Pet (up to 10 kg)", "Animal de estimação (até 10 kg)"),
              Decimal(15000), ExtraUnit.STAY),
)  # fmt: skip
VENTO_EXTRAS = (
    DemoExtra("breakfast", "breakfast", Names("Desayuno casero", "Home-made breakfast", "Café da manhã caseiro"),
              Decimal(38), ExtraUnit.PERSON_NIGHT),
    DemoExtra("transfer", "transfer", Names("Traslado aeropuerto", "Airport transfer", "Traslado aeroporto"),
              Decimal(140), ExtraUnit.STAY, most=2),
    DemoExtra("cot", "cot", Names("Cuna", "Cot", "Berço"), Decimal(25), ExtraUnit.NIGHT),
)  # fmt: skip
