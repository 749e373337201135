"""A TCP proxy between the product and one of its servers: slow, silent, or breaking connections, by command."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of no time: closing sends RST, not FIN."""


class Proxy:
    """Listens on `url` for what belongs to `target`. Use as a context manager; runs in a thread of its own."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 0)
        self._template = target
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._writers: set[asyncio.StreamWriter] = set()
        self._delay_s = 0.0
        self._loses_answers = False
        self.broken = 0
        """Connections ended by us so far."""

    def __enter__(self) -> Proxy:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.reset()
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    @property
    def url(self) -> str:
        """The target's URL with the proxy's port."""
        return self._template.replace(f":{self._target[1]}", f":{self._port}", 1)

    # --- what goes wrong ---------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def slow(self, seconds: float) -> Iterator[None]:
        """Every packet, both ways, arrives so much later."""
        self._delay_s = seconds
        try:
            yield
        finally:
            self._delay_s = 0.0

    @contextlib.contextmanager
    def silent(self) -> Iterator[None]:
        """Nothing passes and nobody is told; what was written arrives afterwards, as TCP does it."""
        self._loop.call_soon_threadsafe(self._passes.clear)
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(self._passes.set)

    @contextlib.contextmanager
    def losing_answers(self) -> Iterator[None]:
        """Requests arrive and take effect; with the first byte of the answer the connection is reset."""
        self._loses_answers = True
        try:
            yield
        finally:
            self._loses_answers = False

    def reset(self) -> int:
        """Break every connection now; returns how many there were."""

        async def break_all() -> int:
            there = list(self._writers)
            for writer in there:
                self._break(writer)
            return len(there)

        return asyncio.run_coroutine_threadsafe(break_all(), self._loop).result(10)

    # --- the way through ---------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        self._passes = asyncio.Event()
        self._passes.set()
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self._port = self._server.sockets[0].getsockname()[1]

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answers, forward = await asyncio.open_connection(*self._target)
        except OSError:
            self._break(writer)
            return
        self._writers |= {writer, forward}
        with contextlib.suppress(OSError):
            await asyncio.gather(self._pump(reader, forward), self._pump(answers, writer, is_answer=True))
        self._writers -= {writer, forward}

    async def _pump(self, source: asyncio.StreamReader, to: asyncio.StreamWriter, *, is_answer: bool = False) -> None:
        try:
            while data := await source.read(65536):
                if is_answer and self._loses_answers:
                    self._break(to)
                    return
                if self._delay_s:
                    await asyncio.sleep(self._delay_s)
                await self._passes.wait()
                to.write(data)
                await to.drain()
        finally:
            to.close()

    def _break(self, writer: asyncio.StreamWriter) -> None:
        self.broken += 1
        connection = writer.get_extra_info("socket")
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        writer.transport.abort()
