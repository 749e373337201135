"""WhatsApp's approved texts as registered here, and what Meta says about an account."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models

from hotel_agent.common import clock
from hotel_agent.common.tenant_keys import TenantForeignKey
from tenants.models import ChannelAccount, TenantOwned

PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
VALUES = ("hotel", "guest", "message")
"""What may stand in a placeholder: the hotel's name, the guest's name, the message that could not go as it is."""


class MessageTemplate(TenantOwned):
    """One text Meta approved, registered with what fills its places. Sent only when the 24-hour window is closed."""

    class Category(models.TextChoices):
        UTILITY = "utility", "utility"
        MARKETING = "marketing", "marketing"

    class Status(models.TextChoices):
        APPROVED = "approved", "approved"
        PENDING = "pending", "waiting for Meta"
        REJECTED = "rejected", "rejected"
        PAUSED = "paused", "paused by Meta"
        DISABLED = "disabled", "disabled by Meta"

    account = TenantForeignKey(ChannelAccount, on_delete=models.CASCADE, related_name="templates")
    name = models.CharField(
        max_length=512, validators=[RegexValidator(r"^[a-z0-9_]+$")], help_text="Exactly as in WhatsApp Manager."
    )
    language = models.CharField(
        max_length=10,
        validators=[RegexValidator(r"^[a-z]{2}(_[A-Z]{2})?$")],
        help_text="Meta's code of the approved language: es_AR, en, pt_BR.",
    )
    category = models.CharField(max_length=9, choices=Category.choices, default=Category.UTILITY)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.APPROVED)
    status_note = models.CharField(max_length=200, blank=True, editable=False)
    body = models.TextField(max_length=1024, help_text="The approved text with its places: {{1}}, {{2}}, …")
    values = models.JSONField(
        default=list,
        help_text='What fills the places, in order: "hotel", "guest", "message". At least one must be "message".',
    )
    quality = models.CharField(max_length=10, blank=True, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantOwned.Meta):
        ordering = ["name", "language"]
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["account", "name", "language"], name="conversations_template_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"

    def clean(self) -> None:
        """As many values as places, numbered from 1; the message itself is among them; what Meta would refuse."""
        places = PLACEHOLDER.findall(self.body)
        if places != [str(number) for number in range(1, len(places) + 1)]:
            raise ValidationError({"body": "The places are numbered {{1}}, {{2}}, … in order."})
        if not isinstance(self.values, list) or any(value not in VALUES for value in self.values):
            raise ValidationError({"values": f"Each value is one of {', '.join(VALUES)}."})
        if len(self.values) != len(places):
            raise ValidationError({"values": f"The text has {len(places)} places and {len(self.values)} values."})
        if "message" not in self.values:
            raise ValidationError({"values": "The message itself has to be among the values."})
        if self.account_id and self.account.channel != "whatsapp":
            raise ValidationError({"account": "Templates belong to a WhatsApp number."})


class AccountEvent(TenantOwned):
    """Something the provider said about an account: quality, limits, restrictions, a template's status, errors."""

    class Severity(models.TextChoices):
        INFO = "info", "information"
        WARNING = "warning", "warning"
        ALERT = "alert", "alert"

    account = TenantForeignKey(ChannelAccount, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=80)
    severity = models.CharField(max_length=7, choices=Severity.choices, default=Severity.INFO)
    summary = models.CharField(max_length=300)
    detail = models.JSONField(default=dict)
    at = models.DateTimeField(default=clock.now)

    class Meta(TenantOwned.Meta):
        ordering = ["-id"]
        indexes = [models.Index(fields=["account", "-id"])]

    def __str__(self) -> str:
        return f"{self.kind}: {self.summary}"


class WhatsAppNumber(ChannelAccount):
    """A hotel's number as the page of costs shows it: the account itself, nothing more."""

    class Meta:
        proxy = True
        verbose_name = "WhatsApp number"

    def __str__(self) -> str:
        return self.display_name or self.external_id
