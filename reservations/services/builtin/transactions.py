"""One write of the built-in PMS: a durable transaction, and what the database says as an answer of the contract."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, OperationalError, transaction

from hotel_agent.common.exceptions import DependencyDown
from integrations.pms.base import Reason, Refused, Unknown
from tenants.models import Tenant
from tenants.scoping import tenant_scope

T = TypeVar("T")

CHECK_VIOLATION = "23514"
UNIQUE_VIOLATION = "23505"
TRIES_AGAIN = frozenset({"40001", "40P01", UNIQUE_VIOLATION})
"""Serialisation, deadlock, and somebody who inserted the same reference first: the next try sees what happened."""
ROLLED_BACK = frozenset({"55P03", "57014"})
"""Lock or statement timeout: certainly nothing happened, and trying at once would only queue again."""
TRIES = 3


def durable(tenant: Tenant, work: Callable[[], T]) -> T | Refused | Unknown:
    """Run `work` in a transaction of its own, again where somebody was in the way.

    Raises:
        DependencyDown: the database is busy; certainly nothing happened.
        RuntimeError: inside someone else's transaction.
    """
    code = ""
    for _ in range(TRIES):
        try:
            with tenant_scope(tenant), transaction.atomic(durable=True):
                return work()
        except (IntegrityError, OperationalError) as error:
            code = getattr(error.__cause__, "sqlstate", None) or ""
            if code == CHECK_VIOLATION:
                return Refused(Reason.SOLD_OUT, "counter")
            if code in ROLLED_BACK:
                raise DependencyDown(f"the database is busy ({code})") from error
            if code not in TRIES_AGAIN and isinstance(error, IntegrityError):
                raise
            if code not in TRIES_AGAIN:
                return Unknown(f"{type(error).__name__} {code}".strip())
    raise DependencyDown(f"the database is busy ({code})")


def undone(refusal: Refused) -> Refused:
    """Refuse and give back what this transaction had already moved."""
    transaction.set_rollback(True)
    return refusal
