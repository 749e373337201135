"""Our own engine and a remote one as a single `Engine`, so that the pair can be measured like any other.

It asks, masks and combines as a hotel's turn does (`consulting`), but keeps no budget, no cache and no breaker: those
would leave messages unasked, and what is measured is the engine. It needs neither database nor Redis.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from conversations.services import consulting
from conversations.understanding import remote
from conversations.understanding.decision import DEFAULT_THRESHOLDS
from conversations.understanding.types import Engine, Situation, Understanding
from hotel_agent.common.exceptions import HotelAgentError
from integrations.nlp.types import RemoteReader
from tenants.models import UnderstandingMode

GIVE_UP: Final = 25
"""Failures in a row after which a server counts as gone: at 11 s each, nobody waits for the other thousand."""


@dataclass
class ConsultedEngine:
    """Reads by the remote engine where its mode says so, by our own wherever the remote one does not answer."""

    local: Engine
    reader: RemoteReader
    mode: UnderstandingMode
    """REMOTE: every message; CASCADE: those our own engine would not act on."""
    share_personal_data: bool = False
    name: str = field(init=False)
    """The mode and the protocol: "cascade openai"."""
    answered: Counter[str] = field(default_factory=Counter)
    """Messages by the name of the engine whose reading stands."""
    failures: Counter[str] = field(default_factory=Counter)
    """Questions without an answer, by the error's code."""
    asked: int = 0
    unasked: int = 0
    """Messages for the remote engine that came after it was given up."""
    version: str = ""
    """The model that answered last, as the service names it; empty before the first answer."""
    _in_a_row: int = 0

    def __post_init__(self) -> None:
        self.name = f"{self.mode.value} {self.reader.name}"

    @property
    def thresholds(self) -> Mapping[str, float]:
        """Those of our own engine, as a turn uses them."""
        found: Mapping[str, float] = getattr(self.local, "thresholds", DEFAULT_THRESHOLDS)
        return found

    def understand(self, text: str, situation: Situation) -> Understanding:
        """A defined result for any text; a failing service is counted, and our own reading stands."""
        read = self._read(self.local.understand(text, situation), situation)
        self.answered[read.engine] += 1
        return read

    def _read(self, local: Understanding, situation: Situation) -> Understanding:
        if not consulting.concerns(self.mode, local, self.thresholds):
            return local
        if self._in_a_row >= GIVE_UP:
            self.unasked += 1
            return local
        self.asked += 1
        question = consulting.question_of(local, situation, share_personal_data=self.share_personal_data)
        try:
            reading = consulting.read(self.reader, question)
        except HotelAgentError as error:
            self._in_a_row += 1
            self.failures[error.code] += 1
            return local
        self._in_a_row = 0
        self.version = reading.version
        return remote.combine(local, reading, situation, engine=self.reader.name)

    @property
    def incomplete(self) -> bool:
        """Whether the figures are partly our own engine's because the remote one did not answer."""
        return bool(self.failures or self.unasked)

    def as_data(self) -> dict[str, Any]:
        """Who answered and what failed, JSON-ready."""
        return {
            "engine": self.name,
            "version": self.version,
            "personal_data": self.share_personal_data,
            "messages": self.answered.total(),
            "answered": dict(self.answered),
            "asked": self.asked,
            "failed": dict(self.failures),
            "unasked": self.unasked,
        }

    def as_lines(self) -> list[str]:
        """The same for a terminal."""
        total = self.answered.total()
        names = dict.fromkeys((self.local.name, self.reader.name))
        lines = [f"answered by {name}: {self.answered[name]} of {total}" for name in names]
        why = ", ".join(f"{code} {count}" for code, count in sorted(self.failures.items()))
        lines.append(
            f"asked {self.reader.name}: {self.asked}, failed {self.failures.total()}" + (f" ({why})" if why else "")
        )
        if self.unasked:
            lines.append(f"no longer asked after {GIVE_UP} failures in a row: {self.unasked}")
        return lines
