"""Trying out what a hotel is connected to."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from hotel_agent.common import clock
from hotel_agent.common.claims import Claimable
from hotel_agent.common.tenant_keys import TenantForeignKey
from tenants.models import ChannelAccount, TenantOwned


class ConnectionTest(TenantOwned, Claimable):
    """Somebody asked whether a connection works; a worker tries it and writes down what was said, without secrets.

    Only reads are made there: trying twice changes nothing.
    """

    class Target(models.TextChoices):
        CHANNEL = "channel", "channel"
        PMS = "pms", "PMS"
        PAYMENTS = "payments", "payments"

    target = models.CharField(max_length=8, choices=Target.choices)
    account = TenantForeignKey(
        ChannelAccount, null=True, blank=True, on_delete=models.CASCADE, related_name="connection_tests"
    )
    worked = models.BooleanField(null=True, help_text="Empty until it was tried.")
    outcome = models.CharField(max_length=500, blank=True)
    exchanges = models.JSONField(default=list, help_text="What was asked and answered, secrets left out.")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_at = models.DateTimeField(default=clock.now)
    tried_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["not_before"], name="conv_conntest_open", condition=models.Q(state__in=["waiting", "working"])
            ),
            models.Index(fields=["tenant", "target", "-id"], name="conv_conntest_last"),
        ]

    def __str__(self) -> str:
        return f"{self.target} {self.asked_at:%Y-%m-%d %H:%M}"
