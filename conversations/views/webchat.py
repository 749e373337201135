"""Web chat's doors for the page's script: sessions, messages, read marks. A visitor is known by a token in a header.

No cookie is read or set, so there is nothing to forge across sites. Every answer is short: no web thread waits here.
"""

from __future__ import annotations

from typing import Any, NoReturn
from urllib.parse import quote

import structlog
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException, NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from conversations.serializers import (
    WebchatAccepted,
    WebchatAfter,
    WebchatMessage,
    WebchatRead,
    WebchatReadOut,
    WebchatSession,
    WebchatSessionOut,
    WebchatUpdate,
)
from conversations.services import files
from conversations.services.webchat import attachments, history, posting, visitors
from conversations.services.webchat.visitors import Visitor
from hotel_agent.common import limits
from hotel_agent.common.api import BoundedJSONParser, checked, within
from tenants.models import ChannelAccount
from tenants.scoping import tenant_scope
from tenants.selectors import widget

log = structlog.get_logger(__name__)

TOKEN_HEADER = "X-Visitor-Token"  # noqa: S105 - a header's name
READ_RATE = "150/m"
"""A page asks once a second while it is looked at; two open pages of one visitor still fit."""
SESSION_RATE = "60/m"
TOKEN = OpenApiParameter(TOKEN_HEADER, str, OpenApiParameter.HEADER, required=True)


class Unknown(APIException):
    """No token, or none of ours: the page makes a new session and sends the same message again."""

    status_code = status.HTTP_401_UNAUTHORIZED
    default_code = "unknown_visitor"
    default_detail = "Open a session first."


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


class SessionView(WebchatView):
    """`POST /api/v1/webchat/<widget key>/session`."""

    @extend_schema(request=WebchatSession, responses=WebchatSessionOut, auth=[], tags=["webchat"])
    def post(self, request: Request, key: str) -> Response:
        """A token for this page: the visitor of the token it still has, a known visitor, or somebody new.

        401 `forged_identity` for a wrong hash, 429 for too many new visitors from one address.
        """
        account = self.account(key)
        asked = checked(WebchatSession(data=request.data))
        address = limits.client_address(request._request)
        within(limits.check("webchat-session", address, SESSION_RATE))
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
            within(visitors.may_be_new(address))
            return visitors.new_visitor(account)


class _Forged(APIException):
    status_code = status.HTTP_401_UNAUTHORIZED
    default_code = "forged_identity"
    default_detail = "identifier_hash is not HMAC-SHA256 of identifier with the widget's secret."


def _refuse_identity() -> NoReturn:
    raise _Forged


class MessagesView(WebchatView):
    """`GET` and `POST /api/v1/webchat/<widget key>/messages`."""

    @extend_schema(
        parameters=[TOKEN, OpenApiParameter("after", OpenApiTypes.STR)],
        responses=WebchatUpdate,
        auth=[],
        tags=["webchat"],
    )
    def get(self, request: Request, key: str) -> Response:
        """What is new since `after`, whether an answer is being written, and who answers."""
        account, visitor = self.account(key), self.visitor(request, key)
        within(limits.check("webchat-read", f"{key}:{visitor.visitor}", READ_RATE))
        asked = checked(WebchatAfter(data={"after": request.query_params.get("after", "")}))
        with tenant_scope(account.tenant):
            new = history.update(visitor, asked["after"])
        return Response(
            {"messages": new.messages, "cursor": str(new.cursor), "typing": new.typing, "answers": new.answers},
            headers={"Cache-Control": "no-store"},
        )

    @extend_schema(
        request=WebchatMessage, parameters=[TOKEN], responses={202: WebchatAccepted}, auth=[], tags=["webchat"]
    )
    def post(self, request: Request, key: str) -> Response:
        """202 once the message is a committed row; the same id again is the same message and answered alike.

        503 when the database cannot take it: the page keeps it and tries again.
        """
        account, visitor = self.account(key), self.visitor(request, key)
        within(posting.may_post(visitor, limits.client_address(request._request)))
        asked = checked(WebchatMessage(data=request.data))
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


class FileView(WebchatView):
    """`GET /api/v1/webchat/<widget key>/files/<signed name>`: what staff sent, for as long as its address lives."""

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}, auth=[], tags=["webchat"])
    def get(self, request: Request, key: str, token: str) -> HttpResponse:
        """Pictures are shown, everything else is a download; 404 once the address or the file is over."""
        account = self.account(key)
        address = limits.client_address(request._request)
        within(limits.check("webchat-file", address, READ_RATE))
        with tenant_scope(account.tenant):
            try:
                file, content = attachments.open_file(token, key)
            except attachments.FileGone:
                raise NotFound("There is no such file.") from None
        name = quote(file.filename or str(file.public_id))
        response = HttpResponse(content, content_type=file.content_type if file.is_picture else files.OPAQUE)
        response["Content-Disposition"] = f"{'inline' if file.is_picture else 'attachment'}; filename*=UTF-8''{name}"
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
        response["Cache-Control"] = "private, no-store"
        return response


class ReadView(WebchatView):
    """`POST /api/v1/webchat/<widget key>/read`."""

    @extend_schema(request=WebchatRead, parameters=[TOKEN], responses=WebchatReadOut, auth=[], tags=["webchat"])
    def post(self, request: Request, key: str) -> Response:
        """The page showed the hotel's messages up to this one."""
        account, visitor = self.account(key), self.visitor(request, key)
        within(limits.check("webchat-read", f"{key}:{visitor.visitor}", READ_RATE))
        asked = checked(WebchatRead(data=request.data))
        with tenant_scope(account.tenant):
            count = history.read_until(visitor, asked["id"])
        return Response({"read": count})
