"""Whose data a piece of code may see. Outside a scope every query of a tenant-owned model raises `ScopeError`."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, cast

from django_scopes import scope, scopes_disabled

if TYPE_CHECKING:
    from tenants.models import Tenant


def tenant_scope(tenant: Tenant) -> AbstractContextManager[None]:
    """Within it, queries of tenant-owned models see this tenant only."""
    return cast(AbstractContextManager[None], scope(tenant=tenant))


def every_tenant() -> AbstractContextManager[None]:
    """For the few places that serve the whole installation: the sweeper (ids only), intake before the tenant is
    known, gauges, audits and superuser pages. Each use says why."""
    return cast(AbstractContextManager[None], scopes_disabled())
