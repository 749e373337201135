"""A burst of messages read as one: what the guest asks for, what they tell, what they tapped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from conversations.dialogue.hotel import Heard
from conversations.dialogue.values import clean
from conversations.understanding.types import Ambiguity, Entities, Language, Scored, Understanding
from integrations.events import MessageType

ACT_FROM: Final = 0.45
"""An intent below this probability is asked about, not acted on. Above it three of four guesses are right and the rest
are caught by the confirmations; the engine already leaves out what it does not believe."""

LANGUAGE_FROM: Final = 0.8
"""Evidence needed to leave the conversation's language; the engine's own margin is on top of it."""

WORDS_LIMIT: Final = 600
"""How much of the guest's words a task for staff carries."""

SMALL_TALK: Final = frozenset({"greeting", "thanks", "goodbye"})
"""Said beside something else, these ask for nothing."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a burst says, later messages correcting earlier ones.

    `changed_mind` tells that a text follows the last tap: then the tap may be outdated by the text.
    """

    intents: tuple[Scored, ...]
    candidates: tuple[Scored, ...]
    entities: Entities
    tap: str
    taps: tuple[str, ...]
    texts: tuple[str, ...]
    types: frozenset[MessageType]
    language: Language | None
    negative: bool
    urgent: bool
    first_sent_at: dt.datetime
    last_sent_at: dt.datetime
    engine: str
    engine_version: str
    unsure: tuple[str, ...] = ()
    """What a recogniser may have heard; not among `texts`, nothing follows from it."""
    troubles: frozenset[str] = frozenset()
    """Why messages have no content (`Heard.trouble`)."""
    chosen: bool = False
    """The guest did not say it but chose it from "did you mean"."""

    @property
    def primary(self) -> Scored | None:
        """The strongest request that is more than a courtesy; a courtesy when there is nothing else."""
        asking = [scored for scored in self.intents if scored.name not in SMALL_TALK]
        return next(iter(asking or self.intents), None)

    def has(self, *names: str) -> bool:
        """Whether one of the intents is among those of the burst."""
        return any(scored.name in names for scored in self.intents)

    @property
    def words(self) -> str:
        """The guest's own words, for staff and for finding facts."""
        return clean(" / ".join(self.texts), WORDS_LIMIT)


def listen(heard: Sequence[Heard]) -> Said:
    """The burst as one. `heard` is not empty and in order."""
    understood = [item.understanding for item in heard if item.understanding is not None and not item.unsure]
    for_language = [item.understanding for item in heard if item.understanding is not None]
    taps = tuple(item.reply_id for item in heard if item.reply_id)
    intents: dict[str, Scored] = {}
    candidates: dict[str, Scored] = {}
    for understanding in understood:
        for scored in understanding.intents:
            if scored.confidence >= ACT_FROM:
                _keep_best(intents, scored)
        for scored in understanding.candidates:
            _keep_best(candidates, scored)
    last = understood[-1] if understood else None
    return Said(
        intents=tuple(intents.values()),
        candidates=tuple(sorted(candidates.values(), key=lambda scored: -scored.confidence)),
        entities=_merged([understanding.entities for understanding in understood]),
        tap=taps[-1] if taps else "",
        taps=taps,
        texts=tuple(item.text for item in heard if item.text and not item.reply_id and not item.unsure),
        types=frozenset(item.type for item in heard),
        language=_language(for_language),
        negative=any(understanding.sentiment == "negative" for understanding in understood),
        urgent=any(understanding.urgent for understanding in understood),
        first_sent_at=min(item.sent_at for item in heard),
        last_sent_at=max(item.sent_at for item in heard),
        engine=last.engine if last else "",
        engine_version=last.engine_version if last else "",
        unsure=tuple(item.text for item in heard if item.unsure and item.text),
        troubles=frozenset(item.trouble for item in heard if item.trouble),
    )


def _keep_best(known: dict[str, Scored], scored: Scored) -> None:
    if scored.name not in known or known[scored.name].confidence < scored.confidence:
        known[scored.name] = scored


def _language(understood: Sequence[Understanding]) -> Language | None:
    sure = [u for u in understood if u.language_confidence >= LANGUAGE_FROM]
    return max(sure, key=lambda u: u.language_confidence).language if sure else None


def _merged(parts: Sequence[Entities]) -> Entities:
    merged = Entities()
    ambiguities: tuple[Ambiguity, ...] = ()
    for part in parts:
        said = {name: getattr(part, name) for name in part.__dataclass_fields__ if name != "ambiguities"}
        merged = replace(merged, **{name: value for name, value in said.items() if value is not None and value != ()})
        if part.check_in or part.check_out:  # a later clear date settles an earlier unclear one
            ambiguities = ()
        ambiguities += part.ambiguities
    return replace(merged, ambiguities=ambiguities)
