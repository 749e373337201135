"""What staff say a message meant: examples for the next model, after approval."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from conversations.models.inbound import Message
from hotel_agent.common import clock
from hotel_agent.common.tenant_keys import TenantForeignKey
from tenants.models import TenantOwned


class TrainingExample(TenantOwned):
    """A guest's words, masked, with the intents a person gave them. Used for training only once approved."""

    class State(models.TextChoices):
        PENDING = "pending", "waits for approval"
        APPROVED = "approved", "approved"
        REJECTED = "rejected", "rejected"

    message = TenantForeignKey(Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="examples")
    text = models.TextField(help_text="Without names, addresses, numbers and codes.")
    language = models.CharField(max_length=2)
    expected_slot = models.CharField(max_length=30, blank=True, help_text="What the agent had just asked for.")
    intents = models.JSONField(help_text="All the message says, the main one first.")
    understood_as = models.CharField(max_length=40, blank=True, help_text="What the agent had taken it for.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    proposed_at = models.DateTimeField(default=clock.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["message"], condition=Q(state="pending"), name="conversations_example_one_pending"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "state", "proposed_at"])]

    def __str__(self) -> str:
        return f"{self.text[:60]} → {', '.join(self.intents)}"
