"""Reaching a hotel's PMS: which one it is, and the one way of calling it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.db import transaction

from hotel_agent.common import metrics
from hotel_agent.common.exceptions import HotelAgentError, Misconfigured, UnknownOutcome
from integrations import breakers, bulkheads
from integrations.pms.base import Pms, Refused, Unknown
from reservations.services import connections
from reservations.services.builtin import BuiltinPms
from tenants.models import PmsConnection, Tenant
from tenants.scoping import tenant_scope
from tenants.selectors import ConfigurationCache

T = TypeVar("T")

LONGEST_CALL_S = 60.0
"""A call may be several requests, each as long as we are patient; a slot held longer is its dead worker's."""

Connect = Callable[[Tenant], Pms]
"""How services get a PMS; tests pass one that misbehaves."""


_connections: ConfigurationCache[PmsConnection | None] = ConfigurationCache()


def _load(tenant: Tenant) -> PmsConnection | None:
    with tenant_scope(tenant):
        return PmsConnection.objects.filter(tenant=tenant).first()


def connect(tenant: Tenant) -> Pms:
    """The hotel's PMS: the built-in one unless a connection names another.

    Raises:
        Misconfigured: the connection names a PMS there is no adapter for, or lacks something.
    """
    connection = _connections.get(str(tenant.pk), lambda: _load(tenant))
    if connection is None or connection.kind == "builtin":
        return BuiltinPms(tenant)
    if connection.kind == "qloapps":
        return connections.qloapps(tenant, connection)
    raise Misconfigured(f"PMS connection {connection.pk}: no adapter for {connection.kind!r}")


def call(adapter: Pms, operation: str, function: Callable[[], T]) -> T:
    """Make one call to `adapter`, measured and through its breaker. Raises what the adapter raises.

    An unknown outcome is an answer to us and a failure to the breaker. An outside PMS has at most
    `settings.PMS_CONCURRENT_CALLS` calls of ours at a time, so that one that hangs does not hold every worker.

    Raises:
        BreakerOpen, Busy: the call was not made.
        RuntimeError: a transaction is open; a slow PMS would keep its locks.
    """
    refuse_open_transaction()
    started = time.perf_counter()
    status = "error"
    try:
        result = _through_breaker(adapter.breaker_key, function) if adapter.breaker_key else function()
        status = "refused" if isinstance(result, Refused) else "unknown" if isinstance(result, Unknown) else "ok"
    except HotelAgentError as error:
        status = error.code
        raise
    finally:
        metrics.pms_api_latency.labels(operation=operation).observe(time.perf_counter() - started)
        metrics.pms_operations.labels(operation=operation, status=status).inc()
    return result


def _through_breaker(key: str, function: Callable[[], T]) -> T:
    unknown: list[T] = []

    def counted() -> T:
        result = function()
        if isinstance(result, Unknown):
            unknown.append(result)
            raise UnknownOutcome(result.detail)
        return result

    try:
        # Outside the breaker: waiting for a slot says nothing about the PMS.
        with bulkheads.slot(f"pms:{key}", most=settings.PMS_CONCURRENT_CALLS, seconds=LONGEST_CALL_S):
            return breakers.call(breakers.Service.PMS, key, counted)
    except UnknownOutcome:
        if not unknown:
            raise
        return unknown[0]


def refuse_open_transaction() -> None:
    """Raise RuntimeError inside a transaction: whoever waits for an outside answer there keeps locks for as long."""
    # The same exemption Django's own durable=True makes: a test case's surrounding transaction is not ours.
    blocks = transaction.get_connection().atomic_blocks
    if any(not block._from_testcase for block in blocks):
        raise RuntimeError("no outside call may be made while a transaction is open (PMS, payments)")
