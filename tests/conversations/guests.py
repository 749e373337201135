"""Guests at the doors: they post signed deliveries to the real webhook and read what reached the Graph stand-in."""

from __future__ import annotations

import datetime as dt
import json
import re
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from babel.dates import format_date
from django.db.models import Min
from django.test import Client

from conversations.models import Conversation, InboundDelivery, OutboundMessage
from conversations.services.sweeping import Work, due_now, due_work
from hotel_agent.common import clock
from integrations.channels.whatsapp.signature import sign
from tests.stand_ins.graph import GraphStandIn

NUMBER = "106540352242922"
APP_SECRET = "test-app-secret-4711"
VERIFY_TOKEN = "test-verify-token-0815"
CODE = re.compile(r"\b[A-Z]{2}-(?=[A-Z]*\d)[A-Z0-9]{6}\b")


def month_name(day: dt.date, language: str) -> str:
    """As guests write it: "enero", "January", "janeiro"."""
    return str(format_date(day, "LLLL", locale=language))


def envelope(messages: list[dict[str, Any]], *, number: str = NUMBER, contacts: bool = True) -> bytes:
    """A delivery of Meta's with these messages."""
    value: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "5491150000000", "phone_number_id": number},
        "messages": messages,
    }
    if contacts:
        value["contacts"] = [
            {"profile": {"name": "Ana"}, "wa_id": message["from"]} for message in messages if "from" in message
        ]
    entry = {"id": "102290129340398", "changes": [{"field": "messages", "value": value}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def text_message(wa_id: str, text: str, *, wamid: str = "", at: float | None = None) -> dict[str, Any]:
    """A text as Meta writes it."""
    return {
        "from": wa_id,
        "id": wamid or f"wamid.{uuid.uuid4().hex}",
        "timestamp": str(int(at or time.time())),
        "type": "text",
        "text": {"body": text},
    }


def post(body: bytes, *, signature: str | None = None, path: str = "/webhooks/whatsapp", **headers: str) -> Any:
    """Deliver bytes to the webhook, signed unless a signature is given ("" sends none)."""
    if signature is None:
        signature = sign(body, APP_SECRET)
    if signature:
        headers["X-Hub-Signature-256"] = signature
    return Client().post(path, data=body, content_type="application/json", headers=headers)


def drain(timeout: float = 20.0) -> None:
    """Do all due work as the sweeper would without a broker, until nothing is due or about to be."""
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        if _done(due_now()) or _done(due_work()):
            continue
        soon = _soon()
        if soon is None:
            return
        time.sleep(min(max((soon - clock.now()).total_seconds(), 0.005), 0.1))
    raise AssertionError("work was still due at the end of the time")


def _done(due: Iterable[Work]) -> int:
    count = 0
    for work in due:
        if work.at is None or work.at <= clock.now():
            work.task(work.row_id)
            count += 1
    return count


def _soon() -> dt.datetime | None:
    """When the next turn, or a delivery its webhook told of, falls due."""
    waiting = Conversation._base_manager.filter(due_at__isnull=False, owner=Conversation.Owner.AGENT)
    told = InboundDelivery.objects.filter(state="waiting")
    times = [waiting.aggregate(at=Min("due_at"))["at"], told.aggregate(at=Min("not_before"))["at"]]
    return min((at for at in times if at is not None), default=None)


@dataclass
class WhatsAppGuest:
    """One guest with a phone."""

    graph: GraphStandIn
    wa_id: str
    seen: int = 0
    transcript: list[tuple[str, str]] = field(default_factory=list)
    settle: Callable[[], None] = drain

    def say(self, *texts: str) -> str:
        """Write one or several messages in a row; returns everything the hotel answered."""
        for text in texts:
            assert post(envelope([text_message(self.wa_id, text)])).status_code == 200
            self.transcript.append(("guest", text))
        return self.hear()

    def tap(self, title: str) -> str:
        """Tap the button or row of the last answer whose title or id contains `title`."""
        choice = next(c for c in self.choices() if title.lower() in c[2].lower() or title in c[1])
        kind, ident, shown = choice
        message = {
            "from": self.wa_id,
            "id": f"wamid.{uuid.uuid4().hex}",
            "timestamp": str(int(time.time())),
            "type": "interactive",
            "interactive": {"type": kind, kind: {"id": ident, "title": shown}},
        }
        assert post(envelope([message])).status_code == 200
        self.transcript.append(("guest", f"[{shown}]"))
        return self.hear()

    def hear(self) -> str:
        """Let the hotel work; returns the text of what is new."""
        self.settle()
        new = self.received()[self.seen :]
        self.seen += len(new)
        text = "\n".join(spoken(message) for message in new)
        if new:
            self.transcript.append(("hotel", text))
        return text

    def received(self) -> list[dict[str, Any]]:
        """Bodies of the messages that took effect for this guest, oldest first."""
        return [sent["body"] for sent in self.graph.control.messages() if _digits(sent["to"]) == self.wa_id]

    def choices(self) -> list[tuple[str, str, str]]:
        """What can be tapped in the last message: kind, id, title."""
        received = self.received()
        return taps(received[-1]) if received else []

    def code(self) -> str:
        """The booking code in what was said so far, or ""."""
        found = CODE.search("\n".join(line for who, line in self.transcript if who == "hotel"))
        return found.group(0) if found else ""


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)


def taps(body: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Buttons and rows of a Graph message."""
    action = body.get("interactive", {}).get("action", {})
    found = [("button_reply", one["reply"]["id"], one["reply"]["title"]) for one in action.get("buttons", [])]
    for section in action.get("sections", []):
        found += [("list_reply", row["id"], row["title"]) for row in section["rows"]]
    return found


def spoken(body: dict[str, Any]) -> str:
    """Everything a guest can read in a Graph message."""
    if body["type"] == "text":
        return str(body["text"]["body"])
    if body["type"] == "template":
        parts = [one.get("parameters", []) for one in body["template"].get("components", [])]
        return "\n".join(str(value.get("text", "")) for values in parts for value in values)
    inside = body["interactive"]
    parts = [inside[part]["text"] for part in ("header", "body", "footer") if part in inside]
    for section in inside["action"].get("sections", []):
        parts += [f"[{row['title']}] {row.get('description', '')}" for row in section["rows"]]
    parts += [f"[{one['reply']['title']}]" for one in inside["action"].get("buttons", [])]
    return "\n".join(parts)


def sent_rows(state: str) -> int:
    """How many outbox rows are in a state, all hotels."""
    return OutboundMessage._base_manager.filter(state=state).count()
