"""A mailbox as it is reached: servers, names and secrets out of what a hotel typed in or the environment holds.

Addresses of servers are URLs: `imaps://imap.gmail.com:993`, `imap://mail.example.com:143` (STARTTLS), `smtps://…:465`,
`smtp://…:587` (STARTTLS). A user name and password in the URL win over the account's. Without encryption nothing leaves
this machine: a plain connection is accepted on loopback addresses only.
"""

from __future__ import annotations

import functools
import ipaddress
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote, urlsplit

from integrations.exceptions import AccountRefused

GMAIL_IMAP = "imaps://imap.gmail.com:993"
GMAIL_SMTP = "smtps://smtp.gmail.com:465"
GOOGLE_TOKENS = "https://oauth2.googleapis.com/token"
SECRETS = ("password", "refresh_token", "client_id", "client_secret")
"""Names of a mailbox's secrets, as stored in `ChannelAccount.credentials`."""
ADDRESSES = ("username", "imap_url", "smtp_url", "token_url")

Security = Literal["tls", "starttls"]
_SCHEMES: dict[str, tuple[str, Security, int]] = {
    "imaps": ("imap", "tls", 993),
    "imap": ("imap", "starttls", 143),
    "smtps": ("smtp", "tls", 465),
    "smtp": ("smtp", "starttls", 587),
}


@functools.cache
def encryption() -> ssl.SSLContext:
    """Encryption to servers whose certificate this machine trusts, read once: the list of authorities is long."""
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class Server:
    """Where a mail server listens. `starttls` is demanded everywhere but on loopback, where it is used if offered."""

    host: str
    port: int
    security: Security

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Login:
    """Who we are at a server: a password, or an OAuth refresh token (XOAUTH2)."""

    username: str
    password: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    client_id: str = field(default="", repr=False)
    client_secret: str = field(default="", repr=False)
    token_url: str = GOOGLE_TOKENS


@dataclass(frozen=True, slots=True)
class MailAccount:
    """Everything needed to read and write a mailbox."""

    address: str
    name: str
    """The hotel's name, as guests see it beside the address."""
    imap: Server
    imap_login: Login
    smtp: Server
    smtp_login: Login | None
    """None: the server takes our mail without a login (a relay on this machine)."""

    @property
    def domain(self) -> str:
        """The part after the @, for Message-IDs."""
        return self.address.rpartition("@")[2].lower() or "localhost"


def mail_account(address: str, name: str, credentials: Mapping[str, str]) -> MailAccount:
    """A mailbox from what is stored about it; Gmail's servers where none are named.

    Raises:
        AccountRefused: an address is unusable or there is nothing to log in with; the text says what to change.
    """
    imap, imap_user, imap_password = _server(credentials.get("imap_url") or GMAIL_IMAP, "imap")
    smtp, smtp_user, smtp_password = _server(credentials.get("smtp_url") or GMAIL_SMTP, "smtp")
    own = _login(address, credentials)
    imap_login = _with(own, imap_user, imap_password)
    if not imap_login.password and not imap_login.refresh_token:
        raise AccountRefused("the mailbox has neither a password nor a refresh token", reason="settings")
    smtp_login: Login | None = _with(own, smtp_user, smtp_password)
    if smtp_login and not smtp_login.password and not smtp_login.refresh_token:
        if not smtp.is_loopback:
            raise AccountRefused("there is nothing to log in with at the SMTP server", reason="settings")
        smtp_login = None
    return MailAccount(address, name, imap, imap_login, smtp, smtp_login)


def _login(address: str, credentials: Mapping[str, str]) -> Login:
    return Login(
        username=credentials.get("username") or address,
        # Google shows an app password in groups of four; the blanks are not part of it.
        password=credentials.get("password", "").replace("\u00a0", " ").strip(),
        refresh_token=credentials.get("refresh_token", ""),
        client_id=credentials.get("client_id", ""),
        client_secret=credentials.get("client_secret", ""),
        token_url=credentials.get("token_url") or GOOGLE_TOKENS,
    )


def _with(login: Login, username: str, password: str) -> Login:
    if not username and not password:
        return login
    return Login(username=username or login.username, password=password or login.password)


def _server(url: str, kind: str) -> tuple[Server, str, str]:
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise AccountRefused(f"the {kind.upper()} address is not a URL", reason="settings") from None
    found = _SCHEMES.get(parts.scheme.lower())
    if found is None or found[0] != kind or not parts.hostname:
        raise AccountRefused(f"the {kind.upper()} address begins with {kind}s:// or {kind}://", reason="settings")
    _, security, usual = found
    server = Server(parts.hostname, port or usual, security)
    return server, unquote(parts.username or ""), unquote(parts.password or "")
