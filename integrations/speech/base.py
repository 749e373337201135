"""The recogniser contract: sound in, words and how sure of them out. A recogniser never makes up words for silence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

SURE_FROM = 0.6
"""Mean probability per token from which words are taken as said; below it, or when the recogniser names none, the
guest is asked. A judgement: Whisper's clear speech lies around 0.75 to 0.85, what it guesses mostly below 0.5."""
SILENT_FROM = 0.6
"""A segment that is this probably no speech is left out: Whisper fills silence with sentences of its training."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard. `text` is "" when nobody spoke; `confidence` is 0 to 1, None when the recogniser names none."""

    text: str
    confidence: float | None
    language: str
    engine: str

    @property
    def is_sure(self) -> bool:
        """Whether it may be acted on without asking."""
        return self.confidence is not None and self.confidence >= SURE_FROM


class Recogniser(Protocol):
    """Turns a 16 kHz mono WAV file into words."""

    @property
    def name(self) -> str:
        """For rows, logs and the breaker: never a secret."""
        ...

    def transcribe(self, wav: Path) -> Transcript:
        """What is said in the file.

        Raises:
            DependencyDown: the recogniser cannot be reached or is busy; try later.
            Misconfigured: it refuses us, or is not there at all.
            FileRefused: it cannot read this sound.
        """
        ...
