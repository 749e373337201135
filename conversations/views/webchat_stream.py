"""`GET /api/v1/webchat/<widget key>/stream`: tells an open page at once that there is something to fetch.

An ASGI application of its own, run in a process of its own: an open stream would hold a thread of the web server for
minutes. It touches no database and carries no content, only "change"; whatever happens to it, the page asks by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from conversations.services.webchat import visitors
from conversations.services.webchat.hints import channel_of
from conversations.services.webchat.hub import Hub, HubDown, HubFull
from hotel_agent.common import limits

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PING_S = 15.0
"""A sign of life: proxies and phones drop what is silent for a minute."""
LIFETIME_S = 900.0
"""A page opens a new stream then, so that an old token or a moved process is noticed."""
CHANGE = b"event: change\ndata: 1\n\n"

_PATH = re.compile(r"/api/v1/webchat/([A-Za-z0-9_-]{4,64})/stream/?")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application."""
    if scope["type"] != "http":
        return
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    allowed = _allowed_origin(headers)
    match = _PATH.fullmatch(scope["path"])
    if match is None:
        await _answer(send, 404, allowed)
    elif scope["method"] == "OPTIONS":
        await _answer(send, 204, allowed)
    elif scope["method"] != "GET":
        await _answer(send, 405, allowed)
    else:
        try:
            visitor = visitors.read_token(match[1], headers.get("x-visitor-token", ""))
        except visitors.UnknownVisitor:
            await _answer(send, 401, allowed)
            return
        await _stream(channel_of(visitor.visitor), _address(scope, headers), receive, send, allowed)


_hubs: dict[int, Hub] = {}


def _hub() -> Hub:
    """This event loop's hub."""
    loop = id(asyncio.get_running_loop())
    if loop not in _hubs:
        _hubs[loop] = Hub(settings.REDIS_URL, settings.REDIS_CLIENT_NAME)
    return _hubs[loop]


async def _stream(channel: str, address: str, receive: Receive, send: Send, origin: str) -> None:
    hub = _hub()
    try:
        async with hub.listening(channel, address) as event:
            gone = asyncio.create_task(_disconnected(receive))
            try:
                await _say_all(hub, event, gone, send, origin)
            finally:
                gone.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await gone
    except HubDown:
        await _answer(send, 503, origin, retry_after=10)
    except HubFull:
        await _answer(send, 503, origin, retry_after=60)


async def _say_all(hub: Hub, event: asyncio.Event, gone: asyncio.Task[None], send: Send, origin: str) -> None:
    headers = {
        "Content-Type": "text/event-stream; charset=utf-8",
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",  # nginx would collect the events otherwise
    }
    await send({"type": "http.response.start", "status": 200, "headers": _encoded(headers | _cors(origin))})
    # What came between the page's last question and now is fetched at once.
    await send({"type": "http.response.body", "body": CHANGE, "more_body": True})
    end = asyncio.get_running_loop().time() + LIFETIME_S
    while hub.up and not gone.done() and asyncio.get_running_loop().time() < end:
        told = asyncio.create_task(event.wait())
        await asyncio.wait({told, gone}, timeout=PING_S, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        if gone.done() or not hub.up:
            break
        changed = event.is_set()
        event.clear()
        await send({"type": "http.response.body", "body": CHANGE if changed else b": \n\n", "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _allowed_origin(headers: dict[str, str]) -> str:
    """The asking page's origin when it is our own (in development: another port of this machine), else ""."""
    origin = headers.get("origin", "")
    if not origin:
        return ""
    try:
        asking = urlsplit(origin).hostname or ""
        host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
    except ValueError:
        return ""
    own = urlsplit(settings.PUBLIC_BASE_URL).hostname or ""
    near = asking in _LOOPBACK and host in _LOOPBACK
    return origin if asking in {host, own} or near or origin in settings.CORS_ALLOWED_ORIGINS else ""


def _address(scope: Scope, headers: dict[str, str]) -> str:
    request = HttpRequest()
    request.META["REMOTE_ADDR"] = (scope.get("client") or ("",))[0]
    if settings.TRUSTED_IP_HEADER:
        name = settings.TRUSTED_IP_HEADER
        request.META["HTTP_" + name.upper().replace("-", "_")] = headers.get(name.lower(), "")
    return limits.client_address(request)


async def _answer(send: Send, status: int, origin: str, *, retry_after: int = 0) -> None:
    headers = {"Content-Length": "0", "Cache-Control": "no-store", **_cors(origin)}
    if retry_after:
        headers["Retry-After"] = str(retry_after)
    await send({"type": "http.response.start", "status": status, "headers": _encoded(headers)})
    await send({"type": "http.response.body", "body": b""})


def _cors(origin: str) -> dict[str, str]:
    if not origin:
        return {"Vary": "Origin"}
    return {
        "Vary": "Origin",
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Headers": "x-visitor-token",
        "Access-Control-Allow-Methods": "GET",
        "Access-Control-Max-Age": "600",
    }


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
