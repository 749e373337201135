"""Which mailboxes are looked at when, and how one is reached."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import F, Q

from conversations.models import Mailbox
from hotel_agent.common import clock, dispatch
from integrations.channels.email.accounts import MailAccount
from integrations.channels.email.accounts import mail_account as mail_account_of
from tenants.models import Channel, ChannelAccount
from tenants.scoping import every_tenant

LOOK_EVERY_S = 60.0
"""Without a push a guest waits this long at most; one look is a login and two SELECTs. Pushes get lost, too."""
LEASE_S = 180.0
"""Longer than a task may run (120 s)."""
MAX_WAIT_S = 900.0
TASK = "conversations.read_mailbox"


def ensure() -> int:
    """Make a cursor for every mailbox that has none yet; returns how many. Safe to repeat."""
    with every_tenant():
        accounts = ChannelAccount.objects.filter(
            channel=Channel.EMAIL, is_active=True, tenant__is_active=True, mailboxes__isnull=True
        )
        rows = [Mailbox(tenant_id=account.tenant_id, account=account) for account in accounts]
        return len(Mailbox.objects.bulk_create(rows, ignore_conflicts=True)) if rows else 0


def due(limit: int) -> list[int]:
    """Mailboxes to be looked at now; across all tenants, ids only."""
    now = clock.now()
    with every_tenant():
        rows = Mailbox.objects.filter(due_at__lte=now, account__is_active=True, tenant__is_active=True)
        rows = rows.exclude(lease_until__gt=now).order_by("due_at")
        return list(rows.values_list("pk", flat=True)[:limit])


def wake(address: str) -> bool:
    """Look at a mailbox now; False when nobody here has it. Committed when it returns; safe to repeat.

    Many wake-ups are one look: a task is published only by the one that moved the time.
    """
    with every_tenant(), transaction.atomic():
        account = ChannelAccount.objects.filter(
            channel=Channel.EMAIL, external_id__iexact=address, is_active=True, tenant__is_active=True
        ).first()
        if account is None:
            return False
        mailbox, _ = Mailbox.objects.get_or_create(
            account=account, defaults={"tenant_id": account.tenant_id, "due_at": clock.now() + clock.hours(1)}
        )
        now = clock.now()
        # Moved also while a look is under way: it began before this mail, so another follows it.
        moved = Mailbox.objects.filter(pk=mailbox.pk, due_at__gt=now).update(due_at=now)
        if moved:
            dispatch.after_commit(TASK, mailbox.pk)
        return True


def claim(mailbox_id: int) -> Mailbox | None:
    """Take a mailbox that is due for one look; None when it is not, or somebody else has it. Commits."""
    now = clock.now()
    with every_tenant(), transaction.atomic():
        row = (
            Mailbox.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
            .select_related("account", "account__tenant")
            .filter(Q(lease_until__isnull=True) | Q(lease_until__lte=now), pk=mailbox_id, due_at__lte=now)
            .first()
        )
        if row is None:
            return None
        row.claim += 1
        row.lease_until = now + clock.seconds(LEASE_S)
        row.due_at = now + clock.seconds(LOOK_EVERY_S)
        row.save(update_fields=["claim", "lease_until", "due_at"])
        return row


def move(mailbox: Mailbox, **positions: object) -> bool:
    """Write new positions if the claim is still ours."""
    if not Mailbox.objects.filter(pk=mailbox.pk, claim=mailbox.claim).update(**positions):
        return False
    for name, value in positions.items():
        setattr(mailbox, name, value)
    return True


def finished(mailbox: Mailbox, *, more: bool) -> None:
    """The look is over and went well; `more` brings the next one at once."""
    now = clock.now()
    fields: dict[str, object] = {"lease_until": None, "failures": 0, "last_error": ""}
    if more:
        fields["due_at"] = now
    else:
        fields["checked_at"] = now
    if move(mailbox, **fields) and more:
        dispatch.after_commit(TASK, mailbox.pk)


def failed(mailbox: Mailbox, error: str, *, wait: dt.timedelta | None = None) -> None:
    """The look failed: the next one after a growing pause (no less than `wait`)."""
    pause = clock.seconds(min(LOOK_EVERY_S * 2 ** min(mailbox.failures, 4), MAX_WAIT_S))
    move(
        mailbox,
        lease_until=None,
        failures=F("failures") + 1,
        last_error=error[:300],
        due_at=clock.now() + max(pause, wait or pause),
    )


def mail_account(account: ChannelAccount) -> MailAccount:
    """How a hotel's mailbox is reached.

    Raises:
        AccountRefused: something is missing or wrong in what was typed in.
    """
    return mail_account_of(account.external_id, account.tenant.name, account.credentials)


def own_addresses() -> set[str]:
    """Every mailbox of the installation, lower case: our agents do not write to each other."""
    with every_tenant():
        found = ChannelAccount.objects.filter(channel=Channel.EMAIL).values_list("external_id", flat=True)
        return {address.lower() for address in found}
