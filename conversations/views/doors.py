"""What the providers' doors have in common."""

from __future__ import annotations

from typing import Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView


class AnyAccept(BaseContentNegotiation):
    """Providers send all sorts of Accept headers; the answer is the same plain text for each."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return None

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class ProviderDoor(APIView):
    """A webhook: the view itself checks who signed the delivery, and reads the bytes as they came."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = ()
    content_negotiation_class = AnyAccept

    def perform_authentication(self, request: Request) -> None:
        """Nobody logs in here, so nobody is looked for."""
