"""What a turn decides: a reply as message keys with typed values (never as sentences), commands, and the reasons.

The values a reply can carry are closed: there is no way to put a bare amount of money into a sentence, only a `Price`
that names the quote, reservation, fact or policy it is stored in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from conversations.dialogue.effects import Answer, Command, FactView, Query
from conversations.dialogue.state import DialogueState
from conversations.dialogue.values import Localised, Price


@dataclass(frozen=True, slots=True)
class Day:
    """A date, written with weekday, day and month; `short`: "lun 4 ene"."""

    date: dt.date
    short: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """Check-in to check-out, written as one phrase: "domingo 3 al jueves 7 de enero"; `short`: "4–8 ene"."""

    check_in: dt.date
    check_out: dt.date
    short: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, written in the hotel's zone: a time when it is today, else day and time."""

    instant: dt.datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day."""

    time: dt.time


@dataclass(frozen=True, slots=True)
class Count:
    """A number and a noun of the catalogue in the right number: "1 noche", "2 noches"."""

    number: int
    noun: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Another message key inside a sentence, for parts that depend on the case."""

    key: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Join:
    """Several values as an enumeration: "a, b y c"."""

    items: tuple[Value, ...]


Value: TypeAlias = str | int | Localised | Price | Day | Span | Moment | Clock | Count | Phrase | Join | FactView


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence or paragraph part: a message key and its values."""

    key: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Button:
    """A tap: a stable id that comes back as `Heard.reply_id`, and the key of its title."""

    id: str
    key: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a list: title and description are keys with values."""

    id: str
    title: Line
    description: Line | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be tapped: up to three buttons, or a list of up to ten rows opened by `opener`."""

    buttons: tuple[Button, ...] = ()
    rows: tuple[Row, ...] = ()
    opener: str = ""
    in_body: bool = False
    """The rows are already numbered lines of the body; a channel without lists must not write them twice."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One outgoing message: paragraphs of lines, and what can be tapped."""

    paragraphs: tuple[tuple[Line, ...], ...]
    choices: Choices | None = None

    def keys(self) -> tuple[str, ...]:
        """The message keys said, in order, for provenance."""
        return tuple(line.key for paragraph in self.paragraphs for line in paragraph)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The outcome of a turn, with everything that explains it (promise 9)."""

    state: DialogueState
    reply: Reply | None
    commands: tuple[Command, ...] = ()
    rule: str
    """Name of the rule that decided, stable, also for metrics of behaviour."""
    intent: str | None = None
    confidence: float = 0.0
    engine: str = ""
    engine_version: str = ""
    fact_ids: tuple[str, ...] = ()
    quote_ids: tuple[str, ...] = ()
    degraded: str = ""
    """Non-empty when something was down ("pms"), for `orchestrator_degraded_responses_total`."""
    transactional: bool = False
    """Goes out also when a person owns the conversation (booking and cancellation results)."""


Steps: TypeAlias = Generator[Query, Answer, None]
"""A part of a turn that may ask queries and writes on the workbench."""

Turn: TypeAlias = Generator[Query, Answer, Decision]
"""The pure generator the executor drives: yields queries, is sent their answers, returns the decision."""
