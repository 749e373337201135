"""Request middleware, in the order of settings: correlation id → size gate → security headers → request log.

What every request passes reads `request.META`: the first look at `request.headers` makes a dictionary of all of them,
which is 3 % of a webhook's acknowledgement.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from typing import Any, ClassVar, Final

import structlog
from axes import middleware as axes
from csp.constants import HEADER as CSP_HEADER
from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware import csrf, locale
from django_otp import middleware as otp
from django_prometheus.middleware import PrometheusAfterMiddleware
from django_prometheus.utils import Time
from whitenoise.middleware import WhiteNoiseMiddleware

from hotel_agent.common import metrics
from hotel_agent.common.envelope import refusal
from hotel_agent.cors import WidgetCorsMiddleware

log = structlog.get_logger("hotel_agent.request")

Handler = Callable[[HttpRequest], HttpResponse]

MIB: Final = 1024 * 1024
WHATSAPP_LIMIT: Final = 4 * MIB
"""Meta sends payloads of up to 3 MB."""
UPLOAD_LIMIT: Final = 10 * MIB
DEFAULT_LIMIT: Final = 1 * MIB

_CORRELATION_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class CorrelationIdMiddleware:
    """Give every request an id (the caller's `X-Correlation-ID` when it is well formed) and put it in the logs."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_CORRELATION_ID", "")
        correlation_id = given if _CORRELATION_ID.fullmatch(given) else secrets.token_hex(16)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(correlation_id=correlation_id)
        request.correlation_id = correlation_id  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Correlation-ID"] = correlation_id
        return response


def body_limit(path: str) -> int:
    """The largest body accepted on a path, in bytes."""
    if path.startswith("/webhooks/whatsapp"):
        return WHATSAPP_LIMIT
    if path.startswith(("/api/v1/media", "/admin/")):
        return UPLOAD_LIMIT
    return DEFAULT_LIMIT


class RequestSizeMiddleware:
    """Answer 411 to a body without a length (chunked framing reads as empty in WSGI) and 413 to one too large.

    A GET or HEAD has no body and a DELETE need not have one; every other method must say how long its body is.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in {"GET", "HEAD", "OPTIONS"}:
            return self.get_response(request)
        length = request.META.get("CONTENT_LENGTH") or ("0" if request.method == "DELETE" else "")
        if request.META.get("HTTP_TRANSFER_ENCODING") or not (length.isascii() and length.isdecimal()):
            log.warning("length_required", path=request.path)
            metrics.requests_refused.labels("length_required").inc()
            return _refusal(411, "length_required", "Send a Content-Length.")
        limit = body_limit(request.path)
        if int(length) > limit:
            log.warning("body_too_large", path=request.path, bytes=int(length), limit=limit)
            metrics.requests_refused.labels("body_too_large").inc()
            return _refusal(413, "body_too_large", f"At most {limit} bytes are accepted here.")
        return self.get_response(request)


def _refusal(status: int, code: str, message: str) -> HttpResponse:
    response = refusal(status, code, message)
    response["Connection"] = "close"
    return response


class SecurityHeadersMiddleware:
    """A strict Content-Security-Policy everywhere but below `/admin/`, whose theme evaluates expressions; a view may
    set its own. The policies are `settings.CONTENT_SECURITY_POLICY` and `ADMIN_SECURITY_POLICY` in django-csp's form.

    They are written once: django-csp's own middleware writes them anew for every answer, which costs as much as a
    tenth of a webhook's. It is no use here, no page of ours has a nonce.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.strict = build_policy(config=settings.CONTENT_SECURITY_POLICY["DIRECTIVES"])
        self.admin = build_policy(config=settings.ADMIN_SECURITY_POLICY["DIRECTIVES"])

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        policy = self.admin if request.path.startswith("/admin/") else self.strict
        response.headers.setdefault(CSP_HEADER, policy)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        return response


class RequestLogMiddleware:
    """One line per request with route, status and duration; a busy or absent database answers 503, not 500."""

    QUIET = ("/health/", "/metrics", "/static/")

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        if not request.path.startswith(self.QUIET):
            match = request.resolver_match
            log.info(
                "request",
                method=request.method,
                route=match.route if match else "",
                status=response.status_code,
                duration_ms=round((time.perf_counter() - started) * 1000, 1),
            )
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Statement and lock timeouts, refused connections and restarts of PostgreSQL are passing conditions."""
        if not isinstance(exception, OperationalError):
            return None
        log.warning(
            "database_unavailable", path=request.path, error_type=type(exception.__cause__ or exception).__name__
        )
        return refusal(503, "database_unavailable", "Try again shortly.", retry_after=5)


class RequestMetricsMiddleware(PrometheusAfterMiddleware):
    """django-prometheus's, with three differences.

    A number is looked up by its labels once per process, not at every request. A method that HTTP does not know is not
    a label: whoever invents methods must not fill our memory. What is counted before the view is read from META, and a
    length that is no number fails nothing.
    """

    def __init__(self, get_response: Handler) -> None:
        super().__init__(get_response)
        self._numbers: dict[tuple[object, ...], Any] = {}

    def process_request(self, request: HttpRequest) -> None:
        """Count what came, as the package does."""
        meta, numbers = request.META, self.metrics
        self.label_metric(numbers.requests_by_method, request, method=self._method(request)).inc()
        self.label_metric(numbers.requests_by_transport, request, transport=self._transport(request)).inc()
        if meta.get("HTTP_X_REQUESTED_WITH") == "XMLHttpRequest":
            numbers.requests_ajax.inc()
        length = meta.get("CONTENT_LENGTH") or ""
        numbers.requests_body_bytes.observe(int(length) if length.isdecimal() else 0)
        request.prometheus_after_middleware_event = Time()  # type: ignore[attr-defined]

    def label_metric(
        self, metric: Any, request: HttpRequest, response: HttpResponseBase | None = None, **labels: str
    ) -> Any:
        """The number under these labels. They are few: views, methods, statuses, charsets, kinds of exception."""
        if not labels:
            return metric
        if "method" in labels:
            labels["method"] = self._method(request)
        key = (metric, *labels.values())
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = super().label_metric(metric, request, response, **labels)
        return found


# --- only where people are -------------------------------------------------------------------------------------------

MACHINE_PATHS: Final = ("/webhooks/", "/health/", "/metrics", "/api/", "/pictures/")
"""Providers, monitors, programs, and what is the same for everybody: no session, no login, no language, no static file.
That halves their cost, the API cannot be used with somebody's cookie, and caches keep one picture for all."""
PROVIDER_PATHS: Final = ("/webhooks/", "/health/", "/metrics")
"""No page of another site calls these."""


class _ForPeople:
    """Mixin: leave requests to `skipped` alone, and pass them by the layers below that would leave them alone too."""

    skipped: ClassVar[tuple[str, ...]] = MACHINE_PATHS

    def __init__(self, get_response: Handler) -> None:
        super().__init__(get_response)  # type: ignore[call-arg]
        below = getattr(get_response, "__wrapped__", None)  # Django wraps each layer in a function
        self._past_people: Handler = get_response
        if isinstance(below, _ForPeople) and set(self.skipped) <= set(below.skipped):
            self._past_people = below._past_people

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(self.skipped):
            return self._past_people(request)
        response: HttpResponseBase = super().__call__(request)  # type: ignore[misc]
        return response


class StaticFilesMiddleware(_ForPeople, WhiteNoiseMiddleware):
    """Static files from this process."""


class CorsMiddleware(_ForPeople, WidgetCorsMiddleware):
    """Exact origins for the API and the web chat."""

    skipped = PROVIDER_PATHS


class SessionMiddleware(_ForPeople, sessions.SessionMiddleware):
    """Sessions of people who log in."""


class CsrfMiddleware(_ForPeople, csrf.CsrfViewMiddleware):
    """No form of another site is taken. (A machine's view that is not exempt is still asked for a token.)"""


class LocaleMiddleware(_ForPeople, locale.LocaleMiddleware):
    """The reader's language."""


class AuthenticationMiddleware(_ForPeople, auth.AuthenticationMiddleware):
    """Who is logged in."""


class MessageMiddleware(_ForPeople, messages.MessageMiddleware):
    """Notices for the next page."""


class SecondFactorMiddleware(_ForPeople, otp.OTPMiddleware):
    """Whether who is logged in has shown their second factor; the database is asked when a page wants to know."""


class LockoutMiddleware(_ForPeople, axes.AxesMiddleware):
    """The answer to those who are shut out."""
