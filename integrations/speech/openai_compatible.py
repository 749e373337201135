"""A server that speaks `POST /v1/audio/transcriptions`: OpenAI's own, or one of the many that copy it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hotel_agent.common.exceptions import BadInput, DependencyDown, Misconfigured
from integrations import http
from integrations.exceptions import FileRefused
from integrations.outside import Service
from integrations.speech.base import SILENT_FROM, Transcript

PATH = "/v1/audio/transcriptions"


@dataclass(frozen=True, slots=True)
class OpenAICompatible:
    """One server and model.

    Args:
        url: scheme and host, with or without a final "/v1".
        api_key: sent as a bearer token; "" for servers that want none.
    """

    url: str
    model: str
    api_key: str = field(default="", repr=False)
    name: str = "openai"

    def transcribe(self, wav: Path) -> Transcript:
        """See `Recogniser.transcribe`. Asks for segments, because only they say how sure the server was."""
        response = http.request(
            Service.SPEECH,
            "POST",
            self.url.rstrip("/").removesuffix("/v1") + PATH,
            headers={"Authorization": f"Bearer {self.api_key}"} if self.api_key else {},
            data={"model": self.model, "response_format": "verbose_json", "temperature": "0"},
            files={"file": ("voice.wav", wav.read_bytes(), "audio/wav")},
            changes=False,
        )
        if not response.ok:
            raise _error_of(response)
        try:
            answer = response.json()
        except BadInput as error:
            raise DependencyDown("the recogniser's answer is not JSON") from error
        if not isinstance(answer, dict) or not isinstance(answer.get("text"), str):
            raise DependencyDown("the recogniser's answer has no text")
        return transcript_of(answer, engine=f"{self.name}:{self.model}")


def _error_of(response: http.Response) -> Exception:
    status = response.status
    if status in {401, 403, 404}:
        return Misconfigured(f"the recogniser refuses us ({status})")
    if status == 429 or status >= 500:
        return DependencyDown(f"the recogniser answered {status}", retry_after=response.retry_after)
    reason = "too_big" if status == 413 else "unreadable"
    return FileRefused(f"the recogniser refuses the sound ({status})", reason=reason)


def transcript_of(answer: Mapping[str, Any], *, engine: str) -> Transcript:
    """Words and confidence of a `verbose_json` answer. Segments that are probably silence are left out."""
    segments = answer.get("segments")
    language = str(answer.get("language") or "")[:20]
    if not isinstance(segments, Sequence) or isinstance(segments, str) or not segments:
        return Transcript(str(answer["text"]).strip(), None, language, engine)
    spoken = [one for one in segments if isinstance(one, Mapping) and _number(one, "no_speech_prob", 0) < SILENT_FROM]
    text = "".join(str(one.get("text", "")) for one in spoken).strip()
    return Transcript(text, mean_probability(spoken), language, engine)


def mean_probability(segments: Sequence[Mapping[str, Any]]) -> float | None:
    """The probability of a token, averaged over the segments by their length; None when they name none."""
    weighed = [
        (_number(one, "avg_logprob", math.nan), max(_number(one, "end", 1) - _number(one, "start", 0), 0.1))
        for one in segments
    ]
    weighed = [(logarithm, seconds) for logarithm, seconds in weighed if not math.isnan(logarithm)]
    if not weighed:
        return None
    mean = sum(logarithm * seconds for logarithm, seconds in weighed) / sum(seconds for _, seconds in weighed)
    return round(math.exp(min(mean, 0.0)), 3)


def _number(segment: Mapping[str, Any], key: str, default: float) -> float:
    value = segment.get(key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else default
