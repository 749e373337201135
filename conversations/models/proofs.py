"""One-time codes by which a guest shows on one channel that a stay booked on another is theirs."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from conversations.models.thread import Conversation
from hotel_agent.common import clock
from hotel_agent.common.tenant_keys import TenantForeignKey
from reservations.models import Reservation
from tenants.models import TenantOwned


class StayProof(TenantOwned):
    """One code asked for in one conversation. The code is nowhere in the database: it is a keyed digest of `public_id`.

    There is a row, with the same life and tries, also for a booking that does not exist; only nothing is sent.
    """

    MAX_TRIES = 5

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    conversation = TenantForeignKey(Conversation, on_delete=models.CASCADE, related_name="proofs")
    code = models.CharField(max_length=20, help_text="The booking's, as the guest wrote it.")
    reservation = TenantForeignKey(
        Reservation,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="proofs",
        help_text="If there is one.",
    )
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.CheckConstraint(condition=Q(tries__lte=5), name="conversations_proof_tries"),
        ]
        indexes = [
            models.Index(fields=["conversation", "created_at"], name="conv_proof_thread"),
            models.Index(fields=["tenant", "code", "created_at"], name="conv_proof_code"),
        ]

    def __str__(self) -> str:
        return f"proof for {self.code}"
