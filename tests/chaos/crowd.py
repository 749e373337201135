"""Guests who book over HTTP while things break: they send again what was not acknowledged, as Meta does."""

from __future__ import annotations

import datetime as dt
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.system import System
from tests.conversations.guests import CODE, envelope, spoken, taps, text_message

PATIENCE_S = 90.0


@dataclass
class Crowd:
    """What all guests together sent and had acknowledged."""

    system: System
    acked: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    slowest_s: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, message: dict[str, Any]) -> None:
        """Deliver until it is acknowledged."""
        body = envelope([message])
        while True:
            started = time.monotonic()
            status = self.system.deliver(body)
            with self.lock:
                self.statuses.append(status)
                self.slowest_s = max(self.slowest_s, time.monotonic() - started)
            if status == 200:
                with self.lock:
                    self.acked.append(message["id"])
                return
            time.sleep(0.3)


@dataclass
class Guest:
    """One guest with a phone, booking a stay."""

    crowd: Crowd
    wa_id: str
    seen: int = 0
    told: list[str] = field(default_factory=list)

    def received(self) -> list[dict[str, Any]]:
        """Bodies of what reached this guest, oldest first.

        A text that was sent again, which a crash in the middle of a send may cause and the history check allows when it
        is flagged, is there once: a person who reads it twice does not answer it twice.
        """
        messages = self.crowd.system.graph.control.messages(to="+" + self.wa_id)
        first: dict[str, dict[str, Any]] = {}
        for sent in messages:
            first.setdefault(sent["body"]["biz_opaque_callback_data"], sent["body"])
        return list(first.values())

    def transcript(self) -> str:
        """What was written and read, for whoever has to find out why it ended badly."""
        return " | ".join(self.told)

    def say(self, text: str) -> None:
        """Write a text."""
        self.told.append(f"> {text}")
        self.crowd.send(text_message(self.wa_id, text))

    def tap(self, choice: tuple[str, str, str]) -> None:
        """Tap a button or row."""
        kind, ident, title = choice
        self.told.append(f"> [{title}]")
        message = text_message(self.wa_id, "")
        del message["text"]
        message |= {
            "id": f"wamid.{uuid.uuid4().hex}",
            "type": "interactive",
            "interactive": {"type": kind, kind: {"id": ident, "title": title}},
        }
        self.crowd.send(message)

    def hear(self) -> dict[str, Any]:
        """The next message that reaches the guest."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            received = self.received()
            if len(received) > self.seen:
                self.told += [f"< {spoken(body)}" for body in received[self.seen :]]
                self.seen = len(received)
                return received[-1]
            time.sleep(0.1)
        raise AssertionError(f"{self.wa_id} waits in silence: {self.transcript()}")

    def ask(self, arrival: dt.date, nights: int = 2) -> dict[str, Any]:
        """Ask for a double room; returns the answer."""
        leaving = arrival + dt.timedelta(days=nights)
        self.say(
            f"Hola, ¿tienen una doble del {arrival.day}/{arrival.month}/{arrival.year} al "
            f"{leaving.day}/{leaving.month}/{leaving.year} para 2 personas?"
        )
        return self.hear()

    def book(self, arrival: dt.date) -> str:
        """Book a double room for two nights; returns the code.

        Raises:
            AssertionError: silence, or something else than a confirmation at the end.
        """
        answer = self.ask(arrival)
        for _ in range(8):
            text = spoken(answer)
            code = CODE.search(text)
            if code and "confirmad" in text:
                return code.group(0)
            choices = taps(answer)
            confirm = next((one for one in choices if one[1].startswith("confirm")), None)
            if confirm or choices:
                self.tap(confirm or choices[0])
            elif "ya está enviado" not in text and "Estoy confirmando" not in text:  # those say that word will come
                self.say("Ana Pérez, ana.perez@example.com")
            answer = self.hear()
        raise AssertionError(f"{self.wa_id} never got a confirmation: {self.transcript()}")
