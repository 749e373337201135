"""Meta's Graph API for tests: a real HTTP server that keeps Meta's rules, breaks on demand and remembers everything.

In a test's own process (`with GraphStandIn(log) as graph:`) or as another one
(`python -m tests.stand_ins.graph --port 0 --log FILE`, which prints one JSON line with its address); both are driven
through `GraphControl`. The log is append-only and fsynced before a request is answered: what it says was sent, was.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import struct
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import asdict, dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

from integrations.channels.whatsapp.signature import HEADER, sign
from tests.stand_ins.graph_media import Files
from tests.stand_ins.graph_rules import refusal_of

DELIVERY_S = 10
"""A webhook is given up after so long."""
ERROR_STATUS = {190: 401, 10: 403, 200: 403, 4: 400, 80007: 400, 130429: 429, 131056: 400, 131000: 500, 131016: 503,
                2: 503, 1: 500}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """How the next calls go wrong.

    kind: "error" answers Meta's error `code` (or, with code 0 and `status`, a bare status with no Graph body);
    "reset_before" and "reset_after" reset the connection before and after the effect; "hang" has the effect and then
    keeps silent for `seconds`; "delay" answers correctly after `seconds`; "garbage" has the effect and answers 200 with
    something that is not JSON; "no_id" accepts without saying which id the message got.
    """

    kind: Literal["error", "reset_before", "reset_after", "hang", "delay", "garbage", "no_id"]
    code: int = 0
    status: int = 0
    seconds: float = 0.0
    retry_after: str = ""
    times: int | None = 1
    """How many calls it hits, read marks left alone; None: every call until `heal`."""
    to: str = ""
    """Only messages to this `to` or `recipient`."""


class GraphStandIn:
    """The server. `token` "" accepts every bearer token."""

    def __init__(
        self, log: Path, *, port: int = 0, token: str = "", callback_url: str = "", app_secret: str = ""
    ) -> None:
        self.log_path = log
        self.token = token
        self.callback_url = callback_url
        self.app_secret = app_secret
        self.auto_statuses: list[str] = []
        self.faults: list[Fault] = []
        self.files = Files()
        self.lock = threading.Lock()
        self._log = log.open("a", encoding="utf-8")
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.graph = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.control = GraphControl(self.url, log)
        self._stopped = threading.Event()
        self._insisting: set[threading.Thread] = set()

    def __enter__(self) -> GraphStandIn:
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def serve(self) -> None:
        """Answer until stopped."""
        self._server.serve_forever(poll_interval=0.05)
        self._server.server_close()
        self._stopped.set()

    def stop(self) -> None:
        """End the server and the deliveries under way; unfinished answers are cut off."""
        self._server.shutdown()
        self._stopped.wait(5)
        for thread in list(self._insisting):
            thread.join(DELIVERY_S + 1)
        self._log.close()

    def note(self, event: str, **fields: Any) -> None:
        """Append one line to the log and make sure it is on the disk."""
        line = json.dumps({"event": event, "at": time.time(), **fields}, ensure_ascii=True)
        with self.lock:
            self._log.write(line + "\n")
            self._log.flush()
            os.fsync(self._log.fileno())

    def next_fault(self, to: str, *, mark: bool = False) -> Fault | None:
        """The fault that hits this call, used up by one; a read mark uses none up."""
        with self.lock:
            for index, fault in enumerate(self.faults):
                if (fault.to and fault.to != to) or (mark and fault.times is not None):
                    continue
                if fault.times is not None:
                    left = fault.times - 1
                    if left:
                        self.faults[index] = Fault(**{**asdict(fault), "times": left})
                    else:
                        del self.faults[index]
                return fault
        return None

    def accept(self, number: str, body: dict[str, Any]) -> str:
        """Make the effect: the message exists from here on. Returns its id."""
        wamid = f"wamid.{uuid.uuid4().hex}"
        self.note("message", id=wamid, number=number, to=body.get("to") or body.get("recipient"), body=body)
        for status in self.auto_statuses:
            thread = threading.Thread(target=self._insist, args=(wamid, status), daemon=True)
            self._insisting.add(thread)
            thread.start()
        return wamid

    def _insist(self, wamid: str, status: str) -> None:
        """Deliver a status until it is answered 200, as Meta does; for a minute here, for days there."""
        for attempt in range(30):
            if self.send_status(wamid, status) == HTTPStatus.OK or self._stopped.wait(min(0.2 * 2**attempt, 3)):
                break
        self._insisting.discard(threading.current_thread())

    def send_status(self, wamid: str, status: str, **extra: Any) -> int:
        """Deliver a signed status webhook about a message of the log; returns the HTTP status it was answered."""
        message = next(entry for entry in self.control.log() if entry.get("id") == wamid)
        element = {
            "id": wamid,
            "status": status,
            "timestamp": str(int(time.time())),
            "recipient_id": message["to"].removeprefix("+"),
            **extra,
        }
        if reference := message["body"].get("biz_opaque_callback_data"):
            element["biz_opaque_callback_data"] = reference
        answer = self.deliver(message["number"], {"statuses": [element]})
        self.note("status", id=wamid, status=status, answer=answer)
        return answer

    def deliver(self, number: str, value: dict[str, Any]) -> int:
        """Deliver a signed webhook for a phone number id; returns the HTTP status, 0 when nobody answered."""
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "15550000000", "phone_number_id": number},
            **value,
        }
        body = json.dumps(
            {
                "object": "whatsapp_business_account",
                "entry": [{"id": "waba", "changes": [{"field": "messages", "value": value}]}],
            }
        ).encode()
        headers = {"Content-Type": "application/json", HEADER: sign(body, self.app_secret)}
        request = urllib.request.Request(self.callback_url, data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=DELIVERY_S) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0


class GraphControl:
    """Drives a stand-in in this or another process."""

    def __init__(self, url: str, log: Path) -> None:
        self.url = url
        self.log_path = log

    def fail(self, fault: Fault) -> None:
        """Add a fault; faults hit in the order they were added."""
        self._tell("fail", asdict(fault))

    def heal(self) -> None:
        """Drop all faults."""
        self._tell("heal", {})

    def auto_statuses(self, *statuses: str) -> None:
        """Deliver these statuses for each message from now on, at once and in no promised order."""
        self._tell("auto_statuses", {"statuses": list(statuses)})

    def callback(self, url: str, app_secret: str) -> None:
        """Where webhooks go, and the secret that signs them."""
        self._tell("callback", {"url": url, "app_secret": app_secret})

    def send_status(self, wamid: str, status: str, **extra: Any) -> int:
        """Deliver one status webhook; returns how it was answered."""
        return int(self._tell("send_status", {"id": wamid, "status": status, "extra": extra})["answer"])

    def deliver(self, number: str, value: dict[str, Any]) -> int:
        """Deliver a webhook with these messages, statuses or contacts; returns how it was answered."""
        return int(self._tell("deliver", {"number": number, "value": value})["answer"])

    def log(self) -> list[dict[str, Any]]:
        """Everything that happened, oldest first. A line cut off by a kill is left out."""
        entries = []
        for line in self.log_path.read_text(encoding="utf-8").splitlines():
            try:
                entries.append(json.loads(line))
            except ValueError:
                continue
        return entries

    def messages(self, *, to: str = "") -> list[dict[str, Any]]:
        """Messages that took effect, oldest first: `id`, `number`, `to`, `body`."""
        return [entry for entry in self.log() if entry["event"] == "message" and to in {"", entry["to"]}]

    def _tell(self, action: str, body: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(f"{self.url}/_control/{action}", data=json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=30) as response:
            answer: dict[str, Any] = json.load(response)
            return answer


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    graph: GraphStandIn

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are what this server is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes; without this each answer waits 40 ms for an ACK
    server: _Server

    def log_message(self, *_: Any) -> None:
        """The log has it."""

    def do_GET(self) -> None:
        graph = self.server.graph
        *_, before, leaf = ["", *self.path.split("?")[0].strip("/").split("/")]
        if before == "lookaside":
            status, body, headers = graph.files.download(leaf, self._token())
            return self._send(status, body, headers.pop("Content-Type", "text/plain"), headers)
        fault = graph.next_fault("media")
        if fault is not None and fault.kind == "error":
            return self._fail(fault.code, "made to fail", status=fault.status, retry_after=fault.retry_after)
        if not self._token():
            return self._fail(190, "Invalid OAuth access token")
        found = graph.files.described(leaf, graph.url)
        if found is None and "fields=display_phone_number" in self.path:
            found = {"display_phone_number": "+54 9 11 5000-0000", "verified_name": "Hotel", "id": leaf}
        if found is None:
            return self._fail(100, f"Unsupported get request. Object with ID '{leaf}' does not exist")
        return self._answer(200, found)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path.startswith("/_control/"):
            self._control(self.path.rpartition("/")[2], json.loads(body))
        elif self.path.endswith("/media"):
            self._upload(body)
        else:
            self._messages(body)

    def _upload(self, body: bytes) -> None:
        if not self._token():
            return self._fail(190, "Invalid OAuth access token")
        media_id = self.server.graph.files.upload(body, self.headers.get("Content-Type", ""))
        if media_id is None:
            return self._fail(100, "file, type and messaging_product are required")
        return self._answer(200, {"id": media_id})

    def _token(self) -> str:
        """The bearer token shown, when it is one this server takes."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        return token if scheme == "Bearer" and self.server.graph.token in {"", token} else ""

    def _messages(self, raw: bytes) -> None:
        graph = self.server.graph
        version, number, leaf = ([*self.path.strip("/").split("/"), "", "", ""])[:3]
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
        to = str((body or {}).get("to") or (body or {}).get("recipient") or "")
        graph.note(
            "request", path=self.path, correlation_id=self.headers.get("X-Correlation-ID", ""), body=body,
            agent=self.headers.get("User-Agent", ""),
        )  # fmt: skip
        fault = graph.next_fault(to, mark=(body or {}).get("status") == "read")
        if fault is not None and fault.kind == "reset_before":
            return self._reset()
        if fault is not None and fault.kind == "error":
            return self._fail(fault.code, "made to fail", status=fault.status, retry_after=fault.retry_after)
        if not self._token():
            return self._fail(190, "Invalid OAuth access token")
        if leaf != "messages" or not version.startswith("v"):
            return self._fail(100, f"Unsupported post request to {self.path}")
        refusal = refusal_of(body, files=graph.files.kept)
        if refusal is not None:
            return self._fail(*refusal)
        if body.get("status") == "read":
            graph.note("read", id=body["message_id"], typing="typing_indicator" in body)
            return self._answer(200, {"success": True})
        wamid = graph.accept(number, body)
        return self._accepted(fault, wamid, body)

    def _accepted(self, fault: Fault | None, wamid: str, body: dict[str, Any]) -> None:
        if fault is not None and fault.kind == "reset_after":
            return self._reset()
        if fault is not None and fault.kind in {"hang", "delay"}:
            time.sleep(fault.seconds)
            if fault.kind == "hang":
                return self._reset()
        if fault is not None and fault.kind == "garbage":
            return self._send(200, b"<html>ok</html>", "text/html")
        contact = (
            {"input": body["to"], "wa_id": body["to"].removeprefix("+")}
            if "to" in body
            else {"input": body["recipient"], "user_id": body["recipient"]}
        )
        messages = [{} if fault is not None and fault.kind == "no_id" else {"id": wamid}]
        return self._answer(200, {"messaging_product": "whatsapp", "contacts": [contact], "messages": messages})

    def _control(self, action: str, body: dict[str, Any]) -> None:
        graph = self.server.graph
        answer: dict[str, Any] = {}
        match action:
            case "fail":
                with graph.lock:
                    graph.faults.append(Fault(**body))
            case "heal":
                with graph.lock:
                    graph.faults.clear()
            case "auto_statuses":
                graph.auto_statuses = body["statuses"]
            case "callback":
                graph.callback_url, graph.app_secret = body["url"], body["app_secret"]
            case "send_status":
                answer["answer"] = graph.send_status(body["id"], body["status"], **body["extra"])
            case "deliver":
                answer["answer"] = graph.deliver(body["number"], body["value"])
            case _:
                return self._answer(404, {})
        return self._answer(200, answer)

    def _fail(self, code: int, details: str, *, status: int = 0, retry_after: str = "") -> None:
        headers = {"Retry-After": retry_after} if retry_after else {}
        if not code:
            return self._send(status, b"", "text/plain", headers)
        error = {
            "message": f"(#{code}) refused",
            "type": "OAuthException",
            "code": code,
            "error_data": {"messaging_product": "whatsapp", "details": details},
            "fbtrace_id": "stand-in",
        }
        return self._answer(status or ERROR_STATUS.get(code, 400), {"error": error}, headers)

    def _answer(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(body).encode(), "application/json", headers)

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()


def main() -> None:
    """Run alone until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--token", default="")
    parser.add_argument("--callback", default="")
    parser.add_argument("--app-secret", default="")
    given = parser.parse_args()
    graph = GraphStandIn(
        given.log, port=given.port, token=given.token, callback_url=given.callback, app_secret=given.app_secret
    )
    sys.stdout.write(json.dumps({"url": graph.url, "pid": os.getpid()}) + "\n")
    sys.stdout.flush()
    graph.serve()


if __name__ == "__main__":
    main()
