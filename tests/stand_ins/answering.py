"""A server that says the same to every request for a resource, and remembers what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

Said = tuple[int, str, str]
"""Status, content type ("" for none) and body."""


class Answering:
    """`answers` by method and first part of the path below /api/."""

    def __init__(self, answers: Mapping[tuple[str, str], Said], *, default: Said = (404, "", "")) -> None:
        self.answers = dict(answers)
        self.default = default
        self.requests: list[tuple[str, str, str]] = []
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Answering:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def bodies(self, resource: str) -> list[str]:
        """What was sent to a resource."""
        return [body for _, path, body in self.requests if body and f"/{resource}" in path]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    owner: Answering


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        owner = self.server.owner
        owner.requests.append((self.command, self.path, body))
        resource = urlsplit(self.path).path.removeprefix("/api/").partition("/")[0]
        status, kind, said = owner.answers.get((self.command, resource), owner.default)
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(said.encode())))
        self.end_headers()
        self.wfile.write(said.encode())

    do_GET = do_POST = do_PUT = _handle  # noqa: N815 - the names the base class calls

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""
