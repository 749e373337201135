"""What the desk reads in the PMS about a stay, in the hotel's own language."""

from __future__ import annotations

from collections.abc import Mapping

from conversations.dialogue.arranging import price_of
from conversations.dialogue.effects import Arranged
from conversations.dialogue.hotel import HotelProfile
from conversations.dialogue.replies import Clock, Value
from conversations.wording.render import Speaker, variant_of
from hotel_agent.common import clock


def note(arranged: Arranged, words: str, hotel: HotelProfile) -> str:
    """One line about what was arranged; for a request, the guest's own words."""
    values: dict[str, Value] = {"amount": price_of(arranged), "count": arranged.quantity, "words": words}
    if arranged.time is not None:
        values["time"] = Clock(arranged.time)
    if arranged.name is not None:
        values["name"] = arranged.name
    return _line(f"desk.{arranged.kind.value}", values, hotel)


def _line(key: str, values: Mapping[str, Value], hotel: HotelProfile) -> str:
    variant = variant_of(hotel.default_language, hotel)
    return Speaker(hotel=hotel, variant=variant, at=clock.now()).line(key, values)
