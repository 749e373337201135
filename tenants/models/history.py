"""What people changed at a hotel: its switches, and every row of the back office."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from hotel_agent.common import clock
from tenants.models.owned import TenantOwned


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
