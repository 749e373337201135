"""What the views of our own API share: strict JSON, limits, and errors of one form."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import exception_handler

from hotel_agent.common import limits
from hotel_agent.common.envelope import error_body
from hotel_agent.common.exceptions import BadInput, DependencyDown, HotelAgentError, Misconfigured

UNUSABLE = "The request cannot be used."
TRY_AGAIN_S = 30


class Refusal(APIException):
    """A refusal with a code of our own."""

    def __init__(self, status_code: int, code: str, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message, code)
        self.status_code = status_code
        self.wait = retry_after
        """REST framework writes it as Retry-After."""


class TooMany(Refusal):
    """Over a limit; carries how long to wait."""

    def __init__(self, limit: limits.Limit) -> None:
        super().__init__(
            status.HTTP_429_TOO_MANY_REQUESTS, "too_many_requests", "Too many requests.", retry_after=limit.retry_after
        )


class BoundedJSONParser(JSONParser):
    """JSON whose nesting cannot exhaust the interpreter."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """As JSON, or a 400."""
        try:
            return super().parse(stream, media_type, parser_context)
        except (RecursionError, ValueError):  # a number of 5000 digits is a ValueError of its own
            raise ParseError("The body is not usable JSON.") from None


def checked(serializer: BaseSerializer[Any]) -> Any:
    """The values of a valid serializer.

    Raises:
        ValidationError: a field is unusable; the answer names it.
    """
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


def within(limit: limits.Limit) -> None:
    """Refuse what is over a limit.

    Raises:
        TooMany: it is.
    """
    if not limit.allowed:
        raise TooMany(limit)


def answer_error(exc: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's handler of exceptions: every refusal in the one form. None for what is a mistake of ours."""
    exc = _as_api(exc)
    response = exception_handler(exc, context)
    if response is None:
        return None
    codes = exc.get_codes() if isinstance(exc, APIException) else "error"
    code = codes if isinstance(codes, str) else "invalid"
    wait = getattr(exc, "wait", None)
    retry_after = max(int(wait), 1) if wait else None
    if isinstance(response.data, dict) and set(response.data) == {"detail"}:
        response.data = error_body(code, str(response.data["detail"]), retry_after=retry_after)
    else:
        fields = response.data if isinstance(response.data, dict) else {"non_field_errors": response.data}
        response.data = error_body(code, UNUSABLE, fields=fields)
    return response


def _as_api(exc: Exception) -> Exception:
    match exc:
        case Http404():
            return exceptions.NotFound()
        case DjangoPermissionDenied():
            return exceptions.PermissionDenied()
        case DjangoValidationError():
            found = exc.message_dict if hasattr(exc, "error_dict") else {"non_field_errors": exc.messages}
            return exceptions.ValidationError(found)
        case DependencyDown():
            wait = int(exc.retry_after or TRY_AGAIN_S)
            return Refusal(503, exc.code, "A system this needs does not answer.", retry_after=max(wait, 1))
        case Misconfigured():
            return Refusal(503, exc.code, "The hotel's connection needs its people.", retry_after=TRY_AGAIN_S)
        case BadInput():
            return Refusal(400, exc.code, str(exc) or UNUSABLE)
        case HotelAgentError():
            return Refusal(409, exc.code, str(exc) or UNUSABLE)
    return exc
