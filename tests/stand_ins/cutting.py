"""A line to a real HTTP server that can be cut in the middle of a request, which the server then works on alone.

For servers that know one name and close every connection (QloApps): `Host` is rewritten to theirs.
"""

from __future__ import annotations

import re
import socket
import socketserver
import struct
import threading
from typing import Literal
from urllib.parse import urlsplit

When = Literal["before", "during", "after"]
"""Before the request arrives, while the server works on it, or when its answer is there."""
HOST = re.compile(rb"(?im)^host:[^\r\n]*")


class CuttingLine:
    """`with CuttingLine(url) as line:`, talk to `line.url`, and announce with `cut`."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.scheme == "http"
        assert parts.hostname
        self.netloc = parts.netloc
        self.target = (parts.hostname, parts.port or 80)
        self.cuts: list[tuple[bytes, When]] = []
        self.finished = threading.Semaphore(0)
        """Released when the server is done with a request it had to finish alone."""
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.line = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> CuttingLine:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def cut(self, request: str, when: When) -> None:
        """The next request whose first line begins like this loses its line."""
        self.cuts.append((request.encode(), when))

    def fate_of(self, head: bytes) -> When | None:
        for one in self.cuts:
            if head.startswith(one[0]):
                self.cuts.remove(one)
                return one[1]
        return None


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    line: CuttingLine


class _Handler(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        line, head, body = self.server.line, b"", b""
        while b"\r\n\r\n" not in head:
            part = self.request.recv(65_536)
            if not part:
                return
            head += part
        head, _, body = head.partition(b"\r\n\r\n")
        length = re.search(rb"(?im)^content-length: *(\d+)", head)
        while len(body) < int(length[1] if length else 0):
            body += self.request.recv(65_536)
        fate = line.fate_of(head)
        if fate == "before":
            self._reset()
            return
        with socket.create_connection(line.target) as there:
            there.sendall(HOST.sub(b"Host: " + line.netloc.encode(), head) + b"\r\n\r\n" + body)
            if fate == "during":
                self._reset()
            answer = b""
            while part := there.recv(65_536):
                answer += part
        if fate is None:
            self.request.sendall(answer)
            return
        if fate == "after":
            self._reset()
        line.finished.release()

    def _reset(self) -> None:
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.request.close()
