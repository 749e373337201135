"""WhatsApp's doors: verify, store the bytes, answer. Nothing is understood here."""

from __future__ import annotations

import hmac
import re

import structlog
from django.http import HttpRequest, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from conversations.serializers import WebhookVerification
from conversations.services import ingestion
from conversations.views.doors import ProviderDoor
from hotel_agent.common import limits, metrics
from integrations.channels.whatsapp import signature
from tenants.selectors import MetaAppSecrets, meta_app

log = structlog.get_logger(__name__)

_CHALLENGE = re.compile(r"[0-9]{1,32}")

BAD_SIGNATURE_RATE = "20/m"
VERIFY_RATE = "60/m"


class WhatsAppWebhook(ProviderDoor):
    """`/webhooks/whatsapp[/<app key>]`: Meta's verification (GET) and deliveries (POST)."""

    @extend_schema(
        parameters=[WebhookVerification],
        responses={(200, "text/plain"): OpenApiTypes.STR, 403: None},
        auth=[],
        tags=["webhooks"],
    )
    def get(self, request: Request, app_key: str) -> HttpResponse:
        """Echo `hub.challenge` as plain text when `hub.verify_token` is ours; 403 otherwise, 429 beyond 60/min."""
        limit = limits.check("whatsapp-verify", limits.client_address(request._request), VERIFY_RATE)
        if not limit.allowed:
            return limits.too_many(limit)
        app = meta_app(app_key)
        token = request.query_params.get("hub.verify_token", "")
        challenge = request.query_params.get("hub.challenge", "")
        genuine = (
            app is not None
            and bool(app.verify_token)
            and hmac.compare_digest(token.encode(), app.verify_token.encode())
            and request.query_params.get("hub.mode") == "subscribe"
        )
        if not genuine or not _CHALLENGE.fullmatch(challenge):
            return HttpResponse("verification failed\n", status=403, content_type="text/plain")
        return HttpResponse(challenge, content_type="text/plain")

    @extend_schema(
        request={"application/json": OpenApiTypes.OBJECT},
        responses={(200, "text/plain"): OpenApiTypes.STR, 401: None, 503: None},
        auth=[],
        tags=["webhooks"],
    )
    def post(self, request: Request, app_key: str) -> HttpResponse:
        """Answer 200 once the delivery is a committed row.

        401 for a wrong, missing or repeated signature (429 beyond 20 a minute from one address), 503 when the
        database cannot take it, so that Meta keeps it. Limits never apply to a validly signed delivery.
        """
        body = request._request.body
        app = meta_app(app_key)
        if app is None or not _signed(request._request, body, app):
            return _refuse(request._request)
        ingestion.store_delivery(
            route="whatsapp", app_key=app_key, body=body, correlation_id=getattr(request._request, "correlation_id", "")
        )
        return HttpResponse("EVENT_RECEIVED", content_type="text/plain")


def _signed(request: HttpRequest, body: bytes, app: MetaAppSecrets) -> bool:
    # WSGI joins repeated headers with a comma, which no single signature contains.
    header = request.META.get("HTTP_X_HUB_SIGNATURE_256")
    return signature.verify(body, header.split(",") if header else [], app.app_secrets)


def _refuse(request: HttpRequest) -> HttpResponse:
    metrics.deliveries.labels("whatsapp", "bad_signature").inc()
    client = limits.client_address(request)
    limit = limits.check("whatsapp-bad-signature", client, BAD_SIGNATURE_RATE)
    if not limit.allowed:
        return limits.too_many(limit)
    log.warning("bad_signature", bytes=len(request.body))
    return HttpResponse("bad signature\n", status=401, content_type="text/plain")
