"""`POST /api/v1/auth/token` and `/api/v1/auth/token/refresh`."""

from __future__ import annotations

from dataclasses import asdict

from django.contrib.auth import authenticate
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hotel_agent.common import limits
from hotel_agent.common.api import BoundedJSONParser, checked, within
from tenants import tokens
from tenants.serializers import Credentials, RefreshRequest, TokenPair

ADDRESS_RATE = "30/m"
FAILURES_RATE = "5/15m"
"""As for people who log in: the sixth wrong password waits, whatever it is."""


class _TokenView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (BoundedJSONParser,)

    def get_authenticate_header(self, request: Request) -> str:
        """A wrong password is a 401 as well; without this REST framework would make it a 403."""
        return 'Bearer realm="api"'


def _answer(pair: tokens.Pair) -> Response:
    return Response({**asdict(pair), "token_type": "Bearer"}, headers={"Cache-Control": "no-store"})


class TokenView(_TokenView):
    """Begin."""

    @extend_schema(request=Credentials, responses=TokenPair, auth=[], tags=["auth"])
    def post(self, request: Request) -> Response:
        """A pair of tokens for a user name and its password, and the code of the second factor where there is one.

        After five wrong passwords for one account from one address further ones wait a quarter of an hour.
        """
        address = limits.client_address(request._request)
        within(limits.check("api-token", address, ADDRESS_RATE))
        asked = checked(Credentials(data=request.data))
        key = f"{address}:{asked['username'].casefold()}"
        within(limits.look("api-login", key, FAILURES_RATE))
        user = authenticate(request._request, username=asked["username"], password=asked["password"])
        if user is None:
            limits.check("api-login", key, FAILURES_RATE)
            raise AuthenticationFailed("The user name or the password is wrong.", "wrong_credentials")
        if tokens.needs_code(user):
            code = "".join(asked.get("code", "").split()).lower()
            if not code:
                raise AuthenticationFailed("Send the code of your second factor too.", "second_factor_required")
            if not tokens.code_is_right(user, code):
                limits.check("api-login", key, FAILURES_RATE)
                raise AuthenticationFailed("The code is not right, or was used before.", "wrong_code")
        return _answer(tokens.issue(user))


class RefreshView(_TokenView):
    """Go on."""

    @extend_schema(request=RefreshRequest, responses=TokenPair, auth=[], tags=["auth"])
    def post(self, request: Request) -> Response:
        """A new pair for a refresh token, which can be used once."""
        within(limits.check("api-token", limits.client_address(request._request), ADDRESS_RATE))
        return _answer(tokens.rotate(checked(RefreshRequest(data=request.data))["refresh"]))
