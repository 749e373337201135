"""Believing Google's pushes: the keys we keep, when they are fetched, and what one authenticated push does."""

from __future__ import annotations

import hashlib

import structlog
from django.conf import settings
from django.db import transaction

from conversations.models import InboundDelivery, PushKey
from conversations.services.email import mailboxes
from hotel_agent.common import clock, dispatch, metrics
from hotel_agent.common.claims import WorkState
from hotel_agent.common.exceptions import BadInput, DependencyDown
from integrations import breakers
from integrations.channels.email import push_token
from integrations.channels.email.pubsub import parse_push
from integrations.channels.email.push_token import BadToken, Expected, UnknownKey
from tenants.selectors import ConfigurationCache

log = structlog.get_logger(__name__)

ROUTE = "gmail"
REFRESH_EVERY_S = 3600.0
"""Google rotates its keys every few days and publishes a new one well before using it."""
REFRESH_AGAIN_S = 60.0
"""An unknown key asks for fresh ones, but anybody can invent a key's name."""
TASK = "conversations.refresh_push_keys"

_keys: ConfigurationCache[push_token.Key | None] = ConfigurationCache()


def authenticate(token: str) -> None:
    """Accept the token of a genuine push to us. Asks the database at most, never the network.

    Raises:
        BadToken: it is not genuine, or pushes are not configured here.
        UnknownKey: we have no key of that name; fresh ones were asked for.
    """
    expected = Expected(settings.GMAIL_PUBSUB_AUDIENCE, settings.GMAIL_PUBSUB_SERVICE_ACCOUNT)
    if not expected.audience or not expected.service_account:
        raise BadToken("pushes are not configured")
    kid = push_token.key_id(token)
    key = _keys.get(kid, lambda: PushKey.objects.filter(kid=kid).values_list("jwk", flat=True).first())
    if key is None:
        _keys.clear()  # what is not there now may be in a second
        dispatch.publish(TASK)
        raise UnknownKey(kid)
    push_token.verify(token, key, expected)


def take_push(body: bytes, *, correlation_id: str) -> None:
    """Do what an authenticated push asks: look at its mailbox soon. What it says else is not believed.

    What cannot be read, or names nobody's mailbox, is kept as a delivery set aside. Committed when it returns.

    Raises:
        django.db.OperationalError: the database cannot take it; the caller must not acknowledge.
    """
    try:
        push = parse_push(body)
    except BadInput as error:
        metrics.quarantined_deliveries.labels("unreadable").inc()
        _set_aside(body, WorkState.QUARANTINED, f"unreadable: {error}", correlation_id)
        return
    if mailboxes.wake(push.address):
        metrics.deliveries.labels(ROUTE, "woke").inc()
        return
    metrics.orphan_deliveries.inc()
    _set_aside(body, WorkState.ORPHAN, "nobody here has this mailbox", correlation_id)


def _set_aside(body: bytes, state: WorkState, reason: str, correlation_id: str) -> None:
    # The same bytes again are the same row; nothing is left to do with it, so no worker is told.
    InboundDelivery.objects.bulk_create(
        [
            InboundDelivery(
                route=ROUTE,
                body=body,
                sha256=hashlib.sha256(body).hexdigest(),
                correlation_id=correlation_id[:64],
                state=state,
                last_error=reason[:500],
            )
        ],
        ignore_conflicts=True,
    )
    log.warning("push_set_aside", reason=reason)


def problem() -> str:
    """What keeps pushes from being believed, for `doctor`; "" when all is well or pushes are not used."""
    audience, account = settings.GMAIL_PUBSUB_AUDIENCE, settings.GMAIL_PUBSUB_SERVICE_ACCOUNT
    if not audience and not account:
        return ""
    if not audience or not account:
        return "GMAIL_PUBSUB_AUDIENCE and GMAIL_PUBSUB_SERVICE_ACCOUNT belong together"
    if not settings.GMAIL_PUBSUB_JWKS_URL:
        return "GMAIL_PUBSUB_JWKS_URL is not set"
    return "" if PushKey.objects.exists() else "no keys fetched yet: is GMAIL_PUBSUB_JWKS_URL reachable?"


def refresh_due() -> bool:
    """Whether the keys should be fetched now: pushes are configured, and there are none or they are old."""
    if not (settings.GMAIL_PUBSUB_AUDIENCE and settings.GMAIL_PUBSUB_JWKS_URL):
        return False
    return not _fetched_within(REFRESH_EVERY_S)


def refresh_keys() -> int:
    """Fetch Google's keys and replace ours with them; returns how many there are, 0 when they were just fetched.

    What we have stays when they cannot be had. Safe to call at any time.
    """
    url = settings.GMAIL_PUBSUB_JWKS_URL
    if not url or _fetched_within(REFRESH_AGAIN_S):
        return 0
    try:
        keys = breakers.call(breakers.Service.GMAIL, "keys", lambda: push_token.fetch_keys(url))
    except DependencyDown as error:
        log.warning("push_keys_not_fetched", reason=str(error)[:200])
        return 0
    now = clock.now()
    with transaction.atomic():
        PushKey.objects.exclude(kid__in=keys).delete()
        PushKey.objects.bulk_create(
            [PushKey(kid=kid, jwk=dict(key), fetched_at=now) for kid, key in keys.items()],
            update_conflicts=True,
            unique_fields=["kid"],
            update_fields=["jwk", "fetched_at"],
        )
    _keys.clear()
    log.info("push_keys_fetched", count=len(keys))
    return len(keys)


def _fetched_within(seconds: float) -> bool:
    return PushKey.objects.filter(fetched_at__gt=clock.now() - clock.seconds(seconds)).exists()


__all__ = ["BadToken", "UnknownKey", "authenticate", "refresh_due", "refresh_keys", "take_push"]
