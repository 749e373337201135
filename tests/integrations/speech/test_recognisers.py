"""Both recognisers keep one contract: words with a confidence, silence without words, each failure its own error.

The HTTP one speaks to a server of the same protocol. faster-whisper's module is a double with its interface: no model
is run here (see docs/operations/voice.md).
"""

from __future__ import annotations

import math
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hotel_agent.common.exceptions import DependencyDown, Misconfigured
from integrations import http
from integrations.exceptions import FileRefused
from integrations.speech import audio, faster_whisper
from integrations.speech.base import Recogniser, Transcript
from integrations.speech.faster_whisper import FasterWhisper
from integrations.speech.openai_compatible import OpenAICompatible, transcript_of
from tests.factories.sound import spoken
from tests.stand_ins.speech import SpeechStandIn

WORDS = "Quiero una habitación para dos personas"
pytestmark = pytest.mark.needs_program("ffmpeg", "espeak-ng")


@dataclass
class _Segment:
    text: str
    avg_logprob: float
    no_speech_prob: float
    start: float = 0.0
    end: float = 2.0


@pytest.fixture
def server() -> Iterator[SpeechStandIn]:
    with SpeechStandIn() as running:
        yield running
    http.close_all()


@pytest.fixture
def wav(tmp_path: Path) -> Iterator[Path]:
    with audio.readable(spoken(WORDS), "audio/ogg", directory=tmp_path, max_seconds=60) as path:
        yield path


@pytest.fixture(params=["openai", "faster-whisper"])
def hearing(
    request: pytest.FixtureRequest, server: SpeechStandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., Recogniser]:
    """A recogniser that will hear these segments: (text, avg_logprob, no_speech_prob)."""

    def make(*segments: tuple[str, float, float]) -> Recogniser:
        made = [_Segment(*segment) for segment in segments]
        if request.param == "openai":
            words = "".join(one.text for one in made)
            server.answers = [{"text": words, "language": "es", "segments": [vars(one) for one in made]}]
            return OpenAICompatible(url=server.url, model="whisper-1")

        class WhisperModel:
            def __init__(self, path: str, **options: Any) -> None:
                assert options["local_files_only"], "nothing is fetched"

            def transcribe(self, path: str, **_: Any) -> tuple[Iterator[_Segment], Any]:
                assert Path(path).exists()
                return iter(made), types.SimpleNamespace(language="es")

        module = types.ModuleType("faster_whisper")
        module.WhisperModel = WhisperModel  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "faster_whisper", module)
        monkeypatch.setattr(faster_whisper, "_models", {})
        return FasterWhisper(str(tmp_path))

    return make


def test_clear_speech_is_sure(hearing: Callable[..., Recogniser], wav: Path) -> None:
    heard = hearing((" Quiero una habitación", -0.2, 0.01), (" para dos.", -0.25, 0.02)).transcribe(wav)
    assert heard.text == "Quiero una habitación para dos."
    assert heard.confidence == pytest.approx(math.exp(-0.225), abs=0.001)
    assert heard.is_sure


def test_mumbling_is_not_sure(hearing: Callable[..., Recogniser], wav: Path) -> None:
    assert not hearing((" Quiero un bebé tación", -0.9, 0.1)).transcribe(wav).is_sure


def test_silence_has_no_words_whatever_the_model_says(hearing: Callable[..., Recogniser], wav: Path) -> None:
    heard = hearing((" Subtítulos realizados por la comunidad", -0.3, 0.9)).transcribe(wav)
    assert heard.text == ""
    assert not heard.is_sure
    mixed = hearing((" Hola.", -0.2, 0.1), (" ¡Suscríbete!", -0.2, 0.95)).transcribe(wav)
    assert mixed.text == "Hola."


def test_the_server_is_given_the_sound_and_the_key(server: SpeechStandIn, wav: Path) -> None:
    server.api_key, server.answers = "sk-secret", [(WORDS, -0.1)]
    heard = OpenAICompatible(url=server.url + "/v1", model="whisper-1", api_key="sk-secret").transcribe(wav)
    assert (heard.text, heard.engine) == (WORDS, "openai:whisper-1")
    (sound,) = server.heard
    assert sound.fields["response_format"] == "verbose_json"
    assert sound.seconds > 1
    assert sound.loudness > 1000, "a voice, not silence"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (401, Misconfigured), (404, Misconfigured), (429, DependencyDown), (500, DependencyDown), (503, DependencyDown),
        (400, FileRefused), (413, FileRefused), ({"error": "x"}, DependencyDown), ({"text": 7}, DependencyDown),
    ],
)  # fmt: skip
def test_each_refusal_is_its_own_error(server: SpeechStandIn, wav: Path, answer: Any, error: type[Exception]) -> None:
    server.answers = [answer]
    with pytest.raises(error):
        OpenAICompatible(url=server.url, model="m").transcribe(wav)


def test_nobody_there_is_a_dependency_that_is_down(wav: Path) -> None:
    with pytest.raises(DependencyDown):
        OpenAICompatible(url="http://127.0.0.1:9", model="m").transcribe(wav)


@pytest.mark.parametrize(
    "answer",
    [
        {"text": " Hola "},
        {"text": " Hola ", "segments": []},
        {"text": " Hola ", "segments": None},
        {"text": "x", "segments": [{"text": "Hola"}]},
        {"text": "x", "segments": ["?", {"text": "Hola", "avg_logprob": None}]},
    ],
)
def test_a_server_that_does_not_say_how_sure_it_is_is_not_believed(answer: dict[str, Any]) -> None:
    assert transcript_of(answer, engine="e") == Transcript("Hola", None, "", "e")
    assert not transcript_of(answer, engine="e").is_sure


def test_a_model_that_is_not_there_is_a_matter_of_configuration(
    wav: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Misconfigured):
        FasterWhisper(str(tmp_path / "nothing")).transcribe(wav)
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(Misconfigured):
        FasterWhisper(str(tmp_path)).transcribe(wav)
