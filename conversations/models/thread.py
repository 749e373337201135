"""A thread between one guest and one account, its working memory, and the record of each turn."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from conversations.models.people import Guest
from hotel_agent.common import clock
from hotel_agent.common.tenant_keys import TenantForeignKey
from tenants.models import Channel, ChannelAccount, TenantOwned


class Conversation(TenantOwned):
    """One thread. Its messages are one serial stream: whoever holds the lease, under the current epoch, speaks.

    `epoch` grows with every claim and every takeover; a turn commits only under the epoch it claimed.
    """

    class Owner(models.TextChoices):
        AGENT = "agent", "agent"
        HUMAN = "human", "person"
        PAUSED = "paused", "paused"

    class ReplyMode(models.TextChoices):
        AUTO = "auto", "the agent answers by itself"
        SUGGEST = "suggest", "the agent suggests, a person sends"

    class Side(models.TextChoices):
        GUEST = "guest", "guest"
        AGENT = "agent", "agent"
        STAFF = "staff", "staff"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = TenantForeignKey(ChannelAccount, on_delete=models.PROTECT, related_name="conversations")
    guest = TenantForeignKey(Guest, on_delete=models.CASCADE, related_name="conversations")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    recipient = models.JSONField(default=dict, help_text="Where to send: the channel's own ids, verbatim.")
    owner = models.CharField(max_length=6, choices=Owner.choices, default=Owner.AGENT)
    epoch = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True, help_text="When its waiting messages become a turn.")
    pending_since = models.DateTimeField(null=True, blank=True, help_text="First waiting message of the burst.")
    one_by_one = models.BooleanField(default=False, help_text="After a failed turn: one message per turn.")
    language = models.CharField(max_length=2, blank=True)
    disclosed_at = models.DateTimeField(
        null=True, blank=True, help_text="When the guest was told that an assistant writes and how data is used."
    )
    last_inbound_at = models.DateTimeField(null=True, blank=True)
    last_outbound_at = models.DateTimeField(null=True, blank=True)
    pair_left = models.FloatField(
        null=True, blank=True, help_text="Messages that could go at `pair_at` without a wait."
    )
    pair_at = models.DateTimeField(null=True, blank=True)
    sent_day = models.DateField(null=True, blank=True, help_text="The hotel's day `sent_count` counts.")
    sent_count = models.PositiveIntegerField(default=0, help_text="Messages sent on that day.")
    last_text = models.CharField(max_length=200, blank=True)
    last_by = models.CharField(
        max_length=5, choices=Side.choices, default=Side.GUEST, help_text="Whose words `last_text` are."
    )
    waiting_since = models.DateTimeField(
        null=True, blank=True, help_text="Since when the guest waits for the hotel's next word."
    )
    reply_mode = models.CharField(
        max_length=7, choices=ReplyMode.choices, blank=True, help_text="Empty: by the hotel's own rules."
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    seen_at = models.DateTimeField(null=True, blank=True, help_text="When somebody at the desk last looked at it.")
    snoozed_until = models.DateTimeField(
        null=True, blank=True, help_text="Out of the way until then, or until the guest writes."
    )
    resolved_at = models.DateTimeField(null=True, blank=True, help_text="Done, until the guest writes again.")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["account", "guest"], name="conversations_thread_once"),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="conv_due", condition=models.Q(due_at__isnull=False)),
            # The list's filters are in it, so that a rare one is looked for in the index alone.
            models.Index(
                fields=["tenant", "-updated_at", "-id"],
                name="conv_recent",
                include=["channel", "language", "owner", "snoozed_until", "resolved_at"],
            ),
            models.Index(
                fields=["tenant", "waiting_since"], name="conv_waiting", condition=models.Q(waiting_since__isnull=False)
            ),
            models.Index(
                fields=["assignee", "-updated_at"], name="conv_assigned", condition=models.Q(assignee__isnull=False)
            ),
            models.Index(
                fields=["tenant", "snoozed_until"], name="conv_snoozed", condition=models.Q(snoozed_until__isnull=False)
            ),
            models.Index(
                fields=["tenant", "-resolved_at", "-id"],
                name="conv_resolved",
                condition=models.Q(resolved_at__isnull=False),
            ),
            models.Index(
                fields=["tenant", "last_inbound_at"], name="conv_with_person", condition=models.Q(owner="human")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.guest} ({self.channel})"


class Session(TenantOwned):
    """The working memory of a conversation: the dialogue's state. Stale after 24 idle hours, then purged."""

    class Status(models.TextChoices):
        OPEN = "open", "open"
        QUARANTINED = "quarantined", "quarantined"

    conversation = TenantForeignKey(Conversation, on_delete=models.CASCADE, related_name="sessions")
    status = models.CharField(max_length=11, choices=Status.choices, default=Status.OPEN)
    state = models.JSONField(default=dict)
    started_at = models.DateTimeField(default=clock.now)
    last_activity_at = models.DateTimeField(default=clock.now)
    error = models.CharField(max_length=500, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["conversation"], condition=models.Q(status="open"), name="conversations_session_one_open"
            ),
        ]
        indexes = [models.Index(fields=["last_activity_at"])]

    def __str__(self) -> str:
        return f"session of {self.conversation_id}"


class Turn(TenantOwned):
    """What was heard, asked, decided and remembered in one go: enough to recompute it (`manage.py replay`)."""

    class Kind(models.TextChoices):
        MESSAGES = "messages", "messages"
        STAY_EVENT = "stay_event", "stay event"
        APOLOGY = "apology", "apology"
        DESK = "desk", "about the hotel's people"

    conversation = TenantForeignKey(Conversation, on_delete=models.CASCADE, related_name="turns")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.MESSAGES)
    epoch = models.PositiveIntegerField()
    at = models.DateTimeField(default=clock.now)
    heard = models.JSONField(default=list, help_text="The understood messages, or the stay event.")
    caller = models.JSONField(default=dict, help_text="What was known about the guest.")
    state_before = models.JSONField(default=dict)
    observations = models.JSONField(default=list, help_text="Each question the policy asked, with its answer.")
    decision = models.JSONField(default=dict)
    state_after = models.JSONField(default=dict)
    rule = models.CharField(max_length=80, blank=True)
    intent = models.CharField(max_length=40, blank=True)
    confidence = models.FloatField(default=0)
    engine = models.CharField(max_length=40, blank=True)
    engine_version = models.CharField(max_length=40, blank=True)
    has_commands = models.BooleanField(default=False, help_text="It asked for more than an answer (booking, handoff).")
    duration_ms = models.FloatField(default=0)
    reviewed_at = models.DateTimeField(
        null=True, blank=True, help_text="When a person looked at an answer the agent was not sure of."
    )

    class Meta(TenantOwned.Meta):
        indexes = [
            models.Index(fields=["conversation", "id"]),
            BrinIndex(fields=["at"], name="conv_turn_at"),
            models.Index(
                fields=["tenant", "at"], name="conv_turn_unsure",
                condition=models.Q(kind="messages", confidence__lt=0.5, reviewed_at__isnull=True)
                & ~models.Q(intent=""),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"turn {self.pk} {self.rule}"
