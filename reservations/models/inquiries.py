"""What a program asked of a hotel's PMS through our API, kept until it is answered and repeated for a while."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from hotel_agent.common import clock
from hotel_agent.common.claims import Claimable
from hotel_agent.common.tenant_keys import TenantForeignKey
from reservations.models.quotes import Quote
from reservations.models.stays import Reservation
from tenants.models import TenantOwned


class Inquiry(TenantOwned, Claimable):
    """One question: waiting or working (the PMS is being asked), done (answered or refused), dead (gave up).

    A web thread never waits for an outside PMS, so the question is a row first. A key of the caller's makes the same
    question the same row, and a booking asked for twice one booking. `request` holds what is needed to ask and is
    emptied when a booking was answered: the guest's data is the reservation's from then on.
    """

    class Kind(models.TextChoices):
        AVAILABILITY = "availability", "availability"
        QUOTE = "quote", "quote"
        BOOKING = "booking", "booking"
        OUTCOME = "outcome", "look-up by hand"
        """A person at the desk says which booking of the PMS a call without an answer made."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, help_text="Also its quote's.")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=80, help_text="The caller's name for it, or ours for what it asks.")
    fingerprint = models.CharField(max_length=64, help_text="Of what was asked: a key means one thing.")
    request = models.JSONField(default=dict)
    answer = models.JSONField(default=list, help_text="Offers, for availability.")
    refusal = models.CharField(max_length=40, blank=True, help_text="Why there is no quote or booking.")
    detail = models.CharField(max_length=200, blank=True)
    quote = TenantForeignKey(Quote, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    reservation = TenantForeignKey(Reservation, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        verbose_name_plural = "inquiries"
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "asked_by", "kind", "key"], name="reservations_inquiry_once"),
        ]
        indexes = [
            models.Index(
                fields=["not_before"], name="rsv_inquiry_open", condition=models.Q(state__in=["waiting", "working"])
            ),
            models.Index(fields=["created_at"], name="rsv_inquiry_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {str(self.public_id)[:8]} {self.state}"
