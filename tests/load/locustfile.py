"""Locust's users. Run by `python -m tests.load`; by hand: `locust -f tests/load/locustfile.py -H http://127.0.0.1:8000`.

`Provider` delivers webhooks at a steady rate, as Meta does for many hotels. `HotelGuest` is a guest group's mix: they
look, ask, book step by step, and now and then a monitor or a manager comes by. Every delivery is signed and every id is
new; waiting is two to five seconds, as people type.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import os
import random
import time
import uuid
from collections.abc import Callable
from typing import Any

from locust import FastHttpUser, HttpUser, between, constant_throughput, events, tag, task
from locust.env import Environment

from integrations.channels.whatsapp.signature import sign

SECRET = os.environ.get("LOAD_APP_SECRET", "development-app-secret")
NUMBER = os.environ.get("LOAD_PHONE_NUMBER_ID", "100000000000001")
WEBHOOK = "/webhooks/whatsapp"
QUESTIONS = (
    "¿A qué hora es el desayuno?",
    "Do you have parking?",
    "Tem piscina?",
    "¿Tienen wifi?",
    "Aceitam cachorro?",
)
_guests = itertools.count(1)


def delivery(wa_id: str, text: str) -> tuple[bytes, dict[str, str]]:
    """One of Meta's deliveries with a text, and its headers."""
    message = {
        "from": wa_id, "id": f"wamid.{uuid.uuid4().hex}", "timestamp": str(int(time.time())), "type": "text",
        "text": {"body": text},
    }  # fmt: skip
    value: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "5491150000000", "phone_number_id": NUMBER},
        "contacts": [{"profile": {"name": "Ana"}, "wa_id": wa_id}],
        "messages": [message],
    }
    body = json.dumps(
        {"object": "whatsapp_business_account",
         "entry": [{"id": "102290129340398", "changes": [{"field": "messages", "value": value}]}]}
    ).encode()  # fmt: skip
    return body, {"Content-Type": "application/json", "X-Hub-Signature-256": sign(body, SECRET)}


def new_guest() -> str:
    """A number nobody had in this run."""
    return f"54911{os.getpid() % 100:02d}{next(_guests):06d}"


class Provider(FastHttpUser):
    """Meta: one connection that delivers nearly twice a second, whatever it is answered."""

    wait_time = constant_throughput(1.9)

    def on_start(self) -> None:
        self.wa_id = new_guest()

    @tag("provider")
    @task
    def deliver(self) -> None:
        """A short question."""
        body, headers = delivery(self.wa_id, random.choice(QUESTIONS))
        self.client.post(WEBHOOK, data=body.decode(), headers=headers, name="webhook")


class HotelGuest(HttpUser):
    """A guest, and what else comes to a hotel's agent."""

    wait_time = between(2, 5)

    def on_start(self) -> None:
        self.wa_id = new_guest()
        self.step = 0
        self.arrival = dt.date.today() + dt.timedelta(days=random.randrange(20, 300))  # noqa: DTZ011

    def say(self, text: str, name: str) -> None:
        """Write one message."""
        body, headers = delivery(self.wa_id, text)
        self.client.post(WEBHOOK, data=body, headers=headers, name=name)

    def stay(self) -> str:
        """Two nights in words."""
        leaving = self.arrival + dt.timedelta(days=2)
        return f"del {self.arrival:%d/%m/%Y} al {leaving:%d/%m/%Y} para 2 personas"

    @tag("mix")
    @task(10)
    def availability(self) -> None:
        """What is free and what it costs."""
        self.say(f"Hola, ¿tienen una doble {self.stay()}?", "availability")

    @tag("mix")
    @task(5)
    def booking(self) -> None:
        """The next step of a booking; a guest who has booked is somebody new."""
        steps = (
            f"Quiero reservar una doble {self.stay()}",
            "La primera",
            "Ana Pérez, ana.perez@example.com",
            "Sí, confirmo",
        )
        self.say(steps[self.step], "booking")
        self.step += 1
        if self.step == len(steps):
            self.on_start()

    @tag("mix")
    @task(3)
    def health(self) -> None:
        """A load balancer."""
        self.client.get("/health/live", name="health")

    @tag("mix")
    @task(2)
    def metrics(self) -> None:
        """Prometheus."""
        self.client.get("/metrics", name="metrics")

    @tag("mix")
    @task(1)
    def admin(self) -> None:
        """A manager opens the back office; without a session that is its door."""
        self.client.get("/admin/login/?next=/admin/", name="admin")


@events.test_stop.add_listener
def tell(environment: Environment, **_: object) -> None:
    """The figures as JSON, where LOAD_RESULT says."""
    target = os.environ.get("LOAD_RESULT")
    if not target or environment.stats.total.num_requests == 0:
        return
    found = {}
    for entry in environment.stats.entries.values():
        at: Callable[[float], float] = entry.get_response_time_percentile
        found[entry.name] = {
            "requests": entry.num_requests,
            "failures": entry.num_failures,
            "per_second": round(entry.total_rps, 1),
            "p50_ms": at(0.5), "p95_ms": at(0.95), "p99_ms": at(0.99), "max_ms": round(entry.max_response_time),
        }  # fmt: skip
    errors = [f"{error.name}: {error.error} ({error.occurrences})" for error in environment.stats.errors.values()]
    with open(target, "w", encoding="utf-8") as file:
        json.dump({"routes": found, "errors": errors}, file)
