"""Thin doors for the workers."""

from __future__ import annotations

import structlog
from celery import shared_task

from hotel_agent.common import dispatch, metrics
from hotel_agent.common.exceptions import DependencyDown, Misconfigured
from reservations import selectors
from reservations.services import (
    calendars,
    calls,
    catalogue,
    drift,
    inquiries,
    payment_deliveries,
    payments,
    refunds,
    reminders,
)
from tenants.models import Tenant

log = structlog.get_logger(__name__)


@shared_task(name="reservations.run_pms_call")
def run_pms_call(call_id: int) -> None:
    """Take one PMS call a step further; nothing to do is fine."""
    calls.run_call(call_id)


@shared_task(name="reservations.answer_inquiry")
def answer_inquiry(inquiry_id: int) -> None:
    """Ask the PMS what a program wants to know; nothing to do is fine."""
    inquiries.answer(inquiry_id)


@shared_task(name="reservations.forget_inquiries")
def forget_inquiries() -> None:
    """Delete old inquiries; quotes and bookings stay."""
    inquiries.forget_old()


@shared_task(name="reservations.run_payment")
def run_payment(payment_id: int) -> None:
    """Take one payment a step further; nothing to do is fine."""
    payments.run_payment(payment_id)


@shared_task(name="reservations.run_refund")
def run_refund(refund_id: int) -> None:
    """Take one refund a step further; nothing to do is fine."""
    refunds.run_refund(refund_id)


@shared_task(name="reservations.take_payment_delivery")
def take_payment_delivery(delivery_id: int) -> None:
    """Have the payment an event is about looked at."""
    payment_deliveries.take_delivery(delivery_id)


@shared_task(name="reservations.read_calendars")
def read_calendars() -> None:
    """Have every calendar of another seller read, each by a task of its own: one that hangs delays no other."""
    for feed_id in calendars.due():
        dispatch.publish(calendars.READ_TASK, feed_id)


@shared_task(name="reservations.read_calendar")
def read_calendar(feed_id: int) -> None:
    """Read one calendar; one that was deleted meanwhile is fine."""
    calendars.read_by_id(feed_id)


@shared_task(name="reservations.plan_reminders")
def plan_reminders() -> None:
    """Write down the reminders of arrivals that are due."""
    reminders.plan_reminders()


@shared_task(name="reservations.apply_retention")
def apply_retention() -> None:
    """Forget what payment providers delivered long ago."""
    payment_deliveries.purge()


@shared_task(name="reservations.report_drift")
def report_drift() -> None:
    """Have every hotel compared with its PMS, one task each: a slow PMS delays its own hotel only."""
    for tenant_id in Tenant.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True):
        dispatch.publish(drift.REPORT_TASK, tenant_id)


@shared_task(name="reservations.report_drift_of")
def report_drift_of(tenant_id: int) -> None:
    """Bring one hotel's room types up to date and compare its stays with the PMS."""
    tenant = Tenant.objects.get(pk=tenant_id)
    try:
        catalogue.import_room_types(tenant=tenant)
    except (DependencyDown, Misconfigured) as error:
        log.warning("pms_room_types_not_read", tenant=tenant.slug, error=str(error))
    drift.make_report(tenant=tenant)


@shared_task(name="reservations.refresh_gauges")
def refresh_gauges() -> None:
    """Occupancy, rates and revenue of tonight over all hotels, and PMS writes of unknown outcome."""
    figures = selectors.tonight()
    metrics.occupancy_rate.set(figures.occupancy)
    for label in metrics.ROOM_TYPE_LABELS:
        metrics.available_rooms.labels(room_type=label).set(figures.free_by_kind.get(label, 0))
    for currency, revenue in figures.revenue.items():
        metrics.daily_revenue.labels(currency=currency).set(float(revenue))
        metrics.adr.labels(currency=currency).set(float(figures.adr(currency)))
        metrics.revpar.labels(currency=currency).set(float(figures.revpar(currency)))
    metrics.pms_drift.set(selectors.unsettled_calls())
