"""Gmail's door: Cloud Pub/Sub says that something changed in a mailbox."""

from __future__ import annotations

import structlog
from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from conversations.serializers import GmailPush
from conversations.services.email import push
from conversations.views.doors import ProviderDoor
from hotel_agent.common import limits, metrics

log = structlog.get_logger(__name__)

UNAUTHENTICATED_RATE = "30/m"
TRY_AGAIN_S = 5


class GmailWebhook(ProviderDoor):
    """`/webhooks/gmail`: pushes with Google's OIDC token."""

    @extend_schema(request={"application/json": GmailPush}, responses={204: None}, auth=[], tags=["webhooks"])
    def post(self, request: Request) -> HttpResponse:
        """Answer 204 to every authenticated push, whatever is in it: Pub/Sub repeats anything else for days.

        401 without a genuine token (429 beyond 30 a minute from one address), 503 when the token's key is not known
        yet or the database is away: Pub/Sub tries again.
        """
        try:
            push.authenticate(_bearer(request._request))
        except push.BadToken as error:
            return _refuse(request._request, 401, "bad_token", str(error))
        except push.UnknownKey:
            return _refuse(request._request, 503, "unknown_key", "")
        push.take_push(request._request.body, correlation_id=getattr(request._request, "correlation_id", ""))
        return HttpResponse(status=204)


def _bearer(request: HttpRequest) -> str:
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _refuse(request: HttpRequest, status: int, result: str, reason: str) -> HttpResponse:
    metrics.deliveries.labels("gmail", result).inc()
    limit = limits.check("gmail-unauthenticated", limits.client_address(request), UNAUTHENTICATED_RATE)
    if not limit.allowed:
        return limits.too_many(limit)
    log.warning("push_refused", reason=reason or result)
    response = HttpResponse(f"{result}\n", status=status, content_type="text/plain")
    if status == 503:
        response["Retry-After"] = str(TRY_AGAIN_S)
    else:
        response["WWW-Authenticate"] = "Bearer"
    return response
