"""Who calls the API: `Authorization: Bearer <access token>`."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from tenants import tokens


class BearerAuthentication(BaseAuthentication):
    """Access tokens of `tenants.tokens`. Nothing else counts here: no cookie, so nothing to forge across sites."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """The user and the token; None without a token.

        Raises:
            BadToken: there is one that is not believed.
        """
        scheme, _, written = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        if not written.strip() or " " in written.strip():
            raise tokens.BadToken("Write: Authorization: Bearer <token>.", "token_invalid")
        return tokens.user_of(written.strip())

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return 'Bearer realm="api"'


class BearerScheme(OpenApiAuthenticationExtension):
    """How the schema names it."""

    target_class = BearerAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A bearer token, by its form a JWT."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
