"""What leaves for a remote engine, and what its answer may add: labels, weighed. Values are read by our own grammar.

Nothing a service says becomes a value by itself: words it points at must stand in the guest's message, and the stay
grammar reads them. So a model can be wrong about a message, but cannot invent a date, a price or a booking.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import Any, Final

from conversations.understanding.context import place_lone_date, settle
from conversations.understanding.decision import GRAVE
from conversations.understanding.entities import extract
from conversations.understanding.text import fold
from conversations.understanding.types import Entities, Scored, Situation, Span, Understanding
from integrations.nlp.types import RemoteEntity, RemoteReading

ENTITIES: Final = (
    "check_in", "check_out", "nights", "rooms", "room_type", "guests", "adults", "children", "guest_name", "email",
    "phone", "booking_ref", "room_number", "time", "date",
)  # fmt: skip
"""What a remote engine may point at."""

PERSONAL: Final = frozenset({"guest_name", "email", "phone", "booking_ref"})
_ADDRESS: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LONG_NUMBER: Final = re.compile(r"\+?\d(?:[ ().-]{0,2}\d){6,18}|•{2,} ?\d{2,4}")
"""Phones, documents, cards: seven digits and more, and what is left of a card that was hidden when it came in."""

DOUBTED_SHARE: Final = 0.02
DOUBTED: Final = 0.5
"""A label that sells, changes or cancels and that our own model finds next to impossible is asked about, not done."""


def masked(text: str, spans: Sequence[Span]) -> str:
    """The text without what identifies a person: addresses, long numbers, and names and codes that our grammar read."""
    for span in sorted(spans, key=lambda one: -one.start):
        if span.entity in PERSONAL:
            text = f"{text[: span.start]}[{span.entity.upper()}]{text[span.end :]}"
    return _LONG_NUMBER.sub("[NUMBER]", _ADDRESS.sub("[EMAIL]", text))


def combine(local: Understanding, reading: RemoteReading, situation: Situation, *, engine: str) -> Understanding:
    """The message as the remote engine reads it, with our own language, mood and values.

    `local` is our own reading of the same text. An answer without intents leaves its intents in place.
    """
    if not reading.intents:
        return local
    folded = fold(local.text)
    found = extract(folded, language=local.language, situation=situation)
    own = {scored.name: scored.confidence for scored in local.candidates}
    ranked = tuple(
        sorted((_weighed(one.name, one.confidence, own) for one in reading.intents), key=lambda one: -one.confidence)
    )
    intents, candidates = settle(
        ranked, folded=folded, found=found, situation=situation, apart={one.name: one.confidence for one in ranked}
    )
    values = place_lone_date(found, intents, situation.today)
    local = dataclasses.replace(local, entities=values)
    return dataclasses.replace(
        local,
        intents=intents,
        candidates=candidates,
        entities=_added(local, reading.entities, situation),
        engine=engine,
        engine_version=reading.version,
    )


def _weighed(name: str, confidence: float, own: dict[str, float]) -> Scored:
    if name in GRAVE and own.get(name, 0.0) < DOUBTED_SHARE:
        confidence = min(confidence, DOUBTED)
    return Scored(name, round(confidence, 4))


def _added(local: Understanding, pointed_at: Sequence[RemoteEntity], situation: Situation) -> Entities:
    """Our values, and for those we did not read what our grammar makes of the words pointed at."""
    values: dict[str, Any] = {}
    for one in pointed_at:
        words = one.words.strip()
        if not words or words not in local.text or getattr(local.entities, one.name) is not None:
            continue
        asked = dataclasses.replace(situation, expected_slot=one.name)
        read = extract(fold(words), language=local.language, situation=asked).entities
        value = getattr(read, one.name)
        if value is not None:
            values.setdefault(one.name, value)
    return dataclasses.replace(local.entities, **values) if values else local.entities
