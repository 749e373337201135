"""The closed label sets of this room's metrics, all present from the start: a counter that was never moved reads 0.

A label outside its set would make a new series for ever; `closed` maps it to `other`. A dashboard that shows `other`
says that a value is missing here.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Protocol, Self

from conversations.dialogue.effects.commands import HandoffReason
from conversations.dialogue.effects.desk import TaskKind
from conversations.understanding.types import INTENTS
from hotel_agent.common import metrics
from integrations.channels.email.kinds import Kind

OTHER = "other"
ESCALATIONS = (
    *(reason.value for reason in HandoffReason),
    "message_failed", "file_missing", "old_message", "daily_limit", "send_failed", "window_closed", "suspect_sender",
    "mail_loop", "recipient_refused", "content_refused", "task_late", "approval", "left_to_person", OTHER,
)  # fmt: skip
DEGRADED = ("pms", "payments", "nlu", OTHER)
CONFIDENCE_LEVELS = ("high", "medium", "low")
ENGINES = ("rules", "embedded", OTHER)
NLP_OPERATIONS = (
    ("understand", "ok"), ("understand", "fallback"), ("remote", "ok"), ("remote", "failed"), ("remote", "cached"),
    ("remote", "budget"),
)  # fmt: skip
NLP_ERRORS = ("bug", "breaker_open", "dependency_down", "throttled", "misconfigured", "permanent", "retryable", OTHER)
SEND_RESULTS = (
    "sent", "ambiguous", "account_paused", "failed", "throttled", "postponed", "broken",
)  # fmt: skip
ROUTES = {
    "whatsapp": ("stored", "duplicate", "bad_signature"),
    "webchat": ("stored", "duplicate"),
    "email": ("stored", "duplicate"),
    "email_sent": ("stored", "duplicate"),
    "gmail": ("stored", "duplicate", "woke", "bad_token", "unknown_key"),
    "stripe": ("stored", "duplicate", "bad_signature"),
}
QUEUES = ("inbound", "turns", "outbound", "pms", "payments", "refunds", "stay_events", "notices")
QUEUES_WITH_DEAD = ("inbound", "turns", "outbound", "pms", "payments", "refunds", "notices")
NOTICE_WAYS = ("assignee", "team", "email", "whatsapp", "webhook")
NOTICE_RESULTS = ("sent", "unknown", "postponed", "failed", "acknowledged")
TASK_KINDS = tuple(kind.value for kind in TaskKind)
QUEUES_WITH_DEATHS = ("turns", "outbound")
SCOPES = (
    "whatsapp-verify", "whatsapp-bad-signature", "gmail-unauthenticated", "stripe-bad-signature", "sender",
    "webchat-visitor", "webchat-address", "webchat-visitors", "webchat-session", "webchat-read", "guest-page",
    "guest-page-unknown", "contact-proof", "nlu-conversation", "nlu-hotel", "api-read", "api-write",
    "api-tenants-read", "api-tenants-write", "api-refresh-read", "api-refresh-write", "api-token", "api-login",
    "admin-login", "webchat-file",
)  # fmt: skip


class Labelled(Protocol):
    """A metric with labels."""

    def labels(self, *values: str) -> Self:
        """The series of these values, made when there is none."""


def closed(value: str, allowed: Iterable[str]) -> str:
    """The value, or `other` when it is not of the set."""
    return value if value in allowed else OTHER


def initialise_labels() -> None:
    """Make every label combination known to this process."""
    _all(metrics.intents_detected, INTENTS, CONFIDENCE_LEVELS)
    _all(metrics.nlp_errors, ("understand", "remote"), NLP_ERRORS)
    for operation, status in NLP_OPERATIONS:
        metrics.nlp_operations.labels(operation, status)
    _all(metrics.nlp_fallbacks, ENGINES)
    _all(metrics.orchestrator_latency, (*INTENTS, "none"), ("ok", "degraded"))
    _all(metrics.orchestrator_degraded, DEGRADED)
    _all(metrics.orchestrator_escalations, ESCALATIONS, metrics.CHANNELS)
    _all(metrics.handoff_notices, NOTICE_WAYS, NOTICE_RESULTS)
    _all(metrics.handoff_alarms, ("unanswered", "not_delivered"))
    _all(metrics.handoffs_waiting, ("overdue", "in_time"))
    _all(metrics.staff_tasks_closed, TASK_KINDS, ("done", "cancelled"))
    _all(metrics.session_cleanup, ("ok", "error"))
    _all(metrics.session_expirations, ("stale", "corrupt"))
    _all(metrics.messages_by_channel, metrics.CHANNELS, ("in", "out"))
    _all(metrics.response_time, metrics.CHANNELS)
    for route, results in ROUTES.items():
        _all(metrics.deliveries, (route,), results)
    _all(metrics.quarantined_deliveries, ("unreadable", "other_app", "payments"))
    _all(metrics.mails, ("ours", *(kind.value.replace("-", "_") for kind in Kind)))
    _all(metrics.mailbox_looks, ("ok", "refused", "failed"))
    _all(metrics.outbound_messages, metrics.CHANNELS, SEND_RESULTS)
    _all(metrics.backlog, QUEUES)
    _all(metrics.oldest_due, QUEUES)
    _all(metrics.dead_rows, QUEUES_WITH_DEAD)
    _all(metrics.worker_deaths, QUEUES_WITH_DEATHS)
    _all(metrics.ratelimited, SCOPES)
    _all(metrics.requests_refused, ("length_required", "body_too_large"))


def _all(metric: Labelled, *values: Iterable[str]) -> None:
    for combination in product(*values):
        metric.labels(*combination)
