"""Keeping Gmail's pushes alive: every mailbox with OAuth is watched again each day, long before its week is over.

Without a watch mail is still read, a minute later: a failure is noted at the mailbox and tried again.
"""

from __future__ import annotations

import datetime as dt

import structlog
from django.conf import settings

from conversations.models import Mailbox
from conversations.services.email import mailboxes
from hotel_agent.common import clock
from hotel_agent.common.exceptions import HotelAgentError
from integrations import breakers
from integrations.channels.email import gmail_watch
from integrations.outside import Service
from tenants.scoping import every_tenant

log = structlog.get_logger(__name__)

RENEW_BEFORE = dt.timedelta(days=6)
"""Of seven: a renewal every day, and five more chances when one fails."""


def renew() -> dict[str, int]:
    """Watch again what is due; returns how many went well and how many did not. Safe to repeat; never raises for one.

    Nothing where no topic is configured, or where a mailbox has a password instead of OAuth: Google needs a token.
    """
    counted = {"renewed": 0, "failed": 0}
    if not settings.GMAIL_PUBSUB_TOPIC:
        return counted
    with every_tenant():  # an installation-wide job; it reads no mail
        rows = list(
            Mailbox.objects.select_related("account__tenant").filter(account__is_active=True, tenant__is_active=True)
        )
        for row in rows:
            if row.watched_until is None or row.watched_until < clock.now() + RENEW_BEFORE:
                outcome = _renew(row)
                counted.update({outcome: counted[outcome] + 1} if outcome else {})
    return counted


def _renew(row: Mailbox) -> str:
    """Either "renewed" or "failed", or "" for a mailbox without OAuth."""
    try:
        login = mailboxes.mail_account(row.account).imap_login
        if not login.refresh_token:
            return ""
        until = breakers.call(
            Service.GMAIL,
            row.account.external_id,
            lambda: gmail_watch.watch(login, topic=settings.GMAIL_PUBSUB_TOPIC, api_url=settings.GMAIL_API_URL),
        )
    except HotelAgentError as error:
        log.warning("watch_not_renewed", mailbox_id=row.pk, error_type=type(error).__name__)
        Mailbox.objects.filter(pk=row.pk).update(watch_error=f"{error.code}: {error}"[:300])
        return "failed"
    Mailbox.objects.filter(pk=row.pk).update(watched_until=until, watch_error="")
    return "renewed"
