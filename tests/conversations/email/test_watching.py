"""Gmail is asked to go on pushing: daily, with OAuth only, and a refusal is noted and harms no other mailbox."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pytest_django import Settings

from conversations.models import Mailbox
from conversations.services.email import mailboxes, watching
from hotel_agent.common import clock
from integrations.channels.email import oauth
from tenants.models import ChannelAccount
from tenants.services import connect_mailbox
from tests.factories.reservations import Hotel

TOPIC = "projects/hotels/topics/mail"
WEEK = dt.timedelta(days=7)


class Google:
    """Token and watch addresses as documented, on a free loopback port."""

    def __init__(self) -> None:
        self.watched: list[tuple[str, dict[str, Any]]] = []
        self.status, self.answer = 200, {"historyId": "42", "expiration": ""}

    def __enter__(self) -> Google:
        google = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = 200, {"access_token": "ya29.fresh", "expires_in": 3600}
                if self.path == "/gmail/v1/users/me/watch":
                    google.watched.append((self.headers["Authorization"], json.loads(body)))
                    until = dt.datetime.now(dt.UTC) + WEEK
                    status = google.status
                    answer = {**google.answer, "expiration": str(int(until.timestamp() * 1000))}
                written = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(written)))
                self.end_headers()
                self.wfile.write(written)

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"


@pytest.fixture
def google(hotel: Hotel, settings: Settings) -> Iterator[Google]:
    oauth._tokens.clear()
    with Google() as google:
        settings.GMAIL_API_URL, settings.GMAIL_PUBSUB_TOPIC = google.url, TOPIC
        yield google


def _mailbox(hotel: Hotel, google: Google, address: str = "desk@hotel.example", **secrets: str) -> ChannelAccount:
    account = connect_mailbox(
        hotel.tenant,
        address=address,
        credentials={
            "refresh_token": "1//refresh", "client_id": "id", "client_secret": "secret",
            "token_url": f"{google.url}/token", "imap_url": "imap://127.0.0.1:1", "smtp_url": "smtp://127.0.0.1:1",
            **secrets,
        },
    )  # fmt: skip
    mailboxes.ensure()
    return account


def test_a_mailbox_is_watched_and_not_again_before_a_day_is_over(hotel: Hotel, google: Google) -> None:
    _mailbox(hotel, google)

    assert watching.renew() == {"renewed": 1, "failed": 0}
    assert watching.renew() == {"renewed": 0, "failed": 0}
    (asked,) = google.watched
    assert asked == (
        "Bearer ya29.fresh",
        {"topicName": TOPIC, "labelIds": ["INBOX"], "labelFilterBehavior": "INCLUDE"},
    )
    row = Mailbox._base_manager.get()
    assert row.watched_until is not None
    assert abs(row.watched_until - clock.now() - WEEK) < dt.timedelta(minutes=1)

    Mailbox._base_manager.update(watched_until=row.watched_until - dt.timedelta(days=1, seconds=5))
    assert watching.renew() == {"renewed": 1, "failed": 0}


@pytest.mark.parametrize(("status", "word"), [(403, "account_refused"), (500, "dependency"), (401, "dependency")])
def test_a_refusal_is_noted_and_asked_again(status: int, word: str, hotel: Hotel, google: Google) -> None:
    _mailbox(hotel, google)
    google.status = status
    assert watching.renew() == {"renewed": 0, "failed": 1}
    row = Mailbox._base_manager.get()
    assert row.watched_until is None
    assert row.watch_error.split(":")[0].startswith(word) or str(status) in row.watch_error

    google.status = 200
    assert watching.renew() == {"renewed": 1, "failed": 0}
    assert Mailbox._base_manager.get().watch_error == ""


def test_passwords_and_missing_topics_watch_nothing(hotel: Hotel, google: Google, settings: Settings) -> None:
    _mailbox(hotel, google, refresh_token="", password="app-password-0001")
    assert watching.renew() == {"renewed": 0, "failed": 0}
    _mailbox(hotel, google, "other@hotel.example")
    settings.GMAIL_PUBSUB_TOPIC = ""
    assert watching.renew() == {"renewed": 0, "failed": 0}
    assert google.watched == []
