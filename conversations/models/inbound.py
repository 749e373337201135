"""What came in: the raw delivery, kept before anything is understood, and the messages split from it."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from hotel_agent.common import clock
from hotel_agent.common.claims import Claimable
from hotel_agent.common.tenant_keys import TenantForeignKey
from integrations.events import MessageType
from tenants.models import ChannelAccount, TenantOwned


class InboundDelivery(Claimable):
    """Bytes a provider delivered and we acknowledged. Belongs to the installation, superusers only.

    The unique key makes a repeated delivery the same row. Erasure rewrites `body`, never the key.
    """

    route = models.CharField(max_length=20)
    app_key = models.CharField(max_length=40, blank=True, help_text="The Meta app whose secret signed it.")
    body = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField(default=clock.now, db_index=True)
    provider_time = models.DateTimeField(
        null=True, blank=True, help_text="When the provider had it, where the bytes do not say so themselves."
    )
    correlation_id = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name_plural = "inbound deliveries"
        constraints = [
            models.UniqueConstraint(fields=["route", "app_key", "sha256"], name="conversations_delivery_once"),
        ]
        indexes = [
            models.Index(
                fields=["not_before"], name="conv_delivery_open", condition=models.Q(state__in=["waiting", "working"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.route} {self.received_at:%Y-%m-%d %H:%M:%S} {self.state}"


class Message(TenantOwned):
    """One inbound message of a conversation. Unique by account and provider id: a duplicate is the same row."""

    class State(models.TextChoices):
        HEARING = "hearing", "a voice note being written down"
        WAITING = "waiting", "waiting for a turn"
        ANSWERED = "answered", "taken by a turn"
        FOR_STAFF = "for_staff", "left to a person"
        RECORDED = "recorded", "recorded, needs no answer"
        STALE = "stale", "too old to answer as if live"
        DEAD = "dead", "gave up; needs a person"

    conversation = TenantForeignKey("conversations.Conversation", on_delete=models.CASCADE, related_name="messages")
    account = TenantForeignKey(ChannelAccount, on_delete=models.PROTECT, related_name="+")
    turn = TenantForeignKey(
        "conversations.Turn", null=True, blank=True, on_delete=models.SET_NULL, related_name="messages"
    )
    delivery = models.ForeignKey(
        InboundDelivery, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_constraint=False
    )
    provider_id = models.CharField(max_length=250)
    kind = models.CharField(max_length=12, choices=[(kind.value, kind.value) for kind in MessageType])
    text = models.TextField(blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    failures = models.PositiveSmallIntegerField(default=0)
    deaths = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)
    sent_at = models.DateTimeField(help_text="When the guest sent it, by the provider's clock.")
    received_at = models.DateTimeField(default=clock.now)
    correlation_id = models.CharField(max_length=64, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["account", "provider_id"], name="conversations_message_once"),
        ]
        indexes = [
            models.Index(fields=["conversation", "id"]),
            models.Index(fields=["conversation"], name="conv_message_waiting", condition=models.Q(state="waiting")),
            models.Index(fields=["tenant"], name="conv_message_dead", condition=models.Q(state="dead")),
            BrinIndex(fields=["received_at"], name="conv_message_received"),  # rows come in the order of time
            models.Index(fields=["received_at"], name="conv_message_hearing", condition=models.Q(state="hearing")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.provider_id[-12:]}"
