"""Reaching a hotel's payment provider: which one it is, and the one way of calling it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.conf import settings

from hotel_agent.common import metrics
from hotel_agent.common.exceptions import HotelAgentError, Misconfigured
from integrations import breakers
from integrations.payments.base import PaymentProvider
from integrations.payments.stripe import Stripe
from reservations.services import pms
from reservations.services.demo_payments import DemoPayments
from tenants.models import PaymentAccount, Tenant
from tenants.scoping import tenant_scope

T = TypeVar("T")

Connect = Callable[[Tenant], PaymentProvider]
"""How services get a provider; tests pass one that misbehaves."""


def account_of(tenant: Tenant) -> PaymentAccount | None:
    """Where the hotel's deposits are paid, or None when it takes none."""
    with tenant_scope(tenant):
        return PaymentAccount.objects.filter(tenant=tenant, is_active=True).first()


def connect(tenant: Tenant) -> PaymentProvider:
    """The hotel's payment provider.

    Raises:
        Misconfigured: the hotel has none, its keys are missing, or it is the demo's in production.
    """
    account = account_of(tenant)
    if account is None:
        raise Misconfigured(f"hotel {tenant.pk} takes no payments: it has no payment account")
    if account.kind == "demo":
        if settings.ENVIRONMENT == "production":
            raise Misconfigured(f"payment account {account.pk} is the demo's, where no money moves")
        return DemoPayments(tenant)
    secret_key = account.credentials.get("secret_key", "")
    if not secret_key:
        raise Misconfigured(f"payment account {account.pk} has no secret key")
    return Stripe(secret_key=secret_key, api_url=settings.STRIPE_API_URL, account_key=f"{tenant.pk}:{account.kind}")


def call(provider: PaymentProvider, operation: str, function: Callable[[], T]) -> T:
    """Make one call to a provider, counted and through its breaker. Raises what the adapter raises.

    Raises:
        BreakerOpen: the call was not made.
        RuntimeError: a transaction is open; a slow provider would keep its locks.
    """
    pms.refuse_open_transaction()
    status = "error"
    try:
        if provider.breaker_key:
            result = breakers.call(breakers.Service.PAYMENTS, provider.breaker_key, function)
        else:
            result = function()
        status = "ok"
    except HotelAgentError as error:
        status = error.code
        raise
    finally:
        metrics.payment_operations.labels(operation=operation, status=status).inc()
    return result
