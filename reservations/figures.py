"""The closed label sets of this room's metrics, all present from the start: a counter that was never moved reads 0."""

from __future__ import annotations

from hotel_agent.common import metrics
from integrations.pms.base import Reason
from reservations.models import Reservation

OTHER_CHANNEL = "other"
CHANNELS = (*metrics.CHANNELS, OTHER_CHANNEL)
OPERATIONS = ("search", "why_nothing", "hold", "release", "book", "amend", "cancel", "cancellation_fee", "find", "get")
STATUSES = (
    "ok", "refused", "unknown", "dependency_down", "breaker_open", "busy", "misconfigured", "permanent", "error",
)  # fmt: skip
ALERTS = ("double", "arrived_late", "missing")
"""Statuses of `book` that somebody should look at: a second live booking, one that came too late, one that is gone."""


PAYMENT_OPERATIONS = ("open", "find", "get", "expire", "refund", "find_refund")
PAYMENT_STATUSES = (
    "ok", "payment_refused", "unknown_outcome", "dependency_down", "breaker_open", "throttled", "misconfigured",
    "error",
)  # fmt: skip
DEPOSITS = ("requested", "paid", "expired", "failed", "late", "refunded")
FAILED_PAYMENTS = ("payment_expired", "payment_failed", "payment_dropped")
"""Why a booking did not happen although the PMS had nothing against it."""
REMINDERS = ("sent", "skipped")


def initialise_labels() -> None:
    """Make every label combination known to this process."""
    for room_type in metrics.ROOM_TYPE_LABELS:
        metrics.available_rooms.labels(room_type=room_type)
    for channel in CHANNELS:
        metrics.cancellations.labels(channel=channel)
        for status in Reservation.State.values:
            for room_type in metrics.ROOM_TYPE_LABELS:
                metrics.reservations.labels(status=status, channel=channel, room_type=room_type)
    for reason in (*Reason, *FAILED_PAYMENTS):
        metrics.failed_reservations.labels(reason=str(reason))
    for operation in PAYMENT_OPERATIONS:
        for status in PAYMENT_STATUSES:
            metrics.payment_operations.labels(operation=operation, status=status)
    for result in DEPOSITS:
        metrics.deposits.labels(result=result)
    for result in REMINDERS:
        metrics.reminders.labels(result=result)
    for operation in OPERATIONS:
        metrics.pms_api_latency.labels(operation=operation)
        for status in STATUSES:
            metrics.pms_operations.labels(operation=operation, status=status)
    for status in ALERTS:
        metrics.pms_operations.labels(operation="book", status=status)


def channel_label(channel: str) -> str:
    """A channel within the closed set."""
    return channel if channel in metrics.CHANNELS else OTHER_CHANNEL
