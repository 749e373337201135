"""The base of every admin page of tenant-owned rows: people see and touch their own hotels only.

Lists, forms, foreign key choices, autocompletes, filters and actions all go through the querysets made here, so that a
page needs no rule of its own. Superusers see every hotel.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib.admin import RelatedFieldListFilter
from django.db import models
from django.db.models import QuerySet
from django.forms import Field
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin, TabularInline

from tenants.models import Membership, Role, Tenant, TenantOwned
from tenants.scoping import every_tenant

MAY_CHANGE = frozenset({Role.OWNER, Role.MANAGER})
MAY_ANSWER = frozenset({Role.OWNER, Role.MANAGER, Role.RECEPTION})


def hotels_of(request: HttpRequest, roles: frozenset[str] | None = None) -> QuerySet[Tenant]:
    """Hotels where the person has one of the roles (any role when not given); all for a superuser."""
    if request.user.is_superuser:  # type: ignore[union-attr]
        return Tenant.objects.all()
    memberships = Membership.objects.filter(user_id=request.user.pk)
    if roles is not None:
        memberships = memberships.filter(role__in=roles)
    return Tenant.objects.filter(pk__in=memberships.values("tenant_id"))


def own_rows(request: HttpRequest, model: type[models.Model], roles: frozenset[str] | None = None) -> QuerySet[Any]:
    """Rows of a model that belong to the person's hotels."""
    rows = model._base_manager.all()
    if request.user.is_superuser:  # type: ignore[union-attr]
        return rows
    if model is Tenant:
        return rows.filter(pk__in=hotels_of(request, roles).values("pk"))
    return rows.filter(tenant__in=hotels_of(request, roles))


class OwnHotelFilter(RelatedFieldListFilter):
    """A filter by a related row that offers rows of the person's hotels only."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        ordering = self.field_admin_ordering(field, request, model_admin)
        rows = own_rows(request, field.remote_field.model).order_by(*ordering)[:500]
        return [(row.pk, str(row)) for row in rows]


class TenantAdmin(ModelAdmin):
    """Admin of one tenant-owned model. `change_roles` may write, every role may read."""

    change_roles: ClassVar[frozenset[str]] = MAY_CHANGE
    read_only: ClassVar[bool] = False
    """Ledgers: rows are written by the product, never by hand."""
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = own_rows(request, self.model)
        ordering = self.get_ordering(request)
        return rows.order_by(*ordering) if ordering else rows

    def get_list_filter(self, request: HttpRequest) -> Any:
        """The hotel itself is a filter only for those who have several."""
        filters = list(super().get_list_filter(request))
        if hotels_of(request).count() > 1:
            filters.insert(0, ("tenant", OwnHotelFilter))
        return filters

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_staff and hotels_of(request).exists()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._allowed(request, obj, None)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return not self.read_only and self._allowed(request, None, self.change_roles)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not self.read_only and self._allowed(request, obj, self.change_roles)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not self.read_only and self._allowed(request, obj, self.change_roles)

    def _allowed(self, request: HttpRequest, obj: Any, roles: frozenset[str] | None) -> bool:
        if not (request.user.is_active and request.user.is_staff):
            return False
        hotels = hotels_of(request, roles)
        if obj is None:
            return hotels.exists()
        return hotels.filter(pk=obj.pk if isinstance(obj, Tenant) else obj.tenant_id).exists()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        _limit_choices(db_field, request, kwargs)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        _limit_choices(db_field, request, kwargs)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Scoped managers inside Django's own form machinery are bounded by `get_queryset` and permissions instead."""
        with every_tenant():
            return self._rendered(super().changeform_view(request, *args, **kwargs))

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with every_tenant():
            return self._rendered(super().changelist_view(request, *args, **kwargs))

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with every_tenant():
            return self._rendered(super().delete_view(request, *args, **kwargs))

    def history_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with every_tenant():
            return self._rendered(super().history_view(request, *args, **kwargs))

    @staticmethod
    def _rendered(response: Any) -> HttpResponse:
        """Lazy responses are rendered while the scope is still open."""
        render: Callable[[], HttpResponse] | None = getattr(response, "render", None)
        return render() if render is not None and not response.is_rendered else response

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """A new row belongs to the person's only hotel when the form did not ask."""
        if isinstance(obj, TenantOwned) and obj.tenant_id is None:
            obj.tenant = hotels_of(request, self.change_roles).get()
        super().save_model(request, obj, form, change)


class TenantInline(TabularInline):
    """Rows shown inside another page of the same hotel."""

    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return own_rows(request, self.model)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        _limit_choices(db_field, request, kwargs)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


def _limit_choices(db_field: Field | Any, request: HttpRequest, kwargs: dict[str, Any]) -> None:
    target = db_field.remote_field.model
    if target is Tenant or issubclass(target, TenantOwned):
        kwargs.setdefault("queryset", own_rows(request, target))
