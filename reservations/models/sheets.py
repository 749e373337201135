"""Files of rates or nights that a manager loads: what was read, what is wrong with it, and whether it was loaded."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hotel_agent.common import clock
from tenants.models import TenantOwned


class SheetImport(TenantOwned):
    """One uploaded file. It is loaded as a whole, once, exactly as it was previewed, or not at all."""

    class Kind(models.TextChoices):
        RATES = "rates", "prices"
        NIGHTS = "nights", "nights on sale"

    class State(models.TextChoices):
        BAD = "bad", "not loadable"
        READY = "ready", "can be loaded"
        LOADED = "loaded", "loaded"

    kind = models.CharField(max_length=6, choices=Kind.choices)
    state = models.CharField(max_length=6, choices=State.choices)
    file_name = models.CharField(max_length=120)
    rows = models.JSONField(default=list, help_text="What was read, row by row.")
    problems = models.JSONField(default=list, help_text="Row, column and what is wrong.")
    nights = models.PositiveIntegerField(default=0, help_text="Nights it sets.")
    made_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    loaded_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        ordering = ["-created_at", "-id"]
        constraints = [
            *TenantOwned.Meta.constraints,
            models.CheckConstraint(
                condition=Q(state="bad") | Q(problems=[]), name="reservations_sheet_without_problems"
            ),
        ]

    def __str__(self) -> str:
        return self.file_name
