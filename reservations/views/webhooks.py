"""The payment provider's door: verify, store the bytes, answer. Nothing is understood here."""

from __future__ import annotations

import time

import structlog
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from hotel_agent.common import limits, metrics
from integrations.payments import stripe_signature
from reservations.services import payment_deliveries

log = structlog.get_logger(__name__)

BAD_SIGNATURE_RATE = "20/m"


@csrf_exempt
@require_POST
def stripe(request: HttpRequest, account_key: str = "") -> HttpResponse:
    """`POST /webhooks/stripe[/<account>]`: 200 once the delivery is a committed row.

    401 for a wrong, missing or old signature (429 beyond 20 a minute from one address), 503 when the database cannot
    take it, so that Stripe keeps it. Limits never apply to a validly signed delivery.
    """
    body = request.body
    header = request.headers.get(stripe_signature.HEADER, "")
    secrets = payment_deliveries.webhook_secrets(account_key)
    if not stripe_signature.verify(body, header, secrets, now=time.time()):
        return _refuse(request)
    payment_deliveries.store_delivery(
        account_key=account_key, body=body, correlation_id=getattr(request, "correlation_id", "")
    )
    return HttpResponse("received\n", content_type="text/plain")


def _refuse(request: HttpRequest) -> HttpResponse:
    metrics.deliveries.labels("stripe", "bad_signature").inc()
    limit = limits.check("stripe-bad-signature", limits.client_address(request), BAD_SIGNATURE_RATE)
    if not limit.allowed:
        return limits.too_many(limit)
    log.warning("bad_signature", bytes=len(request.body))
    return HttpResponse("bad signature\n", status=401, content_type="text/plain")
