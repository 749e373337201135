"""XOAUTH2: a short-lived access token from a refresh token, kept in this process until shortly before it ends."""

from __future__ import annotations

import hashlib
import threading
import time

from hotel_agent.common.exceptions import BadInput, DependencyDown, UnknownOutcome
from integrations import http
from integrations.channels.email.accounts import Login
from integrations.exceptions import AccountRefused
from integrations.outside import Service

_MARGIN_S = 120.0
_SHORTEST_S = 60.0
_tokens: dict[str, tuple[float, str]] = {}
_lock = threading.Lock()


def access_token(login: Login) -> str:
    """A token that lives at least two minutes more.

    Raises:
        AccountRefused: the provider withdrew the refresh token (password changed, access revoked): a person must act.
        DependencyDown: the provider does not answer now.
    """
    key = hashlib.sha256(f"{login.client_id}\0{login.refresh_token}".encode()).hexdigest()
    with _lock:
        ends, token = _tokens.get(key, (0.0, ""))
    if ends > time.monotonic():
        return token
    token, lifetime = _fetched(login)
    with _lock:
        if len(_tokens) > 1000:
            _tokens.clear()
        _tokens[key] = (time.monotonic() + max(lifetime - _MARGIN_S, _SHORTEST_S), token)
    return token


def forget(login: Login) -> None:
    """Drop a token the server did not take; the next call asks for a fresh one."""
    key = hashlib.sha256(f"{login.client_id}\0{login.refresh_token}".encode()).hexdigest()
    with _lock:
        _tokens.pop(key, None)


def _fetched(login: Login) -> tuple[str, float]:
    try:
        response = http.request(
            Service.GMAIL,
            "POST",
            login.token_url,
            data={
                "grant_type": "refresh_token",
                "refresh_token": login.refresh_token,
                "client_id": login.client_id,
                "client_secret": login.client_secret,
            },
            changes=False,  # asking twice gives two tokens and harms nobody
        )
        answer = response.json()
    except (BadInput, UnknownOutcome) as error:
        raise DependencyDown(str(error)) from error
    token = answer.get("access_token") if isinstance(answer, dict) else None
    if response.ok and isinstance(token, str) and token:
        lifetime = answer.get("expires_in")
        return token, float(lifetime) if isinstance(lifetime, int | float) else 3600.0
    word = answer.get("error") if isinstance(answer, dict) else None
    if response.status in {400, 401, 403}:
        raise AccountRefused(f"the mailbox's access was withdrawn ({str(word)[:60]})", reason="token")
    raise DependencyDown(f"the token service answered {response.status}", retry_after=response.retry_after)


def xoauth2(username: str, token: str) -> str:
    """The initial response both IMAP and SMTP take, before base64. Source: Google, XOAUTH2 mechanism."""
    return f"user={username}\x01auth=Bearer {token}\x01\x01"
