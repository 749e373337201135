"""A hotel: its day, money, languages, limits, and who may be answered there."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterable
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from hotel_agent.common import clock
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
