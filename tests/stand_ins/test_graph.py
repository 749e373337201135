"""The stand-in itself: what other tests believe of it has to be true."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hotel_agent.common.exceptions import UnknownOutcome
from integrations import http
from integrations.channels.outgoing import Text
from integrations.channels.whatsapp.client import WhatsAppClient
from integrations.channels.whatsapp.parse import parse
from integrations.channels.whatsapp.signature import HEADER, verify
from integrations.events import ReceiptStatus
from tests.stand_ins.graph import Fault, GraphControl, GraphStandIn
from tests.stand_ins.graph_rules import refusal_of

SECRET = "app-secret"
LUCIA = {"wa_id": "5491122334455"}


class Webhook:
    """A callback that keeps what it is sent, and whether it was signed."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.signed: list[bool] = []
        kept = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                kept.bodies.append(body)
                kept.signed.append(verify(body, self.headers.get_all(HEADER) or [], [SECRET]))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhooks/whatsapp"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    receiver = Webhook()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


@pytest.fixture(autouse=True)
def no_connections_left() -> Iterator[None]:
    yield
    http.close_all()


def client_of(url: str) -> WhatsAppClient:
    return WhatsAppClient("104857600000001", "token", url, "v25.0")


def test_a_status_comes_back_signed_with_our_reference(tmp_path: Path, webhook: Webhook) -> None:
    with GraphStandIn(tmp_path / "log") as graph:
        graph.control.callback(webhook.url, SECRET)
        sent = client_of(graph.url).send(LUCIA, Text("hola"), reference="our-id")
        assert graph.control.send_status(sent.message_id, "delivered") == 200
        assert graph.control.send_status(sent.message_id, "failed", errors=[{"code": 131047, "title": "late"}]) == 200
    assert webhook.signed == [True, True]
    delivered, failed = (parse(body).receipts[0] for body in webhook.bodies)
    assert (delivered.status, delivered.message_id, delivered.reference, delivered.recipient_id) == (
        ReceiptStatus.DELIVERED, sent.message_id, "our-id", "5491122334455",
    )  # fmt: skip
    assert (failed.status, failed.error_code) == (ReceiptStatus.FAILED, 131047)


def test_a_guest_s_message_comes_in_signed(tmp_path: Path, webhook: Webhook) -> None:
    with GraphStandIn(tmp_path / "log", callback_url=webhook.url, app_secret=SECRET) as graph:
        message = {"from": "5491122334455", "id": "wamid.1", "timestamp": "1795435200", "type": "text"}
        assert graph.control.deliver("77", {"messages": [{**message, "text": {"body": "hola"}}]}) == 200
    assert webhook.signed == [True]
    (received,) = parse(webhook.bodies[0]).messages
    assert (received.metadata["account"], received.texto) == ("77", "hola")


def test_nobody_at_the_callback_is_answered_0(tmp_path: Path) -> None:
    with GraphStandIn(tmp_path / "log", callback_url="http://127.0.0.1:9/", app_secret=SECRET) as graph:
        assert graph.control.deliver("77", {}) == 0


def test_statuses_nobody_takes_are_given_up_with_the_stand_in(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with GraphStandIn(tmp_path / "log", callback_url="http://127.0.0.1:9/", app_secret=SECRET) as graph:
        graph.control.auto_statuses("sent", "delivered", "read")
        for text in ("one", "two"):
            client_of(graph.url).send(LUCIA, Text(text), reference=text)
    # One that went on would write into a closed log while the next test runs, and fail that.
    assert not [thread for thread in set(threading.enumerate()) - before if "_insist" in thread.name]


def test_killed_as_a_process_its_log_still_knows_what_was_sent(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-m", "tests.stand_ins.graph", "--port", "0", "--log", str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        started = json.loads(process.stdout.readline())
        assert started["pid"] == process.pid
        control = GraphControl(started["url"], log)
        control.fail(Fault("reset_after"))
        with pytest.raises(UnknownOutcome):
            client_of(started["url"]).send(LUCIA, Text("hola"), reference="r")
        process.kill()
    assert [message["body"]["biz_opaque_callback_data"] for message in control.messages()] == ["r"]


@pytest.mark.parametrize("times", [1, 2, None])
def test_a_fault_hits_as_often_as_said_and_only_whom_it_is_for(tmp_path: Path, times: int | None) -> None:
    with GraphStandIn(tmp_path / "log") as graph:
        graph.control.fail(Fault("reset_before", times=times, to="+5491122334455"))
        client = client_of(graph.url)
        results = []
        for _ in range(4):
            client.send({"wa_id": "16505551234"}, Text("hi"), reference="r")
            try:
                client.send(LUCIA, Text("hola"), reference="r")
                results.append("sent")
            except UnknownOutcome:
                results.append("reset")
        hits = 4 if times is None else times
        assert results == ["reset"] * hits + ["sent"] * (4 - hits)
        graph.control.heal()
        client.send(LUCIA, Text("hola"), reference="r")
        assert len(graph.control.messages(to="+5491122334455")) == 4 - hits + 1


BASE = {"messaging_product": "whatsapp", "to": "+5491122334455", "type": "text", "text": {"body": "hola"}}


def interactive(kind: str, action: dict[str, object], body: str = "¿?") -> dict[str, object]:
    return {**BASE, "type": "interactive", "interactive": {"type": kind, "body": {"text": body}, "action": action}}


def buttons(*titles: str) -> dict[str, object]:
    return {"buttons": [{"type": "reply", "reply": {"id": str(i), "title": t}} for i, t in enumerate(titles)]}


def rows(count: int, **extra: str) -> dict[str, object]:
    return {"button": "Ver", "sections": [{"rows": [{"id": str(i), "title": "x", **extra} for i in range(count)]}]}


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {**BASE, "messaging_product": "sms"},
        {**BASE, "to": "5491122334455"},
        {key: value for key, value in BASE.items() if key != "to"},
        {**BASE, "text": {"body": " "}},
        {**BASE, "text": {"body": "x" * 4097}},
        {**BASE, "text": {"body": "a\0b"}},
        {**BASE, "type": "fax"},
        {**BASE, "biz_opaque_callback_data": "x" * 513},
        interactive("button", buttons()),
        interactive("button", buttons("a", "b", "c", "d")),
        interactive("button", buttons("a", "a")),
        interactive("button", buttons("x" * 21)),
        interactive("button", buttons("a"), body="x" * 1025),
        interactive("list", rows(0)),
        interactive("list", rows(11)),
        interactive("list", rows(2, description="x" * 73)),
        interactive("list", rows(2, title="x" * 25)),
        interactive("list", rows(2, id="same")),
        interactive("list", {**rows(2), "button": "x" * 21}),
    ],
)
def test_what_meta_refuses_is_refused(body: object) -> None:
    assert refusal_of(body) is not None


@pytest.mark.parametrize(
    "body", [BASE, interactive("button", buttons("a", "b", "c")), interactive("list", rows(10, description="d"))]
)
def test_what_meta_accepts_is_accepted(body: object) -> None:
    assert refusal_of(body) is None
