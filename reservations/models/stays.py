"""What is kept and what is booked, as we know it; the PMS's own records are elsewhere."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from hotel_agent.common import clock
from hotel_agent.common.money import Money
from hotel_agent.common.tenant_keys import TenantForeignKey
from integrations.pms.base import CancellationTerms, Stay
from reservations import snapshots
from reservations.models.inventory import RatePlan, RoomType, rooms_of
from reservations.models.quotes import QuoteOption
from tenants.models import TenantOwned

CODE_PATTERN = r"^[A-Z]{2}-(?=.*\d)[A-Z0-9]{6}$"


def new_page_token() -> str:
    """192 random bits for the guest's page: whoever has the address was given it."""
    return secrets.token_urlsafe(24)


class Hold(TenantOwned):
    """A room kept for a guest while they decide. The row is committed before the PMS is asked.

    `placing` (asked, answer not recorded) → `open` → `booking` (a booking was requested with it) → `used`; or it ends
    as `refused`, `released` or `lapsed`.
    """

    class State(models.TextChoices):
        PLACING = "placing", "placing"
        OPEN = "open", "open"
        BOOKING = "booking", "booking"
        USED = "used", "used"
        REFUSED = "refused", "refused"
        RELEASED = "released", "released"
        LAPSED = "lapsed", "lapsed"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    option = TenantForeignKey(QuoteOption, on_delete=models.PROTECT, related_name="holds")
    conversation_key = models.UUIDField(null=True, blank=True)
    guest_key = models.CharField(max_length=190)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PLACING)
    reference = models.CharField(max_length=64, unique=True, help_text="Our name for it in the PMS.")
    pms_hold_id = models.CharField(max_length=64, blank=True, help_text="Empty where the PMS keeps no rooms.")
    expires_at = models.DateTimeField()
    extensions = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["option"],
                condition=Q(state__in=["placing", "open", "booking"]),
                name="reservations_hold_one_per_option",
            ),
            models.CheckConstraint(condition=Q(extensions__lte=2), name="reservations_hold_extensions"),
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="rsv_hold_due", condition=Q(state__in=["placing", "open"])),
            models.Index(
                fields=["tenant", "guest_key"], name="rsv_hold_guest", condition=Q(state__in=["placing", "open"])
            ),
        ]

    def __str__(self) -> str:
        return f"hold {self.pk} {self.state}"

    def is_open(self, at: dt.datetime | None = None) -> bool:
        """Whether the room is kept at an instant (now when not given)."""
        return self.state == self.State.OPEN and self.expires_at > (at or clock.now())


class Reservation(TenantOwned):
    """A stay somebody asked for. The price is its option's; it is confirmed only when the PMS has it (promise 5)."""

    class State(models.TextChoices):
        AWAITING = "awaiting", "awaiting payment"
        PENDING = "pending", "pending"
        UNKNOWN = "unknown", "unknown outcome"
        CONFIRMED = "confirmed", "confirmed"
        REFUSED = "refused", "refused"
        CANCELLED = "cancelled", "cancelled"
        IN_HOUSE = "in_house", "in house"
        DEPARTED = "departed", "departed"
        NO_SHOW = "no_show", "no show"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(max_length=9, validators=[RegexValidator(CODE_PATTERN)])
    state = models.CharField(max_length=9, choices=State.choices, default=State.PENDING)
    option = TenantForeignKey(QuoteOption, on_delete=models.PROTECT, related_name="reservations")
    hold = TenantForeignKey(Hold, null=True, blank=True, on_delete=models.PROTECT, related_name="reservations")
    room_type = TenantForeignKey(RoomType, on_delete=models.PROTECT, related_name="reservations")
    rate_plan = TenantForeignKey(RatePlan, on_delete=models.PROTECT, related_name="reservations")
    check_in = models.DateField()
    check_out = models.DateField()
    parties = models.JSONField()
    rooms = models.PositiveSmallIntegerField()
    currency = models.CharField(max_length=3)
    total = models.DecimalField(max_digits=14, decimal_places=2)
    deposit = models.DecimalField(
        max_digits=14, decimal_places=2, default=0, help_text="What must be paid before it is confirmed; 0: nothing."
    )
    terms = models.JSONField()
    guest_name = models.CharField(max_length=120)
    guest_email = models.EmailField(blank=True)
    guest_phone = models.CharField(max_length=20, blank=True)
    language = models.CharField(max_length=2, default="es")
    notes = models.TextField(blank=True)
    channel = models.CharField(max_length=10)
    conversation_key = models.UUIDField(null=True, blank=True)
    guest_key = models.CharField(max_length=190, blank=True)
    page_token = models.CharField(max_length=64, unique=True, default=new_page_token, help_text="Of its page /stay/….")
    reference = models.CharField(max_length=64, unique=True, help_text="Our name for it in the PMS.")
    pms_booking_id = models.CharField(max_length=64, blank=True)
    refusal = models.CharField(max_length=30, blank=True)
    cancellation_fee = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "code"], name="reservations_reservation_code"),
            models.UniqueConstraint(fields=["option"], name="reservations_reservation_one_per_option"),
            models.CheckConstraint(
                condition=Q(check_out__gt=models.F("check_in")), name="reservations_reservation_nights"
            ),
            models.CheckConstraint(condition=Q(total__gte=0), name="reservations_reservation_price"),
            models.CheckConstraint(condition=Q(code__regex=CODE_PATTERN), name="reservations_reservation_code_form"),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | (~Q(pms_booking_id="") & Q(confirmed_at__isnull=False)),
                name="reservations_confirmed_in_pms",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "check_in"], name="rsv_arrivals"),
            models.Index(fields=["tenant", "guest_key", "-created_at"], name="rsv_own_recent"),
            models.Index(fields=["tenant", "check_out"], name="rsv_departures"),
            models.Index(
                fields=["tenant", "confirmed_at"], name="rsv_confirmed", condition=Q(confirmed_at__isnull=False)
            ),
            models.Index(
                fields=["tenant", "code"], opclasses=["int8_ops", "varchar_pattern_ops"], name="rsv_code_prefix"
            ),
            models.Index(fields=["tenant", "-created_at"], name="rsv_made"),
            models.Index(fields=["tenant", "state", "-created_at"], name="rsv_of_state"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def stay(self) -> Stay:
        """Dates and people."""
        return snapshots.stay(self.check_in, self.check_out, self.parties)

    @property
    def rooms_said(self) -> str:
        """The rooms as the desk reads them: "Doble", "Doble × 2", "Doble × 2, Familiar × 1"."""
        stay = self.stay
        if not stay.is_mixed:
            return f"{self.room_type} × {self.rooms}" if self.rooms > 1 else str(self.room_type)
        return rooms_of(self.tenant_id, stay.rooms_by_type(self.room_type.code))

    @property
    def nights(self) -> int:
        """Number of nights."""
        return (self.check_out - self.check_in).days

    @property
    def price(self) -> Money:
        """The gross total."""
        return Money(self.total, self.currency)

    @property
    def deposit_price(self) -> Money:
        """What has to be paid before it is confirmed; zero for nothing."""
        return Money(self.deposit, self.currency)

    @property
    def cancellation_terms(self) -> CancellationTerms:
        """The terms it was sold under."""
        return snapshots.terms(self.terms)


class StayAccess(TenantOwned):
    """A stay that a guest beside the one who booked it may see, change and cancel: they proved that it is theirs."""

    reservation = TenantForeignKey(Reservation, on_delete=models.CASCADE, related_name="accesses")
    guest_key = models.CharField(max_length=190)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["reservation", "guest_key"], name="reservations_access_once"),
        ]
        indexes = [models.Index(fields=["tenant", "guest_key"], name="rsv_access")]

    def __str__(self) -> str:
        return f"access to {self.reservation_id}"


class ReservationChange(TenantOwned):
    """One line of a reservation's history. Append-only: the database refuses updates."""

    reservation = TenantForeignKey(Reservation, on_delete=models.CASCADE, related_name="changes")
    at = models.DateTimeField(default=clock.now, editable=False)
    kind = models.CharField(max_length=30, help_text="requested, confirmed, refused, unknown, cancelled, changed, …")
    from_state = models.CharField(max_length=9, blank=True)
    to_state = models.CharField(max_length=9, blank=True)
    actor = models.CharField(max_length=60, default="agent", help_text="agent, pms, sweeper or a user name.")
    detail = models.JSONField(default=dict, help_text="What changed; never personal data.")

    class Meta(TenantOwned.Meta):
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"
