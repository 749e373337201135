"""Who changed prices, rooms on sale or restrictions, when, why and from what."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hotel_agent.common import clock
from tenants.models import TenantOwned


class SellingChange(TenantOwned):
    """One edit of a range of nights, written with the edit itself and never rewritten.

    `asked` is the edit as it was asked for, `lines` what it changed: room type, plan, field, nights, before, after.
    """

    at = models.DateTimeField(default=clock.now, editable=False)
    by = models.CharField(max_length=150)
    reason = models.CharField(max_length=200)
    first = models.DateField(help_text="First night of the range.")
    last = models.DateField(help_text="Last night of the range.")
    asked = models.JSONField(default=dict)
    lines = models.JSONField(default=list)
    nights = models.PositiveIntegerField(help_text="Prices and nights that changed.")

    class Meta(TenantOwned.Meta):
        ordering = ["-at", "-id"]
        constraints = [
            *TenantOwned.Meta.constraints,
            models.CheckConstraint(condition=~Q(reason=""), name="reservations_selling_change_reason"),
        ]
        indexes = [models.Index(fields=["tenant", "-at"], name="rsv_selling_recent")]

    def __str__(self) -> str:
        return f"{self.first} – {self.last}: {self.reason}"
