"""Where reading a hotel's mailbox stands, and the keys Google signs its pushes with."""

from __future__ import annotations

from django.db import models

from hotel_agent.common import clock
from hotel_agent.common.tenant_keys import TenantForeignKey
from tenants.models import ChannelAccount, TenantOwned


class Mailbox(TenantOwned):
    """The cursor of one mailbox, and when it is looked at next.

    A folder's position is its UIDVALIDITY with the highest UID taken in. A push only moves `due_at`: many pushes are
    one look. Whoever holds the lease under the current claim number may move the positions.
    """

    account = TenantForeignKey(ChannelAccount, on_delete=models.CASCADE, related_name="mailboxes")
    due_at = models.DateTimeField(default=clock.now)
    claim = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    inbox_validity = models.PositiveBigIntegerField(null=True, blank=True, help_text="Empty: never read.")
    inbox_uid = models.PositiveBigIntegerField(default=0)
    sent_folder = models.CharField(max_length=200, blank=True)
    sent_validity = models.PositiveBigIntegerField(null=True, blank=True)
    sent_uid = models.PositiveBigIntegerField(default=0)
    filed_until = models.DateTimeField(
        null=True, blank=True, help_text="Letters sent up to here are known to be in the Sent folder."
    )
    checked_at = models.DateTimeField(null=True, blank=True, help_text="Last time it was read to its end.")
    failures = models.PositiveIntegerField(default=0, help_text="Failed looks in a row.")
    last_error = models.CharField(max_length=300, blank=True)
    watched_until = models.DateTimeField(null=True, blank=True, help_text="Until when Gmail pushes what is new.")
    watch_error = models.CharField(max_length=300, blank=True)

    class Meta(TenantOwned.Meta):
        verbose_name_plural = "mailboxes"
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["account"], name="conversations_mailbox_once"),
        ]
        indexes = [models.Index(fields=["due_at"], name="conv_mailbox_due")]

    def __str__(self) -> str:
        return f"mailbox {self.account_id}"


class PushKey(models.Model):
    """One of Google's public keys for push tokens. Belongs to the installation; replaced as a set by a task."""

    kid = models.CharField(max_length=200, unique=True)
    jwk = models.JSONField()
    fetched_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.kid
