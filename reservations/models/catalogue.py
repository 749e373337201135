"""What is sold or charged beside the night: extras a guest may add, and taxes of the stay named on their own.

Amounts are gross, in the hotel's currency. They reach a guest only through a quote or a dated catalogue entry.
"""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from hotel_agent.common.tenant_keys import TenantForeignKey
from integrations.pms.base import ExtraUnit
from reservations.models.inventory import Described, RatePlan
from tenants.models import TenantOwned

UNITS = [
    (ExtraUnit.STAY.value, "once"),
    (ExtraUnit.NIGHT.value, "per night"),
    (ExtraUnit.PERSON.value, "per person"),
    (ExtraUnit.PERSON_NIGHT.value, "per person and night"),
]


class Extra(TenantOwned, Described):
    """Something sold with a room: breakfast, a transfer, a parking space, a cot."""

    class Kind(models.TextChoices):
        """What guests ask for; the conversation finds an extra by it."""

        BREAKFAST = "breakfast", "breakfast"
        TRANSFER = "transfer", "transfer"
        PARKING = "parking", "parking"
        COT = "cot", "cot"
        PET = "pet", "pet"
        OTHER = "other", "other"

    code = models.CharField(max_length=64, help_text="The PMS's id of this extra.")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.OTHER)
    unit = models.CharField(max_length=12, choices=UNITS, default=ExtraUnit.STAY.value)
    price = models.DecimalField(
        max_digits=12, decimal_places=2, validators=[MinValueValidator(0)], help_text="Taxes included; 0 is free."
    )
    most = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1)],
        help_text="At most so many in one room; for a price per person, its people are the limit.",
    )
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta(TenantOwned.Meta):
        ordering = ["position", "id"]
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "code"], name="reservations_extra_code"),
            models.CheckConstraint(condition=Q(price__gte=0) & Q(most__gte=1), name="reservations_extra_price"),
        ]

    def __str__(self) -> str:
        return self.name_es


class StayTax(TenantOwned, Described):
    """A tax of the stay that is named on its own, such as a city tax: paid at the desk, or part of the total.

    It is an amount per counted person and night (or per room and night, or once), or a percentage of the nights.
    """

    class Basis(models.TextChoices):
        """What is counted."""

        PERSON_NIGHT = "person_night", "per person and night"
        ROOM_NIGHT = "room_night", "per room and night"
        ROOM = "room", "per room"
        PERCENT = "percent", "percentage of the nights"

    code = models.SlugField(max_length=30, help_text="A short name, e.g. city-tax.")
    basis = models.CharField(max_length=12, choices=Basis.choices, default=Basis.PERSON_NIGHT)
    amount = models.DecimalField(
        max_digits=12, decimal_places=2, validators=[MinValueValidator(0)], help_text="Money, or the percentage."
    )
    from_age = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(18)], help_text="Younger guests do not pay it."
    )
    most_nights = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="Later nights are free of it."
    )
    due_at_hotel = models.BooleanField(
        default=True, help_text="Paid at the desk and not part of the price; otherwise it is added to the price."
    )
    is_active = models.BooleanField(default=True)

    class Meta(TenantOwned.Meta):
        ordering = ["code"]
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "code"], name="reservations_stay_tax_code"),
            models.CheckConstraint(
                condition=Q(amount__gte=0) & (~Q(basis="percent") | Q(amount__lte=100)),
                name="reservations_stay_tax_amount",
            ),
        ]

    def __str__(self) -> str:
        return self.name_es


class ChildBand(TenantOwned):
    """What children below an age pay of the night's price for a child, e.g. half under 6. Without a band: all of it.

    Bands lie between the plan's `children_free_under` and `adult_from`; the narrowest one that fits counts.
    """

    rate_plan = TenantForeignKey(RatePlan, on_delete=models.CASCADE, related_name="child_bands")
    under = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(18)])
    percent = models.PositiveSmallIntegerField(
        validators=[MaxValueValidator(100)], help_text="Of the night's price for an extra child."
    )

    class Meta(TenantOwned.Meta):
        ordering = ["under"]
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["rate_plan", "under"], name="reservations_child_band_once"),
            models.CheckConstraint(
                condition=Q(under__gte=1) & Q(under__lte=18) & Q(percent__lte=100), name="reservations_child_band"
            ),
        ]

    def __str__(self) -> str:
        return f"< {self.under}: {self.percent} %"
