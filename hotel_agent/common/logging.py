"""Structured logs with an allow-list: a key that is not listed is not printed, personal data never is."""

from __future__ import annotations

from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

ALLOWED_KEYS = frozenset(
    {
        "event", "level", "timestamp", "logger", "exc_info", "exception", "stack_info", "positional_args",
        "request_id", "correlation_id", "parent_task_id", "task_id", "task", "code", "method", "route", "status",
        "duration_ms", "bytes", "limit", "client", "account_id", "tenant_id", "conversation_id", "delivery_id",
        "message_id", "outbound_id", "turn_id", "quote_id", "hold_id", "reservation_id", "pms_call_id", "handoff_id",
        "stay_event_id", "epoch", "state", "previous_state", "attempts", "reason", "error", "error_type", "service",
        "operation", "queue", "count", "seconds", "intent", "confidence", "engine", "engine_version", "language",
        "rule", "kind", "channel", "provider_code", "name", "pid", "signal", "path", "seed", "period", "job", "version",
    }
)  # fmt: skip
MAX_VALUE = 400


def allow_listed(_: WrappedLogger, __: str, event_dict: EventDict) -> EventDict:
    """Drop every key that is not allowed and cut long or multi-line values (log injection)."""
    clean: EventDict = {}
    for key, value in event_dict.items():
        if key.startswith("_"):
            clean[key] = value
        elif key in ALLOWED_KEYS:
            keep = key in {"exc_info", "exception"} or not isinstance(value, str)
            clean[key] = value if keep else value.replace("\n", "\\n").replace("\r", "\\r")[:MAX_VALUE]
    return clean


def _shared() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        allow_listed,
    ]


def logging_config(*, level: str, json: bool) -> dict[str, Any]:
    """A `logging` dictConfig; also configures structlog itself so that both print alike."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: Any = structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
                "foreign_pre_chain": _shared(),
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.request": {"level": "ERROR"},
            "django.server": {"level": "WARNING"},
            "django_structlog": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "urllib3": {"level": "WARNING"},
            "axes": {"level": "ERROR"},  # names people in its texts
            "faker": {"level": "WARNING"},
        },
    }
