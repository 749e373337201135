"""A hotel's PMS address cannot be made a way into the network this installation runs in."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import urllib3
from pytest_django import Settings

from hotel_agent.common.exceptions import DependencyDown, Misconfigured
from integrations import addresses, http, outside
from integrations.addresses import ForbiddenAddress
from integrations.http import sessions
from integrations.outside import Patience, Service
from tests.integrations.test_http import wire

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
PUBLIC = "93.184.216.34"


@pytest.fixture(autouse=True)
def nothing_private(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in production, with half a second for every answer."""
    settings.PRIVATE_NETWORKS = []
    monkeypatch.setitem(outside.PATIENCE, Service.PMS, Patience(0.5, 0.5))
    yield
    http.close_all()


def ask(url: str) -> http.Response:
    return http.request(Service.PMS, "GET", url, public_only=True)


def names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """The resolver answers in this order, the last one from then on; returns what it was asked."""
    asked: list[str] = []
    left = list(answers)

    def getaddrinfo(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        asked.append(host)
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(addresses, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.5.5", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "192.0.0.8", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0",
        "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::", "2002:a00:1::", "2001:db8::1", "no address",
    ],
)  # fmt: skip
def test_what_is_not_public_is_refused(address: str) -> None:
    assert not addresses.is_allowed(address)


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:220:1::1", "64:ff9b::5db8:d822", "::ffff:93.184.216.34"])
def test_what_is_public_is_allowed(address: str) -> None:
    assert addresses.is_allowed(address)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f000001", "017700000001", "127.1", "169.254.169.254",
        "[::ffff:127.0.0.1]", "0",
    ],
)  # fmt: skip
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_no_spelling_of_a_private_address_is_connected_to(host: str, scheme: str) -> None:
    with wire(OK) as server:
        for port in (server.port, 443, 8443):
            with pytest.raises((ForbiddenAddress, DependencyDown)):
                ask(f"{scheme}://{host}:{port}/api/hotels")
        assert server.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://pms.example/api",
        "https://pms.example:22/api",
        "https://pms.example:5432/",
        "https://user:secret@pms.example/api",
        "https://pms.example@127.0.0.1/",
        "https:///api",
        "https://pms.example:port/",
        "gopher://pms.example/",
        "file:///etc/passwd",
    ],
)
def test_only_https_on_its_ports_without_credentials(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, [PUBLIC])
    with pytest.raises(Misconfigured) as refused:
        ask(url)
    assert "secret" not in str(refused.value)


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, [PUBLIC, "10.0.0.1"])
    with pytest.raises(ForbiddenAddress):
        ask("https://pms.example/api")


def test_a_name_that_changes_its_mind_is_connected_to_where_it_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """DNS rebinding: public when it is looked at, loopback when somebody would look again."""
    connected: list[str] = []

    def create_connection(address: tuple[str, int], *args: Any, **kwargs: Any) -> socket.socket:
        connected.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(sessions, "create_connection", create_connection)
    names(monkeypatch, [PUBLIC], ["127.0.0.1"])
    with pytest.raises(DependencyDown):
        ask("https://pms.example/api")
    assert connected == [PUBLIC]

    with pytest.raises(ForbiddenAddress):
        ask("https://pms.example/api")
    assert connected == [PUBLIC]


def test_a_redirect_inwards_is_an_answer_and_not_followed(settings: Settings) -> None:
    settings.PRIVATE_NETWORKS = ["127.0.0.0/8"]
    with wire(OK) as inside:
        away = f"HTTP/1.1 302 Found\r\nLocation: {inside.url}\r\nContent-Length: 0\r\n\r\n".encode()
        with wire(away) as server:
            assert ask(server.url).status == 302
        assert inside.connections == 0


def test_the_installation_may_open_a_network(settings: Settings) -> None:
    settings.PRIVATE_NETWORKS = ["10.20.0.0/16", "127.0.0.0/8"]
    assert addresses.is_allowed("10.20.3.4")
    assert not addresses.is_allowed("10.21.0.1")
    assert addresses.is_allowed("::ffff:127.0.0.1")
    with wire(OK) as server:
        assert ask(server.url).status == 200


def test_a_connection_made_without_checks_is_not_reused_for_a_checked_call(settings: Settings) -> None:
    with wire(OK) as server:
        assert http.request(Service.PMS, "GET", server.url).status == 200
        with pytest.raises(ForbiddenAddress):
            ask(server.url)
        settings.PRIVATE_NETWORKS = ["127.0.0.0/8"]
        assert ask(server.url).status == 200
        assert (server.connections, len(server.requests)) == (2, 2)


def test_a_host_name_is_what_tls_and_the_host_header_say() -> None:
    """Pinning the address must not turn off the certificate's check."""
    pool = sessions._PublicHTTPSPool("pms.example", 443)
    connection = pool._new_conn()
    with closing(connection):
        assert connection.host == "pms.example"
        assert isinstance(connection, urllib3.connection.HTTPSConnection)
        assert connection.is_public_only  # type: ignore[attr-defined]
