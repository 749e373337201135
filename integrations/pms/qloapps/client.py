"""Talking to a QloApps webservice, and what its answers mean.

JSON out, XML in (JSON bodies work on `bookings` only). A read is tried twice at most. A write is never repeated here,
and its answer decides nothing: a 500 may have booked and a 200 may not (see `adapter`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar
from xml.sax.saxutils import escape

from hotel_agent.common.exceptions import DependencyDown, Misconfigured, Permanent
from integrations import http
from integrations.exceptions import AccountRefused, Throttled
from integrations.outside import Service

T = TypeVar("T")
Record = Mapping[str, Any]

READ_TRIES = 2
READ_AGAIN_WITHIN_S = 5.0
"""A read that failed later than this is not tried again: the guest has waited long enough."""
OUR_MISTAKES = frozenset({32, 35, 38})
"""Unknown filter, display or sort field: QloApps says 500."""
ROOT_OF = {"room_bookings": "bookings", "hotel_rooms": "rooms"}
"""Resources whose lists come under another name."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What QloApps said to a write. `data` is None unless it was JSON."""

    status: int
    data: Any

    @property
    def codes(self) -> frozenset[int]:
        """Error codes in the answer."""
        return _codes(self.data)

    @property
    def message(self) -> str:
        """The texts of its errors in lower case, for comparison only: they contain paths of the server."""
        return " ".join(str(error.get("message", "")) for error in _errors(self.data)).lower()

    @property
    def is_failure(self) -> bool:
        """Whether the server broke instead of judging the request."""
        return self.status >= 500

    @property
    def is_final(self) -> bool:
        """Whether the request certainly ended there. A gateway's 502, 503 or 504 leaves it running."""
        return self.status < 500 or self.status == 500

    def __str__(self) -> str:
        return f"status {self.status}, codes {sorted(self.codes)}"


class Client:
    """One key at one address."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self._base = f"{base_url.rstrip('/')}/api"
        self._auth = (api_key, "")

    def list(self, resource: str, **params: str) -> list[Record]:
        """Rows of a resource. `display` names the fields: everything else stays there.

        Raises:
            DependencyDown, Misconfigured, Permanent: as for every read.
        """
        data = self._read("GET", resource, params={_plain(name): value for name, value in params.items()})
        if data == [] or data is None:  # an empty list has no root
            return []
        rows = data.get(ROOT_OF.get(resource, resource)) if isinstance(data, dict) else None
        if not isinstance(rows, list):
            raise DependencyDown(f"qloapps: {resource} answered something else")
        return [row for row in rows if isinstance(row, dict)]

    def item(self, resource: str, number: str, root: str) -> Record | None:
        """One record, None when there is no such id."""
        data = self._read("GET", f"{resource}/{number}")
        if data is None:
            return None
        record = data.get(root) if isinstance(data, dict) else None
        if not isinstance(record, dict):
            raise DependencyDown(f"qloapps: {resource} answered something else")
        return record

    def search(self, resource: str, fields: Record) -> Any:
        """A POST that only reads (`hotel_ari`); its JSON."""
        return self._read("POST", resource, data=xml(resource, fields))

    def write(self, method: str, path: str, *, booking: Record | None = None, data: bytes | None = None) -> Answer:
        """Make one change there, once.

        Raises:
            UnknownOutcome: no answer; it may have happened.
            DependencyDown: nothing was sent, or it was told to slow down.
            Misconfigured: the key, its rights or the address are refused; nothing happened.
        """
        body = {"json": {"booking": booking}} if booking is not None else {"data": data}
        response = self._call(method, path, changes=True, **body)
        if response.status == 429:
            raise Throttled("qloapps asks to slow down", retry_after=response.retry_after)
        data_found = _json(response)
        _refuse_account(response.status, data_found)
        return Answer(response.status, data_found)

    def _read(self, method: str, path: str, **request: Any) -> Any:
        return _twice(lambda: self._judge_read(path, self._call(method, path, changes=False, **request)))

    def _judge_read(self, path: str, response: http.Response) -> Any:
        data = _json(response)
        _refuse_account(response.status, data)
        if response.status == 404 and data is None:
            return None
        if response.status == 429:
            raise Throttled("qloapps asks to slow down", retry_after=response.retry_after)
        if response.status == 400 or (response.status == 500 and _codes(data) & OUR_MISTAKES):
            raise Permanent(f"qloapps: {path.partition('/')[0]} refused the question, codes {sorted(_codes(data))}")
        if not response.ok or data is None:  # also 200 with a page for people: maintenance, a login, a fatal error
            raise DependencyDown(f"qloapps: {path.partition('/')[0]} answered {response.status}, no data")
        return data

    def _call(self, method: str, path: str, *, changes: bool, **request: Any) -> http.Response:
        params = {**request.pop("params", {}), "output_format": "JSON"}
        headers = {"Content-Type": "application/xml"} if request.get("data") is not None else None
        return http.request(
            Service.PMS,
            method,
            f"{self._base}/{path}",
            params=params,
            headers=headers,
            auth=self._auth,
            changes=changes,
            public_only=True,
            **request,
        )


def xml(root: str, fields: Record) -> bytes:
    """A request body; nested mappings are elements, a sequence repeats its element."""
    return f"<qloapps><{root}>{_elements(fields)}</{root}></qloapps>".encode()


def any_of(values: Sequence[object]) -> str:
    """A filter that takes any of the values."""
    return f"[{'|'.join(str(value) for value in values)}]"


def fields(*names: str) -> str:
    """A `display` of these fields."""
    return f"[{','.join(names)}]"


def _elements(value: Any) -> str:
    if isinstance(value, Mapping):
        return "".join(
            "".join(f"<{name}>{_elements(one)}</{name}>" for one in (inner if isinstance(inner, list) else [inner]))
            for name, inner in value.items()
        )
    return escape(str(value))


def _plain(name: str) -> str:
    """`filter_source` is `filter[source]`."""
    kind, _, field = name.partition("_")
    return f"filter[{field}]" if kind == "filter" else name


def _json(response: http.Response) -> Any:
    """The answer's JSON with exact numbers; None when it is anything else."""
    if "json" not in response.headers.get("content-type", ""):
        return None
    try:
        return json.loads(response.body, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None


def _errors(data: Any) -> list[Record]:
    found = data.get("errors") if isinstance(data, dict) else None
    return [error for error in found if isinstance(error, dict)] if isinstance(found, list) else []


def _codes(data: Any) -> frozenset[int]:
    return frozenset(int(error["code"]) for error in _errors(data) if str(error.get("code", "")).isdigit())


def _refuse_account(status: int, data: Any) -> None:
    """Raise for what somebody has to change in the settings: key, rights, address."""
    codes = _codes(data)
    if status == 401:
        reason = "permission" if 26 in codes else "token"
        raise AccountRefused(f"qloapps refuses the key ({reason})", reason=reason)
    if status == 405:
        raise AccountRefused("qloapps does not allow the key to do this", reason="permission")
    if 300 <= status < 400:
        raise Misconfigured("qloapps sends us elsewhere: the address must be exactly the shop's domain")


def _twice(read: Callable[[], T]) -> T:
    started = time.monotonic()
    for left in range(READ_TRIES - 1, -1, -1):
        try:
            return read()
        except Throttled:
            raise
        except DependencyDown:
            if not left or time.monotonic() - started > READ_AGAIN_WITHIN_S:
                raise
    raise AssertionError("unreachable")
