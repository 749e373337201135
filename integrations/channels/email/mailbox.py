"""Reading a mailbox by IMAP: what is new after a cursor, without marking anything until we are told to.

IMAPClient speaks the protocol; here is what we mean by new, how much we read of one mail, and whose fault a failure is.
Nothing is kept between calls: a connection is opened, used and closed.
"""

from __future__ import annotations

import datetime as dt
import imaplib
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from imapclient import SEEN, IMAPClient, imap4
from imapclient import tls as tls_client
from imapclient.exceptions import IMAPClientError, LoginError

from hotel_agent.common.exceptions import DependencyDown
from integrations import addresses
from integrations.channels.email import oauth
from integrations.channels.email.accounts import Login, MailAccount, Server, encryption
from integrations.exceptions import AccountRefused
from integrations.outside import PATIENCE, Service

INBOX = "INBOX"
MAX_MAIL = 20 * 1024 * 1024
"""Bytes read of one mail. Gmail takes 25 MB; what is cut off is the end of the last attachment."""

_SENT_MARK = b"\\Sent"
_SENT_NAMES = ("Sent", "Sent Items", "Sent Messages", "Enviados", "Elementos enviados", "Itens enviados", "INBOX.Sent")


@dataclass(frozen=True, slots=True)
class Folder:
    """A selected folder. UIDs mean something only together with `validity` (RFC 3501, 2.3.1.1)."""

    name: str
    validity: int
    next_uid: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """A mail as the server keeps it."""

    uid: int
    raw: bytes = field(repr=False)
    received_at: dt.datetime
    """The server's own time (INTERNALDATE), aware; senders' clocks and Date headers lie."""


class Mailbox:
    """An open connection; made by `opened`."""

    def __init__(self, client: IMAPClient) -> None:
        self._client = client

    def select(self, folder: str, *, readonly: bool = False) -> Folder:
        """Make a folder the current one."""
        answer = self._client.select_folder(folder, readonly=readonly)
        return Folder(folder, int(answer.get(b"UIDVALIDITY", 0)), int(answer.get(b"UIDNEXT", 0) or 0))

    def sent_folder(self) -> str | None:
        """The folder of sent mail: by its RFC 6154 mark, else by a usual name; None when there is none."""
        found = self._client.find_special_folder(_SENT_MARK)
        if found:
            return str(found)
        names = {str(name) for _, _, name in self._client.list_folders()}
        return next((name for name in _SENT_NAMES if name in names), None)

    def after(self, uid: int) -> list[int]:
        """UIDs above `uid` in the current folder, lowest first."""
        # "n:*" always names the last mail, even below n (RFC 3501, 6.4.8): filtered here.
        return sorted(found for found in self._client.search(["UID", f"{uid + 1}:*"]) if found > uid)

    def since(self, day: dt.date, *, unseen: bool = False) -> list[int]:
        """UIDs of mails received since a day in the current folder, lowest first."""
        return sorted(self._client.search([*(["UNSEEN"] if unseen else []), "SINCE", day]))

    def fetch(self, uid: int) -> Fetched | None:
        """One mail of the current folder, left unread; None when it is gone."""
        found = self._client.fetch([uid], ["INTERNALDATE", f"BODY.PEEK[]<0.{MAX_MAIL}>"]).get(uid)
        if not found:
            return None
        raw = next((value for key, value in found.items() if key.startswith(b"BODY[]")), None)
        if not isinstance(raw, bytes):
            return None
        received = found.get(b"INTERNALDATE")
        if not isinstance(received, dt.datetime):
            received = dt.datetime.now(dt.UTC)
        return Fetched(uid, raw, received if received.tzinfo else received.replace(tzinfo=dt.UTC))

    def mark_seen(self, uids: Sequence[int]) -> None:
        """Mark mails of the current folder as read. Safe to repeat."""
        if uids:
            self._client.add_flags(list(uids), [SEEN], silent=True)

    def holds(self, message_id: str) -> bool:
        """Whether the current folder has a mail with this Message-ID."""
        return bool(self._client.search(["HEADER", "Message-ID", message_id]))

    def append(self, folder: str, raw: bytes, *, at: dt.datetime) -> None:
        """Put a mail into a folder as read."""
        self._client.append(folder, raw, flags=(SEEN,), msg_time=at)


@contextmanager
def opened(account: MailAccount) -> Iterator[Mailbox]:
    """The mailbox, logged in; closed at the end whatever happens.

    Raises (also what is done inside raises these):
        AccountRefused: the server does not take the login, or cannot be talked to safely.
        DependencyDown: not reached, or it broke off; trying later is right.
    """
    with _translated(account.imap):
        client = _connected(account.imap)
    try:
        with _translated(account.imap):
            _log_in(client, account.imap_login)
            yield Mailbox(client)
    finally:
        _close(client)


class _CheckedIMAP4(imap4.IMAP4WithTimeout):  # type: ignore[misc]  # untyped
    """A connection to a checked address of the server."""

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        return addresses.connect(self.host, self.port, timeout=timeout or self._timeout)


class _CheckedIMAP4OverTLS(tls_client.IMAP4_TLS):  # type: ignore[misc]  # untyped
    """The same, with TLS for the server's name."""

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        plain = addresses.connect(self.host, self.port, timeout=timeout or self._timeout)
        wrapped: socket.socket = tls_client.wrap_socket(plain, self.ssl_context, self.host)
        return wrapped


class _CheckedClient(IMAPClient):  # type: ignore[misc]  # untyped
    """A hotel names the server: it must not be a door into this installation's network."""

    def _create_IMAP4(self) -> Any:  # noqa: N802 - the library's name
        patience = getattr(self._timeout, "connect", None)
        if self.ssl:
            return _CheckedIMAP4OverTLS(self.host, self.port, self.ssl_context, patience)
        return _CheckedIMAP4(self.host, self.port, patience)


def _connected(server: Server) -> IMAPClient:
    patience = PATIENCE[Service.IMAP]
    client: Any = _CheckedClient(
        server.host,
        port=server.port,
        use_uid=True,
        ssl=server.security == "tls",
        ssl_context=encryption() if server.security == "tls" else None,
        timeout=patience.read_s,
    )
    client.normalise_times = False
    if server.security == "starttls":
        if client.has_capability("STARTTLS") and not server.is_loopback:
            client.starttls(encryption())
        elif not server.is_loopback:
            client.shutdown()
            raise AccountRefused(f"{server} offers no encryption: use imaps://", reason="settings")
    return client


def _log_in(client: IMAPClient, login: Login) -> None:
    if login.refresh_token:
        token = oauth.access_token(login)
        try:
            client.oauth2_login(login.username, token)
        except IMAPClientError:
            oauth.forget(login)
            raise
        return
    client.login(login.username, login.password)


def _close(client: IMAPClient) -> None:
    with suppress(OSError, IMAPClientError, imaplib.IMAP4.error, ValueError):
        client.logout()


_PASSING = ("unavailable", "inuse", "limit", "too many", "try again", "temporar", "serverbug", "overquota")


@contextmanager
def _translated(server: Server) -> Iterator[None]:
    try:
        yield
    except LoginError as error:
        words = str(error)[:200]
        if any(word in words.lower() for word in _PASSING):
            raise DependencyDown(f"IMAP {server}: {words}") from error
        raise AccountRefused(f"the mailbox's server refused the login: {words}", reason="token") from error
    except ssl.SSLCertVerificationError as error:
        raise AccountRefused(f"IMAP {server}: its certificate is not valid", reason="settings") from error
    except (imaplib.IMAP4.error, IMAPClientError, OSError, EOFError) as error:
        raise DependencyDown(f"IMAP {server}: {type(error).__name__}: {str(error)[:200]}") from error
