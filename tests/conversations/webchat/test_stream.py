"""The stream process as it runs: pages are told at once, strangers are not, and nobody's web thread waits."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from conversations.services.webchat import hints, hub, visitors
from conversations.services.webchat.visitors import Visitor
from hotel_agent.embedded.servers import free_port
from tests.conversations.webchat.visitors import KEY, WebGuest

PROJECT = Path(__file__).resolve().parents[3]
PATIENCE_S = 30


@contextlib.contextmanager
def process(redis_url: str) -> Iterator[int]:
    """The stream process on a free port."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "granian", "--interface", "asginl", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", "1", "--no-ws", "--http", "1", "--workers-kill-timeout", "2", "--log-level", "error"),
        "hotel_agent.asgi:application",
    ]
    environment = {**os.environ, "ENVIRONMENT": "test", "REDIS_URL": redis_url}
    with subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL) as running:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.1)
        yield port
        running.terminate()
        running.wait(20)


@pytest.fixture(scope="module")
def streams() -> Iterator[int]:
    with process(django_settings.REDIS_URL) as port:
        yield port


class Stream:
    """One open stream."""

    def __init__(self, port: int, token: str, *, key: str = KEY, method: str = "GET", **headers: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        self.connection.request(method, f"/api/v1/webchat/{key}/stream", headers={"X-Visitor-Token": token, **headers})
        self.answer = self.connection.getresponse()
        self.status = self.answer.status

    def event(self) -> str:
        """The next event, pings left out."""
        lines: list[str] = []
        while not lines or lines[0].startswith(":"):
            lines = []
            while line := self.answer.readline().decode().strip():
                lines.append(line)
        return "\n".join(lines)

    def close(self) -> None:
        self.connection.close()


def somebody() -> Visitor:
    return Visitor(KEY, f"visitor-{time.monotonic_ns()}")


def test_a_page_is_told_when_there_is_something_new(streams: int, visitor: WebGuest) -> None:
    stream = Stream(streams, visitor.token)
    assert stream.status == 200
    assert stream.answer.headers["Content-Type"].startswith("text/event-stream")
    assert stream.event().startswith("event: change")  # what came before it was open
    assert "covered" in visitor.say("Is there parking?")
    assert stream.event().startswith("event: change")
    stream.close()


def test_nobody_hears_of_anybody_else(streams: int) -> None:
    ana, ben = somebody(), somebody()
    to_ana, to_ben = Stream(streams, ana.token()), Stream(streams, ben.token())
    to_ana.event(), to_ben.event()
    assert hints.publish(ana.visitor)
    assert to_ana.event().startswith("event: change")
    to_ben.connection.sock.settimeout(0.5)
    with pytest.raises(TimeoutError):
        to_ben.event()
    to_ana.close()
    to_ben.close()


@pytest.mark.parametrize("token", ["", "nonsense", Visitor("wother-hotel-01", "visitor-0000000000000001").token()])
def test_a_stream_needs_a_token_of_its_widget(streams: int, token: str) -> None:
    assert Stream(streams, token).status == 401


def test_other_paths_and_methods_are_refused(streams: int) -> None:
    assert Stream(streams, somebody().token(), key="x/../y").status == 404
    assert Stream(streams, somebody().token(), method="DELETE").status == 405


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [("http://127.0.0.1:9999", True), ("http://localhost:1", True), ("https://evil.example", False)],
)
def test_only_our_own_pages_may_read_it(streams: int, origin: str, allowed: bool) -> None:
    asked = Stream(streams, "", method="OPTIONS", Origin=origin)
    assert asked.status == 204
    assert asked.answer.headers.get("Access-Control-Allow-Origin") == (origin if allowed else None)


def test_one_visitor_has_so_many_streams_and_gets_them_back(streams: int) -> None:
    one = somebody().token()
    held = [Stream(streams, one) for _ in range(hub.MOST_PER_VISITOR)]
    assert [stream.status for stream in held] == [200] * hub.MOST_PER_VISITOR
    full = Stream(streams, one)
    assert full.status == 503
    assert int(full.answer.headers["Retry-After"]) > 0
    assert Stream(streams, somebody().token()).status == 200
    for stream in held:
        stream.close()
    until = time.monotonic() + PATIENCE_S
    while Stream(streams, one).status != 200:
        assert time.monotonic() < until, "closed streams are given back"
        hints.publish(visitors.read_token(KEY, one).visitor)
        time.sleep(0.2)


def test_without_redis_there_is_no_stream_and_the_page_is_told_to_ask() -> None:
    with process(f"redis://127.0.0.1:{free_port()}/0") as port:
        assert Stream(port, somebody().token()).status == 503


def test_a_hint_that_cannot_be_given_costs_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    monkeypatch.setattr(hints._Publisher, "client", None)
    monkeypatch.setattr(hints._Publisher, "skip_until", 0.0)
    assert hints.publish("visitor-0000000000000001") is False
    assert hints._Publisher.skip_until > time.monotonic()
