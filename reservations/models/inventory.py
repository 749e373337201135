"""What a hotel sells: room types, rooms, rate plans, prices per night and nightly counters.

Prices are per room and night, in the hotel's currency, as the hotel enters them (`Tenant.prices_include_taxes` says
whether taxes are inside). Nights are local dates; the night of the 3rd is the one slept from the 3rd to the 4th.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q

from hotel_agent.common.tenant_keys import TenantForeignKey
from tenants.models import Picture, TenantOwned


class Described(models.Model):
    """A name and a description in the three languages; Spanish is the one that must exist."""

    name_es = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    name_pt = models.CharField(max_length=80, blank=True)
    description_es = models.TextField(blank=True)
    description_en = models.TextField(blank=True)
    description_pt = models.TextField(blank=True)

    class Meta:
        abstract = True

    def name(self, language: str) -> str:
        """The name in `language`, else in Spanish."""
        return str(getattr(self, f"name_{language}", "")) or self.name_es

    def description(self, language: str) -> str:
        """The description in `language`, else in Spanish (possibly empty)."""
        return str(getattr(self, f"description_{language}", "")) or self.description_es


class RoomType(TenantOwned, Described):
    """A kind of room that is sold as one. `code` is its id in the hotel's PMS, opaque to everyone else."""

    class Kind(models.TextChoices):
        """The understanding's taxonomy of room types, and `other`."""

        SINGLE = "single", "single"
        DOUBLE = "double", "double"
        TWIN = "twin", "twin"
        TRIPLE = "triple", "triple"
        QUADRUPLE = "quadruple", "quadruple"
        FAMILY = "family", "family"
        SUITE = "suite", "suite"
        JUNIOR_SUITE = "junior_suite", "junior suite"
        SUPERIOR = "superior", "superior"
        DELUXE = "deluxe", "deluxe"
        STANDARD = "standard", "standard"
        OTHER = "other", "other"

    code = models.CharField(max_length=64, help_text="The PMS's id of this type.")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.DOUBLE)
    also_kinds = models.JSONField(
        default=list, blank=True, help_text='Further kinds guests may call it, e.g. ["superior", "twin"].'
    )
    base_occupancy = models.PositiveSmallIntegerField(
        default=2, validators=[MinValueValidator(1)], help_text="People included in the night's price."
    )
    max_adults = models.PositiveSmallIntegerField(default=2, validators=[MinValueValidator(1)])
    max_children = models.PositiveSmallIntegerField(default=0)
    max_guests = models.PositiveSmallIntegerField(default=2, validators=[MinValueValidator(1)])
    cots = models.PositiveSmallIntegerField(
        default=0, help_text="Babies under 3 who may sleep in a cot, beyond the guests above."
    )
    beds = models.JSONField(default=dict, blank=True, help_text='Bed kinds and how many, e.g. {"queen": 1}.')
    area_m2 = models.PositiveSmallIntegerField(null=True, blank=True)
    photo = models.CharField(
        max_length=300,
        blank=True,
        validators=[RegexValidator(r"^(https://|/static/)\S+$")],
        help_text="Address of a picture elsewhere, shown when none is kept here.",
    )
    picture = TenantForeignKey(
        Picture,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Shown beside the room where a channel shows pictures.",
    )
    overbooking = models.PositiveSmallIntegerField(
        default=0, help_text="Rooms that may be sold beyond those that exist; copied to the nights that are opened."
    )
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta(TenantOwned.Meta):
        ordering = ["position", "id"]
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "code"], name="reservations_room_type_code"),
            models.CheckConstraint(
                condition=Q(max_adults__gte=1)
                & Q(max_guests__gte=F("max_adults"))
                & Q(base_occupancy__gte=1)
                & Q(base_occupancy__lte=F("max_guests")),
                name="reservations_room_type_occupancy",
            ),
        ]

    def __str__(self) -> str:
        return self.name_es

    @property
    def kinds(self) -> tuple[str, ...]:
        """The taxonomy's kinds it answers to, best first."""
        return (self.kind, *(kind for kind in self.also_kinds if kind != self.kind))

    def clean(self) -> None:
        """Further kinds are of the taxonomy."""
        if not set(self.also_kinds) <= set(self.Kind.values):
            raise ValidationError({"also_kinds": f"Use only: {', '.join(self.Kind.values)}."})


class Room(TenantOwned):
    """A physical room. The nightly counters sell; rooms are assigned afterwards."""

    room_type = TenantForeignKey(RoomType, on_delete=models.PROTECT, related_name="physical_rooms")
    number = models.CharField(max_length=12)
    floor = models.CharField(max_length=12, blank=True)
    notes = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta(TenantOwned.Meta):
        ordering = ["number"]
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "number"], name="reservations_room_number"),
        ]

    def __str__(self) -> str:
        return self.number


class RatePlan(TenantOwned, Described):
    """Conditions under which rooms are sold. Its cancellation tiers say what giving a booking back costs."""

    class Deposit(models.TextChoices):
        """What a guest pays online before the booking is confirmed."""

        NONE = "none", "none"
        PERCENT = "percent", "a percentage of the stay"
        FIRST_NIGHT = "first_night", "the first night"

    code = models.CharField(max_length=64, help_text="The PMS's id of this plan.")
    breakfast_included = models.BooleanField(default=False)
    min_stay = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    max_stay = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Empty: only the hotel's own limit.")
    tax_percent = models.DecimalField(
        max_digits=5, decimal_places=2, default=0, validators=[MinValueValidator(0), MaxValueValidator(99)]
    )
    deposit = models.CharField(
        max_length=11, choices=Deposit.choices, default=Deposit.NONE, help_text="What is paid before it is confirmed."
    )
    deposit_percent = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    children_free_under = models.PositiveSmallIntegerField(
        default=3, help_text="Younger children sleep free beyond the base occupancy."
    )
    adult_from = models.PositiveSmallIntegerField(default=13, help_text="From this age on a child pays as an adult.")
    derived_from = TenantForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="derived_plans",
        help_text="Its nights cost what they cost at this plan, changed as below; a rate of its own wins.",
    )
    derived_percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        default=0,
        validators=[MinValueValidator(-99), MaxValueValidator(500)],
        help_text="Dearer (or, below 0, cheaper) by so many percent.",
    )
    derived_amount = models.DecimalField(
        max_digits=12, decimal_places=2, default=0, help_text="Dearer (or, below 0, cheaper) per room and night."
    )
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta(TenantOwned.Meta):
        ordering = ["position", "id"]
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "code"], name="reservations_rate_plan_code"),
            models.CheckConstraint(
                condition=(Q(derived_percent=0) | Q(derived_amount=0))
                & (Q(derived_from__isnull=False) | Q(derived_percent=0, derived_amount=0))
                & Q(derived_percent__gte=-99, derived_percent__lte=500)
                & ~Q(derived_from=F("id")),
                name="reservations_rate_plan_derived",
            ),
            models.CheckConstraint(
                condition=Q(min_stay__gte=1) & (Q(max_stay__isnull=True) | Q(max_stay__gte=F("min_stay"))),
                name="reservations_rate_plan_stay",
            ),
            models.CheckConstraint(
                condition=Q(tax_percent__gte=0) & Q(tax_percent__lt=100), name="reservations_rate_plan_tax"
            ),
            models.CheckConstraint(
                condition=Q(deposit="percent", deposit_percent__gte=1, deposit_percent__lte=100)
                | (~Q(deposit="percent") & Q(deposit_percent__isnull=True)),
                name="reservations_rate_plan_deposit",
            ),
        ]

    def __str__(self) -> str:
        return self.name_es

    def clean(self) -> None:
        """A percentage belongs to a deposit by percentage, and only to it."""
        if (self.deposit == self.Deposit.PERCENT) != (self.deposit_percent is not None):
            raise ValidationError({"deposit_percent": "Give it for a deposit by percentage, and only for one."})
        base = self.derived_from
        if base is not None and (base.pk == self.pk or base.derived_from_id is not None):
            raise ValidationError({"derived_from": "Choose a plan with prices of its own."})
        if base is not None and self.pk and RatePlan.objects.filter(derived_from=self.pk).exists():
            raise ValidationError({"derived_from": "Other plans follow this one: it needs prices of its own."})
        if self.derived_percent and self.derived_amount:
            raise ValidationError({"derived_amount": "Give a percentage or an amount, not both."})
        if base is None and (self.derived_percent or self.derived_amount):
            raise ValidationError({"derived_from": "Say which plan the difference is from."})

    def derived_price(self, price: Decimal) -> Decimal:
        """What a room and night costs here that costs `price` at the plan this one follows; never less than nothing."""
        return max(price * (1 + self.derived_percent / 100) + self.derived_amount, Decimal(0))


class CancellationTier(TenantOwned):
    """What cancelling costs when less than `hours_before` hours remain until check-in. Without tiers it is free.

    The fee is a percentage of the booking or the price of its first nights, never both. `hours_before` empty means
    from the moment of booking (non-refundable).
    """

    rate_plan = TenantForeignKey(RatePlan, on_delete=models.CASCADE, related_name="tiers")
    hours_before = models.PositiveIntegerField(null=True, blank=True)
    fee_percent = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(100)])
    fee_nights = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        ordering = [F("hours_before").desc(nulls_first=True)]
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["rate_plan", "hours_before"], nulls_distinct=False, name="reservations_tier_once"
            ),
            models.CheckConstraint(
                condition=Q(fee_percent__isnull=True, fee_nights__gte=1)
                | Q(fee_nights__isnull=True, fee_percent__gte=1, fee_percent__lte=100),
                name="reservations_tier_one_fee",
            ),
        ]

    def __str__(self) -> str:
        fee = f"{self.fee_percent} %" if self.fee_percent else f"{self.fee_nights} nights"
        return f"{fee} within {self.hours_before} h" if self.hours_before is not None else f"{fee} always"


class Rate(TenantOwned):
    """The price of one night in one room type at one plan. A night without a rate is not sold at that plan."""

    room_type = TenantForeignKey(RoomType, on_delete=models.CASCADE, related_name="rates")
    rate_plan = TenantForeignKey(RatePlan, on_delete=models.CASCADE, related_name="rates")
    night = models.DateField()
    amount = models.DecimalField(max_digits=12, decimal_places=2, help_text="Per room, base occupancy.")
    extra_adult = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    extra_child = models.DecimalField(max_digits=12, decimal_places=2, default=0)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["room_type", "rate_plan", "night"], name="reservations_rate_once"),
            models.CheckConstraint(
                condition=Q(amount__gte=0) & Q(extra_adult__gte=0) & Q(extra_child__gte=0),
                name="reservations_rate_not_negative",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "night"], name="rsv_rate_night")]

    def __str__(self) -> str:
        return f"{self.night}: {self.amount}"


class RoomNight(TenantOwned):
    """How many rooms of a type one night has, has sold and keeps. The CHECK is what makes overselling impossible."""

    room_type = TenantForeignKey(RoomType, on_delete=models.PROTECT, related_name="room_nights")
    night = models.DateField()
    total = models.PositiveSmallIntegerField()
    overbooking = models.PositiveSmallIntegerField(default=0)
    sold = models.PositiveSmallIntegerField(default=0)
    held = models.PositiveSmallIntegerField(default=0)
    blocked = models.PositiveSmallIntegerField(default=0, help_text="Taken by other sellers or the hotel itself.")
    stop_sell = models.BooleanField(default=False)
    closed_to_arrival = models.BooleanField(default=False)
    closed_to_departure = models.BooleanField(default=False)
    min_stay = models.PositiveSmallIntegerField(default=1, help_text="For stays that arrive on this night.")
    max_stay = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="For stays that arrive on this night; empty: no limit of its own."
    )

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["room_type", "night"], name="reservations_room_night_once"),
            models.CheckConstraint(
                condition=Q(sold__gte=0) & Q(held__gte=0) & Q(blocked__gte=0),
                name="reservations_room_night_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(total__gte=F("sold") + F("held") + F("blocked") - F("overbooking")),
                name="reservations_room_night_not_oversold",
            ),
            models.CheckConstraint(
                condition=Q(min_stay__gte=1) & (Q(max_stay__isnull=True) | Q(max_stay__gte=F("min_stay"))),
                name="reservations_room_night_stay",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "night"], name="rsv_room_night")]

    def __str__(self) -> str:
        return f"{self.night}: {self.sold}+{self.held}/{self.total}"

    @property
    def left(self) -> int:
        """Rooms that can still be sold, never negative."""
        return max(self.total + self.overbooking - self.sold - self.held - self.blocked, 0)


def rooms_of(tenant_id: int, rooms: Mapping[str, int]) -> str:
    """Rooms of several types by their codes, as the desk reads them."""
    names = {row.code: str(row) for row in RoomType._base_manager.filter(tenant_id=tenant_id, code__in=list(rooms))}
    return ", ".join(f"{names.get(code, code)} × {many}" for code, many in rooms.items())
