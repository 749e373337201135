"""What people changed of a hotel, in the back office, through the API or by a command: who, when, from what to what,
and why. Read on a row's own history page.

One table for every kind of row. Prices and nights have a ledger of their own, a line per value (`SellingChange`), and
so have the states of a stay (`ReservationChange`) and switches (`SwitchChange`). Of secrets only the change is kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, TypeAlias, TypedDict

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.db.models import QuerySet

from hotel_agent.common.crypto import EncryptedSecretsField
from tenants.models import HistoryEntry, Tenant

Author: TypeAlias = AbstractBaseUser | AnonymousUser | str | None
"""A person's account, or the name of an operator's command ("command create_tenant")."""
API = "API"
"""The reason kept with what a person's program changed: that it was one."""
LONGEST = 500
"""Characters kept of a value: enough to see what a sentence said."""


class Change(TypedDict, total=False):
    """One value: `row` where it is a line inside the page, `secret` where the values are not kept."""

    row: str
    model: str
    field: str
    before: Any
    after: Any
    secret: bool


def note(
    row: models.Model,
    *,
    by: Author,
    action: str,
    changes: Sequence[Change] = (),
    what: str = "",
    reason: str = "",
) -> HistoryEntry | None:
    """Write down what somebody did to a row, in the caller's transaction. None for rows that are no hotel's."""
    hotel_id = row.pk if isinstance(row, Tenant) else getattr(row, "tenant_id", None)
    if hotel_id is None:
        return None
    known = by if isinstance(by, AbstractBaseUser) and by.pk else None
    return HistoryEntry._base_manager.create(
        tenant_id=hotel_id,
        by_id=known.pk if known is not None else None,
        by_name=(by if isinstance(by, str) else known.get_username() if known is not None else "")[:150],
        model=row._meta.label_lower,
        row_id=str(row.pk),
        row_text=str(row)[:200],
        action=action,
        what=what[:300],
        reason=" ".join(reason.split())[:300],
        changes=list(changes),
    )


def of_row(row: models.Model) -> QuerySet[HistoryEntry]:
    """A row's history, newest first."""
    hotel_id: Any = row.pk if isinstance(row, Tenant) else getattr(row, "tenant_id", None)
    return (
        HistoryEntry._base_manager.filter(tenant_id=hotel_id, model=row._meta.label_lower, row_id=str(row.pk))
        .select_related("by")
        .order_by("-at", "-id")
    )


def plain(value: Any) -> Any:
    """A value as it is kept: JSON, and short."""
    match value:
        case None | bool() | int():
            return value
        case Decimal() | dt.date() | dt.time():
            return str(value)
        case models.Model():
            return str(value)[:LONGEST]
        case QuerySet() | list() | tuple() | set():
            return ", ".join(str(one) for one in value)[:LONGEST]
    return str(value)[:LONGEST]


def values_of(row: models.Model) -> list[Change]:
    """What a row held before it was taken out."""
    return [
        {"field": field.name, "secret": True}
        if isinstance(field, EncryptedSecretsField)
        else {"field": field.name, "before": plain(getattr(row, field.name)), "after": None}
        for field in _columns(row)
    ]


def stand(row: models.Model) -> dict[str, Any]:
    """A row's values as they are now, to be compared after it was changed (`changed`)."""
    return {field.name: getattr(row, field.name) for field in _columns(row)}


def changed(before: dict[str, Any], row: models.Model) -> list[Change]:
    """What is different now from how a row stood, of secrets only that it is. Nothing before: what a new row holds."""
    found: list[Change] = []
    for field in _columns(row):
        was, now = before.get(field.name), getattr(row, field.name)
        if was == now or (not before and now in field.empty_values):
            continue
        if isinstance(field, EncryptedSecretsField):
            found.append({"field": field.name, "secret": True})
        else:
            found.append({"field": field.name, "before": plain(was), "after": plain(now)})
    return found


def _columns(row: models.Model) -> Iterable[Any]:
    return [one for one in row._meta.concrete_fields if not one.primary_key and one.name != "tenant" and one.editable]
