"""Whisper in the worker's own process through the optional package `faster-whisper`, from a model directory.

Not among the locked packages: `pip install faster-whisper` beside them, and give the model's directory as `STT_MODEL`.
Nothing is fetched: a path that is not there is a configuration error.
"""

from __future__ import annotations

import importlib
import threading
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any

from hotel_agent.common.exceptions import Misconfigured
from integrations.exceptions import FileRefused
from integrations.speech.base import SILENT_FROM, Transcript
from integrations.speech.openai_compatible import mean_probability

_models: dict[str, Any] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class FasterWhisper:
    """One model directory. The model is loaded at the first voice note and kept by the process."""

    model_path: str
    name: str = "faster-whisper"

    def transcribe(self, wav: Path) -> Transcript:
        """See `Recogniser.transcribe`."""
        model = self._model()
        try:
            found, info = model.transcribe(str(wav), beam_size=5, temperature=0.0, condition_on_previous_text=False)
            segments = [_values(one) for one in found]
        except (ValueError, RuntimeError, OSError) as error:
            raise FileRefused(f"the recogniser cannot read the sound: {error}") from error
        spoken = [one for one in segments if float(one.get("no_speech_prob") or 0) < SILENT_FROM]
        return Transcript(
            text="".join(str(one.get("text", "")) for one in spoken).strip(),
            confidence=mean_probability(spoken),
            language=str(getattr(info, "language", ""))[:20],
            engine=f"{self.name}:{Path(self.model_path).name}",
        )

    def _model(self) -> Any:
        with _lock:
            if self.model_path not in _models:
                _models[self.model_path] = self._load()
            return _models[self.model_path]

    def _load(self) -> Any:
        if not Path(self.model_path).is_dir():
            raise Misconfigured("STT_MODEL is not a directory with a model")
        try:
            module = importlib.import_module("faster_whisper")
        except ImportError as error:
            raise Misconfigured("the package faster-whisper is not installed") from error
        return module.WhisperModel(self.model_path, device="cpu", compute_type="int8", local_files_only=True)


def _values(segment: Any) -> dict[str, Any]:
    names = ("text", "avg_logprob", "no_speech_prob", "start", "end")
    if is_dataclass(segment) and not isinstance(segment, type):
        return asdict(segment)
    return {name: getattr(segment, name, None) for name in names}
