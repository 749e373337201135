"""Guests who asked to be forgotten: what is left is that it was done, never whom it was done for."""

from __future__ import annotations

from django.db import models

from hotel_agent.common import clock
from hotel_agent.common.claims import Claimable
from tenants.models import TenantOwned


class Erasure(TenantOwned, Claimable):
    """One guest being forgotten. Committed before anything is erased; `step` says how far it came.

    It names the guest by number only. The row outlives them: it is the proof, and the list to go through again after
    an old backup was restored.
    """

    guest_id = models.BigIntegerField(help_text="The guest's number; the row behind it is empty afterwards.")
    asked_by = models.CharField(max_length=150)
    reason = models.CharField(max_length=200, blank=True, help_text="Why, in the asker's words; no personal data.")
    step = models.CharField(max_length=20, blank=True, help_text="The last step that was finished.")
    counts = models.JSONField(default=dict, help_text="Rows by table.")
    elsewhere = models.JSONField(default=list, help_text="What others keep: the PMS, the payment provider.")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        ordering = ["-id"]
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant", "guest_id"],
                condition=models.Q(state__in=["waiting", "working"]),
                name="conversations_erasure_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["not_before"], name="conv_erasure_open", condition=models.Q(state__in=["waiting", "working"])
            ),
        ]

    def __str__(self) -> str:
        return f"erasure {self.pk} {self.state}"
