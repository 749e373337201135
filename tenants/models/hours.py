"""When people are at the desk: weekdays, and dates with hours of their own."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models

from tenants.models.owned import TenantOwned


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
