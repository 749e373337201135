"""What an understanding service's HTTP answers mean, the same for every protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hotel_agent.common.exceptions import BadInput, DependencyDown, Misconfigured
from integrations import http
from integrations.exceptions import Throttled
from integrations.outside import Service

MAX_ANSWER = 256 * 1024


def ask(
    name: str, url: str, *, body: Mapping[str, Any], headers: Mapping[str, str], params: Mapping[str, str]
) -> dict[str, Any]:
    """POST a question and return the JSON object that answers it.

    Raises:
        DependencyDown, Throttled, Misconfigured: as `RemoteReader.read` says.
    """
    answer = http.request(
        Service.NLU, "POST", url, json=body, headers=headers, params=params, changes=False, max_bytes=MAX_ANSWER
    )
    if answer.status == 429:
        raise Throttled(f"{name}: too many questions", retry_after=answer.retry_after)
    if answer.status in {400, 401, 403, 404, 405, 415, 422}:
        raise Misconfigured(f"{name}: refused with status {answer.status}; check address, key and model")
    if not answer.ok:
        raise DependencyDown(f"{name}: status {answer.status}", retry_after=answer.retry_after)
    return as_object(name, answer)


def as_object(name: str, answer: http.Response) -> dict[str, Any]:
    """The answer's JSON object.

    Raises:
        DependencyDown: it is something else.
    """
    try:
        found = answer.json()
    except BadInput as error:
        raise DependencyDown(f"{name}: the answer is not JSON") from error
    if not isinstance(found, dict):
        raise DependencyDown(f"{name}: the answer is not an object")
    return found
