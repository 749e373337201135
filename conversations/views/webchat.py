"""Web chat's doors for the page's script: sessions, messages, read marks. A visitor is known by a token in a header.

No cookie is read or set, so there is nothing to forge across sites. Every answer is short: no web thread waits here.
"""

from __future__ import annotations

from typing import Any, NoReturn

import structlog
from rest_framework import status
from rest_framework.exceptions import APIException, NotFound, ParseError
from rest_framework.parsers import JSONParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from conversations.serializers import WebchatAfter, WebchatMessage, WebchatRead, WebchatSession
from conversations.services.webchat import history, posting, visitors
from conversations.services.webchat.visitors import Visitor
from hotel_agent.common import limits
from tenants.models import ChannelAccount
from tenants.scoping import tenant_scope
from tenants.selectors import widget

log = structlog.get_logger(__name__)

TOKEN_HEADER = "X-Visitor-Token"  # noqa: S105 - a header's name
READ_RATE = "150/m"
"""A page asks once a second while it is looked at; two open pages of one visitor still fit."""
SESSION_RATE = "60/m"


class TooMany(APIException):
    """Over a limit; carries how long to wait."""

    status_code = status.HTTP_429_TOO_MANY_REQUESTS

    def __init__(self, limit: limits.Limit) -> None:
        super().__init__("Too many requests.", "too_many_requests")
        self.wait = limit.retry_after
        """DRF writes it as Retry-After."""


class Unknown(APIException):
    """No token, or none of ours: the page makes a new session and sends the same message again."""

    status_code = status.HTTP_401_UNAUTHORIZED
    default_code = "unknown_visitor"
    default_detail = "Open a session first."


class BoundedJSONParser(JSONParser):
    """JSON whose nesting cannot exhaust the interpreter."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """As JSON, or a 400."""
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None


class WebchatView(APIView):
    """What the endpoints of a widget have in common: the widget, the visitor, errors of one shape."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (BoundedJSONParser,)

    def account(self, key: str) -> ChannelAccount:
        """The live widget.

        Raises:
            NotFound: there is none.
        """
        found = widget(key)
        if found is None:
            raise NotFound("There is no such chat.")
        return found

    def visitor(self, request: Request, key: str) -> Visitor:
        """Who asks.

        Raises:
            Unknown: nobody we know at this widget.
        """
        try:
            return visitors.read_token(key, request.headers.get(TOKEN_HEADER, ""))
        except visitors.UnknownVisitor:
            raise Unknown from None

    def handle_exception(self, exc: Exception) -> Response:
        """Every refusal as `{"error": {"code", "message", "fields"?}}`; what is no refusal of ours goes on."""
        response = super().handle_exception(exc)
        code = getattr(exc, "default_code", "error")
        error: dict[str, Any] = {"code": code, "message": "The request cannot be used."}
        if isinstance(exc, TooMany):
            error = {"code": "too_many_requests", "message": "Too many requests.", "retry_after": exc.wait}
        elif isinstance(response.data, dict) and set(response.data) == {"detail"}:
            error["message"] = str(response.data["detail"])
        else:
            error["fields"] = response.data
        response.data = {"error": error}
        return response


def _checked(serializer: BaseSerializer[Any]) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    values: dict[str, Any] = serializer.validated_data
    return values


def _within(limit: limits.Limit) -> None:
    if not limit.allowed:
        raise TooMany(limit)


class SessionView(WebchatView):
    """`POST /api/v1/webchat/<widget key>/session`."""

    def post(self, request: Request, key: str) -> Response:
        """A token for this page: the visitor of the token it still has, a known visitor, or somebody new.

        401 `forged_identity` for a wrong hash, 429 for too many new visitors from one address.
        """
        account = self.account(key)
        asked = _checked(WebchatSession(data=request.data))
        address = limits.client_address(request._request)
        _within(limits.check("webchat-session", address, SESSION_RATE))
        visitor = self._visitor(request, account, asked, address)
        return Response({"token": visitor.token(), "known": bool(visitor.identifier)})

    def _visitor(self, request: Request, account: ChannelAccount, asked: dict[str, Any], address: str) -> Visitor:
        if "identifier" in asked:
            try:
                return visitors.known_visitor(account, **asked)
            except visitors.ForgedIdentity:
                log.warning("webchat_forged_identity", account_id=account.pk)
                _refuse_identity()
        try:
            return visitors.read_token(account.external_id, request.headers.get(TOKEN_HEADER, ""))
        except visitors.UnknownVisitor:
            _within(visitors.may_be_new(address))
            return visitors.new_visitor(account)


class _Forged(APIException):
    status_code = status.HTTP_401_UNAUTHORIZED
    default_code = "forged_identity"
    default_detail = "identifier_hash is not HMAC-SHA256 of identifier with the widget's secret."


def _refuse_identity() -> NoReturn:
    raise _Forged


class MessagesView(WebchatView):
    """`GET` and `POST /api/v1/webchat/<widget key>/messages`."""

    def get(self, request: Request, key: str) -> Response:
        """What is new since `after`, whether an answer is being written, and who answers."""
        account, visitor = self.account(key), self.visitor(request, key)
        _within(limits.check("webchat-read", f"{key}:{visitor.visitor}", READ_RATE))
        asked = _checked(WebchatAfter(data={"after": request.query_params.get("after", "")}))
        with tenant_scope(account.tenant):
            new = history.update(visitor, asked["after"])
        return Response(
            {"messages": new.messages, "cursor": str(new.cursor), "typing": new.typing, "answers": new.answers},
            headers={"Cache-Control": "no-store"},
        )

    def post(self, request: Request, key: str) -> Response:
        """202 once the message is a committed row; the same id again is the same message and answered alike.

        503 when the database cannot take it: the page keeps it and tries again.
        """
        account, visitor = self.account(key), self.visitor(request, key)
        _within(posting.may_post(visitor, limits.client_address(request._request)))
        asked = _checked(WebchatMessage(data=request.data))
        common = {
            "message_id": str(asked["id"]),
            "language": asked.get("language", ""),
            "correlation_id": getattr(request._request, "correlation_id", ""),
        }
        if "choice" in asked:
            with tenant_scope(account.tenant):
                try:
                    posting.post_choice(visitor, choice_id=asked["choice"], **common)
                except posting.UnknownChoice:
                    raise _NotOffered from None
        else:
            posting.post_text(visitor, text=asked["text"], **common)
        return Response({"id": common["message_id"], "state": "received"}, status=status.HTTP_202_ACCEPTED)


class _NotOffered(APIException):
    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "unknown_choice"
    default_detail = "This was not offered in this conversation."


class ReadView(WebchatView):
    """`POST /api/v1/webchat/<widget key>/read`."""

    def post(self, request: Request, key: str) -> Response:
        """The page showed the hotel's messages up to this one."""
        account, visitor = self.account(key), self.visitor(request, key)
        _within(limits.check("webchat-read", f"{key}:{visitor.visitor}", READ_RATE))
        asked = _checked(WebchatRead(data=request.data))
        with tenant_scope(account.tenant):
            count = history.read_until(visitor, asked["id"])
        return Response({"read": count})
