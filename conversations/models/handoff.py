"""A conversation that needs a person, and who was told of it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from conversations.models.thread import Conversation
from hotel_agent.common import clock
from hotel_agent.common.claims import Claimable
from hotel_agent.common.crypto import EncryptedSecretsField
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
    brief = models.JSONField(
        default=dict, blank=True, help_text="What a person needs to go on: wishes, quote, mood, last lines."
    )
    urgent = models.BooleanField(default=False)
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    opened_at = models.DateTimeField(default=clock.now)
    due_at = models.DateTimeField(
        null=True, blank=True, help_text="When a person should have answered, by the hotel's hours and its own promise."
    )
    promised = models.BooleanField(default=False, help_text="The guest was told that a person answers.")
    told_again_at = models.DateTimeField(
        null=True, blank=True, help_text="When the guest was told that it takes longer than promised."
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True, help_text="When somebody said that they see to it.")
    check_at = models.DateTimeField(
        null=True, blank=True, help_text="When something is to be done about it next: a notice, a word to the guest."
    )
    taken_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_why = models.CharField(max_length=20, blank=True)

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
            models.Index(fields=["conversation", "opened_at"], name="conv_handoff_of"),
            models.Index(fields=["conversation"], name="conv_handoff_open", condition=models.Q(state="open")),
            models.Index(fields=["check_at"], name="conv_handoff_check", condition=models.Q(check_at__isnull=False)),
            models.Index(fields=["tenant", "due_at"], name="conv_handoff_waiting", condition=models.Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.reason} ({self.state})"


class HandoffPolicy(TenantOwned):
    """How soon a hotel's people answer, and when the agent goes on without them. Without a row these defaults hold."""

    answer_within_min = models.PositiveSmallIntegerField(
        default=30, validators=[MinValueValidator(1)], help_text="Minutes of staffed time to a person's first answer."
    )
    urgent_within_min = models.PositiveSmallIntegerField(
        default=5, validators=[MinValueValidator(1)], help_text="Minutes for what is urgent, at any hour."
    )
    acknowledge_within_min = models.PositiveSmallIntegerField(
        default=15, validators=[MinValueValidator(1)],
        help_text="Minutes after a notice in which somebody has to react before it is an alarm.",
    )  # fmt: skip
    return_after_hours = models.PositiveSmallIntegerField(
        default=12, validators=[MaxValueValidator(23)],
        help_text="Hours without a word from staff after which the agent answers again; 0: never by itself.",
    )  # fmt: skip
    guest_may_return = models.BooleanField(
        default=True, help_text='A guest who writes "asistente" or "assistant" gets the agent back.'
    )

    class Meta(TenantOwned.Meta):
        verbose_name_plural = "handoff policies"
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant"], name="conversations_policy_one_per_hotel"),
        ]

    def __str__(self) -> str:
        return f"{self.answer_within_min} min"


class EscalationStep(TenantOwned):
    """One rung of a hotel's ladder: who is told, how long after a guest needs a person, and at which hours."""

    class Way(models.TextChoices):
        ASSIGNEE = "assignee", "the person in charge, by e-mail"
        TEAM = "team", "everybody at the desk, by e-mail"
        EMAIL = "email", "an e-mail address"
        WHATSAPP = "whatsapp", "a WhatsApp number"
        WEBHOOK = "webhook", "a webhook"

    class Hours(models.TextChoices):
        ANY = "any", "at any hour"
        OPEN = "open", "while the desk is staffed"
        CLOSED = "closed", "while nobody is at the desk"

    way = models.CharField(max_length=8, choices=Way.choices)
    after_min = models.PositiveSmallIntegerField(
        default=0, help_text="Minutes since the guest needs a person; what is not urgent counts from opening time."
    )
    hours = models.CharField(max_length=6, choices=Hours.choices, default=Hours.ANY)
    only_urgent = models.BooleanField(default=False)
    target = models.CharField(
        max_length=300, blank=True, help_text="The address, the number with country code, or the https address."
    )
    credentials = EncryptedSecretsField(help_text="secret: signs what is sent to the webhook")
    is_active = models.BooleanField(default=True)

    class Meta(TenantOwned.Meta):
        ordering = ["after_min", "id"]

    def __str__(self) -> str:
        return f"{self.after_min} min: {self.way} {self.target}".strip()

    def clean(self) -> None:
        """A way that needs an address has one."""
        outside = {self.Way.EMAIL, self.Way.WHATSAPP, self.Way.WEBHOOK}
        if self.way in outside and not self.target:
            raise ValidationError({"target": "This way needs an address."})
        if self.way == self.Way.WEBHOOK and not self.target.startswith("https://"):
            raise ValidationError({"target": "A webhook's address begins with https://."})
        if self.way == self.Way.WHATSAPP and not self.target.lstrip("+").isdigit():
            raise ValidationError({"target": "Write the number with its country code, digits only."})


class Escalation(Claimable, TenantOwned):
    """One notice to staff about one handoff: a row before it is a call, sent once, then acknowledged or an alarm.

    The unique key makes two sweepers one notice. `done` means that the way out accepted it; `orphan` that there was
    nobody to tell; `dead` that it could not be delivered.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    handoff = TenantForeignKey(Handoff, on_delete=models.CASCADE, related_name="escalations")
    step = TenantForeignKey(EscalationStep, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    key = models.CharField(max_length=20, help_text="The rung it belongs to; one notice per rung and address, ever.")
    way = models.CharField(max_length=8, choices=EscalationStep.Way.choices)
    target = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    provider_id = models.CharField(max_length=250, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    alarmed_at = models.DateTimeField(null=True, blank=True, help_text="When it became an alarm nobody may overlook.")
    alarm = models.CharField(max_length=20, blank=True, help_text="Why: nobody reacted, or it was not delivered.")

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["handoff", "key", "target"], name="conversations_escalation_once"),
        ]
        indexes = [
            models.Index(
                fields=["not_before"], name="conv_escalation_open", condition=models.Q(state__in=["waiting", "working"])
            ),
            models.Index(
                fields=["tenant", "alarmed_at"], name="conv_escalation_alarm",
                condition=models.Q(alarmed_at__isnull=False, acknowledged_at__isnull=True),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.way} {self.target} ({self.state})".strip()
