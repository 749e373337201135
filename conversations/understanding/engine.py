"""The embedded engine and the choice of an engine at start."""

from __future__ import annotations

import logging

from conversations.understanding.rules import KeywordRules
from conversations.understanding.types import Engine, Situation, Understanding

logger = logging.getLogger(__name__)


class EmbeddedEngine:
    """The engine of the installation: keyword rules until a trained model answers."""

    name = "embedded"

    def __init__(self) -> None:
        self._rules = KeywordRules()
        self.version = self._rules.version

    def understand(self, text: str, situation: Situation) -> Understanding:
        """A defined result for any text."""
        return self._rules.understand(text, situation)


def load_engine() -> Engine:
    """The best engine this installation can run; never raises."""
    return EmbeddedEngine()
