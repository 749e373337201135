"""The demo's payment provider: pages of our own on which anyone "pays" and no money moves. Refused in production.

Its records are rows of ours, so it needs nothing outside; to everything else it is as far away as a real provider.
"""

from __future__ import annotations

import datetime as dt
import secrets

from django.db import transaction

from hotel_agent.common import clock
from hotel_agent.common.money import Money
from integrations.payments.base import (
    Checkout,
    CheckoutRequest,
    CheckoutState,
    PaymentRefused,
    RefundMade,
    RefundRequest,
    RefundState,
)
from reservations.models import DemoCheckout
from tenants.models import Tenant
from tenants.scoping import tenant_scope


class DemoPayments:
    """One hotel's demo account."""

    breaker_key = ""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant

    def open_checkout(self, request: CheckoutRequest) -> Checkout:
        """A row; the page is our own `/pay/<token>`."""
        if request.expires_at <= clock.now():
            raise PaymentRefused("the page would be over before it begins", provider_code="expires_at")
        with tenant_scope(self.tenant):
            row, _ = DemoCheckout.objects.get_or_create(
                tenant=self.tenant,
                reference=request.reference,
                defaults={
                    "checkout_id": f"demo_{secrets.token_hex(12)}",
                    "amount": request.amount.amount,
                    "currency": request.amount.currency,
                    "expires_at": request.expires_at,
                },
            )
        return _checkout(row)

    def find_checkout(self, reference: str, *, since: dt.datetime) -> Checkout | None:
        """By our reference."""
        with tenant_scope(self.tenant):
            row = DemoCheckout.objects.filter(tenant=self.tenant, reference=reference, created_at__gte=since).first()
        return _checkout(row) if row else None

    def get_checkout(self, checkout_id: str) -> Checkout:
        """A page past its time has expired, whether anybody noticed or not."""
        with tenant_scope(self.tenant):
            self._let_expire(checkout_id)
            row = DemoCheckout.objects.filter(tenant=self.tenant, checkout_id=checkout_id).first()
        if row is None:
            raise PaymentRefused(f"no page {checkout_id}", provider_code="resource_missing")
        return _checkout(row)

    def expire_checkout(self, checkout_id: str) -> Checkout:
        """Only an open page; a paid one stays paid."""
        with tenant_scope(self.tenant):
            DemoCheckout.objects.filter(checkout_id=checkout_id, status=DemoCheckout.Status.OPEN).update(
                status=DemoCheckout.Status.EXPIRED
            )
        return self.get_checkout(checkout_id)

    def refund(self, request: RefundRequest) -> RefundMade:
        """Noted on the page's row."""
        with tenant_scope(self.tenant), transaction.atomic():
            row = DemoCheckout.objects.select_for_update().filter(payment_id=request.payment_id).first()
            if row is None or row.status != DemoCheckout.Status.PAID:
                raise PaymentRefused("nothing was paid", provider_code="resource_missing")
            if row.refund_reference == request.reference:
                return _refund(row)
            if row.refunded + request.amount.amount > row.amount or request.amount.currency != row.currency:
                raise PaymentRefused("more than was paid", provider_code="charge_already_refunded")
            row.refund_reference, row.refunded = request.reference, row.refunded + request.amount.amount
            row.save(update_fields=["refund_reference", "refunded"])
        return _refund(row)

    def find_refund(self, payment_id: str, reference: str) -> RefundMade | None:
        """By our reference."""
        with tenant_scope(self.tenant):
            row = DemoCheckout.objects.filter(payment_id=payment_id, refund_reference=reference).first()
        return _refund(row) if row else None

    @staticmethod
    def _let_expire(checkout_id: str) -> None:
        DemoCheckout.objects.filter(
            checkout_id=checkout_id, status=DemoCheckout.Status.OPEN, expires_at__lte=clock.now()
        ).update(status=DemoCheckout.Status.EXPIRED)


def pay(*, tenant: Tenant, checkout_id: str) -> bool:
    """What the button on the demo's page does: the page is paid, unless it is over. Safe to repeat."""
    with tenant_scope(tenant):
        DemoCheckout.objects.filter(
            checkout_id=checkout_id, status=DemoCheckout.Status.OPEN, expires_at__gt=clock.now()
        ).update(status=DemoCheckout.Status.PAID, payment_id=f"demo_pi_{secrets.token_hex(12)}")
        return DemoCheckout.objects.filter(checkout_id=checkout_id, status=DemoCheckout.Status.PAID).exists()


def _checkout(row: DemoCheckout) -> Checkout:
    return Checkout(
        checkout_id=row.checkout_id,
        reference=row.reference,
        state=CheckoutState(row.status),
        amount=Money(row.amount, row.currency),
        payment_id=row.payment_id,
    )


def _refund(row: DemoCheckout) -> RefundMade:
    return RefundMade(
        refund_id=f"demo_re_{row.pk}",
        reference=row.refund_reference,
        state=RefundState.ACCEPTED,
        amount=Money(row.refunded, row.currency),
    )
