"""A conversation that needs a person."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from conversations.models.thread import Conversation
from hotel_agent.common import clock
from hotel_agent.common.tenant_keys import TenantForeignKey
from tenants.models import TenantOwned


class Handoff(TenantOwned):
    """Why a person is needed, since when, and whether one came. At most one open per conversation and reason."""

    class State(models.TextChoices):
        OPEN = "open", "waiting for a person"
        TAKEN = "taken", "a person answers"
        CLOSED = "closed", "closed"

    conversation = TenantForeignKey(Conversation, on_delete=models.CASCADE, related_name="handoffs")
    reason = models.CharField(max_length=40)
    summary = models.TextField(blank=True)
    urgent = models.BooleanField(default=False)
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    opened_at = models.DateTimeField(default=clock.now)
    taken_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["conversation", "reason"],
                condition=models.Q(state="open"),
                name="conversations_handoff_one_open",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "state", "opened_at"]),
            models.Index(fields=["conversation"], name="conv_handoff_open", condition=models.Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.reason} ({self.state})"
