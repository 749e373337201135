"""Deposits: the payment that confirms a reservation, what is given back, and what payment providers delivered.

A payment and its reservation's hold are one saga (`reservations.services.payments`). Every amount is the quote's.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from hotel_agent.common import clock
from hotel_agent.common.claims import Claimable
from hotel_agent.common.money import Money
from hotel_agent.common.tenant_keys import TenantForeignKey
from reservations.models.events import IN_LINE
from reservations.models.stays import Reservation, new_page_token
from tenants.models import PaymentAccount, TenantOwned


class Payment(TenantOwned, Claimable):
    """One deposit of one reservation, committed before the provider hears of it.

    `requested` → `open` (the guest has a link) → `paid`; or it ends as `expired` or `failed` (never had a link).
    Money that arrives after the end is `late` until its stay is found again (`paid`) or it is given back.
    """

    class Status(models.TextChoices):
        REQUESTED = "requested", "requested"
        OPEN = "open", "open"
        PAID = "paid", "paid"
        LATE = "late", "paid too late"
        EXPIRED = "expired", "expired"
        FAILED = "failed", "failed"

    LIVE = (Status.REQUESTED, Status.OPEN)

    token = models.CharField(max_length=64, unique=True, default=new_page_token, help_text="Of its page /pay/….")
    reservation = TenantForeignKey(Reservation, on_delete=models.CASCADE, related_name="payments")
    account = TenantForeignKey(PaymentAccount, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=64, unique=True, help_text="Our name for it at the provider.")
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.REQUESTED)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    link_expires_at = models.DateTimeField(help_text="Until when the guest can pay.")
    checkout_id = models.CharField(max_length=120, blank=True)
    checkout_url = models.URLField(max_length=2000, blank=True)
    payment_id = models.CharField(max_length=120, blank=True, help_text="The provider's name for the money.")
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When a request for the link last left.")
    given_up_at = models.DateTimeField(null=True, blank=True, help_text="When the guest said that they will not pay.")
    told_delay = models.BooleanField(default=False)
    handed_over = models.BooleanField(default=False, help_text="A person was asked to look.")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    paid_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True, help_text="When it ended unpaid.")

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(
                fields=["reservation"],
                condition=Q(status__in=["requested", "open", "paid", "late"]),
                name="reservations_payment_one_per_stay",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="reservations_payment_amount"),
            models.CheckConstraint(
                condition=~Q(status__in=["paid", "late"]) | (~Q(payment_id="") & Q(paid_at__isnull=False)),
                name="reservations_payment_has_money",
            ),
        ]
        indexes = [
            models.Index(fields=["not_before"], name="rsv_payment_due", condition=IN_LINE),
            models.Index(fields=["checkout_id"], name="rsv_payment_checkout", condition=~Q(checkout_id="")),
            models.Index(fields=["tenant", "-created_at"], name="rsv_payment_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.amount} {self.status}"

    @property
    def price(self) -> Money:
        """What the guest pays: the deposit the quote said."""
        return Money(self.amount, self.currency)


class Refund(TenantOwned, Claimable):
    """Money of one payment that goes back, in whole or in part; at most once per payment."""

    class Status(models.TextChoices):
        REQUESTED = "requested", "requested"
        DONE = "done", "accepted by the provider"
        REFUSED = "refused", "refused by the provider"

    class Why(models.TextChoices):
        LATE = "late", "paid too late, the room was gone"
        NOT_BOOKED = "not_booked", "the booking was not made"
        CANCELLED = "cancelled", "the stay was cancelled"

    payment = TenantForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    reference = models.CharField(max_length=64, unique=True, help_text="Our name for it at the provider.")
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.REQUESTED)
    why = models.CharField(max_length=10, choices=Why.choices)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    refund_id = models.CharField(max_length=120, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When the request last left.")
    handed_over = models.BooleanField(default=False, help_text="A person was asked to look.")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["payment"], name="reservations_refund_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="reservations_refund_amount"),
        ]
        indexes = [models.Index(fields=["not_before"], name="rsv_refund_due", condition=IN_LINE)]

    def __str__(self) -> str:
        return f"{self.currency} {self.amount} {self.status}"

    @property
    def price(self) -> Money:
        """What goes back."""
        return Money(self.amount, self.currency)


class PaymentDelivery(Claimable):
    """Bytes a payment provider delivered and we acknowledged. Belongs to the installation, superusers only.

    It is a hint: what became of a payment is always read from the provider itself.
    """

    account_key = models.CharField(max_length=40, blank=True, help_text="Whose secret signed it; empty: ours.")
    body = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField(default=clock.now, db_index=True)
    correlation_id = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name_plural = "payment deliveries"
        constraints = [
            models.UniqueConstraint(fields=["account_key", "sha256"], name="reservations_payment_delivery_once"),
        ]
        indexes = [models.Index(fields=["not_before"], name="rsv_delivery_open", condition=IN_LINE)]

    def __str__(self) -> str:
        return f"{self.received_at:%Y-%m-%d %H:%M:%S} {self.state}"


class DemoCheckout(TenantOwned):
    """A payment page of the demo provider: nobody pays, no money moves. Refused in production.

    Only `reservations.services.demo_payments` and its page write it.
    """

    class Status(models.TextChoices):
        OPEN = "open", "open"
        PAID = "paid", "paid"
        EXPIRED = "expired", "expired"

    checkout_id = models.CharField(max_length=64, unique=True)
    reference = models.CharField(max_length=64)
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.OPEN)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    expires_at = models.DateTimeField()
    payment_id = models.CharField(max_length=64, blank=True)
    refund_reference = models.CharField(max_length=64, blank=True)
    refunded = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(TenantOwned.Meta):
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "reference"], name="reservations_demo_checkout_reference"),
            models.CheckConstraint(condition=Q(refunded__lte=models.F("amount")), name="reservations_demo_refund"),
        ]

    def __str__(self) -> str:
        return f"{self.checkout_id} {self.status}"
