"""What was agreed about a booked stay beside room and nights: another hour, an extra, a wish for the desk."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from hotel_agent.common import clock
from hotel_agent.common.money import Money
from hotel_agent.common.tenant_keys import TenantForeignKey
from reservations.models.catalogue import Extra
from reservations.models.stays import Reservation
from tenants.models import TenantOwned


class Arrangement(TenantOwned):
    """One thing arranged for a stay, at the amount the guest accepted. The desk reads it as a note in the PMS."""

    class Kind(models.TextChoices):
        EARLY_CHECK_IN = "early_check_in", "early arrival"
        LATE_CHECK_OUT = "late_check_out", "late departure"
        EXTRA = "extra", "extra"
        REQUEST = "request", "special request"

    class State(models.TextChoices):
        ASKED = "asked", "on its way to the PMS"
        NOTED = "noted", "noted in the PMS"
        REFUSED = "refused", "refused"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reservation = TenantForeignKey(Reservation, on_delete=models.CASCADE, related_name="arrangements")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    at_time = models.TimeField(null=True, blank=True, help_text="Of an early arrival or late departure.")
    extra = TenantForeignKey(Extra, null=True, blank=True, on_delete=models.PROTECT, related_name="arrangements")
    quantity = models.PositiveSmallIntegerField(default=1)
    amount = models.DecimalField(max_digits=14, decimal_places=2, default=0, help_text="Gross; paid at the hotel.")
    currency = models.CharField(max_length=3)
    text = models.CharField(max_length=500, help_text="As the desk reads it.")
    conversation_key = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.CheckConstraint(condition=Q(amount__gte=0), name="reservations_arrangement_amount"),
            models.UniqueConstraint(
                fields=["reservation", "kind"],
                condition=Q(kind__in=["early_check_in", "late_check_out"], state__in=["asked", "noted"]),
                name="reservations_arrangement_hours_once",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "reservation"], name="rsv_arranged")]

    def __str__(self) -> str:
        return self.text

    @property
    def price(self) -> Money:
        """What the guest accepted to pay for it."""
        return Money(self.amount, self.currency)
