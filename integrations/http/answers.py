"""What came back: an answer of any status, and what of a call may be shown to people."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from hotel_agent.common.exceptions import BadInput, DependencyDown


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call as it may be shown to people: no header, no query, no body of ours; the beginning of the answer."""

    service: str
    method: str
    address: str
    """Scheme, host and path."""
    status: int | None
    """None: no answer."""
    duration_ms: int
    said: str
    """The beginning of the answer, or what failed. May repeat secrets: whoever keeps it hides them first."""


SAID = 600
"""Characters of an answer that an `Exchange` keeps."""

recording: ContextVar[list[Exchange] | None] = ContextVar("recording", default=None)


@contextmanager
def recorded() -> Iterator[list[Exchange]]:
    """The calls made inside, in order, by this thread."""
    exchanges: list[Exchange] = []
    token = recording.set(exchanges)
    try:
        yield exchanges
    finally:
        recording.reset(token)


class AnswerTooLong(DependencyDown):
    """There is an answer, and it is longer than the caller wants."""

    code = "answer_too_long"


@dataclass(frozen=True, slots=True)
class Response:
    """An answer of any status, read to its end. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def ok(self) -> bool:
        """2xx."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            BadInput: it is not.
        """
        try:
            return jsonlib.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise BadInput(f"an answer of status {self.status} is not JSON") from error

    @property
    def text(self) -> str:
        """The body as UTF-8 text, with replacements."""
        return self.body.decode("utf-8", "replace")

    @property
    def retry_after(self) -> float | None:
        """Seconds of a `Retry-After` header; None when absent or a date."""
        value = self.headers.get("retry-after", "").strip()
        return float(value) if value.isascii() and value.isdecimal() and len(value) < 7 else None
