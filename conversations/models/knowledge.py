"""What the hotel does not tell its guests yet, and which disagreements of its facts a manager has settled."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from conversations.models.thread import Conversation
from hotel_agent.common import clock
from hotel_agent.common.tenant_keys import TenantForeignKey
from tenants.models import TenantOwned


class UnansweredQuestion(TenantOwned):
    """A question no fact answers, asked one or many times in one language: one row per question, counted.

    Written by the turn that had to say "I don't know", in its own transaction. Asked again after a fact was written for
    it, it is open again: the fact did not help.
    """

    class State(models.TextChoices):
        OPEN = "open", "open"
        ANSWERED = "answered", "a fact was written"
        DISMISSED = "dismissed", "dismissed"

    key = models.CharField(max_length=120, help_text="What it is about: a topic, else its intent and main words.")
    language = models.CharField(max_length=2)
    intent = models.CharField(max_length=40)
    topic = models.CharField(max_length=40, blank=True)
    example = models.CharField(max_length=300, help_text="As last asked, without names, addresses, numbers and codes.")
    asked_in = TenantForeignKey(
        Conversation, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text="Whose words the example is: they go when that guest is forgotten.",
    )  # fmt: skip
    count = models.PositiveIntegerField(default=1)
    first_asked_at = models.DateTimeField(default=clock.now)
    last_asked_at = models.DateTimeField(default=clock.now)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "key", "language"], name="conversations_question_once"),
        ]
        indexes = [models.Index(fields=["tenant", "state", "-count"], name="conv_question_open")]

    def __str__(self) -> str:
        return self.example[:60]


class SettledDifference(TenantOwned):
    """A disagreement between two things the hotel says that a manager found to be right as it is.

    `key` names both sides and their values: when one of them changes, the question is asked again.
    """

    key = models.CharField(max_length=64)
    about = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "key"], name="conversations_difference_once"),
        ]

    def __str__(self) -> str:
        return self.about[:60]
