"""Every HTTP call that leaves the product. Nothing else imports `requests`.

A call goes straight to the address given: no proxies or credentials from the environment, no redirects, no cookies, no
retries. It waits as long as `outside.PATIENCE` says and reads no more than it was told. An address that came from a
hotel is called with `public_only` (see `addresses`). A transport failure becomes one of our errors by one question: had
bytes of the request been sent?

- no: `DependencyDown`, nothing has happened there, repeating is safe;
- yes, and the request changes something: `UnknownOutcome`;
- yes, and it does not: `DependencyDown`.

The cause kept is the socket's or TLS's own error, which contains neither address nor credentials; error texts name
service, method and host only. An HTTP status is an answer, not an error: the adapter judges it.
"""

from __future__ import annotations

import json as jsonlib
import os
import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import requests
import structlog
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError
from urllib3.util.connection import create_connection

from hotel_agent.common.exceptions import BadInput, DependencyDown, HotelAgentError, Misconfigured, UnknownOutcome
from integrations import addresses
from integrations.outside import PATIENCE, Service

USER_AGENT = "HotelAgent/1.0"
POOLS = 100
"""Hosts whose connections are remembered: one per hotel's PMS, one for Graph, …"""
KEPT = 20
"""Idle connections kept per host."""
MAX_RESPONSE = 5 * 1024 * 1024
PUBLIC_PORTS = frozenset({443, 8443})
"""Where a hotel's own services may listen."""
CORRELATION_HEADER = "X-Correlation-ID"

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_CORRELATION = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_CHUNK = 64 * 1024


File: TypeAlias = tuple[str, bytes, str]
"""Name, content and content type of a part of a multipart form."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call as it may be shown to people: no header, no query, no body of ours; the beginning of the answer."""

    service: str
    method: str
    address: str
    """Scheme, host and path."""
    status: int | None
    """None: no answer."""
    duration_ms: int
    said: str
    """The beginning of the answer, or what failed. May repeat secrets: whoever keeps it hides them first."""


SAID = 600
"""Characters of an answer that an `Exchange` keeps."""

_recording: ContextVar[list[Exchange] | None] = ContextVar("recording", default=None)


@contextmanager
def recorded() -> Iterator[list[Exchange]]:
    """The calls made inside, in order, by this thread."""
    exchanges: list[Exchange] = []
    token = _recording.set(exchanges)
    try:
        yield exchanges
    finally:
        _recording.reset(token)


class AnswerTooLong(DependencyDown):
    """There is an answer, and it is longer than the caller wants."""

    code = "answer_too_long"


@dataclass(frozen=True, slots=True)
class Response:
    """An answer of any status, read to its end. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def ok(self) -> bool:
        """2xx."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            BadInput: it is not.
        """
        try:
            return jsonlib.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise BadInput(f"an answer of status {self.status} is not JSON") from error

    @property
    def text(self) -> str:
        """The body as UTF-8 text, with replacements."""
        return self.body.decode("utf-8", "replace")

    @property
    def retry_after(self) -> float | None:
        """Seconds of a `Retry-After` header; None when absent or a date."""
        value = self.headers.get("retry-after", "").strip()
        return float(value) if value.isascii() and value.isdecimal() and len(value) < 7 else None


def request(
    service: Service,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    json: Any = None,
    data: bytes | Mapping[str, str] | None = None,
    files: Mapping[str, File] | None = None,
    auth: tuple[str, str] | None = None,
    changes: bool | None = None,
    public_only: bool = False,
    max_bytes: int = MAX_RESPONSE,
) -> Response:
    """Make one call and return its answer, whatever its status.

    Args:
        url: absolute http or https address without credentials in it.
        files: parts of a multipart form, beside the fields of `data`.
        auth: user and password for Basic authentication.
        changes: whether the call changes something there; by default everything but GET, HEAD and OPTIONS does.
        public_only: the address came from a hotel: https, ports 443 and 8443, public addresses only, and connected to
            exactly the address that was checked. Networks of `settings.PRIVATE_NETWORKS` are free of all three.
        max_bytes: a longer answer is not read.

    Raises:
        ForbiddenAddress: not an address a hotel may name; nothing was connected to.
        DependencyDown: no answer, and nothing has happened; `AnswerTooLong` when it was there but too long.
        UnknownOutcome: no (whole) answer to a call that changes something and may have done so.
        Misconfigured: the address or a header cannot be used.
    """
    method = method.upper()
    call = _Call(service, method, url, changes=method not in _SAFE_METHODS if changes is None else changes)
    try:
        if public_only:
            _refuse_forbidden(url)
        response = _perform(
            call,
            headers=headers,
            params=params,
            json=json,
            data=data,
            files=files,
            auth=auth,
            public_only=public_only,
            max_bytes=max_bytes,
        )
        call.note(response.status, response.text)
    except (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema,
            requests.exceptions.InvalidHeader, requests.exceptions.InvalidJSONError, UnicodeError):  # fmt: skip
        # Their texts quote the address or the header. A UnicodeError is a host or header that is not ASCII.
        failure: HotelAgentError = Misconfigured(f"{call}: the address or a header cannot be used")
        cause: BaseException | None = None
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        cause = _origin(error)
        failure = call.failed(type(cause).__name__)
    else:
        return response
    call.note(None, str(failure))
    raise failure from cause


class _Call:
    """One call's name for errors, and what a failure of it means."""

    def __init__(self, service: Service, method: str, url: str, *, changes: bool) -> None:
        self.service = service
        self.method = method
        self.url = url
        self.changes = changes
        self.started = time.monotonic()
        _wire.sent = False

    def __str__(self) -> str:
        try:
            host = urlsplit(self.url).hostname or "?"
        except ValueError:
            host = "?"
        return f"{self.service.value} {self.method} {host}"

    def failed(self, why: str) -> HotelAgentError:
        if not _wire.sent:
            return DependencyDown(f"{self}: not reached ({why})")
        if self.changes:
            return UnknownOutcome(f"{self}: sent, no answer ({why})")
        return DependencyDown(f"{self}: no answer ({why})")

    def note(self, status: int | None, said: str) -> None:
        """Keep the call where somebody asked for it."""
        exchanges = _recording.get()
        if exchanges is None:
            return
        parts = urlsplit(self.url)
        address = f"{parts.scheme}://{parts.hostname or '?'}{parts.path}"
        took = round((time.monotonic() - self.started) * 1000)
        exchanges.append(Exchange(self.service.value, self.method, address, status, took, said[:SAID]))

    def too_long(self, most: int) -> HotelAgentError:
        why = f"the answer is longer than {most} bytes"
        return self.failed(why) if self.changes else AnswerTooLong(f"{self}: {why}")


def _perform(
    call: _Call,
    *,
    headers: Mapping[str, str] | None,
    params: Mapping[str, str] | None,
    json: Any,
    data: bytes | Mapping[str, str] | None,
    files: Mapping[str, File] | None,
    auth: tuple[str, str] | None,
    public_only: bool,
    max_bytes: int,
) -> Response:
    patience = PATIENCE[call.service]
    response = _session(call.service, public_only=public_only).request(
        call.method,
        call.url,
        headers={**_correlation(), **(headers or {})},
        params=params,
        json=json,
        data=data,
        files=files,
        auth=auth,
        timeout=(patience.connect_s, patience.read_s),
        allow_redirects=False,
        stream=True,
    )
    with response:
        body = b"".join(_read(call, response, max_bytes, deadline=call.started + patience.connect_s + patience.read_s))
    return Response(
        status=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        body=body,
    )


def _read(call: _Call, response: requests.Response, max_bytes: int, *, deadline: float) -> Iterator[bytes]:
    """The body piece by piece. The read timeout is per piece, so a dripping server needs the deadline too."""
    size = 0
    while piece := response.raw.read1(_CHUNK, decode_content=True):
        size += len(piece)
        if size > max_bytes:
            raise call.too_long(max_bytes)
        if time.monotonic() > deadline:
            raise call.failed("the answer took too long")
        yield piece


def _correlation() -> dict[str, str]:
    context = structlog.contextvars.get_contextvars()
    value = str(context.get("correlation_id") or context.get("request_id") or "")
    return {CORRELATION_HEADER: value} if _CORRELATION.fullmatch(value) else {}


def _origin(error: BaseException) -> BaseException:
    """The error at the bottom of a chain of wrappers."""
    seen = {id(error)}
    while True:
        inner = getattr(error, "reason", None)
        if not isinstance(inner, BaseException):
            inner = next((arg for arg in error.args if isinstance(arg, BaseException)), None)
        inner = inner or error.__cause__ or error.__context__
        if inner is None or id(inner) in seen:
            return error
        seen.add(id(inner))
        error = inner


# --- sessions --------------------------------------------------------------------------------------------------------


class _Wire(threading.local):
    """Whether the current call of this thread has put bytes on the wire."""

    sent = False


_wire = _Wire()


class _MarkedHTTPConnection(HTTPConnection):
    is_public_only = False

    def _new_conn(self) -> socket.socket:
        return _connect(self) if self.is_public_only else super()._new_conn()

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        _wire.sent = True
        super().send(data)


class _MarkedHTTPSConnection(HTTPSConnection):
    is_public_only = False

    def _new_conn(self) -> socket.socket:
        return _connect(self) if self.is_public_only else super()._new_conn()

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()  # TLS included: a refused certificate is known before anything was said
        _wire.sent = True
        super().send(data)


class _PublicHTTPConnection(_MarkedHTTPConnection):
    is_public_only = True


class _PublicHTTPSConnection(_MarkedHTTPSConnection):
    is_public_only = True


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _MarkedHTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _MarkedHTTPSConnection


class _PublicHTTPPool(HTTPConnectionPool):
    ConnectionCls = _PublicHTTPConnection


class _PublicHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _PublicHTTPSConnection


def _connect(connection: HTTPConnection) -> socket.socket:
    """A socket to one of the addresses that were checked; the name stays what TLS and the Host header say."""
    failure: OSError | None = None
    for address in addresses.resolve(connection.host, connection.port):
        try:
            return create_connection(
                (address, connection.port),
                connection.timeout,
                source_address=connection.source_address,
                socket_options=connection.socket_options,
            )
        except OSError as error:
            failure = error
    raise NewConnectionError(connection, "no address answers") from failure


def _refuse_forbidden(url: str) -> None:
    """What can be told from the address alone, before anything is resolved."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        raise addresses.ForbiddenAddress("the address cannot be read") from None
    host = parts.hostname or ""
    if "@" in parts.netloc or not host:
        raise addresses.ForbiddenAddress("an address has a host and no credentials")
    public = parts.scheme == "https" and port in PUBLIC_PORTS
    if not public and not addresses.host_is_private_allowed(host, port):
        raise addresses.ForbiddenAddress(f"{host} must be reached by https on port 443 or 8443")


class _Adapter(HTTPAdapter):
    pools: Mapping[str, type[HTTPConnectionPool]] = {"http": _HTTPPool, "https": _HTTPSPool}

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = dict(self.pools)


class _PublicAdapter(_Adapter):
    pools = {"http": _PublicHTTPPool, "https": _PublicHTTPSPool}


_sessions: dict[tuple[Service, bool], requests.Session] = {}
_lock = threading.Lock()


def _session(service: Service, *, public_only: bool) -> requests.Session:
    # Apart, so that a connection made without checks is never handed to a call that needs them.
    with _lock:
        if (service, public_only) not in _sessions:
            _sessions[service, public_only] = _new_session(public_only=public_only)
        return _sessions[service, public_only]


def _new_session(*, public_only: bool) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.headers.clear()
    # No compression: what is capped is then what is sent.
    session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "identity"})
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # hotels share a session, never a cookie
    adapter_class = _PublicAdapter if public_only else _Adapter
    adapter = adapter_class(pool_connections=POOLS, pool_maxsize=KEPT, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def close_all() -> None:
    """Close this process's connections; the next call opens new ones."""
    with _lock:
        for session in _sessions.values():
            session.close()
        _sessions.clear()


def _after_fork() -> None:
    # A child must not speak on its parent's sockets, nor close them.
    global _lock  # noqa: PLW0603 - it may be held by a thread that does not exist here
    _lock = threading.Lock()
    _sessions.clear()


os.register_at_fork(after_in_child=_after_fork)
