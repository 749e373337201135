"""The one door out: what a failure means, what is never followed, sent along or told."""

from __future__ import annotations

import os
import socket
import ssl
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hotel_agent.common.exceptions import BadInput, DependencyDown, HotelAgentError, Misconfigured, UnknownOutcome
from integrations import http, outside
from integrations.outside import Patience, Service

PMS = Service.PMS
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Wire:
    """A server that says exactly these bytes to every request and remembers what it was told."""

    def __init__(self, answer: Callable[[socket.socket], None]) -> None:
        self.answer = answer
        self.requests: list[bytes] = []
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(client,), daemon=True).start()

    def _talk(self, client: socket.socket) -> None:
        with client:
            try:
                while request := _read_request(client):
                    self.requests.append(request)
                    self.answer(client)
            except OSError:
                return

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def _read_request(client: socket.socket) -> bytes:
    """One request with its body; empty when the client has gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = client.recv(65536)
        if not piece:
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
    )
    while len(body) < length:
        body += client.recv(65536)
    return head + b"\r\n\r\n" + body


@contextmanager
def wire(answer: bytes | Callable[[socket.socket], None]) -> Iterator[Wire]:
    server = Wire(answer if callable(answer) else lambda client: client.sendall(answer))
    try:
        yield server
    finally:
        server.close()


def reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    client.close()


def silence(client: socket.socket) -> None:
    time.sleep(2)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a second for every answer."""
    monkeypatch.setitem(outside.PATIENCE, PMS, Patience(0.5, 0.5))


def test_an_answer_of_any_status_is_an_answer() -> None:
    with wire(b"HTTP/1.1 503 Busy\r\nRetry-After: 9\r\nContent-Length: 3\r\n\r\nnot") as server:
        response = http.request(PMS, "POST", server.url)
    assert (response.status, response.ok, response.retry_after, response.text) == (503, False, 9, "not")
    with pytest.raises(BadInput):
        response.json()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("0", 0), ("120", 120), ("-1", None), ("1e9", None), ("Wed, 21 Oct 2026", None), ("²", None)],
)
def test_retry_after_is_seconds_or_nothing(header: str, seconds: float | None) -> None:
    assert http.Response(429, {"retry-after": header}, b"").retry_after == seconds


FAULTS = {
    "reset": reset,
    "closed": lambda client: client.close(),
    "silence": silence,
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "no http": b"220 mail.example ESMTP\r\n\r\n",
    "stalled body": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.parametrize(
    ("method", "changes", "kind"),
    [
        ("POST", None, UnknownOutcome),
        ("PUT", None, UnknownOutcome),
        ("DELETE", None, UnknownOutcome),
        ("GET", None, DependencyDown),
        ("POST", False, DependencyDown),
        ("GET", True, UnknownOutcome),
    ],
)
def test_after_sending_only_a_write_is_unknown(
    fault: bytes | Callable[[socket.socket], None], method: str, changes: bool | None, kind: type[Exception]
) -> None:
    with wire(fault) as server, pytest.raises(kind) as caught:
        http.request(PMS, method, server.url, changes=changes)
    assert type(caught.value) is kind
    assert server.requests


def test_an_answer_cut_short_by_closing_is_noticed() -> None:
    def cut(client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        client.shutdown(socket.SHUT_WR)

    with wire(cut) as server, pytest.raises(UnknownOutcome, match="IncompleteRead"):
        http.request(PMS, "POST", server.url)


def test_a_dripping_answer_ends_at_the_deadline() -> None:
    def drip(client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(40):
            client.sendall(b"x")
            time.sleep(0.1)

    with wire(drip) as server, pytest.raises(DependencyDown, match="too long"):
        http.request(PMS, "GET", server.url)


def test_an_answer_is_read_up_to_its_cap() -> None:
    with wire(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000) as server:
        assert len(http.request(PMS, "GET", server.url, max_bytes=1000).body) == 1000
        with pytest.raises(DependencyDown, match="longer than 999"):
            http.request(PMS, "GET", server.url, max_bytes=999)


def unreachable_address() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "make_url", [unreachable_address, lambda: "http://does-not-exist.invalid"], ids=["port", "name"]
)
def test_what_was_not_reached_has_not_happened(method: str, make_url: Callable[[], str]) -> None:
    with pytest.raises(DependencyDown, match="not reached") as caught:
        http.request(PMS, method, make_url())
    assert isinstance(caught.value.__cause__, OSError)


def test_a_server_that_speaks_no_tls_has_been_told_nothing() -> None:
    with wire(OK) as server, pytest.raises(DependencyDown, match="not reached"):
        http.request(PMS, "POST", server.url.replace("http:", "https:"), json={"secret": 1})


def test_a_certificate_nobody_vouches_for_is_refused_before_anything_is_said(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_own_certificate(tmp_path))
    heard: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        client, _ = listener.accept()
        try:
            with context.wrap_socket(client, server_side=True) as safe:
                heard.append(safe.recv(100))
        except OSError:
            client.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with pytest.raises(DependencyDown, match="not reached") as caught:
        http.request(PMS, "POST", f"https://127.0.0.1:{listener.getsockname()[1]}", json={"secret": 1})
    thread.join(5)
    listener.close()
    assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)
    assert b"".join(heard) == b""


def _own_certificate(folder: Path) -> str:
    import datetime as dt

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = folder / "own.pem"
    pem = serialization.Encoding.PEM
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(pem)
    )
    return str(path)


def test_a_redirect_is_not_followed() -> None:
    with wire(OK) as other:
        redirect = f"HTTP/1.1 302 Found\r\nLocation: {other.url}/steal\r\nContent-Length: 0\r\n\r\n".encode()
        with wire(redirect) as server:
            assert http.request(PMS, "GET", server.url, headers={"Authorization": "Bearer t"}).status == 302
        assert other.requests == []


def test_no_cookie_travels_from_one_hotel_to_another() -> None:
    with wire(b"HTTP/1.1 200 OK\r\nSet-Cookie: session=first; Path=/\r\nContent-Length: 2\r\n\r\n{}") as server:
        http.request(PMS, "GET", server.url)
        http.request(PMS, "GET", server.url)
        assert not any(b"cookie" in request.lower() for request in server.requests)


def test_the_environment_s_proxies_and_credentials_are_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login root password toor\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("NO_PROXY", "")
    with wire(OK) as proxy, wire(OK) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        http.request(PMS, "GET", server.url)
        assert proxy.requests == []
        assert b"authorization" not in server.requests[0].lower()


def test_a_connection_is_kept_and_used_again() -> None:
    with wire(OK) as server:
        for _ in range(3):
            http.request(PMS, "GET", server.url)
        assert (len(server.requests), server.connections) == (3, 1)


def test_a_child_process_opens_its_own_connections() -> None:
    with wire(OK) as server:
        http.request(PMS, "GET", server.url)
        child = os.fork()
        if child == 0:
            try:
                http.request(PMS, "GET", server.url)
                os._exit(0)
            except BaseException:
                os._exit(1)
        assert os.waitpid(child, 0)[1] == 0
        http.request(PMS, "GET", server.url)
        assert (len(server.requests), server.connections) == (3, 2)


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("ftp://host/x", {}),
        ("host/x", {}),
        ("http://", {}),
        ("http://[::1", {}),
        ("http://ho st/", {}),
        ("http://127.0.0.1:99999/", {}),
        ("http://127.0.0.1/", {"Authorization": "Bearer top-secret\r\nX: y"}),
        ("http://127.0.0.1/", {"Authorization": "Bearer top-secret…"}),
    ],
)
def test_an_unusable_address_or_header_is_misconfigured_and_not_quoted(url: str, headers: dict[str, str]) -> None:
    with pytest.raises(Misconfigured) as caught:
        http.request(PMS, "GET", url, headers=headers)
    assert "top-secret" not in _written(caught.value)


@pytest.mark.parametrize("fault", [reset, silence, None], ids=["reset", "timeout", "refused"])
def test_no_error_tells_path_query_or_credentials(fault: Callable[[socket.socket], None] | None) -> None:
    secret = "".join(["top", "-", "secret"])
    with wire(fault or OK) as server:
        url = server.url if fault else unreachable_address()
        with pytest.raises(HotelAgentError) as caught:
            http.request(
                PMS, "POST", f"{url}/{secret}", params={"key": secret}, headers={"X-Key": secret}, auth=("u", secret)
            )
    assert secret not in _written(caught.value)
    assert caught.value.__cause__ is not None


def _written(error: BaseException) -> str:
    """Everything a log or an error tracker could print of an error: its text, its chain, their arguments."""
    parts = ["".join(traceback.format_exception(error))]
    seen: BaseException | None = error
    while seen is not None:
        parts += [repr(seen.args), repr(seen.__context__), str(seen.__context__)]
        seen = seen.__cause__
    return "".join(parts)
