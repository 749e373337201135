"""Mail servers are named by hotels: they are no door into the network the installation runs in."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_django import Settings

from integrations.addresses import ForbiddenAddress
from integrations.channels.email import mailbox, smtp
from integrations.channels.email.accounts import mail_account

INSIDE = [
    "127.0.0.1",
    "localhost",
    "10.0.0.5",
    "192.168.1.1",
    "169.254.169.254",
    "[::1]",
    "[::ffff:10.0.0.1]",
    "0.0.0.0",
]


@pytest.fixture
def listener() -> Iterator[tuple[int, list[Any]]]:
    """A port on this machine that notes who connects."""
    met: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        stop = threading.Event()

        def accept() -> None:
            while not stop.is_set():
                try:
                    client, address = server.accept()
                except OSError:
                    continue
                met.append(address)
                client.close()

        thread = threading.Thread(target=accept)
        thread.start()
        yield server.getsockname()[1], met
        stop.set()
        thread.join()


def read(host: str, port: int, scheme: str) -> None:
    account = mail_account("a@hotel.example", "Hotel", {"password": "p", "imap_url": f"{scheme}://{host}:{port}"})
    with mailbox.opened(account):
        pass


def send(host: str, port: int, scheme: str) -> None:
    account = mail_account("a@hotel.example", "Hotel", {"password": "p", "smtp_url": f"{scheme}://{host}:{port}"})
    smtp.hand_over(account, b"From: a@hotel.example\r\n\r\nhi\r\n", recipient="b@example.com")


@pytest.mark.parametrize("host", INSIDE)
@pytest.mark.parametrize(("use", "scheme"), [(read, "imaps"), (read, "imap"), (send, "smtps"), (send, "smtp")])
def test_no_private_address_is_connected_to(
    host: str, use: Callable[[str, int, str], None], scheme: str, settings: Settings, listener: tuple[int, list[Any]]
) -> None:
    settings.PRIVATE_NETWORKS = []
    port, met = listener
    with pytest.raises(ForbiddenAddress):
        use(host, port, scheme)
    assert met == []


@pytest.mark.parametrize(("use", "scheme"), [(read, "imap"), (send, "smtp")])
def test_the_name_is_looked_up_once(
    use: Callable[[str, int, str], None],
    scheme: str,
    settings: Settings,
    listener: tuple[int, list[Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name that answers with a public address first and a private one then gets no second chance."""
    settings.PRIVATE_NETWORKS = []
    port, met = listener
    asked: list[str] = []

    def rebinding(host: str, *_: Any, **__: Any) -> Any:
        asked.append(host)
        address = "203.0.113.9" if len(asked) > 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr("integrations.addresses.getaddrinfo", rebinding)
    with pytest.raises(ForbiddenAddress):
        use("mail.rebinding.example", port, scheme)
    assert asked == ["mail.rebinding.example"]
    assert met == []


@pytest.mark.parametrize(("use", "scheme"), [(read, "imap"), (send, "smtp")])
def test_a_network_the_installation_opened_is_reached(
    use: Callable[[str, int, str], None], scheme: str, settings: Settings, listener: tuple[int, list[Any]]
) -> None:
    settings.PRIVATE_NETWORKS = ["127.0.0.0/8"]
    port, met = listener
    with pytest.raises(Exception, match=r"IMAP|SMTP|refused|reached"):  # it hangs up on us
        use("127.0.0.1", port, scheme)
    assert met
