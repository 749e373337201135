"""The keyword engine: what answers when no trained model can be loaded. No arrays, no training, no files."""

from __future__ import annotations

import math
import re
from typing import Final

from conversations.understanding import mood
from conversations.understanding.context import place_lone_date, settle
from conversations.understanding.entities import Extraction, extract
from conversations.understanding.keywords import KEYWORDS
from conversations.understanding.language import detect
from conversations.understanding.text import Folded, fold
from conversations.understanding.types import Scored, Situation, Understanding

_COMPILED: Final = tuple((intent, weight, re.compile(pattern)) for intent, weight, pattern in KEYWORDS)
_TALK: Final = frozenset({"greeting", "thanks", "goodbye", "affirm", "deny"})


class KeywordRules:
    """Understands by keyword patterns and the stay grammar. Confidence is deliberately modest: it asks more."""

    name = "rules"
    version = "1"

    def understand(self, text: str, situation: Situation) -> Understanding:
        """A defined result for any text, in time linear in its (capped) length."""
        folded = fold(text)
        language, certainty = detect(folded.text, text[:600], current=situation.language)
        found = extract(folded, language=language, situation=situation)
        ranked = rank(folded, found)
        intents, candidates = settle(ranked, folded=folded, found=found, situation=situation)
        sentiment, urgent = mood.read(folded)
        return Understanding(
            text=text, language=language, language_confidence=certainty, intents=intents, candidates=candidates,
            entities=place_lone_date(found, intents, situation.today), sentiment=sentiment,
            urgent=urgent, spans=found.spans, engine=self.name,
            engine_version=self.version,
        )  # fmt: skip


def rank(folded: Folded, found: Extraction) -> tuple[Scored, ...]:
    """Intents by keyword weight, best first, as probabilities that leave room for doubt."""
    text = folded.text[:1500]
    totals: dict[str, float] = {}
    for intent, weight, pattern in _COMPILED:
        if pattern.search(text):
            totals[intent] = totals.get(intent, 0.0) + weight
    totals = {intent: total for intent, total in totals.items() if total > 0}
    if len(totals) > 1:  # courtesy is never the main thing when something else is said
        for intent in _TALK & totals.keys():
            if any(other not in _TALK for other in totals):
                totals[intent] = min(totals[intent], 1.5)
    if not totals:
        return ()
    weights = {intent: math.exp(total) for intent, total in totals.items()}
    rest = sum(weights.values()) + math.exp(1.5)
    ranked = sorted(((weight / rest, intent) for intent, weight in weights.items()), key=lambda one: (-one[0], one[1]))
    return tuple(Scored(intent, round(share, 4)) for share, intent in ranked)
