"""A load generator that costs little: prepared requests over kept-alive sockets, in processes of its own."""

from __future__ import annotations

import multiprocessing
import socket
import threading
import time
import uuid

import tests.bench.setup  # noqa: F401 - models are imported below
from integrations.channels.whatsapp.signature import sign
from tests.conversations.guests import APP_SECRET, envelope, text_message

PROCESSES = 2
CONNECTIONS = 8
MOST_PER_S = 20_000
"""So many are prepared: a round whose requests run out would be a shorter one."""


def request(port: int, path: str, body: bytes) -> bytes:
    """The bytes of one signed delivery."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"X-Hub-Signature-256: {sign(body, APP_SECRET)}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def acks_per_second(port: int, path: str, seconds: float) -> float:
    """Deliveries answered 200 per second, all bodies distinct.

    Raises:
        AssertionError: something else than 200 was answered.
    """
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        results = pool.starmap(_process, [(port, path, seconds, number) for number in range(PROCESSES)])
    assert all(not bad for _, bad in results), [bad for _, bad in results]
    return sum(rate for rate, _ in results)


def _process(port: int, path: str, seconds: float, number: int) -> tuple[float, list[str]]:
    count = int(MOST_PER_S * seconds / (PROCESSES * CONNECTIONS))
    # One guest per process: what is measured is the acknowledgement; the worker is not running.
    prepared = [
        [
            request(port, path, envelope([text_message(f"54911{number}{lane:03d}0000", f"Hola {uuid.uuid4().hex}")]))
            for _ in range(count)
        ]
        for lane in range(CONNECTIONS)
    ]
    done = [0] * CONNECTIONS
    bad: list[str] = []
    until = time.monotonic() + seconds
    lanes = [
        threading.Thread(target=_lane, args=(port, prepared[lane], until, done, lane, bad))
        for lane in range(CONNECTIONS)
    ]
    started = time.monotonic()
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    return sum(done) / (time.monotonic() - started), bad[:3]


def _lane(port: int, requests: list[bytes], until: float, done: list[int], lane: int, bad: list[str]) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        for one in requests:
            if time.monotonic() > until:
                return
            connection.sendall(one)
            answer = _answer(connection)
            if not answer.startswith(b"HTTP/1.1 200"):
                bad.append(answer[:60].decode("latin1"))
                return
            done[lane] += 1


def _answer(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536) or b"\r\n\r\n"
    head, _, rest = received.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
    )
    while len(rest) < length:
        rest += connection.recv(65536)
    return head
