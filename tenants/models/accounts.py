"""What a hotel is reached and paid through, and the PMS that keeps its stays: channels, connections, their secrets."""

from __future__ import annotations

import re
import uuid

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models

from hotel_agent.common.crypto import EncryptedSecretsField
from tenants.models.owned import TenantOwned


class MetaApp(models.Model):
    """A Meta app that signs deliveries. The installation's own app has key ""; a hotel may bring its own.

    Deliveries signed by an app count only for the channel accounts linked to it (promise 7).
    """

    key = models.SlugField(max_length=40, unique=True, help_text="Path segment of /webhooks/whatsapp/<app key>.")
    name = models.CharField(max_length=80)
    credentials = EncryptedSecretsField(help_text="app_secret, previous_app_secret, verify_token")

    def __str__(self) -> str:
        return self.name


class Channel(models.TextChoices):
    """How guests reach a hotel."""

    WHATSAPP = "whatsapp", "WhatsApp"
    EMAIL = "email", "E-mail"
    WEBCHAT = "webchat", "Web chat"


_ORIGIN = re.compile(r"https?://[a-z0-9.-]{1,253}(:[0-9]{1,5})?")


def validate_origins(origins: object) -> None:
    """A list of exact origins: scheme and host, no path, no wildcard (they go into a security header verbatim)."""
    if not isinstance(origins, list):
        raise ValidationError("Give a list of sites.")
    for origin in origins:
        if not isinstance(origin, str) or not _ORIGIN.fullmatch(origin):
            raise ValidationError(f"{str(origin)[:80]} is not a site such as https://www.hotel.example.")


class ChannelAccount(TenantOwned):
    """A number, mailbox or widget of one hotel: what receives decides the tenant."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    external_id = models.CharField(max_length=190, help_text="WhatsApp phone number id, mailbox address or widget key.")
    display_name = models.CharField(max_length=120, blank=True)
    meta_app = models.ForeignKey(
        MetaApp, null=True, blank=True, on_delete=models.PROTECT, help_text="Empty: the installation's own Meta app."
    )
    business_account_id = models.CharField(max_length=40, blank=True)
    credentials = EncryptedSecretsField(help_text="access_token, or user and password")
    allowed_origins = models.JSONField(
        default=list,
        blank=True,
        validators=[validate_origins],
        help_text="Web chat: the sites that may show the widget, e.g. https://www.hotel.example.",
    )
    accent = models.CharField(
        max_length=7,
        default="#156455",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$")],
        help_text="Web chat: the hotel's colour, as #rrggbb.",
    )
    is_active = models.BooleanField(default=True)
    answers_per_day = models.PositiveSmallIntegerField(
        default=60, help_text="The agent's messages to one guest per day, each of which costs money; 0: no limit."
    )
    quality = models.CharField(max_length=20, blank=True, help_text="As WhatsApp rates the number.")
    paused_reason = models.CharField(max_length=200, blank=True, help_text="Set when the provider refuses the account.")
    paused_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["channel", "external_id"], name="tenants_account_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.display_name or self.external_id}"


class PmsConnection(TenantOwned):
    """Which PMS keeps a hotel's stays. One per hotel; without a row the built-in PMS does."""

    kind = models.CharField(max_length=12, choices=[("builtin", "built-in"), ("qloapps", "QloApps")], default="builtin")
    base_url = models.URLField(blank=True)
    hotel_id = models.CharField(max_length=40, blank=True)
    credentials = EncryptedSecretsField(help_text="api_key")
    settings = models.JSONField(default=dict, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant"], name="tenants_pms_one_per_hotel"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.base_url}".strip()


class PaymentAccount(TenantOwned):
    """Where a hotel's deposits are paid. One per hotel; without a row it cannot ask for any."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(
        max_length=12, choices=[("stripe", "Stripe"), ("demo", "demo: no money moves")], default="stripe"
    )
    uses_installation = models.BooleanField(
        default=False, help_text="Events come signed with the installation's own secret, at /webhooks/stripe."
    )
    credentials = EncryptedSecretsField(help_text="secret_key, webhook_secret")
    is_active = models.BooleanField(default=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant"], name="tenants_payments_one_per_hotel"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def webhook_key(self) -> str:
        """Path segment of its deliveries; empty for the installation's own."""
        return "" if self.uses_installation else str(self.public_id)
