"""The web server's entry point: what an answer is when granian gets it."""

from __future__ import annotations

import gc
import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from django.core.signals import request_finished
from pytest_django import Settings

pytestmark = pytest.mark.django_db  # the end of a request looks after connections

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


@pytest.fixture
def application() -> Iterator[Application]:
    from hotel_agent import wsgi

    yield wsgi.application
    gc.unfreeze()


def ask(application: Application, path: str) -> tuple[str, dict[str, str], Iterable[bytes]]:
    said: list[Any] = []
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": "", "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "127.0.0.1", "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
    }  # fmt: skip
    body = application(environ, lambda status, headers, *_: said.extend((status, dict(headers))))
    return said[0], said[1], body


@pytest.fixture
def finished() -> Iterator[list[object]]:
    """Requests that ended: connections are looked after then."""
    ended: list[object] = []

    def note(**_: object) -> None:
        ended.append(None)

    request_finished.connect(note)
    yield ended
    request_finished.disconnect(note)


def test_a_whole_answer_is_a_list_and_its_request_has_ended(application: Application, finished: list[object]) -> None:
    status, headers, body = ask(application, "/health/live")
    assert status == "200 OK"
    assert isinstance(body, list)
    assert int(headers["Content-Length"]) == len(b"".join(body)) > 0
    assert len(finished) == 1


def test_a_file_is_still_sent_piece_by_piece(
    application: Application, finished: list[object], settings: Settings
) -> None:
    status, headers, body = ask(application, "/static/admin/css/base.css")
    assert status == "200 OK"
    assert not isinstance(body, list)
    assert not finished, "it ends when the last piece is sent"
    assert len(b"".join(body)) == int(headers["Content-Length"]) > 10_000
    body.close()  # type: ignore[attr-defined]
    assert len(finished) == 1
