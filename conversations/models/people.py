"""Guests and the names channels know them by."""

from __future__ import annotations

import uuid

from django.db import models

from hotel_agent.common import clock
from hotel_agent.common.tenant_keys import TenantForeignKey
from tenants.models import TenantOwned


class Guest(TenantOwned):
    """A person who writes to one hotel. A phone is optional: WhatsApp users may show none."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=120, blank=True)
    profile_name = models.CharField(max_length=120, blank=True, help_text="As the channel shows it; user-controlled.")
    email = models.EmailField(blank=True)
    phone = models.CharField(
        max_length=20, blank=True, help_text="E.164 for matching; the channel's id is an identity."
    )
    language = models.CharField(max_length=2, blank=True)
    opted_out_at = models.DateTimeField(null=True, blank=True, help_text="When the guest asked for no reminders.")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    is_new = False
    """Whether this very transaction made the guest, for a message new to us: nobody else can have rows of theirs."""

    class Meta(TenantOwned.Meta):
        pass

    def __str__(self) -> str:
        return self.name or self.profile_name or self.phone or str(self.public_id)[:8]


class GuestIdentity(TenantOwned):
    """One name of a guest at a channel, verbatim as the provider writes it."""

    class Kind(models.TextChoices):
        BSUID = "bsuid", "WhatsApp user id"
        WA_ID = "wa_id", "WhatsApp number"
        EMAIL = "email", "e-mail"
        VISITOR = "visitor", "web visitor"

    guest = TenantForeignKey(Guest, on_delete=models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    value = models.CharField(max_length=190)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "kind", "value"], name="conversations_identity_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"
