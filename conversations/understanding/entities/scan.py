"""A message under reading: what is still unread, what was found where, and what the guest left open."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from conversations.understanding.entities.lexicon import Lexicon
from conversations.understanding.text import Folded
from conversations.understanding.types import Ambiguity, Situation, Span

READ: Final = "\x01"
"""Stands in for every character that was read, so that no later rule reads it again or across it."""


_DAY_FIRST: Final = re.compile(
    r"(?<![\d/.])(?!24/0?7(?!\d))(?:1[3-9]|2\d|3[01])/(?:0?[1-9]|1[0-2])(?![\d])|(?<![\d/.])\d{1,2}\.\d{1,2}\.(?:20)?\d\d(?!\d)"
)
"""A date whose first number can only be its day, or one with dots, which nobody writes month first."""


@dataclass(slots=True)
class Scan:
    """Mutable state of one reading; each grammar module consumes what it understands, in a fixed order."""

    folded: Folded
    situation: Situation
    lexicon: Lexicon
    text: str = ""
    """The folded text with what was read replaced by `READ`, same length always."""
    values: dict[str, object] = field(default_factory=dict)
    marks: list[tuple[str, int, int]] = field(default_factory=list)
    """(entity, start, end) in the folded text."""
    ambiguities: list[Ambiguity] = field(default_factory=list)
    _day_first: bool | None = None

    def __post_init__(self) -> None:
        self.text = self.folded.text

    @property
    def day_first(self) -> bool:
        """Whether "3/7" is the third of July: by the language, or because another date of the message can be read in no
        other way."""
        if self._day_first is None:
            self._day_first = self.lexicon.day_first or _DAY_FIRST.search(self.whole) is not None
        return self._day_first

    @property
    def whole(self) -> str:
        """The folded text as it came, nothing replaced."""
        return self.folded.text

    def set(self, entity: str, value: object) -> None:
        """Record a value; the first reading stays."""
        self.values.setdefault(entity, value)

    def take(self, entity: str, start: int, end: int) -> None:
        """Mark a stretch as read."""
        self.marks.append((entity, start, end))
        self.text = self.text[:start] + READ * (end - start) + self.text[end:]

    def hide(self, start: int, end: int) -> None:
        """Make a stretch unreadable without it being a value (prices, links)."""
        self.text = self.text[:start] + READ * (end - start) + self.text[end:]

    def doubt(self, kind: str, start: int, end: int, *readings: str) -> None:
        """Report that the guest's words allow several readings or none."""
        found = Ambiguity(kind=kind, text=self.folded.written(start, end), readings=readings)
        if found not in self.ambiguities:
            self.ambiguities.append(found)

    def expects(self, *slots: str) -> bool:
        """Whether the agent had just asked for one of these."""
        return self.situation.expected_slot in slots

    def spans(self) -> tuple[Span, ...]:
        """Everything read, as offsets of the original text, in order."""
        found = {(entity, *self.folded.origin(start, end)) for entity, start, end in self.marks}
        return tuple(Span(*one) for one in sorted(found, key=lambda one: (one[1], one[2], one[0])))


def only_filler(text: str) -> bool:
    """Whether nothing but punctuation and read stretches is left."""
    return re.search(r"[^\W_]", text.replace(READ, "")) is None
