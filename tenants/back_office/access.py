"""Who sees what: the hotels, roles and rows of the person who asks for a page, and which pages open for them."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest

from tenants import permissions
from tenants.models import Membership, Tenant, TenantOwned
from tenants.permissions import EVERYBODY


def is_superuser(request: HttpRequest) -> bool:
    """An operator of the installation: every hotel, every page."""
    return bool(request.user.is_active and request.user.is_staff and request.user.is_superuser)


def roles_of(request: HttpRequest) -> dict[int, str]:
    """The person's role by hotel id, read once per request. Empty for superusers, who need none."""
    known: dict[int, str] | None = getattr(request, "_roles_by_hotel", None)
    if known is None:
        known = dict(Membership.objects.filter(user_id=request.user.pk or 0).values_list("tenant_id", "role"))
        request._roles_by_hotel = known  # type: ignore[attr-defined]
    return known


def hotels_of(request: HttpRequest, roles: Iterable[str] = EVERYBODY) -> QuerySet[Tenant]:
    """Hotels where the person has one of the roles; all for a superuser."""
    if is_superuser(request):
        return Tenant.objects.all()
    return Tenant.objects.filter(pk__in=_hotel_ids(request, roles))


def has_role(request: HttpRequest, roles: Iterable[str], tenant_id: int | None = None) -> bool:
    """Whether the person has one of the roles at a hotel (at any hotel when none is named)."""
    if not (request.user.is_active and request.user.is_staff):
        return False
    if is_superuser(request):
        return True
    ids = _hotel_ids(request, roles)
    return bool(ids) if tenant_id is None else tenant_id in ids


def own_rows(request: HttpRequest, model: type[models.Model], roles: Iterable[str] = EVERYBODY) -> QuerySet[Any, Any]:
    """Rows of a model that belong to hotels where the person has one of the roles.

    This filter is what keeps hotels apart in the back office; `tests/admin/test_isolation.py` walks every page.
    """
    rows = model._base_manager.all()
    if is_superuser(request):
        return rows
    column = "pk__in" if model is Tenant else "tenant_id__in"
    return rows.filter(**{column: _hotel_ids(request, roles)})


def refuse_page(request: HttpRequest, registry: Iterable[type[models.Model]]) -> None:
    """The table's word on the page a request is for, said before the page itself runs.

    Django's own pages of a model ask its admin class. At pages that name a row, a person of several hotels needs the
    role at the row's hotel; which rows there are for them is each page's `own_rows`.

    Raises:
        PermissionDenied: the person has none of the roles the page asks for.
    """
    match = request.resolver_match
    name = (match.url_name if match else None) or ""
    if is_superuser(request) or name in permissions.ANYBODY_LOGGED_IN:
        return
    model = _model_of_page(name, tuple(registry))
    if model is None:
        roles = permissions.roles_for_site_page(name) if name else EVERYBODY  # no name: redirects and not-founds
        hotel_id = None
    else:
        page = name.removeprefix(_page_prefix(model))
        if page in permissions.STANDARD_PAGES:
            return
        if not issubclass(model, TenantOwned | Tenant | Membership):
            raise PermissionDenied
        roles = permissions.roles_for_page(model, page, request.method or "GET")
        hotel_id = _hotel_of_page(request, model, match.kwargs if match else {})
    if not has_role(request, roles, hotel_id):
        raise PermissionDenied


def asks_password(request: HttpRequest, registry: Iterable[type[models.Model]]) -> bool:
    """Whether the page a request is for is one of keys or people; of those, whoever has no right is not asked."""
    match = request.resolver_match
    name = (match.url_name if match else None) or ""
    model = _model_of_page(name, tuple(registry))
    if model is None or not permissions.asks_password(
        model, name.removeprefix(_page_prefix(model)), request.method or "GET"
    ):
        return False
    return is_superuser(request) or has_role(request, permissions.access_to(model).change)


def may_open(request: HttpRequest, name: str, registry: Iterable[type[models.Model]]) -> bool:
    """Whether a link to a page (by its name within `admin:`) leads the person anywhere."""
    if is_superuser(request):
        return True
    model = _model_of_page(name, tuple(registry))
    if model is None:
        return has_role(request, permissions.roles_for_site_page(name))
    if not issubclass(model, TenantOwned | Tenant | Membership):
        return False
    page = name.removeprefix(_page_prefix(model))
    if page in permissions.STANDARD_PAGES:
        return has_role(request, permissions.access_to(model).read)
    return has_role(request, permissions.roles_for_page(model, page, "GET"))


def _page_prefix(model: type[models.Model]) -> str:
    return f"{model._meta.app_label}_{model._meta.model_name}_"


@functools.cache  # asked for every line of the menu on every page
def _model_of_page(name: str, registry: tuple[type[models.Model], ...]) -> type[models.Model] | None:
    found = [model for model in registry if name.startswith(_page_prefix(model))]
    return max(found, key=lambda model: len(_page_prefix(model)), default=None)


def _hotel_of_page(request: HttpRequest, model: type[models.Model], kwargs: dict[str, Any]) -> int | None:
    """The hotel of the row a page names; None where it names none of the person's, or the person has one hotel only."""
    if len(roles_of(request)) < 2:  # a role at the only hotel is a role at the row's hotel
        return None
    rows = own_rows(request, model)
    if "key" in kwargs:
        rows = rows.filter(public_id=kwargs["key"])
    elif str(kwargs.get("object_id", "")).isdecimal():
        rows = rows.filter(pk=kwargs["object_id"])
    else:
        return None
    column = "pk" if model is Tenant else "tenant_id"
    found: int | None = rows.values_list(column, flat=True).first()
    return found


def zones_of(request: HttpRequest) -> list[str]:
    """The time zones of the person's hotels, read once per request."""
    known: list[str] | None = getattr(request, "_hotel_zones", None)
    if known is None:
        known = sorted(set(hotels_of(request).values_list("time_zone", flat=True)))
        request._hotel_zones = known  # type: ignore[attr-defined]
    return known


def _hotel_ids(request: HttpRequest, roles: Iterable[str]) -> list[int]:
    wanted = frozenset(roles)
    return [hotel for hotel, role in roles_of(request).items() if role in wanted]
