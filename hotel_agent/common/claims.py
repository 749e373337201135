"""Rows that are work: claimed with a lease, fenced by a claim number, retried, and dead after too much.

PostgreSQL is the queue's truth. A worker claims a row in a short transaction, works with no transaction open and
records the result only if its claim number is still the row's: a slow worker that lost its lease changes nothing.

An attempt that ends in a dependency's failure costs nothing; one caused by the item counts in `failures`; a lease
that runs out without a result counts in `deaths`. `MAX_FAILURES` or `MAX_DEATHS` make the row dead: visible to
staff, retried only by hand (`redeliver`).
"""

from __future__ import annotations

import datetime as dt
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import F, Q

from hotel_agent.common import clock
from hotel_agent.common.exceptions import DependencyDown, LostClaim

MAX_FAILURES = 5
MAX_DEATHS = 3
LEASE_S = 90.0


class WorkState(models.TextChoices):
    """States of a claimable row. Everything but `waiting` and `working` is final until somebody redelivers it."""

    WAITING = "waiting", "waiting"
    WORKING = "working", "working"
    DONE = "done", "done"
    QUARANTINED = "quarantined", "quarantined"
    ORPHAN = "orphan", "orphan"
    DEAD = "dead", "dead"


class Claimable(models.Model):
    """Abstract base of rows that are claimed, worked on and finished."""

    state = models.CharField(max_length=12, choices=WorkState.choices, default=WorkState.WAITING)
    claim = models.PositiveIntegerField(default=0, help_text="Fencing number; grows with every claim.")
    failures = models.PositiveSmallIntegerField(default=0, help_text="Attempts that failed because of the item.")
    deaths = models.PositiveSmallIntegerField(default=0, help_text="Attempts whose worker died.")
    not_before = models.DateTimeField(default=clock.now, db_index=False)
    lease_until = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        abstract = True


Row = TypeVar("Row", bound=Claimable)


def due(queryset: models.QuerySet[Row], *, at: dt.datetime | None = None) -> models.QuerySet[Row]:
    """Rows of `queryset` that may be claimed now: waiting and due, or working with a lapsed lease."""
    at = at or clock.now()
    return queryset.filter(
        Q(state=WorkState.WAITING, not_before__lte=at) | Q(state=WorkState.WORKING, lease_until__lt=at)
    )


def claim(queryset: models.QuerySet[Row], *, lease_s: float = LEASE_S) -> Row | None:
    """Claim the oldest due row of `queryset`, or None. Commits before returning.

    A row whose worker died `MAX_DEATHS` times becomes dead here and is not returned.
    """
    while True:
        with transaction.atomic():
            row = due(queryset).select_for_update(skip_locked=True, no_key=True).order_by("not_before", "pk").first()
            if row is None:
                return None
            died = row.state == WorkState.WORKING
            row.deaths += int(died)
            row.claim += 1
            if row.deaths >= MAX_DEATHS:
                row.state = WorkState.DEAD
                row.lease_until = None
                row.last_error = f"worker died {row.deaths} times"
            else:
                row.state = WorkState.WORKING
                row.lease_until = clock.now() + clock.seconds(lease_s)
            row.save(update_fields=["state", "claim", "deaths", "lease_until", "last_error"])
        if row.state == WorkState.WORKING:
            return row


def finish(row: Claimable, *, state: WorkState = WorkState.DONE, error: str = "", **fields: Any) -> None:
    """Record the end of the work, only if the claim is still ours. Call it inside the work's own transaction.

    Raises:
        LostClaim: the row was claimed again meanwhile; the caller's transaction must roll back.
    """
    _record(row, state=state, lease_until=None, last_error=error[:500], **fields)


def postpone(row: Claimable, *, delay: dt.timedelta, error: str = "") -> None:
    """Give the row back untouched, due again after `delay`; costs no attempt.

    Raises:
        LostClaim: the row was claimed again meanwhile.
    """
    _record(row, state=WorkState.WAITING, lease_until=None, not_before=clock.now() + delay, last_error=error[:500])


def fail(row: Claimable, error: BaseException) -> None:
    """Record a failed attempt: a dependency's failure is postponed, the item's own counts and may end it dead.

    Raises:
        LostClaim: the row was claimed again meanwhile.
    """
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, DependencyDown):
        delay = clock.seconds(error.retry_after) if error.retry_after else clock.backoff(row.claim)
        postpone(row, delay=delay, error=text)
        return
    failures = row.failures + 1
    if failures >= MAX_FAILURES:
        _record(row, state=WorkState.DEAD, lease_until=None, last_error=text[:500], failures=failures)
    else:
        _record(
            row,
            state=WorkState.WAITING,
            lease_until=None,
            not_before=clock.now() + clock.backoff(failures),
            last_error=text[:500],
            failures=failures,
        )


def _record(row: Claimable, **fields: Any) -> None:
    manager = type(row)._base_manager
    updated = manager.filter(pk=row.pk, claim=row.claim, state=WorkState.WORKING).update(**fields)
    if not updated:
        raise LostClaim(f"{type(row).__name__} {row.pk} was claimed by someone else")
    for name, value in fields.items():
        if not isinstance(value, F):
            setattr(row, name, value)
