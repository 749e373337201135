"""What a message means, in types: the one interface every understanding engine answers with.

Names of intents and entities are the product's contract with its training data, its evaluation files and the
dialogue policy; add, do not rename.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

Language = Literal["es", "en", "pt"]
LANGUAGES: Final[tuple[Language, ...]] = ("es", "en", "pt")

INTENTS: Final[tuple[str, ...]] = (
    # talk
    "greeting", "goodbye", "thanks", "affirm", "deny", "dont_know", "help", "talk_to_human", "out_of_scope",
    # booking
    "check_availability", "make_reservation", "provide_details", "modify_reservation", "cancel_reservation",
    "check_reservation",
    # information
    "ask_price", "ask_room_types", "ask_amenities", "ask_dining", "ask_checkin_checkout", "ask_payment",
    "ask_cancellation_policy", "ask_policies", "ask_location", "ask_transport", "ask_local_info",
    # during the stay
    "early_late_request", "room_service", "housekeeping", "report_problem", "lost_found", "special_request",
    "book_service",
    # other
    "events_groups", "complaint", "leave_review",
)  # fmt: skip

ROOM_TYPES: Final[tuple[str, ...]] = (
    "single", "double", "twin", "triple", "quadruple", "family", "suite", "junior_suite", "superior", "deluxe",
    "standard",
)  # fmt: skip

Sentiment = Literal["negative", "neutral", "positive"]


@dataclass(frozen=True, slots=True)
class Scored:
    """A label with a calibrated probability in [0, 1]."""

    name: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Span:
    """Where in the text a value was read: half-open character offsets of the original text."""

    entity: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """Something the guest said that allows more than one reading or none; the dialogue asks, nobody guesses.

    `kind` is one of: dates_contradict_nights, check_out_not_after_check_in, date_does_not_exist, date_in_past,
    date_role_unclear, several_readings, number_without_meaning.
    `readings` are the possible values as ISO strings or numbers, best first, possibly empty.
    """

    kind: str
    text: str
    readings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entities:
    """Values read from one message. Absent means "not said", never a default."""

    check_in: dt.date | None = None
    check_out: dt.date | None = None
    nights: int | None = None
    rooms: int | None = None
    room_type: str | None = None
    room_types: tuple[str, ...] = ()
    """One per room, only where rooms of different types are named together: "una doble y una triple"."""
    guests: int | None = None
    adults: int | None = None
    children: int | None = None
    children_ages: tuple[int, ...] = ()
    guest_name: str | None = None
    email: str | None = None
    phone: str | None = None
    """E.164, or the digits as written when no region makes them a number."""
    booking_ref: str | None = None
    room_number: str | None = None
    time: dt.time | None = None
    time_from: dt.time | None = None
    time_to: dt.time | None = None
    date: dt.date | None = None
    """A day that is not a night of the stay (table, spa, taxi)."""
    topic: tuple[str, ...] = ()
    number: int | None = None
    """A bare number whose meaning only the conversation can tell."""
    ambiguities: tuple[Ambiguity, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """Only what was said, JSON-ready (dates ISO, times HH:MM), as evaluation files write it; the types of several
        rooms are not part of them."""
        out: dict[str, object] = {}
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            if name in ("ambiguities", "room_types") or value is None or value == ():
                continue
            if isinstance(value, dt.time):
                value = value.strftime("%H:%M")
            elif isinstance(value, dt.date):
                value = value.isoformat()
            elif isinstance(value, tuple):
                value = list(value)
            out[name] = value
        return out


@dataclass(frozen=True, slots=True)
class Situation:
    """What the conversation already knows; lets an engine read "4" as guests or as the 4th.

    `expected_slot` is what the agent had just asked for: one of the entity names, or "confirmation", "offer"
    (choosing among what was listed), "cancel_confirmation", "name_and_email".
    """

    today: dt.date
    """The hotel's business day."""
    language: Language | None = None
    """The conversation's language so far."""
    expected_slot: str | None = None
    check_in: dt.date | None = None
    check_out: dt.date | None = None
    country: str = "AR"
    """ISO 3166 alpha-2 of the hotel: holidays, default phone region."""
    room_type_names: Mapping[str, str] = field(default_factory=dict)
    """The hotel's own names, folded and lower case, to one of ROOM_TYPES or the hotel's own code."""
    booking_prefixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Understanding:
    """One message understood. Never raises for any text; an empty or meaningless one has no intents."""

    text: str
    language: Language
    language_confidence: float
    intents: tuple[Scored, ...]
    """What the message asks for, primary first; usually one, several when it says several things."""
    candidates: tuple[Scored, ...]
    """The best labels with probabilities (top 5), for the "did you mean" menu and for explanation."""
    entities: Entities
    sentiment: Sentiment = "neutral"
    urgent: bool = False
    spans: tuple[Span, ...] = ()
    engine: str = "embedded"
    engine_version: str = ""

    @property
    def primary(self) -> str | None:
        """The main intent, or None when nothing was understood."""
        return self.intents[0].name if self.intents else None

    @property
    def confidence(self) -> float:
        """Probability of the main intent; 0 when there is none."""
        return self.intents[0].confidence if self.intents else 0.0

    def has(self, *names: str) -> bool:
        """Whether any of the named intents is among those of the message."""
        return any(scored.name in names for scored in self.intents)


class Engine(Protocol):
    """An understanding engine: embedded model, keyword rules or a remote service.

    Guarantees bounded time (linear in the text, which callers cap) and a defined result for any text. Remote
    engines raise `EngineUnavailable`; the embedded ones raise nothing after loading.
    """

    name: str
    version: str

    def understand(self, text: str, situation: Situation) -> Understanding: ...
