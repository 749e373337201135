"""Stripe's Checkout API for tests: a real HTTP server in this process that keeps Stripe's documented rules.

Bearer keys, form bodies with nested names, idempotency keys (the first answer is kept, other parameters under the same
key are refused), sessions that live 30 minutes to 24 hours and cannot be expired twice, refunds within what was paid,
lists by age and payment. It breaks on demand, remembers every request, and signs events as Stripe does.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from integrations.payments import stripe_signature

LEAST_S, MOST_S = 30 * 60, 24 * 3600


class Refusal(Exception):  # noqa: N818 - an answer, not a failure of ours
    """A 4xx with Stripe's error object."""

    def __init__(self, status: int, kind: str, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"type": kind, "code": code, "message": message}


@dataclass
class Fault:
    """What happens to the next calls whose "METHOD path" matches `where`.

    "status": answered so before any effect. "reset_before", "reset_after": the connection is cut, without or with the
    effect. "garbage": the effect, and an answer that is no JSON.
    """

    kind: Literal["status", "reset_before", "reset_after", "garbage"]
    where: str = ""
    status: int = 500
    times: int = 1


@dataclass
class StripeStandIn:
    """The server, its records and its faults; use as a context manager."""

    secret_key: str = "sk_test_stand_in"
    webhook_secret: str = "whsec_stand_in"
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    answered: dict[str, tuple[dict[str, str], dict[str, Any]]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.stand_in = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> StripeStandIn:
        threading.Thread(target=lambda: self._server.serve_forever(poll_interval=0.02), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    # -- what the world does ------------------------------------------------------------------------------------------

    def pay(self, session_id: str) -> None:
        """A guest pays on Stripe's page."""
        with self.lock:
            session = self._current(session_id)
            assert session["status"] == "open", "the page says that the session is over"
            session |= {"status": "complete", "payment_status": "paid", "url": None}
            session["payment_intent"] = f"pi_{uuid.uuid4().hex[:24]}"

    def only_session(self) -> dict[str, Any]:
        """The one session there is."""
        (session,) = self.sessions.values()
        return session

    def event(self, kind: str, thing: dict[str, Any], *, at: float | None = None) -> tuple[bytes, str]:
        """An event as Stripe would deliver it: body and signature header."""
        when = int(at if at is not None else time.time())
        event = {
            "id": f"evt_{uuid.uuid4().hex[:24]}", "object": "event", "api_version": "2024-06-20", "created": when,
            "type": kind, "livemode": False, "pending_webhooks": 1, "data": {"object": thing},
        }  # fmt: skip
        body = json.dumps(event, indent=2).encode()
        return body, stripe_signature.sign(body, self.webhook_secret, at=when)

    # -- rules --------------------------------------------------------------------------------------------------------

    def answer(self, method: str, path: str, form: dict[str, str], key: str) -> dict[str, Any]:
        """The object Stripe answers with; raises Refusal."""
        with self.lock:
            if key and key in self.answered:
                before, result = self.answered[key]
                if before != form:
                    raise Refusal(400, "idempotency_error", "idempotency_key_in_use", "other parameters")
                return result
            result = self._act(method, path, form)
            if key:
                self.answered[key] = (form, json.loads(json.dumps(result)))
            return result

    def _act(self, method: str, path: str, form: dict[str, str]) -> dict[str, Any]:
        if (method, path) == ("POST", "/v1/checkout/sessions"):
            return self._open(form)
        if (method, path) == ("GET", "/v1/checkout/sessions"):
            since = int(form.get("created[gte]", "0"))
            return _page([self._current(one) for one, row in self.sessions.items() if row["created"] >= since], form)
        if match := re.fullmatch(r"/v1/checkout/sessions/(\w+)(/expire)?", path):
            session = self._current(match[1])
            if match[2] and method == "POST":
                if session["status"] != "open":
                    raise Refusal(400, "invalid_request_error", "", 'Only Checkout Sessions with a status in ["open"]')
                session |= {"status": "expired", "url": None}
            return session
        if (method, path) == ("POST", "/v1/refunds"):
            return self._refund(form)
        if (method, path) == ("GET", "/v1/refunds"):
            rows = [row for row in self.refunds.values() if row["payment_intent"] == form.get("payment_intent")]
            return _page(rows, form)
        raise Refusal(404, "invalid_request_error", "resource_missing", f"Unrecognized request URL ({path})")

    def _open(self, form: dict[str, str]) -> dict[str, Any]:
        item = "line_items[0]"
        for needed in (
            "mode",
            "success_url",
            f"{item}[quantity]",
            f"{item}[price_data][currency]",
            f"{item}[price_data][unit_amount]",
            f"{item}[price_data][product_data][name]",
        ):
            if not form.get(needed):
                raise Refusal(400, "invalid_request_error", "parameter_missing", f"Missing required param: {needed}.")
        now, expires = int(time.time()), int(form["expires_at"])
        if not now + LEAST_S <= expires <= now + MOST_S:
            raise Refusal(400, "invalid_request_error", "", "`expires_at` must be 30 minutes to 24 hours from now.")
        amount = form["line_items[0][price_data][unit_amount]"]
        if not amount.isdecimal() or int(amount) < 1:
            raise Refusal(400, "invalid_request_error", "parameter_invalid_integer", "Invalid integer")
        session_id = f"cs_test_{uuid.uuid4().hex}"
        self.sessions[session_id] = {
            "id": session_id, "object": "checkout.session", "status": "open", "payment_status": "unpaid",
            "amount_total": int(amount) * int(form["line_items[0][quantity]"]),
            "currency": form["line_items[0][price_data][currency]"], "created": now, "expires_at": expires,
            "client_reference_id": form.get("client_reference_id"), "payment_intent": None,
            "metadata": {"reference": form.get("metadata[reference]", "")},
            "url": f"{self.url}/c/pay/{session_id}", "mode": form["mode"],
            "payment_method_types": [form.get("payment_method_types[0]", "card")],
        }  # fmt: skip
        return self.sessions[session_id]

    def _current(self, session_id: str) -> dict[str, Any]:
        session = self.sessions.get(session_id)
        if session is None:
            raise Refusal(404, "invalid_request_error", "resource_missing", f"No such checkout.session: {session_id}")
        if session["status"] == "open" and session["expires_at"] <= time.time():
            session |= {"status": "expired", "url": None}
        return session

    def _refund(self, form: dict[str, str]) -> dict[str, Any]:
        intent = form.get("payment_intent", "")
        paid = next((row for row in self.sessions.values() if row["payment_intent"] == intent), None)
        if paid is None:
            raise Refusal(404, "invalid_request_error", "resource_missing", f"No such payment_intent: {intent}")
        before = sum(row["amount"] for row in self.refunds.values() if row["payment_intent"] == intent)
        amount = int(form.get("amount") or paid["amount_total"] - before)
        if before + amount > paid["amount_total"]:
            raise Refusal(400, "invalid_request_error", "charge_already_refunded", "more than was paid")
        refund_id = f"re_{uuid.uuid4().hex[:24]}"
        self.refunds[refund_id] = {
            "id": refund_id, "object": "refund", "amount": amount, "currency": paid["currency"], "status": "succeeded",
            "payment_intent": intent, "metadata": {"reference": form.get("metadata[reference]", "")},
        }  # fmt: skip
        return self.refunds[refund_id]

    def next_fault(self, where: str) -> Fault | None:
        """The fault of this call, used up by one."""
        with self.lock:
            for fault in self.faults:
                if fault.times and fault.where in where:
                    fault.times -= 1
                    return fault
        return None


def _page(rows: list[dict[str, Any]], form: dict[str, str]) -> dict[str, Any]:
    newest_first = list(reversed(rows))
    if after := form.get("starting_after"):
        ids = [row["id"] for row in newest_first]
        newest_first = newest_first[ids.index(after) + 1 :]
    limit = int(form.get("limit", "10"))
    return {"object": "list", "data": newest_first[:limit], "has_more": len(newest_first) > limit}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    stand_in: StripeStandIn


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        stripe = self.server.stand_in
        parts = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        form = {name: values[-1] for name, values in parse_qs(raw or parts.query, keep_blank_values=True).items()}
        where = f"{self.command} {parts.path}"
        stripe.requests.append(where)
        fault = stripe.next_fault(where)
        if fault is not None and fault.kind == "reset_before":
            self._reset()
            return
        if fault is not None and fault.kind == "status":
            self._send(fault.status, {"error": {"type": "api_error", "message": "on demand"}})
            return
        if self.headers.get("Authorization") != f"Bearer {stripe.secret_key}":
            self._send(401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key provided"}})
            return
        try:
            result = stripe.answer(self.command, parts.path, form, self.headers.get("Idempotency-Key", ""))
        except Refusal as refusal:
            self._send(refusal.status, {"error": refusal.error})
            return
        if fault is not None and fault.kind == "reset_after":
            self._reset()
        elif fault is not None:
            self._send_bytes(200, b"<html>half an answ")
        else:
            self._send(200, result)

    def _send(self, status: int, body: dict[str, Any]) -> None:
        self._send_bytes(status, json.dumps(body).encode())

    def _send_bytes(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Quiet."""
