"""The embedded engine: stay grammar, trained intent model, context. And the choice of an engine at start."""

# ruff: noqa: E501 - word tables and patterns read better unbroken

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Final

from conversations.understanding import artefact, classifier, mood
from conversations.understanding.classifier import Model
from conversations.understanding.context import place_lone_date, settle
from conversations.understanding.entities import extract
from conversations.understanding.language import detect
from conversations.understanding.rules import KeywordRules
from conversations.understanding.text import fold
from conversations.understanding.types import Engine, Situation, Understanding

logger = logging.getLogger(__name__)

_MEANING: Final = re.compile(r"[^\W_]|[👍👎✅❌👌🙏👋]")


class EmbeddedEngine:
    """The installation's own engine: a linear model over n-grams with a grammar for values.

    Keeps nothing between messages and may be shared by threads.
    """

    name = "embedded"

    def __init__(self, model: Model) -> None:
        self._model = model
        self.version = model.version
        self.thresholds = model.thresholds

    @classmethod
    def from_directory(cls, directory: Path, version: str | None = None) -> EmbeddedEngine:
        """The engine with a stored model. Raises `classifier.ModelUnusableError`."""
        return cls(classifier.load(directory, version))

    def understand(self, text: str, situation: Situation) -> Understanding:
        """A defined result for any text, in time linear in its (capped) length."""
        folded = fold(text)
        language, certainty = detect(folded.text, text[:600], current=situation.language, model=self._model.words)
        found = extract(folded, language=language, situation=situation)
        if _MEANING.search(folded.text):
            ranked, apart = self._model.rank(found, situation.expected_slot)
        else:
            ranked, apart = (), {}
        intents, candidates = settle(ranked, folded=folded, found=found, situation=situation, apart=apart)
        sentiment, urgent = mood.read(folded)
        return Understanding(
            text=text, language=language, language_confidence=round(certainty, 4), intents=intents, candidates=candidates,
            entities=place_lone_date(found, intents, situation.today), sentiment=sentiment, urgent=urgent, spans=found.spans, engine=self.name,
            engine_version=self.version,
        )  # fmt: skip


def load_engine(directory: Path | None = None, *, train: bool = True) -> Engine:
    """The best engine this installation can run; never raises. Falls back to keyword rules, the reason logged."""
    where = directory or artefact.model_directory()
    try:
        if train:
            artefact.ensure(where)
    except classifier.ModelUnusableError as error:
        logger.warning("no fresh intent model: %s", error)
    try:
        return EmbeddedEngine.from_directory(where)
    except classifier.ModelUnusableError as error:
        logger.warning("understanding by keyword rules: %s", error)
        return KeywordRules()
