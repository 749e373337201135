"""The one form of a refusal: `{"error": {"code", "message", "fields"?, "retry_after"?, "correlation_id"?}}`.

`code` is the contract (docs/api.md lists them); `message` is for the person who reads a log; `fields` says per field of
the request what is wrong with it.
"""

from __future__ import annotations

from typing import Any

import structlog
from django.http import JsonResponse


def error_body(
    code: str, message: str, *, fields: dict[str, Any] | None = None, retry_after: int | None = None
) -> dict[str, Any]:
    """The body of a refusal, with the request's correlation id where there is one."""
    error: dict[str, Any] = {"code": code, "message": message}
    if fields:
        error["fields"] = fields
    if retry_after is not None:
        error["retry_after"] = retry_after
    correlation_id = structlog.contextvars.get_contextvars().get("correlation_id")
    if correlation_id:
        error["correlation_id"] = correlation_id
    return {"error": error}


def refusal(status: int, code: str, message: str, *, retry_after: int | None = None) -> JsonResponse:
    """A refusal for views and middleware outside REST framework; `retry_after` also becomes the header."""
    response = JsonResponse(error_body(code, message, retry_after=retry_after), status=status)
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response
