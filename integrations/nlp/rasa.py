"""Rasa and servers that speak its HTTP API: `POST /model/parse` (Rasa: HTTP API, "Parse a message")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from hotel_agent.common.exceptions import DependencyDown
from integrations.nlp import answers
from integrations.nlp.types import Question, RemoteReading, clean


class _Label(BaseModel):
    name: str | None = None
    confidence: float = 0.0


class _Found(BaseModel):
    entity: str
    start: int | None = None
    end: int | None = None
    value: Any = None


class _Parsed(BaseModel):
    """Only what we read of the answer; Rasa adds fields."""

    intent: _Label | None = None
    intent_ranking: list[_Label] = []
    entities: list[_Found] = []
    model_id: str | None = None


class RasaReader:
    """A Rasa server trained with our names of intents and entities."""

    name = "rasa"

    def __init__(self, *, url: str, token: str = "") -> None:
        self._url = f"{url.rstrip('/')}/model/parse"
        self._params = {"token": token} if token else {}

    def read(self, question: Question, *, intents: Sequence[str], entities: Sequence[str]) -> RemoteReading:
        """See `RemoteReader.read`. Rasa knows its labels from training; others than the offered are dropped."""
        found = answers.ask(self.name, self._url, body={"text": question.text}, headers={}, params=self._params)
        try:
            parsed = _Parsed.model_validate(found)
        except ValidationError as error:
            raise DependencyDown(f"{self.name}: not the answer of /model/parse") from error
        labels = parsed.intent_ranking or ([parsed.intent] if parsed.intent else [])
        return clean(
            [(label.name or "", label.confidence) for label in labels],
            [(one.entity, _words(question.text, one)) for one in parsed.entities],
            offered=intents,
            known=entities,
            version=parsed.model_id or "",
        )


def _words(text: str, found: _Found) -> str:
    if found.start is not None and found.end is not None and 0 <= found.start < found.end <= len(text):
        return text[found.start : found.end]
    return found.value if isinstance(found.value, str) else ""
