"""Hotels (tenants), their people, channel accounts, PMS connections and what they know about themselves."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.urls import reverse
from django_scopes import ScopedManager

from hotel_agent.common import clock
from hotel_agent.common.crypto import EncryptedSecretsField
from hotel_agent.common.tenant_keys import TenantForeignKey
from tenants.capabilities import CAPABILITIES

TONES = [("formal", "formal (usted)"), ("close", "close (tú)"), ("voseo", "voseo (vos)")]


def validate_zone(name: str) -> None:
    """A zone of the IANA database."""
    if name not in available_timezones():
        raise ValidationError(f"{name} is not a time zone")


def default_languages() -> list[str]:
    """All three."""
    return ["es", "en", "pt"]


def guest_name(written: str) -> str:
    """A number as digits, an e-mail address in lower case: how test guests are compared."""
    plain = written.strip().lower()
    return plain if "@" in plain else re.sub(r"\D", "", plain)


def validate_test_guests(names: object) -> None:
    """A list of numbers with country code and of e-mail addresses, as `guest_name` writes them."""
    if not isinstance(names, list):
        raise ValidationError("Give a list of numbers and addresses.")
    for name in names:
        if not isinstance(name, str) or not re.fullmatch(r"[0-9]{8,20}|[^@\s]+@[^@\s]+", name):
            raise ValidationError(f"{str(name)[:80]} is neither a number with country code nor an e-mail address.")


def validate_capabilities(chosen: object) -> None:
    """Names of capabilities with on or off."""
    if not isinstance(chosen, dict) or any(
        name not in CAPABILITIES or not isinstance(on, bool) for name, on in chosen.items()
    ):
        raise ValidationError("Capabilities are names with true or false.")


class UnderstandingMode(models.TextChoices):
    """Who reads a guest's message."""

    EMBEDDED = "embedded", "the built-in engine"
    CASCADE = "cascade", "the built-in engine, and the remote one where it is unsure"
    REMOTE = "remote", "the remote engine, and the built-in one where that fails"


class Tenant(models.Model):
    """A hotel. Its zone decides what "today" is, its currency what prices are in."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False, help_text="Environment account values are applied to the demo hotel.")
    time_zone = models.CharField(max_length=64, default="America/Argentina/Buenos_Aires", validators=[validate_zone])
    country = models.CharField(max_length=2, default="AR", validators=[RegexValidator(r"^[A-Z]{2}$")])
    currency = models.CharField(max_length=3, default="ARS", validators=[RegexValidator(r"^[A-Z]{3}$")])
    languages = models.JSONField(default=default_languages)
    default_language = models.CharField(max_length=2, default="es")
    tone = models.CharField(max_length=8, choices=TONES, default="formal", help_text="How Spanish addresses the guest.")
    portuguese_variant = models.CharField(
        max_length=5, default="pt-BR", choices=[("pt-BR", "pt-BR"), ("pt-PT", "pt-PT")]
    )
    rollover_hour = models.PositiveSmallIntegerField(
        default=4, validators=[MaxValueValidator(12)], help_text="Local hour at which the hotel's business day changes."
    )
    code_prefix = models.CharField(max_length=2, default="HT", validators=[RegexValidator(r"^[A-Z]{2}$")])
    check_in_from = models.TimeField(default=dt.time(15, 0))
    check_out_until = models.TimeField(default=dt.time(11, 0))
    early_check_in_from = models.TimeField(
        default=dt.time(12, 0),
        help_text="Earliest arrival the agent may agree to when the room is free the night before.",
    )
    late_check_out_until = models.TimeField(
        default=dt.time(14, 0),
        help_text="Latest departure the agent may agree to when nobody needs the room that night.",
    )
    early_late_percent = models.PositiveSmallIntegerField(
        default=50,
        validators=[MaxValueValidator(100)],
        help_text="What early arrival or late departure costs, in percent of the night beside it.",
    )
    on_call = models.BooleanField(
        default=False, help_text="While the desk is closed, somebody answers urgencies; guests are told so."
    )
    max_nights = models.PositiveSmallIntegerField(default=30, validators=[MinValueValidator(1), MaxValueValidator(365)])
    max_guests_per_room = models.PositiveSmallIntegerField(default=10, validators=[MinValueValidator(1)])
    group_rooms_from = models.PositiveSmallIntegerField(default=5, help_text="This many rooms or more go to staff.")
    prices_include_taxes = models.BooleanField(default=True)
    address = models.CharField(max_length=200, blank=True)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    email = models.EmailField(blank=True)
    privacy_url = models.URLField(blank=True)
    understanding_mode = models.CharField(
        max_length=8,
        choices=UnderstandingMode,
        default=UnderstandingMode.EMBEDDED,
        help_text="Whether a remote engine reads messages too, where the installation has one.",
    )
    remote_personal_data = models.BooleanField(
        default=False, help_text="Send names, addresses and numbers to the remote engine; otherwise they are masked."
    )
    remote_questions_per_day = models.PositiveIntegerField(
        default=2000, help_text="Each may cost money; 0: the remote engine is never asked."
    )
    messages_kept_months = models.PositiveSmallIntegerField(
        default=12,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text="After this many months a conversation is forgotten; bookings stay.",
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    live_since = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Empty: the agent answers test guests only."
    )
    test_guests = models.JSONField(
        default=list,
        blank=True,
        validators=[validate_test_guests],
        help_text="Numbers and addresses the agent answers before the hotel is live.",
    )
    capabilities = models.JSONField(default=dict, blank=True, editable=False, validators=[validate_capabilities])
    configuration_version = models.PositiveIntegerField(
        default=0, editable=False, help_text="Grows, in the database, with every change of facts, wording and hours."
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def configuration_key(self) -> str:
        """What cached configuration of this hotel is kept under: a change, seen with the row, is another key."""
        return f"{self.pk}:{self.configuration_version}"

    def can(self, capability: str) -> bool:
        """Whether the hotel uses a capability of `tenants.capabilities`, from this very row.

        Raises:
            KeyError: there is no such capability.
        """
        default = CAPABILITIES[capability].default
        chosen = self.capabilities.get(capability, default)
        return chosen if isinstance(chosen, bool) else default

    def answers(self, names: Iterable[str]) -> bool:
        """Whether the agent may answer a guest known by these numbers and addresses: once live everybody, before that
        only test guests."""
        return self.live_since is not None or any(guest_name(name) in self.test_guests for name in names if name)

    @property
    def zone(self) -> ZoneInfo:
        """The hotel's time zone."""
        return ZoneInfo(self.time_zone)

    def local(self, instant: dt.datetime) -> dt.datetime:
        """An instant on the hotel's wall clock."""
        return instant.astimezone(self.zone)

    def business_day(self, at: dt.datetime | None = None) -> dt.date:
        """The hotel's "today": at 2 in the morning the desk still sells last night."""
        return (self.local(at or clock.now()) - dt.timedelta(hours=self.rollover_hour)).date()

    def clean(self) -> None:
        """The default language is one of the hotel's languages."""
        if self.default_language not in self.languages:
            raise ValidationError({"default_language": "It must be one of the hotel's languages."})


class TenantOwned(models.Model):
    """Base of every row that belongs to one hotel: fail-closed manager, key for composite foreign keys."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")

    objects = ScopedManager(tenant="tenant")

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="%(app_label)s_%(class)s_tenant_key"),
        ]


class Role(models.TextChoices):
    """What a person may do at one hotel, most to least."""

    OWNER = "owner", "owner"
    MANAGER = "manager", "manager"
    RECEPTION = "reception", "reception"
    READ_ONLY = "read_only", "read-only"


class Membership(models.Model):
    """A person's role at one hotel. Not tenant-scoped: it decides the scope."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.RECEPTION)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "tenant"], name="tenants_membership_once")]

    def __str__(self) -> str:
        return f"{self.user} · {self.tenant} · {self.role}"


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


class OpeningHours(TenantOwned):
    """When people are at the desk; shapes only what is promised about people, never whether the agent answers."""

    weekday = models.PositiveSmallIntegerField(validators=[MaxValueValidator(6)], help_text="0 is Monday.")
    opens = models.TimeField()
    closes = models.TimeField(help_text="Earlier than opening means the next day.")

    class Meta(TenantOwned.Meta):
        ordering = ["weekday", "opens"]

    def __str__(self) -> str:
        return f"{self.weekday}: {self.opens:%H:%M}-{self.closes:%H:%M}"


class Holiday(TenantOwned):
    """A date on which the desk keeps other hours than its weekday's, or none."""

    date = models.DateField(help_text="On the hotel's calendar.")
    name = models.CharField(max_length=80, blank=True)
    opens = models.TimeField(null=True, blank=True, help_text="Empty: nobody is at the desk that day.")
    closes = models.TimeField(null=True, blank=True, help_text="Earlier than opening means the next day.")

    class Meta(TenantOwned.Meta):
        ordering = ["date"]
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "date"], name="tenants_holiday_once"),
        ]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.name}".strip()

    def clean(self) -> None:
        """Both hours or neither."""
        if (self.opens is None) != (self.closes is None):
            raise ValidationError({"closes": "Give both hours, or neither when nobody is there."})


class Picture(TenantOwned):
    """A picture the hotel shows guests, as `tenants.pictures` wrote it: never the bytes that were uploaded.

    It is public: whoever has its address sees it. A new picture is a new row with a new address, so that caches may
    keep what they have. Kept in the database and not among guests' files: those are erased after 30 days, and a backup
    must hold a fact and its picture together.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    content = models.BinaryField(editable=False, help_text="JPEG.")
    digest = models.CharField(max_length=64, editable=False, help_text="SHA-256 of the content.")
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    alt_es = models.CharField(max_length=200, blank=True)
    alt_en = models.CharField(max_length=200, blank=True)
    alt_pt = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(TenantOwned.Meta):
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.alt_es or f"{self.width} × {self.height}"

    @property
    def address(self) -> str:
        """Where anybody may see it, below `PUBLIC_BASE_URL`."""
        return reverse("picture", args=[self.public_id])

    def alt(self, language: str) -> str:
        """What is on it, in `language`, else in Spanish; may be empty."""
        return str(getattr(self, f"alt_{language}", "")) or self.alt_es


class Fact(TenantOwned):
    """Something true about the hotel, in three languages, between two dates: the only source of answers.

    `topic` is one of the understanding taxonomy's topics (parking, breakfast, pool, check_in, ...); several facts may
    share it. What can be compared is typed and written by the renderer where the text says so: a price (`{amount}`) and
    hours (`{opens}`, `{closes}`).
    """

    class Kind(models.TextChoices):
        AMENITY = "amenity", "amenity"
        HOURS = "hours", "hours"
        PRICE = "price", "price"
        POLICY = "policy", "policy"
        PLACE = "place", "place"
        OTHER = "other", "other"

    VALUES = ("amount", "opens", "closes")
    """Typed values a text may hold, in braces."""

    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.OTHER)
    topic = models.SlugField(max_length=40)
    text_es = models.TextField()
    text_en = models.TextField(blank=True)
    text_pt = models.TextField(blank=True)
    keywords = models.CharField(
        max_length=300, blank=True, help_text="Further words, in any language, by which a question finds this fact."
    )
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    opens = models.TimeField(null=True, blank=True, help_text="Written in the text as {opens}.")
    closes = models.TimeField(
        null=True, blank=True, help_text="Written in the text as {closes}; earlier than opening means the next day."
    )
    latitude = models.DecimalField(
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )
    longitude = models.DecimalField(
        max_digits=9, decimal_places=6, null=True, blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )  # fmt: skip
    picture = TenantForeignKey(
        "tenants.Picture",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Shown with the answer in the web chat.",
    )
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True, help_text="Last day on which it is true.")
    is_active = models.BooleanField(default=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantOwned.Meta):
        ordering = ["topic", "id"]
        indexes = [models.Index(fields=["tenant", "topic"])]

    def __str__(self) -> str:
        return f"{self.topic}: {self.text_es[:60]}"

    def text(self, language: str) -> str:
        """The wording in `language`, else in Spanish."""
        return str(getattr(self, f"text_{language}", "")) or self.text_es

    def clean(self) -> None:
        """A dated fact ends after it begins; an amount has a currency."""
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise ValidationError({"valid_until": "It ends before it begins."})
        if (self.amount is None) != (not self.currency):
            raise ValidationError({"currency": "An amount needs a currency, and a currency an amount."})
        if (self.latitude is None) != (self.longitude is None):
            raise ValidationError({"longitude": "A place has a latitude and a longitude."})
        for language in ("es", "en", "pt"):
            for name in re.findall(r"\{(\w*)\}", getattr(self, f"text_{language}")):
                if name not in self.VALUES:
                    raise ValidationError(
                        {f"text_{language}": f"{{{name}}} is not one of {{amount}}, {{opens}}, {{closes}}."}
                    )
                if getattr(self, name) is None:
                    raise ValidationError({name: f"The text says {{{name}}}: give it a value."})


class SwitchChange(TenantOwned):
    """Who switched what on or off at a hotel, when and why. Written by `services.switch`, never changed."""

    LIVE = "live"
    """The name of the switch that lets the agent answer every guest; the others are capabilities."""

    name = models.CharField(max_length=40)
    is_on = models.BooleanField()
    reason = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta(TenantOwned.Meta):
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["tenant", "-at"], name="tenants_switch_recent")]

    def __str__(self) -> str:
        return f"{self.name} {'on' if self.is_on else 'off'}"


class HistoryEntry(TenantOwned):
    """What a person changed in the back office, when, from what to what, and why. Written by `tenants.history`.

    Never rewritten, but for what is personal: erasing a guest takes it out.
    """

    class Action(models.TextChoices):
        ADDED = "added", "added"
        CHANGED = "changed", "changed"
        DELETED = "deleted", "deleted"
        DONE = "done", "done"

    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    by_name = models.CharField(max_length=150, blank=True, help_text="The name of the account, also when it is gone.")
    model = models.CharField(max_length=80)
    row_id = models.CharField(max_length=40)
    row_text = models.CharField(max_length=200)
    action = models.CharField(max_length=8, choices=Action.choices)
    what = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    changes = models.JSONField(default=list, blank=True)

    class Meta(TenantOwned.Meta):
        ordering = ["-at", "-id"]
        verbose_name_plural = "history"
        indexes = [
            models.Index(fields=["tenant", "-at", "-id"], name="tenants_history_recent"),
            models.Index(fields=["tenant", "model", "row_id", "-at"], name="tenants_history_of_row"),
        ]

    def __str__(self) -> str:
        return f"{self.row_text} ({self.action})"


def tenant_models() -> list[type[models.Model]]:
    """Every concrete model that belongs to a hotel, for scoping and isolation checks."""
    from django.apps import apps

    return [model for model in apps.get_models() if issubclass(model, TenantOwned)]


__all__: list[Any] = [
    "Channel", "ChannelAccount", "Fact", "HistoryEntry", "Holiday", "Membership", "MetaApp", "OpeningHours",
    "PaymentAccount", "Picture", "PmsConnection", "Role", "SwitchChange", "Tenant", "TenantOwned", "tenant_models",
]  # fmt: skip
