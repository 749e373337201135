"""The remote engine contract: a guest's words in, labels and quoted words out — data, never text for a guest.

What a service answers is untrusted: an adapter keeps only labels that were offered and words, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

MAX_LABELS = 5


@dataclass(frozen=True, slots=True)
class RemoteIntent:
    """An intent of the offered ones with the service's own confidence in [0, 1]."""

    name: str
    confidence: float


@dataclass(frozen=True, slots=True)
class RemoteEntity:
    """Words the service points at, as the guest wrote them, and what it takes them for."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class RemoteReading:
    """One message as a remote service reads it; intents most likely first, possibly none."""

    intents: tuple[RemoteIntent, ...]
    entities: tuple[RemoteEntity, ...] = ()
    version: str = ""
    """The model that answered, as the service names it."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a service is asked: the words, and what is already known about them."""

    text: str
    language: str
    asked_for: str
    """What the hotel had just asked for ("guests", "confirmation", …); empty when nothing."""


class RemoteReader(Protocol):
    """One configured service. Cheap to make, keeps nothing between calls."""

    name: str

    def read(self, question: Question, *, intents: Sequence[str], entities: Sequence[str]) -> RemoteReading:
        """How the service reads the words, in terms of the offered intents and entities only.

        Raises:
            DependencyDown: it cannot be reached, fails, or answers something else than was agreed.
            Throttled: it asks for fewer questions.
            Misconfigured: it refuses our key, model or address.
        """
        ...


def clean(
    intents: Sequence[tuple[str, float]],
    entities: Sequence[tuple[str, str]],
    *,
    offered: Sequence[str],
    known: Sequence[str],
    version: str = "",
) -> RemoteReading:
    """A reading of what a service said: labels that were offered, once each, confidences put into [0, 1]."""
    best: dict[str, float] = {}
    for name, confidence in intents:
        if name in offered and confidence == confidence:
            best[name] = max(best.get(name, 0.0), min(1.0, max(0.0, confidence)))
    ranked = sorted(best.items(), key=lambda one: -one[1])[:MAX_LABELS]
    words = tuple(RemoteEntity(name, said) for name, said in entities if name in known and said)
    return RemoteReading(tuple(RemoteIntent(name, share) for name, share in ranked), words, version[:80])
