"""A QloApps webservice for tests: a real HTTP server with the measured manners of 1.6.1 (PHP 7.4) in JSON.

`with QloAppsStandIn(world) as server:` and point the adapter at `server.url`. Faults are announced with `announce`;
what was asked is in `requests`. tests/integrations/pms/test_qloapps_recordings.py holds it to the recorded exchanges.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
import socket
import struct
import threading
from collections import deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

from tests.stand_ins import qloapps_answers as answers
from tests.stand_ins.qloapps_world import Died, Order, Refusal, World

KEY = "TESTKEYTESTKEYTESTKEYTESTKEYTEST"
JSON = "application/json"
HTML = "text/html; charset=utf-8"
LISTS = {
    "hotels": answers.hotels, "room_types": answers.room_types, "hotel_room_types": answers.hotel_room_types,
    "services": answers.services, "order_states": answers.order_states, "currencies": answers.currencies,
    "orders": answers.orders, "room_bookings": answers.room_bookings, "customers": answers.customers,
    "hotel_rooms": answers.hotel_rooms,
}  # fmt: skip
ROOTS = {"room_bookings": "bookings", "hotel_rooms": "rooms"}
ITEMS = {"hotels": "hotel", "room_types": "room_type", "orders": "order"}
STRAY = re.compile(r"\[(.*)\](%?)")


@dataclass(frozen=True)
class Fault:
    """What happens to the next matching request.

    "reset_before" and "reset_after" cut the connection before and after the effect; "error_after" has the effect and
    answers `status` with a PHP notice; "error" has none; "html" has none and answers 200 with a page; "hang_after" has
    the effect and says nothing.
    """

    kind: Literal["reset_before", "reset_after", "error_after", "error", "html", "hang_after"]
    method: str = ""
    resource: str = ""
    status: int = 500


class QloAppsStandIn:
    """The server. `host` is the shop's domain: anything else is redirected."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.requests: list[tuple[str, str, str]] = []
        self.forbidden: set[str] = set()
        self.faults: deque[Fault] = deque()
        self.broken = False
        """Every request is answered 500, as by a broken plug-in."""
        self.release = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.host = urlsplit(self.url).netloc

    def __enter__(self) -> QloAppsStandIn:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()

    def announce(self, *faults: Fault) -> None:
        """The next matching requests meet these faults, one each, in order."""
        self.faults.extend(faults)

    def asked(self, method: str = "", resource: str = "") -> list[str]:
        """Paths that were asked for."""
        return [path for verb, path, _ in self.requests if verb.startswith(method) and resource in path]

    def fault_for(self, method: str, resource: str) -> Fault | None:
        for fault in self.faults:
            if fault.method in {"", method} and fault.resource in {"", resource}:
                self.faults.remove(fault)
                return fault
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    owner: QloAppsStandIn


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_PUT(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        owner = self.server.owner
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        _, _, path = parts.path.partition("/api/")
        resource, _, number = path.partition("/")
        owner.requests.append((self.command, self.path, body))
        fault = owner.fault_for(self.command, resource)
        if fault is not None and fault.kind in {"error", "html", "reset_before"}:
            self._break(fault)
            return
        if owner.broken:
            self._say(500, HTML, "")
            return
        status, kind, said = self._gate(resource) or self._answer(resource, number, query, body)
        if fault is not None:
            self._break(fault)
            return
        self._say(status, kind, said)

    def _break(self, fault: Fault) -> None:
        match fault.kind:
            case "reset_before" | "reset_after":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
                self.connection.close()
            case "html":
                self._say(200, HTML, "<html>Maintenance</html>")
            case "hang_after":
                self.server.owner.release.wait(30)
                self.close_connection = True
            case _:
                self._say(fault.status, JSON, _errors((5, "[PHP Notice #8] Undefined index (/var/www/x.php, line 1)")))

    def _gate(self, resource: str) -> tuple[int, str, str] | None:
        owner = self.server.owner
        if self.headers.get("Host") != owner.host:
            return 302, HTML, ""
        given = self.headers.get("Authorization", "")
        if not given:
            return 401, HTML, "401 Unauthorized"
        key = base64.b64decode(given.removeprefix("Basic ")).decode().partition(":")[0]
        if len(key) != 32:
            return 401, JSON, _errors((18, "Invalid authentication key format"))
        if key != KEY:
            return (
                401,
                JSON,
                _errors((20, "Authentification key is not active"), (21, "No permission for this authentication key")),
            )
        if resource in owner.forbidden:
            return (
                401,
                JSON,
                _errors((26, f'Resource of type "{resource}" is not allowed with this authentication key')),
            )
        return None

    def _answer(self, resource: str, number: str, query: dict[str, str], body: str) -> tuple[int, str, str]:
        world = self.server.owner.world
        try:
            match self.command, resource:
                case "GET", "bookings" if not number:
                    return _ok({"bookings": [{"id": one} for one in world.orders]})
                case "GET", "bookings":
                    order = world.orders.get(int(number))
                    return _booking(world, order) if order else (404, "", "")
                case "GET", _ if resource in LISTS:
                    return self._list(resource, number, query)
                case "POST", "hotel_ari":
                    return self._ari(body)
                case "POST", "bookings":
                    return self._book(body)
                case "PUT", "bookings":
                    return _booking(world, world.change(json.loads(body)["booking"]))
                case "POST", "order_histories":
                    return self._history(body)
                case "DELETE", "bookings":
                    return 405, JSON, _errors((101, "Method DELETE is not allowed for the resource bookings"))
                case "GET", "hotel_ari":
                    return 405, JSON, _errors((23, "Method GET is not valid"))
                case _ if resource not in LISTS:
                    return 400, JSON, _errors((27, f'Resource of type "{resource}" does not exists.'))
            return 405, JSON, _errors((25, f"Method {self.command} is not allowed for the resource {resource}"))
        except Refusal as refusal:
            return 400, JSON, _errors((404, str(refusal)))
        except Died as death:
            return death.status, HTML, str(death)

    def _list(self, resource: str, number: str, query: dict[str, str]) -> tuple[int, str, str]:
        rows = LISTS[resource](self.server.owner.world)
        if number:
            found = next((row for row in rows if str(row["id"]) == number), None)
            return _ok({ITEMS[resource]: found}) if found else (404, "", "")
        columns = set(rows[0]) if rows else set()
        for name, value in query.items():
            field = name.removeprefix("filter[").rstrip("]")
            if name.startswith("filter["):
                if rows and field not in columns:
                    return 500, JSON, _errors((32, "This filter does not exist."))
                rows = [row for row in rows if _passes(str(row[field]), value)]
        if query.get("sort", "").endswith("_DESC]"):
            rows = rows[::-1]
        offset, _, limit = query.get("limit", "").rpartition(",")
        rows = rows[int(offset or 0) :][: int(limit or 10**9)]
        wanted = query.get("display", "")
        names = ["id"] if not wanted else list(columns) if wanted == "full" else wanted.strip("[]").split(",")
        if rows and not set(names) <= columns:
            return 500, JSON, _errors((35, "Unable to display this field."))
        root = ROOTS.get(resource, resource)
        return _ok({root: [{name: row[name] for name in names} for row in rows]} if rows else [])

    def _ari(self, body: str) -> tuple[int, str, str]:
        try:
            asked = ElementTree.fromstring(body).find("hotel_ari")  # noqa: S314 - written by the code under test
            assert asked is not None
        except ElementTree.ParseError:
            return (
                400,
                JSON,
                _errors((3, "[PHP Warning #2] simplexml_load_string()"), (85, "Validation error: Invalid ARI search")),
            )
        try:
            first, last = (dt.date.fromisoformat(asked.findtext(name, "")[:10]) for name in ("date_from", "date_to"))
        except ValueError:
            return 400, JSON, _errors((85, 'Validation error: "The date_from field is invalid."'))
        if last <= first:
            return 400, JSON, _errors((85, 'Validation error: "Date to" must be after "date from"'))
        return _ok(answers.ari(self.server.owner.world, asked, first, last))

    def _book(self, body: str) -> tuple[int, str, str]:
        try:
            asked = json.loads(body)["booking"]
        except ValueError:
            return (
                400,
                JSON,
                _errors((3, "[PHP Warning #2] simplexml_load_string()"), (404, "Please provide valid currency.")),
            )
        world = self.server.owner.world
        order, complaints = world.book(asked)
        if complaints:
            return 500, JSON, _errors((5, complaints[0]))
        return _booking(world, order)

    def _history(self, body: str) -> tuple[int, str, str]:
        asked = ElementTree.fromstring(body).find("order_history")  # noqa: S314 - written by the code under test
        assert asked is not None
        world = self.server.owner.world
        order = world.orders.get(int(asked.findtext("id_order", "0")))
        state = int(asked.findtext("id_order_state", "0"))
        if order is None or not 1 <= state <= 12:
            raise Died("Invalid new order status")
        number = world.set_state(order, state)
        return (
            201,
            JSON,
            json.dumps({"order_history": {"id": str(number), "id_order_state": state, "id_order": str(order.id)}}),
        )

    def _say(self, status: int, kind: str, said: str) -> None:
        data = said.encode()
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        if status == 302:
            self.send_header("Location", f"http://{self.server.owner.host}/index.php")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _ok(data: Any) -> tuple[int, str, str]:
    return 200, JSON, json.dumps(data)


def _booking(world: World, order: Order) -> tuple[int, str, str]:
    if world.shows_net:
        return 500, JSON, _errors((3, "[PHP Warning #2] Undefined variable $useTax (/var/www/x.php, line 3463)"))
    return _ok({"booking": answers.booking(world, order)})


def _errors(*errors: tuple[int, str]) -> str:
    return json.dumps({"errors": [{"code": code, "message": message} for code, message in errors]})


def _passes(value: str, wanted: str) -> bool:
    """`[v]`, `[a|b]`, `[v]%`, `>[v]`, `<[v]`, as MySQL compares."""
    if wanted[0] in "<>":
        limit = wanted[1:].strip("[]")
        limit = limit if len(limit) > 10 else f"{limit} 00:00:00"
        return value > limit if wanted[0] == ">" else value < limit
    found = STRAY.fullmatch(wanted)
    assert found, wanted
    if found[2]:
        return value.lower().startswith(found[1].lower())
    return value.lower() in found[1].lower().split("|")
