"""One text of the catalogue as a guest would meet it, with sample values: for a hotel that words it its own way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from conversations.wording import phrases
from conversations.wording.texts import LIMITS, InvalidOverride, Overrides, fallback, text_of
from integrations.channels.outgoing import width

SAMPLES: Final[dict[str, dict[str, str]]] = {
    "es": {
        "code": "HT-7KQ2MX", "room": "Doble superior", "stay": "domingo 3 al jueves 7 de enero", "nights": "4 noches",
        "party": "2 adultos", "time": "15:00", "total": "ARS 480.000", "day": "domingo 3 de enero",
        "until": "el viernes 1 a las 18:00", "n": "2", "name": "Ana", "price": "ARS 120.000",
        "when": "mañana a las 8:00",
        "deposit": "ARS 144.000", "fee": "ARS 120.000", "nightly": "ARS 120.000", "refund": "ARS 360.000",
        "url": "hotel.example/stay/…", "check_out": "11:00", "check_in": "15:00", "amount": "ARS 9.000",
        "number": "204", "date": "domingo 3 de enero", "rate": "Flexible", "people": "2 personas", "limit": "30",
        "phone": "+54 223 455-0100", "rooms": "2 habitaciones", "fact": "La pileta abre de 8:00 a 21:00.",
    },
    "en": {
        "code": "HT-7KQ2MX", "room": "Superior double", "stay": "Sunday 3 to Thursday 7 January", "nights": "4 nights",
        "party": "2 adults", "time": "15:00", "total": "ARS 480,000", "day": "Sunday 3 January",
        "until": "Friday 1 at 18:00", "n": "2", "name": "Ana", "price": "ARS 120,000", "when": "tomorrow at 8:00",
        "deposit": "ARS 144,000", "fee": "ARS 120,000", "nightly": "ARS 120,000", "refund": "ARS 360,000",
        "url": "hotel.example/stay/…", "check_out": "11:00", "check_in": "15:00", "amount": "ARS 9,000",
        "number": "204", "date": "Sunday 3 January", "rate": "Flexible", "people": "2 people", "limit": "30",
        "phone": "+54 223 455-0100", "rooms": "2 rooms", "fact": "The pool is open from 8:00 to 21:00.",
    },
    "pt": {
        "code": "HT-7KQ2MX", "room": "Duplo superior", "stay": "domingo 3 a quinta 7 de janeiro", "nights": "4 noites",
        "party": "2 adultos", "time": "15:00", "total": "ARS 480.000", "day": "domingo 3 de janeiro",
        "until": "sexta 1 às 18:00", "n": "2", "name": "Ana", "price": "ARS 120.000", "when": "amanhã às 8:00",
        "deposit": "ARS 144.000", "fee": "ARS 120.000", "nightly": "ARS 120.000", "refund": "ARS 360.000",
        "url": "hotel.example/stay/…", "check_out": "11:00", "check_in": "15:00", "amount": "ARS 9.000",
        "number": "204", "date": "domingo 3 de janeiro", "rate": "Flexível", "people": "2 pessoas", "limit": "30",
        "phone": "+54 223 455-0100", "rooms": "2 quartos", "fact": "A piscina abre das 8:00 às 21:00.",
    },
}  # fmt: skip
"""Values as the renderer writes them; a placeholder without one is shown by its name."""

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Sample:
    """How a text looks, what ours says there, and what is wrong with it."""

    ours: str
    text: str
    problem: str
    shown_as: str
    """"button", "list" (the button that opens one), "noun" or "text"."""
    used: int
    limit: int | None


def sample(key: str, variant: str, text: str, *, hotel: str) -> Sample:
    """A hotel's own text for a key in a variant, with sample values; `problem` is empty when it can be used.

    Raises:
        KeyError: there is no such key or variant (a form that was tampered with).
    """
    ours = text_of(key, variant)
    if not text.strip():
        text = ours
    problem = ""
    try:
        Overrides.parse({variant: {key: text}})
    except InvalidOverride as error:
        problem = str(error)
    topic = key.partition(".")[0]
    filled = _filled(text, variant, hotel)
    return Sample(
        ours=_filled(ours, variant, hotel),
        text=filled,
        problem=problem,
        shown_as=topic if topic in {"button", "list", "noun"} else "text",
        used=width(_PLACEHOLDER.sub("", text) if topic in LIMITS else text),
        limit=LIMITS.get(topic),
    )


def _filled(text: str, variant: str, hotel: str) -> str:
    values = SAMPLES[fallback(variant)]

    def put(match: re.Match[str]) -> str:
        name = match[1]
        if name == "hotel":
            return hotel
        if name == "of_hotel":
            return phrases.of_hotel(hotel, variant)
        return values.get(name, f"[{name.replace('_', ' ')}]")

    return phrases.capitalised(phrases.contracted(_PLACEHOLDER.sub(put, text), variant))


__all__ = ["Sample", "sample"]
