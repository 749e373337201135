"""What a hotel reads about its agent: figures per day, and samples of what it did alone, judged by people."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from conversations.models.thread import Conversation
from hotel_agent.common import clock
from hotel_agent.common.tenant_keys import TenantForeignKey
from tenants.models import TenantOwned


class DayFigures(TenantOwned):
    """What happened on one day of the hotel, for one channel and language. Written by `services.insight` only.

    The funnel counts conversations by the day they asked, so that a day's later columns grow while its guests decide,
    pay and arrive. A visit is one conversation on one day.
    """

    day = models.DateField(help_text="The hotel's business day.")
    channel = models.CharField(max_length=10)
    language = models.CharField(max_length=2, blank=True)
    visits = models.PositiveIntegerField(default=0, help_text="Conversations with a message of the guest.")
    answered = models.PositiveIntegerField(default=0, help_text="Of these, the agent took part in.")
    automated = models.PositiveIntegerField(default=0, help_text="Of these, resolved without a person.")
    asked = models.PositiveIntegerField(default=0, help_text="Conversations that asked for a stay.")
    quoted = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    confirmed = models.PositiveIntegerField(default=0)
    stayed = models.PositiveIntegerField(default=0, help_text="Of the confirmed, arrived so far.")
    bookings = models.PositiveIntegerField(default=0, help_text="Reservations made that day and confirmed.")
    cancelled = models.PositiveIntegerField(default=0, help_text="Of these, cancelled since.")
    value = models.JSONField(default=dict, help_text="Confirmed and not cancelled, by currency.")
    waits = ArrayField(models.PositiveIntegerField(), default=list, help_text="Answers by how long they took.")
    person_waits = ArrayField(models.PositiveIntegerField(), default=list, help_text="Takeovers by how long they took.")
    topics = models.JSONField(default=dict, help_text="What guests wrote about, how often.")
    lost = models.JSONField(default=dict, help_text="Why conversations that asked did not book.")
    counted_at = models.DateTimeField(default=clock.now)

    class Meta(TenantOwned.Meta):
        verbose_name_plural = "day figures"
        ordering = ["-day", "channel", "language"]
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant", "day", "channel", "language"], name="conversations_day_figures_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.channel} {self.language}"


class VisitAudit(TenantOwned):
    """A visit the agent resolved alone, drawn at random for a person to say whether it did it right."""

    class Verdict(models.TextChoices):
        OPEN = "", "waits for a verdict"
        RIGHT = "right", "right"
        WRONG = "wrong", "wrong"

    conversation = TenantForeignKey(Conversation, on_delete=models.CASCADE, related_name="audits")
    day = models.DateField()
    verdict = models.CharField(max_length=5, choices=Verdict.choices, default=Verdict.OPEN, blank=True)
    note = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    drawn_at = models.DateTimeField(default=clock.now, editable=False)
    judged_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        ordering = ["-day", "id"]
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["conversation", "day"], name="conversations_visit_audit_once"),
        ]
        indexes = [models.Index(fields=["tenant", "-day"], name="conv_audit_recent")]

    def __str__(self) -> str:
        return f"{self.day}: {self.get_verdict_display()}"
