"""What goes out: every message is a row with a state before it is a call."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from conversations.models.thread import Conversation, Turn
from hotel_agent.common import clock
from hotel_agent.common.tenant_keys import TenantForeignKey
from tenants.models import TenantOwned


class OutboundMessage(TenantOwned):
    """One message to a guest with why it is sent (promise 9) and what became of it.

    queued → sending → sent → delivered → read, forward only; failed and dead are ends; withheld and superseded were
    never sent; ambiguous waits for the provider's receipt; suggested waits for a person and becomes queued or withheld.
    """

    class Purpose(models.TextChoices):
        ANSWER = "answer", "answer"
        TRANSACTIONAL = "transactional", "about a booking, cancellation or payment"
        STAFF = "staff", "written by staff"

    class State(models.TextChoices):
        QUEUED = "queued", "queued"
        SENDING = "sending", "sending"
        AMBIGUOUS = "ambiguous", "ambiguous"
        SENT = "sent", "sent"
        DELIVERED = "delivered", "delivered"
        READ = "read", "read"
        FAILED = "failed", "failed"
        WITHHELD = "withheld", "withheld: a person answers"
        SUPERSEDED = "superseded", "superseded by a fresher answer"
        DEAD = "dead", "gave up; needs a person"
        SUGGESTED = "suggested", "suggested: a person decides"

    OPEN = (State.QUEUED, State.SENDING, State.AMBIGUOUS)
    RANK = {State.SENT: 1, State.DELIVERED: 2, State.READ: 3}

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    conversation = TenantForeignKey(Conversation, on_delete=models.CASCADE, related_name="outbound")
    turn = TenantForeignKey(Turn, null=True, blank=True, on_delete=models.SET_NULL, related_name="outbound")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    dedupe_key = models.CharField(max_length=120, help_text="What it answers; one message per key, ever.")
    purpose = models.CharField(max_length=13, choices=Purpose.choices, default=Purpose.ANSWER)
    body = models.JSONField(help_text="The channel-neutral outgoing message.")
    text = models.TextField(help_text="What the guest reads, for people and search.")
    language = models.CharField(max_length=2)
    reply_to = models.CharField(max_length=250, blank=True, help_text="Provider id of the guest's last message.")
    why = models.JSONField(default=dict, help_text="Intent and score, engine, rule, template keys, facts, quote.")
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When the guest's message reached us.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    claim = models.PositiveIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    throttles = models.PositiveSmallIntegerField(default=0, help_text="Refusals in a row for too many messages.")
    lease_until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(default=clock.now)
    resent = models.BooleanField(default=False, help_text="Sent again after an ambiguous try: may have arrived twice.")
    provider_id = models.CharField(max_length=250, blank=True)
    send_to = models.CharField(
        max_length=190, blank=True, help_text="The other written form of the number, after the first was refused."
    )
    billable = models.BooleanField(null=True, help_text="Whether the provider charges for it; unknown until it says.")
    price_category = models.CharField(max_length=40, blank=True)
    country = models.CharField(
        max_length=2, blank=True, help_text="Where the guest's number is from; decides the price."
    )
    error_code = models.CharField(max_length=40, blank=True)
    last_error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    correlation_id = models.CharField(max_length=64, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["conversation", "dedupe_key"], name="conversations_outbound_once"),
            models.UniqueConstraint(
                fields=["conversation"],
                condition=models.Q(state="sending"),
                name="conversations_outbound_one_in_flight",
            ),
        ]
        indexes = [
            models.Index(
                fields=["not_before"],
                name="conv_outbound_open",
                condition=models.Q(state__in=["queued", "sending", "ambiguous"]),
            ),
            models.Index(fields=["conversation", "id"]),
            BrinIndex(fields=["created_at"], name="conv_outbound_created"),  # rows come in the order of time
            models.Index(
                fields=["tenant", "conversation"], name="conv_outbound_suggested", condition=models.Q(state="suggested")
            ),
            models.Index(
                fields=["delivered_at"], name="conv_outbound_month", condition=models.Q(delivered_at__isnull=False)
            ),
            models.Index(
                fields=["tenant", "created_at"], name="conv_outbound_ended",
                condition=models.Q(state__in=["dead", "failed"]),
            ),
            models.Index(fields=["provider_id"], name="conv_outbound_provider", condition=~models.Q(provider_id="")),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.purpose} {self.state}"
