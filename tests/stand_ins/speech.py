"""A speech recogniser for tests: speaks `POST /v1/audio/transcriptions`, insists on real sound, says what it is told.

It recognises nothing. What it checks is everything around: the form, the key, and that a 16 kHz mono WAV arrives with
something to be heard in it.
"""

from __future__ import annotations

import array
import io
import json
import threading
import time
import wave
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class HeardSound:
    """One request: the fields of its form, and the sound."""

    fields: dict[str, str]
    seconds: float
    loudness: int


@dataclass
class SpeechStandIn:
    """The server. `answers` are used up in order, the last one again and again: words with a log probability, a whole
    body, or a status."""

    answers: list[Any] = field(default_factory=lambda: [("", 0.0)])
    api_key: str = ""
    delay_s: float = 0.0
    heard: list[HeardSound] = field(default_factory=list)

    def __enter__(self) -> SpeechStandIn:
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                stand_in.serve(self)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def serve(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        body = request.rfile.read(int(request.headers["Content-Length"]))
        time.sleep(self.delay_s)
        if request.path != "/v1/audio/transcriptions":
            return self._answer(request, 404, {})
        if self.api_key and request.headers.get("Authorization") != f"Bearer {self.api_key}":
            return self._answer(request, 401, {"error": {"message": "Incorrect API key"}})
        head = b"Content-Type: " + request.headers["Content-Type"].encode() + b"\r\n\r\n"
        form = BytesParser(policy=HTTP).parsebytes(head + body)
        parts = {str(part.get_param("name", header="content-disposition")): part for part in form.iter_parts()}
        if not {"file", "model"} <= set(parts):
            return self._answer(request, 400, {"error": {"message": "file and model are required"}})
        sound = _sound(parts)
        if sound is None:
            return self._answer(request, 400, {"error": {"message": "Invalid file format"}})
        self.heard.append(sound)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, int):
            return self._answer(request, answer, {"error": {"message": "made to fail"}})
        body_out = answer if isinstance(answer, dict) else _verbose(answer[0], answer[1], sound.seconds)
        return self._answer(request, 200, body_out)

    def _answer(self, request: BaseHTTPRequestHandler, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)


def _verbose(words: str, avg_logprob: float, seconds: float) -> dict[str, Any]:
    segment = {"id": 0, "start": 0.0, "end": seconds, "text": words, "avg_logprob": avg_logprob, "no_speech_prob": 0.01}
    return {"task": "transcribe", "language": "spanish", "duration": seconds, "text": words, "segments": [segment]}


def _sound(parts: Mapping[str, Message]) -> HeardSound | None:
    content = parts["file"].get_payload(decode=True)
    assert isinstance(content, bytes)
    try:
        with wave.open(io.BytesIO(content)) as sound:
            if (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) != (16_000, 1, 2):
                return None
            samples = array.array("h", sound.readframes(sound.getnframes()))
    except (wave.Error, EOFError):
        return None
    fields = {name: str(part.get_payload()).strip() for name, part in parts.items() if name != "file"}
    return HeardSound(fields, len(samples) / 16_000, max(map(abs, samples), default=0))
