"""Handing one mail to the mailbox's SMTP server, and knowing what a failure means.

Until the final dot of DATA the server has accepted nothing: whatever breaks before it, nothing was sent. Between the
dot and the answer nobody knows (RFC 5321, 4.2.5 and 6.1): only that is an unknown outcome.
"""

from __future__ import annotations

import base64
import smtplib
import ssl
from typing import Any

from hotel_agent.common.exceptions import DependencyDown, HotelAgentError, UnknownOutcome
from integrations import addresses
from integrations.channels.email import oauth
from integrations.channels.email.accounts import Login, MailAccount, Server, encryption
from integrations.exceptions import AccountRefused, ContentRefused, RecipientRefused, Throttled
from integrations.outside import PATIENCE, Service

_SLOW_DOWN_S = 600.0
_QUOTA_S = 3600.0


class _Certainty(smtplib.SMTP):
    """smtplib's client that knows whether the final dot has left."""

    dot_sent = False

    def _get_socket(self, host: str, port: int, timeout: float) -> Any:
        """A hotel names the server: only checked addresses are connected to. TLS is for the server's name."""
        problem: OSError | None = None
        for address in addresses.resolve(host, port):
            try:
                return super()._get_socket(address, port, timeout)  # type: ignore[misc]  # missing in the stubs
            except ssl.SSLError:
                raise
            except OSError as error:
                problem = error
        raise problem or OSError(f"{host} has no address")

    def data(self, msg: Any) -> tuple[int, bytes]:
        self.dot_sent = False
        self.putcmd("data")
        code, answer = self.getreply()
        if code != 354:
            raise smtplib.SMTPDataError(code, answer)
        body = smtplib._quote_periods(smtplib._fix_eols(msg).encode("ascii") if isinstance(msg, str) else msg)  # type: ignore[attr-defined]
        if not body.endswith(b"\r\n"):
            body += b"\r\n"
        self.send(body)
        self.dot_sent = True
        self.send(b".\r\n")
        return self.getreply()


class _CertaintyTLS(_Certainty, smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""


def try_login(account: MailAccount) -> str:
    """Connect and log in, and send nothing; returns how the server greets.

    Raises:
        AccountRefused, DependencyDown: as `hand_over`.
    """
    server = account.smtp
    client: _Certainty | None = None
    try:
        client = _connected(server)
        if not (server.is_loopback and not client.has_extn("auth")):
            _log_in(client, account.smtp_login)
        return _words(client.ehlo_resp or b"")
    except HotelAgentError:
        raise
    except ssl.SSLCertVerificationError as error:
        raise AccountRefused(f"SMTP {server}: its certificate is not valid", reason="settings") from error
    except (smtplib.SMTPException, OSError, EOFError, UnicodeError) as error:
        raise _failure(server, error) from error
    finally:
        if client is not None:
            _close(client)


def hand_over(account: MailAccount, raw: bytes, *, recipient: str) -> None:
    """Give one mail to the server; returning means it is the server's now.

    Args:
        raw: the mail with CRLF line ends.

    Raises:
        UnknownOutcome: the whole mail was handed over and no answer came.
        DependencyDown, Throttled: nothing was sent; later.
        AccountRefused: login or sender refused: a person must act.
        RecipientRefused: this address cannot be written to.
        ContentRefused: the server will never take this mail.
    """
    server = account.smtp
    client: _Certainty | None = None
    try:
        client = _connected(server)
        if not (server.is_loopback and not client.has_extn("auth")):  # a relay on this machine may ask for no login
            _log_in(client, account.smtp_login)
        _transaction(client, account.address, recipient, raw)
    except HotelAgentError:
        raise
    except ssl.SSLCertVerificationError as error:
        raise AccountRefused(f"SMTP {server}: its certificate is not valid", reason="settings") from error
    except (smtplib.SMTPException, OSError, EOFError, UnicodeError) as error:
        if client is not None and client.dot_sent:
            raise UnknownOutcome(f"SMTP {server}: handed over, no answer ({type(error).__name__})") from error
        raise _failure(server, error) from error
    finally:
        if client is not None:
            _close(client)


def _transaction(client: _Certainty, sender: str, recipient: str, raw: bytes) -> None:
    options = ["SMTPUTF8", "BODY=8BITMIME"] if not (sender + recipient).isascii() else []
    if options and not client.has_extn("smtputf8"):
        raise RecipientRefused("the mail server cannot write to an address with such letters")
    code, answer = client.mail(sender, options)
    if code != 250:
        raise _refusal("sender", code, answer)
    code, answer = client.rcpt(recipient)
    if code not in {250, 251}:
        raise _refusal("recipient", code, answer)
    code, answer = client.data(raw)
    if code != 250:
        client.dot_sent = False  # it answered: nothing is unknown
        raise _refusal("content", code, answer)


def _connected(server: Server) -> _Certainty:
    patience = PATIENCE[Service.SMTP]
    if server.security == "tls":
        client: _Certainty = _CertaintyTLS(server.host, server.port, timeout=patience.read_s, context=encryption())
    else:
        client = _Certainty(server.host, server.port, timeout=patience.read_s)
    client.ehlo_or_helo_if_needed()
    if server.security == "starttls" and not server.is_loopback:
        if not client.has_extn("starttls"):
            _close(client)
            raise AccountRefused(f"{server} offers no encryption: use smtps://", reason="settings")
        client.starttls(context=encryption())
        client.ehlo()
    return client


def _log_in(client: _Certainty, login: Login | None) -> None:
    if login is None:
        return
    try:
        if login.refresh_token:
            _log_in_by_token(client, login)
        else:
            client.login(login.username, login.password)
    except smtplib.SMTPAuthenticationError as error:
        words = _words(error.smtp_error)
        if 400 <= error.smtp_code < 500 and error.smtp_code != 432:
            raise DependencyDown(f"SMTP login: {error.smtp_code} {words}") from error
        raise AccountRefused(f"the mail server refused the login: {error.smtp_code} {words}", reason="token") from error
    except smtplib.SMTPNotSupportedError as error:
        raise AccountRefused("the mail server offers no login", reason="settings") from error


def _log_in_by_token(client: _Certainty, login: Login) -> None:
    words = oauth.xoauth2(login.username, oauth.access_token(login))
    code, answer = client.docmd("AUTH", "XOAUTH2 " + base64.b64encode(words.encode()).decode())
    if code == 334:  # the error in detail; an empty line ends it
        code, answer = client.docmd("")
    if code not in {235, 503}:
        oauth.forget(login)
        raise smtplib.SMTPAuthenticationError(code, answer)


def _refusal(of: str, code: int, answer: bytes) -> HotelAgentError:
    words = _words(answer)
    text = f"the mail server refused the {of}: {code} {words}"
    low = words.lower()
    if "quota exceeded" in low or "5.4.5" in low or "sending limit" in low:
        return Throttled(text, retry_after=_QUOTA_S, provider_code=code)
    if code == 421 or (400 <= code < 500 and ("rate" in low or "too many" in low or "4.7." in low)):
        return Throttled(text, retry_after=_SLOW_DOWN_S, provider_code=code)
    if 400 <= code < 500 or code <= 0:
        return DependencyDown(text)
    if of == "sender" or code in {530, 535, 538}:
        return AccountRefused(text, reason="permission", provider_code=code)
    if of == "recipient":
        return RecipientRefused(text, provider_code=code)
    return ContentRefused(text, provider_code=code)


def _failure(server: Server, error: Exception) -> HotelAgentError:
    if isinstance(error, smtplib.SMTPConnectError | smtplib.SMTPHeloError):
        return DependencyDown(f"SMTP {server}: {error.smtp_code} {_words(error.smtp_error)}")
    if isinstance(error, smtplib.SMTPResponseException):
        return _refusal("content", error.smtp_code, _words(error.smtp_error).encode())
    if isinstance(error, UnicodeError):
        return RecipientRefused("the address cannot be written in a mail's envelope")
    return DependencyDown(f"SMTP {server}: not reached ({type(error).__name__})")


def _words(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
    return " ".join(text.split())[:200]


def _close(client: smtplib.SMTP) -> None:
    try:
        client.quit()
    except (smtplib.SMTPException, OSError, ValueError):
        client.close()
