"""Events of payment providers: bytes first, understood later, and only as a reason to look at the provider."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

import structlog
from django.conf import settings
from django.db import connection

from hotel_agent.common import claims, clock, dispatch, metrics
from hotel_agent.common.claims import WorkState
from hotel_agent.common.exceptions import LostClaim
from reservations.models import Payment, PaymentDelivery
from reservations.services import payments
from tenants.models import PaymentAccount, Tenant
from tenants.scoping import every_tenant, tenant_scope

log = structlog.get_logger(__name__)

TAKE_TASK = "reservations.take_payment_delivery"
BUSY_S = 1.0
GRACE_S = 2.0
"""A fresh delivery was published by the webhook itself; leave it this long before publishing it again."""
KEPT_DAYS = 30

_INSERT = """
INSERT INTO reservations_paymentdelivery
    (account_key, body, sha256, received_at, correlation_id, state, claim, failures, deaths, not_before, last_error)
VALUES (%s, %s, %s, clock_timestamp(), %s, 'waiting', 0, 0, 0, clock_timestamp(), '')
ON CONFLICT (account_key, sha256) DO NOTHING
RETURNING id
"""


def webhook_secrets(account_key: str) -> list[str]:
    """Secrets that may sign deliveries at this address: the installation's own, or one hotel's."""
    if not account_key:
        return [settings.STRIPE_WEBHOOK_SECRET] if settings.STRIPE_WEBHOOK_SECRET else []
    with every_tenant():  # the receiving address decides the hotel
        account = PaymentAccount.objects.filter(public_id=account_key, is_active=True, uses_installation=False).first()
    secret = account.credentials.get("webhook_secret", "") if account is not None else ""
    return [secret] if secret else []


def store_delivery(*, account_key: str, body: bytes, correlation_id: str) -> int | None:
    """Commit the raw bytes of a verified delivery and tell a worker; None when we already have them.

    Raises:
        django.db.OperationalError: the database cannot take it; the caller must not acknowledge.
    """
    digest = hashlib.sha256(body).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [account_key, body, digest, correlation_id[:64]])
        row = cursor.fetchone()
    metrics.deliveries.labels("stripe", "stored" if row else "duplicate").inc()
    if row is None:
        return None
    dispatch.after_commit(TAKE_TASK, int(row[0]))
    return int(row[0])


def take_delivery(delivery_id: int) -> bool:
    """Have the payment an event is about looked at. False when there was nothing to do. Safe to repeat."""
    delivery = claims.claim(PaymentDelivery.objects.filter(pk=delivery_id))
    if delivery is None:
        return False
    try:
        _take(delivery)
    except LostClaim:
        log.info("payment_delivery_lost", delivery_id=delivery_id)
    except Exception as error:
        log.exception("payment_delivery_failed", delivery_id=delivery_id, error_type=type(error).__name__)
        claims.fail(delivery, error)
    return True


def due_deliveries(limit: int) -> list[int]:
    """Ids of the deliveries that may be taken in now."""
    fresh = clock.now() - clock.seconds(GRACE_S)
    due = claims.due(PaymentDelivery.objects.filter(received_at__lt=fresh))
    return list(due.order_by("not_before").values_list("pk", flat=True)[:limit])


def purge(days: int = KEPT_DAYS) -> int:
    """Delete raw deliveries past their retention; returns how many."""
    old = PaymentDelivery.objects.filter(received_at__lt=clock.now() - dt.timedelta(days=days))
    return old.exclude(state__in=[WorkState.WAITING, WorkState.WORKING]).delete()[0]


def erase(*, tenant: Tenant, needles: set[str]) -> int:
    """Empty the stored deliveries of a hotel that contain one of these words; returns how many. Safe to repeat.

    The row and its key stay: the same bytes delivered again are not stored anew. One not yet taken in is a hint only.
    """
    accounts = [account.webhook_key for account in PaymentAccount._base_manager.filter(tenant=tenant)]
    looked_for = [needle.lower().encode() for needle in needles]
    emptied = 0
    for row in PaymentDelivery.objects.filter(account_key__in=accounts).iterator(chunk_size=500):
        body = bytes(row.body).lower()
        if any(needle in body for needle in looked_for):
            emptied += PaymentDelivery.objects.filter(pk=row.pk).update(body=b"", last_error="")
    return emptied


def _take(delivery: PaymentDelivery) -> None:
    event = _parsed(bytes(delivery.body))
    if event is None:
        metrics.quarantined_deliveries.labels("payments").inc()
        claims.finish(delivery, state=WorkState.QUARANTINED, error="not an event")
        return
    payment = _payment_of(event)
    if payment is None:
        claims.finish(delivery, state=WorkState.ORPHAN, error="about no payment of ours")
        return
    if payment.account is None or payment.account.webhook_key != delivery.account_key:
        log.error("payment_delivery_of_other_account", delivery_id=delivery.pk, payment_id=payment.pk)
        claims.finish(delivery, state=WorkState.QUARANTINED, error="signed by another account")
        return
    with tenant_scope(payment.tenant):
        awake = payments.wake(payment)
    if awake:
        claims.finish(delivery)
    else:
        claims.postpone(delivery, delay=clock.seconds(BUSY_S), error="the payment is being looked at")


def _parsed(body: bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) and isinstance(event.get("type"), str) else None


def _payment_of(event: dict[str, Any]) -> Payment | None:
    """By our reference, which Stripe repeats on the session and on the payment; by the session's id otherwise."""
    data = event.get("data")
    thing = data.get("object") if isinstance(data, dict) else None
    if not isinstance(thing, dict):
        return None
    metadata = thing.get("metadata")
    reference = thing.get("client_reference_id") or (metadata.get("reference") if isinstance(metadata, dict) else "")
    rows = Payment._base_manager.select_related("tenant", "account")
    if isinstance(reference, str) and reference and "\0" not in reference:
        return rows.filter(reference=reference).first()
    session = thing.get("id")
    if isinstance(session, str) and session and "\0" not in session:
        return rows.filter(checkout_id=session).first()
    return None
