"""What the conversation adds to the words: answers to a question, values without a verb, several things at once.

Works on any engine's ranking, so that the model, the rules and a remote service all hear "4" the same way.
"""

# ruff: noqa: E501 - word tables and patterns read better unbroken

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Mapping
from typing import Final

from conversations.understanding.entities import Extraction
from conversations.understanding.text import Folded
from conversations.understanding.types import Entities, Scored, Situation

ABOUT_A_STAY: Final = frozenset({"check_availability", "make_reservation", "ask_price", "modify_reservation"})
ABOUT_A_BOOKING: Final = frozenset({"cancel_reservation", "check_reservation", "modify_reservation"})
IN_THE_HOUSE: Final = frozenset(
    {"housekeeping", "room_service", "report_problem", "lost_found", "complaint", "ask_amenities", "ask_dining"}
)
ABOUT_THE_PAST: Final = frozenset(
    {
        "check_reservation",
        "complaint",
        "report_problem",
        "lost_found",
        "ask_payment",
        "leave_review",
        "housekeeping",
        "deny",
    }
)
FAREWELL: Final = frozenset({"goodbye", "thanks"})
SLOTS: Final = frozenset(
    {"check_in", "check_out", "dates", "nights", "rooms", "room_type", "guests", "adults", "children", "children_ages", "guest_name", "email",
     "phone", "booking_ref", "room_number", "time", "date", "name_and_email", "number", "stay"}
)  # fmt: skip
TOP: Final = 5
ALSO: Final = 0.5
"""A further intent counts when it is likelier said than not."""
RULES_ALSO: Final = 0.03
_TALK: Final = frozenset({"greeting", "thanks", "goodbye"})
_FILLER: Final = re.compile(
    r"\b(?:somos|seremos|seriamos|vamos|van|para|pra|for|we|are|re|will|be|el|la|los|las|the|o|a|os|as|de|del|do|da|dos|das|desde|hasta|from|to|until|till|ate|al|ao|en|no|na|em|on|in|at|"
    r"y|and|e|con|with|com|por|please|favor|pls|mi|my|meu|minha|nombre|name|nome|es|is|it|its|it's|soy|sou|i|am|im|i'm|son|sao|serian|seriam|seria|que|dia|dias|fecha|data|date|dates|fechas|"
    r"noches?|nights?|noites?|personas?|people|pessoas?|adultos?|adults?|adult|ninos?|kids?|children|child|criancas?|check|in|out|entrada|salida|saida|llegada|chegada|llegamos|llego|salimos|salgo|"
    r"chegamos|saimos|arriving|leaving|correo|mail|email|e-mail|telefono|phone|telefone|celular|habitaci\w+|hab|quartos?|rooms?|doble|double|duplo|solo|just|only|so|yo|me|eu|nosotros|us|nos|"
    r"los|un|una|um|uma|one|total|hola|hi|hello|oi|ola|gracias|thanks|obrigad[oa]|ok|bueno|bien|pues|entonces|entao|then|would|like|stay|staying|there|there's|party|menores|mayores|anos|years|old|edad|codigo|code|numero)\b"
)


_CANCEL: Final = re.compile(r"\b(?:cancel\w*|anul\w+|desmarc\w+)")
_NOT_CANCEL: Final = re.compile(
    r"\b(?:no|nao|not|don'?t|dont|do not|didn'?t|never|nunca|tampoco|sin|sem|without|instead of|en (?:vez|lugar) de|em vez de) "
    r"(?:(?:me|nos|la|lo|le|les|se|te|a|o|as|os|it|my|mi|to|please|you|i|we|quiero|queremos|quisiera|queria|deseo|want|wanna|need|quero|queremos|desejo|gostaria|de|"
    r"voy|vou|vamos|van|vayan|va|hay|que|hace|falta|hagan|precisa|necesito|preciso|need|es|e|para|por|favor|ask|asked|pedi|dije|said|disse) ){0,5}"
    r"(?:cancel\w*|anul\w+|desmarc\w+)"
)
NOT_CANCELLING: Final = 0.2
"""What is left of a cancellation's probability when every mention of cancelling is denied."""


def denies_cancelling(folded: Folded) -> bool:
    """Whether the message speaks of cancelling only to say that it is not wanted."""
    text = folded.text[:1500]
    denied = len(_NOT_CANCEL.findall(text))
    return denied > 0 and denied >= len(_CANCEL.findall(text))


def has_values(found: Extraction) -> bool:
    """Whether the grammar read something a stay needs (a topic or a room type alone is talk)."""
    said = found.entities.as_dict()
    return bool(said.keys() - {"topic", "room_type", "time_from", "time_to"})


def only_values(found: Extraction) -> bool:
    """Whether beyond its values the message has nothing but filler words."""
    rest = _FILLER.sub(" ", found.rest)
    return has_values(found) and re.search(r"[^\W\d_]{2,}", rest) is None and "?" not in found.rest


def settle(
    ranked: tuple[Scored, ...],
    *,
    folded: Folded,
    found: Extraction,
    situation: Situation,
    apart: Mapping[str, float] | None = None,
) -> tuple[tuple[Scored, ...], tuple[Scored, ...]]:
    """(intents, candidates): primary first, the runners-up kept for the menu and the explanation."""
    scores = {scored.name: scored.confidence for scored in ranked}
    slot = situation.expected_slot
    if only_values(found):
        _raise(scores, "provide_details", 0.95 if slot in SLOTS or slot is None else 0.8)
    elif (
        slot in SLOTS
        and has_values(found)
        and (
            slot in found.entities.as_dict()
            or (slot == "name_and_email" and (found.entities.guest_name or found.entities.email))
        )
    ):
        best = max(scores.values(), default=0.0)
        if best < 0.8 or max(scores, key=lambda name: scores[name]) in (
            "affirm",
            "deny",
            "greeting",
            "thanks",
            "provide_details",
        ):
            _raise(scores, "provide_details", 0.9)
    elif not scores and re.fullmatch(r"[\W_]*\?[\W_]*", folded.text):
        scores["help"] = 0.7  # "???": nothing was understood on the other side
    elif not scores and has_values(found):
        _raise(scores, "provide_details", 0.7)
    if scores.get("cancel_reservation", 0.0) > NOT_CANCELLING and denies_cancelling(folded):
        scores["cancel_reservation"] = 0.0
        _raise(scores, "deny", 1.0 - NOT_CANCELLING)
        scores["cancel_reservation"] = NOT_CANCELLING / 2
    ordered = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    candidates = tuple(Scored(name, round(min(score, 1.0), 4)) for name, score in ordered[:TOP])
    if not candidates:
        return (), ()
    return several(candidates, apart or {}), candidates


def _raise(scores: dict[str, float], intent: str, share: float) -> None:
    """Give an intent at least this share, taking it from the others in proportion."""
    if scores.get(intent, 0.0) >= share:
        return
    others = sum(score for name, score in scores.items() if name != intent)
    for name in list(scores):
        if name != intent and others > 0:
            scores[name] *= min(1.0, (1.0 - share) / others)
    scores[intent] = share


def several(candidates: tuple[Scored, ...], apart: Mapping[str, float]) -> tuple[Scored, ...]:
    """The main intent and what is said along with it: each further one by its own probability."""
    primary = candidates[0]
    further = [
        Scored(name, round(share, 4))
        for name, share in sorted(apart.items(), key=lambda item: -item[1])
        if name != primary.name and share >= ALSO
    ]
    if not apart:
        further = [
            one
            for one in candidates[1:]
            if one.name in _TALK and one.confidence >= RULES_ALSO and primary.name not in _TALK
        ]
    return (primary, *further[:3])


def place_lone_date(found: Extraction, intents: tuple[Scored, ...], today: dt.date) -> Entities:
    """A day whose role no word told gets it from what the message is about.

    It is the arrival when a stay is asked for, changed or looked up; a day of the room's service, a past day beside a
    new booking ("the one you quoted me yesterday") and "see you Friday" are none.
    """
    entities = found.entities
    if not intents:
        return entities
    primary = intents[0].name
    if primary in FAREWELL and not re.search(r"\d", found.folded.text):
        return dataclasses.replace(entities, check_in=None, check_out=None, date=None)
    if entities.date is not None and entities.date < today and primary not in ABOUT_THE_PAST:
        return dataclasses.replace(entities, date=None)
    if found.guessed_arrival and primary in IN_THE_HOUSE and entities.check_out is None and entities.nights is None:
        day = entities.check_in if entities.check_in != today else None
        return dataclasses.replace(entities, check_in=None, date=entities.date or day)
    unclear = any(doubt.kind == "date_role_unclear" for doubt in entities.ambiguities)
    if entities.date is None or entities.check_in or entities.check_out or entities.date < today:
        return entities  # "the booking I made three days ago" is of no stay three days ago
    if not unclear and primary not in ABOUT_A_BOOKING:
        return entities
    if primary not in ABOUT_A_STAY | ABOUT_A_BOOKING:
        return entities
    kept = tuple(doubt for doubt in entities.ambiguities if doubt.kind != "date_role_unclear")
    return dataclasses.replace(entities, check_in=entities.date, date=None, ambiguities=kept)
