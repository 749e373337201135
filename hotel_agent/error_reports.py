"""Unexpected errors to Sentry (or GlitchTip), when `SENTRY_DSN` says where; by allow-list, like the logs.

What leaves is the kind of the error, where in our code it happened, and ids. The error's text does not: PostgreSQL
quotes values in it, and a value may be a guest's. The correlation id leads to the log lines of the same request.
"""

from __future__ import annotations

from typing import Any

import structlog

EVENT_KEYS = frozenset(
    {"event_id", "timestamp", "platform", "level", "release", "environment", "server_name", "sdk", "logger", "type"}
)
FRAME_KEYS = frozenset({"filename", "abs_path", "function", "module", "lineno", "in_app"})
TAGS = frozenset(
    {"correlation_id", "task_id", "task", "conversation_id", "delivery_id", "outbound_id", "tenant_id", "pms_call_id"}
)


def start(*, dsn: str, environment: str) -> bool:
    """Report errors of this process from now on; False without a DSN.

    Breadcrumbs, local variables, request bodies, headers, cookies and users are never collected, performance is not
    traced.
    """
    if not dsn:
        return False
    import sentry_sdk  # a tenth of a second that a process without a DSN need not spend
    from sentry_sdk.integrations.celery import CeleryIntegration
    from sentry_sdk.integrations.django import DjangoIntegration

    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        traces_sample_rate=None,
        auto_session_tracking=False,
        default_integrations=True,
        integrations=[DjangoIntegration(), CeleryIntegration()],
        before_send=only_allowed,
        shutdown_timeout=2,
    )
    return True


def only_allowed(event: Any, hint: Any) -> Any:
    """The event with nothing but what is listed above."""
    clean = {key: value for key, value in event.items() if key in EVENT_KEYS}
    known = structlog.contextvars.get_contextvars()
    clean["tags"] = {key: str(value) for key, value in known.items() if key in TAGS}
    clean["transaction"] = _route(event)
    values = (event.get("exception") or {}).get("values") or []
    if values:
        clean["exception"] = {"values": [_exception(one) for one in values]}
    else:
        # A logged error without an exception: its name is a literal of our code, its arguments are not sent.
        clean["logentry"] = {"message": str((event.get("logentry") or {}).get("message", ""))[:80].split("\n")[0]}
        if not _is_name(clean["logentry"]["message"]):
            clean["logentry"] = {"message": "error logged"}
    return clean


def _is_name(text: str) -> bool:
    return text.replace("_", "").isalpha()


def _route(event: Any) -> str:
    # Set from the route's pattern or the task's name, never from the path: a path may hold a token.
    info = (event.get("transaction_info") or {}).get("source", "")
    return str(event.get("transaction", "")) if info in {"route", "component", "task"} else ""


def _exception(found: Any) -> dict[str, Any]:
    frames = (found.get("stacktrace") or {}).get("frames") or []
    return {
        "type": found.get("type"),
        "module": found.get("module"),
        "mechanism": {"type": str((found.get("mechanism") or {}).get("type", "")), "handled": False},
        "stacktrace": {"frames": [{key: frame[key] for key in FRAME_KEYS if key in frame} for frame in frames]},
    }
