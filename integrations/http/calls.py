"""Making one call, and what a failure of it means."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import requests
import structlog
import urllib3

from hotel_agent.common.exceptions import DependencyDown, HotelAgentError, Misconfigured, UnknownOutcome
from integrations import addresses
from integrations.http import sessions
from integrations.http.answers import SAID, AnswerTooLong, Exchange, Response, recording
from integrations.outside import PATIENCE, Service

MAX_RESPONSE = 5 * 1024 * 1024
PUBLIC_PORTS = frozenset({443, 8443})
"""Where a hotel's own services may listen."""
CORRELATION_HEADER = "X-Correlation-ID"

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_CORRELATION = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_CHUNK = 64 * 1024


File: TypeAlias = tuple[str, bytes, str]
"""Name, content and content type of a part of a multipart form."""


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
        sessions.wire.sent = False

    def __str__(self) -> str:
        try:
            host = urlsplit(self.url).hostname or "?"
        except ValueError:
            host = "?"
        return f"{self.service.value} {self.method} {host}"

    def failed(self, why: str) -> HotelAgentError:
        if not sessions.wire.sent:
            return DependencyDown(f"{self}: not reached ({why})")
        if self.changes:
            return UnknownOutcome(f"{self}: sent, no answer ({why})")
        return DependencyDown(f"{self}: no answer ({why})")

    def note(self, status: int | None, said: str) -> None:
        """Keep the call where somebody asked for it."""
        exchanges = recording.get()
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
    response = sessions.session(call.service, public_only=public_only).request(
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
