"""Rows that are work: writes to the PMS whose outcome must be known, and what happened to a stay, to be told."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hotel_agent.common import clock
from hotel_agent.common.claims import Claimable
from hotel_agent.common.tenant_keys import TenantForeignKey
from reservations.models.quotes import QuoteOption
from reservations.models.stays import Hold, Reservation
from tenants.models import TenantOwned

IN_LINE = Q(state__in=["waiting", "working"])


class PmsCall(TenantOwned, Claimable):
    """A write to the PMS, committed before it is made.

    `sends` is raised and committed immediately before each request leaves, so that a row with `sends > 0` and no
    final `outcome` is known to be ambiguous, whoever died. `first_sent_at` starts the lookup times.
    """

    class Kind(models.TextChoices):
        BOOK = "book", "book"
        CANCEL = "cancel", "cancel"
        AMEND = "amend", "amend"
        RELEASE = "release", "release a hold"
        NOTE = "note", "note"

    class Outcome(models.TextChoices):
        OPEN = "", "not known yet"
        DONE = "done", "done"
        REFUSED = "refused", "refused"
        UNKNOWN = "unknown", "unknown"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    reference = models.CharField(max_length=64, unique=True, help_text="Sent along; findable in the PMS.")
    reservation = TenantForeignKey(
        Reservation, null=True, blank=True, on_delete=models.CASCADE, related_name="pms_calls"
    )
    hold = TenantForeignKey(Hold, null=True, blank=True, on_delete=models.CASCADE, related_name="pms_calls")
    option = TenantForeignKey(
        QuoteOption,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="pms_calls",
        help_text="What a change turns the reservation into.",
    )
    conversation_key = models.UUIDField(null=True, blank=True)
    request = models.JSONField(default=dict)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, default=Outcome.OPEN, blank=True)
    reason = models.CharField(max_length=30, blank=True, help_text="Why it was refused.")
    answer = models.JSONField(default=dict, blank=True)
    sends = models.PositiveSmallIntegerField(default=0)
    first_sent_at = models.DateTimeField(null=True, blank=True)
    last_sent_at = models.DateTimeField(null=True, blank=True)
    was_ambiguous = models.BooleanField(default=False)
    told_uncertain = models.BooleanField(default=False, help_text="The guest was told that the outcome is not known.")
    handed_over = models.BooleanField(default=False, help_text="A person was asked to find out.")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["reservation"], condition=Q(kind="book"), name="reservations_call_one_booking"
            ),
            models.UniqueConstraint(
                fields=["reservation"],
                condition=Q(kind__in=["cancel", "amend"], outcome__in=["", "unknown"]),
                name="reservations_call_one_change",
            ),
            models.UniqueConstraint(
                fields=["option"],
                condition=Q(kind="amend", outcome__in=["", "unknown", "done"]),
                name="reservations_call_one_target",
            ),
            models.CheckConstraint(
                condition=Q(kind="release", hold__isnull=False) | (~Q(kind="release") & Q(reservation__isnull=False)),
                name="reservations_call_subject",
            ),
        ]
        indexes = [
            models.Index(fields=["not_before"], name="rsv_call_due", condition=IN_LINE),
            models.Index(fields=["tenant", "-created_at"], name="rsv_call_recent"),
            models.Index(fields=["tenant"], name="rsv_call_unsettled", condition=Q(outcome__in=["", "unknown"])),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference} {self.outcome or 'open'}"

    @property
    def is_settled(self) -> bool:
        """Whether it is known what the PMS did."""
        return self.outcome in {self.Outcome.DONE, self.Outcome.REFUSED}


class StayEvent(TenantOwned, Claimable):
    """Something that happened to a stay, for its conversation to tell. Written with the change itself, once."""

    class Kind(models.TextChoices):
        BOOKED = "booked", "booked"
        BOOKING_REFUSED = "booking_refused", "booking refused"
        BOOKING_UNKNOWN = "booking_unknown", "booking uncertain"
        BOOKED_LATE = "booked_late", "booked after having been uncertain"
        BOOKING_RELEASED = "booking_released", "certainly not booked after having been uncertain"
        CANCELLED = "cancelled", "cancelled"
        CANCELLATION_REFUSED = "cancellation_refused", "cancellation refused"
        CANCELLATION_UNKNOWN = "cancellation_unknown", "cancellation uncertain"
        CHANGED = "changed", "changed"
        CHANGE_REFUSED = "change_refused", "change refused"
        CHANGE_UNKNOWN = "change_unknown", "change uncertain"
        ARRANGED = "arranged", "arranged"
        ARRANGEMENT_REFUSED = "arrangement_refused", "arrangement refused"
        HOLD_LAPSED = "hold_lapsed", "hold lapsed"
        PAYMENT_REQUESTED = "payment_requested", "payment link ready"
        PAYMENT_DELAYED = "payment_delayed", "payment link delayed"
        PAYMENT_FAILED = "payment_failed", "no payment link"
        PAYMENT_EXPIRED = "payment_expired", "not paid in time"
        PAYMENT_REFUNDED = "payment_refunded", "paid too late, money goes back"
        REMINDER = "reminder", "reminder before arrival"
        NEEDS_PERSON = "needs_person", "a person has to decide"

    kind = models.CharField(max_length=24, choices=Kind.choices)
    key = models.CharField(max_length=120, unique=True, help_text="What makes it happen once.")
    conversation_key = models.UUIDField(null=True, blank=True)
    reservation = TenantForeignKey(
        Reservation, null=True, blank=True, on_delete=models.CASCADE, related_name="stay_events"
    )
    hold = TenantForeignKey(Hold, null=True, blank=True, on_delete=models.CASCADE, related_name="stay_events")
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(TenantOwned.Meta):
        indexes = [
            models.Index(fields=["not_before"], name="rsv_event_due", condition=IN_LINE),
            models.Index(fields=["tenant", "conversation_key"], name="rsv_event_thread"),
        ]

    def __str__(self) -> str:
        return self.key
