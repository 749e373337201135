"""Remote understanding services for tests: a real HTTP server that speaks Rasa's and OpenAI's protocols.

It reads a message by a table the test gives, keeps every request, and misbehaves on demand: a status, a cut connection,
a slow answer, words instead of JSON, JSON that ignores the schema.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Reading = tuple[list[tuple[str, float]], list[tuple[str, str]]]
"""Intents with confidence, and entities with the words they were read from."""


@dataclass
class UnderstandingStandIn:
    """The server; use as a context manager."""

    key: str = "nlp-stand-in-key"
    model: str = "stand-in-1"
    readings: dict[str, Reading] = field(default_factory=dict)
    """By the message as it arrives here."""
    otherwise: Reading = field(default_factory=lambda: ([("out_of_scope", 0.4)], []))
    requests: list[dict[str, Any]] = field(default_factory=list)
    fault: str = ""
    """"status:503", "reset", "slow:2", "words", "off_schema", "refusal"; empty: it behaves."""
    every: int = 1
    """The fault meets every so many-th request."""

    def __enter__(self) -> UnderstandingStandIn:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_: Any) -> None:
                """The requests are kept."""

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                owner.answer(self, json.loads(raw))

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        """Answer one request as the protocol of its path says."""
        url = urlsplit(handler.path)
        rasa = url.path == "/model/parse"
        text = body["text"] if rasa else json.loads(body["messages"][-1]["content"])["message"]
        self.requests.append({"path": url.path, "text": text, "body": body, "headers": dict(handler.headers)})
        given = parse_qs(url.query).get("token", [""])[0] if rasa else handler.headers.get("Authorization", "")[7:]
        fault = self.fault if len(self.requests) % self.every == 0 else ""
        kind, _, detail = fault.partition(":")
        if kind == "reset":
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()
            handler.close_connection = True
            return
        if kind == "slow":
            time.sleep(float(detail))
        if kind == "status" or given != self.key:
            self._send(handler, int(detail) if kind == "status" else 401, {"error": {"message": "refused"}})
            return
        if kind == "words":
            self._send(handler, 200, "certainly! the guest wants a room")
            return
        intents, entities = self.readings.get(text, self.otherwise)
        self._send(handler, 200, self._rasa(text, intents, entities) if rasa else self._chat(intents, entities, fault))

    def _rasa(self, text: str, intents: list[tuple[str, float]], entities: list[tuple[str, str]]) -> dict[str, Any]:
        ranking = [{"name": name, "confidence": share} for name, share in intents]
        found = [
            {
                "entity": name, "value": words, "start": text.find(words), "end": text.find(words) + len(words),
                "extractor": "DIETClassifier",
            }
            for name, words in entities
        ]  # fmt: skip
        first = ranking[0] if ranking else {"name": None, "confidence": 0.0}
        return {
            "text": text, "intent": first, "intent_ranking": ranking, "entities": found, "model_id": self.model,
            "text_tokens": [[0, 1]],
        }  # fmt: skip

    def _chat(self, intents: list[tuple[str, float]], entities: list[tuple[str, str]], fault: str) -> dict[str, Any]:
        content: dict[str, Any] = {
            "intents": [{"name": name, "confidence": share} for name, share in intents],
            "entities": [{"entity": name, "words": words} for name, words in entities],
        }
        if fault == "off_schema":
            content["reply_to_guest"] = "Your room is free!"
        message = {"role": "assistant", "content": json.dumps(content), "refusal": None}
        if fault == "refusal":
            message = {"role": "assistant", "content": None, "refusal": "I can't help with that."}
        return {
            "id": "chatcmpl-1", "object": "chat.completion", "model": self.model,
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 400, "completion_tokens": 40, "total_tokens": 440},
        }  # fmt: skip

    @staticmethod
    def _send(handler: BaseHTTPRequestHandler, status: int, body: object) -> None:
        raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(raw)))
        handler.end_headers()
        handler.wfile.write(raw)
