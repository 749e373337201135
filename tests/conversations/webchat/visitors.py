"""Visitors at web chat's doors: they talk to the API as the page does."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from tests.conversations.guests import drain

KEY = "wtest-hotel-0001"


def api(path: str, *, key: str = KEY, body: Any = None, token: str = "", method: str = "", **headers: str) -> Any:
    """One request to a widget's API; bytes are sent as they are."""
    if token:
        headers["X-Visitor-Token"] = token
    client = Client(raise_request_exception=False)
    address = f"/api/v1/webchat/{key}/{path}"
    if body is None and method != "POST":
        return client.get(address, headers=headers)
    data = body if isinstance(body, bytes) else json.dumps(body)
    return client.post(address, data=data, content_type="application/json", headers=headers)


def open_session(*, key: str = KEY, token: str = "", **who: str) -> str:
    """A token as the page gets one."""
    answer = api("session", key=key, body=who, token=token)
    assert answer.status_code == 200, answer.content
    return str(answer.json()["token"])


@dataclass
class WebGuest:
    """One visitor with one page open."""

    key: str = KEY
    token: str = ""
    cursor: str = ""
    shown: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.token = self.token or open_session(key=self.key)

    def post(self, *, message_id: str = "", **what: Any) -> Any:
        """Send one message, as the page does; returns the response."""
        body = {"id": message_id or str(uuid.uuid4()), **what}
        return api("messages", key=self.key, body=body, token=self.token)

    def fetch(self) -> dict[str, Any]:
        """Ask for what is new."""
        answer = api(f"messages?after={self.cursor}", key=self.key, token=self.token)
        assert answer.status_code == 200, answer.content
        new: dict[str, Any] = answer.json()
        self.cursor = new["cursor"]
        self.shown += new["messages"]
        return new

    def say(self, text: str, **what: Any) -> str:
        """Write, let the hotel work, and return what it says."""
        assert self.post(text=text, **what).status_code == 202
        return self.hear()

    def tap(self, title: str) -> str:
        """Tap what the last message offers under this title."""
        choice = next(c for c in self.said()[-1]["choices"] if title.lower() in c["title"].lower())
        assert self.post(choice=choice["id"]).status_code == 202
        return self.hear()

    def hear(self) -> str:
        """Let the hotel work; the text of what is new."""
        before = len(self.said())
        drain()
        self.fetch()
        return "\n".join(entry["text"] for entry in self.said()[before:])

    def said(self) -> list[dict[str, Any]]:
        """What the hotel said so far."""
        return [entry for entry in self.shown if entry["from"] == "hotel"]
