"""The kinds of pages: a hotel's rows, rows inside another page, ledgers, and rows of the installation itself."""

from __future__ import annotations

from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib.admin import RelatedFieldListFilter
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin, TabularInline

from tenants import permissions
from tenants.back_office.access import has_role, is_superuser, own_rows, roles_of, zones_of
from tenants.back_office.forms import TenantForm, TenantFormSet
from tenants.back_office.history import REASON, KeepsHistory, reason_field, reason_fieldset
from tenants.back_office.lists import LongLists
from tenants.back_office.words import speak
from tenants.models import Tenant, TenantOwned
from tenants.scoping import every_tenant


class OwnHotelFilter(RelatedFieldListFilter):
    """A filter by a related row that offers rows of the person's hotels only."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        ordering = self.field_admin_ordering(field, request, model_admin)
        rows = own_rows(request, field.remote_field.model).order_by(*ordering)[:200]
        return [(row.pk, str(row)) for row in rows]


class _Bounded:
    """What pages and the rows inside them share: roles decide, choices are limited."""

    model: type[models.Model]
    read_only: ClassVar[bool] = False
    """Ledgers: rows are written by the product, never by hand."""

    @property
    def read_roles(self) -> frozenset[str]:
        """Roles that may look, by the table of permissions."""
        return permissions.access_to(self.model).read

    @property
    def change_roles(self) -> frozenset[str]:
        """Roles that may add, edit and delete, by the table of permissions."""
        return permissions.access_to(self.model).change

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any, Any]:
        rows = own_rows(request, self.model, self.read_roles)
        ordering = self.get_ordering(request)  # type: ignore[attr-defined]
        if ordering:
            return rows.order_by(*ordering)
        return rows if rows.ordered else rows.order_by("pk")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._allowed(request, obj, self.read_roles)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not self.read_only and self._allowed(request, obj, self.change_roles)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not self.read_only and self._allowed(request, obj, self.change_roles)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not self.read_only and self._allowed(request, obj, self.change_roles)

    def _allowed(self, request: HttpRequest, obj: Any, roles: frozenset[str]) -> bool:
        hotel_id = None
        if isinstance(obj, Tenant):
            hotel_id = obj.pk
        elif obj is not None:
            hotel_id = obj.tenant_id
        return has_role(request, roles, hotel_id)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        target = db_field.remote_field.model
        if target is Tenant or issubclass(target, TenantOwned):
            kwargs.setdefault("queryset", own_rows(request, target, self.change_roles))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]


class TenantInline(_Bounded, TabularInline):
    """Rows shown inside another page of the same hotel."""

    extra = 0
    form = TenantForm
    formset = TenantFormSet
    exclude: tuple[str, ...] = ("tenant",)

    def __init__(self, parent_model: type[models.Model], admin_site: Any) -> None:
        super().__init__(parent_model, admin_site)
        speak(self.model)


class LedgerInline(TenantInline):
    """Rows written by the product, shown inside another page."""

    read_only = True
    max_num = 0
    can_delete = False
    show_change_link = True


class TenantAdmin(KeepsHistory, LongLists, _Bounded, ModelAdmin):
    """Admin of one tenant-owned model. `change_roles` may write, `read_roles` may read."""

    form = TenantForm
    list_per_page = 50
    show_full_result_count = False
    list_filter_submit = False
    warn_unsaved_form = True

    def __init__(self, model: type[models.Model], admin_site: Any) -> None:
        super().__init__(model, admin_site)
        speak(model)
        for inline in self.inlines:
            speak(inline.model)

    # -- the hotel of a row: asked only of those who have several, and fixed once the row exists

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        only = None if self._asks_for_hotel(request) else self._only_hotel_id(request)
        base = kwargs.get("form") or self.form
        why = {REASON: reason_field()} if self.asks_reason(request, obj) else {}
        kwargs["form"] = type(base.__name__, (base,), {"only_hotel_id": only, **why})
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The declared fieldsets with the hotel first where there is a choice."""
        why = [reason_fieldset()] if self.asks_reason(request, obj) else []
        if self.model is Tenant:
            return [*super().get_fieldsets(request, obj), *why]
        plain = [
            (title, {**options, "fields": [name for name in options["fields"] if name not in {"tenant", REASON}]})
            for title, options in super().get_fieldsets(request, obj)
        ] + why
        if self._asks_for_hotel(request):
            plain[0][1]["fields"].insert(0, "tenant")
        return plain

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = list(super().get_readonly_fields(request, obj))
        if obj is not None and self.model is not Tenant:
            fields.append("tenant")
        return fields

    def _asks_for_hotel(self, request: HttpRequest) -> bool:
        return is_superuser(request) or len(roles_of(request)) > 1

    def _only_hotel_id(self, request: HttpRequest) -> int | None:
        return next(iter(roles_of(request)), None)

    # -- lists

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Filters by a related row offer own rows only; the hotel itself is a filter for those who have several."""
        filters: list[Any] = [self._own_choices(one) for one in super().get_list_filter(request)]
        if self.model is not Tenant and self._asks_for_hotel(request):
            filters.insert(0, ("tenant", OwnHotelFilter))
        return filters

    def _own_choices(self, entry: Any) -> Any:
        if not isinstance(entry, str):
            return entry
        try:
            field: Any = self.model._meta.get_field(entry)
        except FieldDoesNotExist:
            return entry
        return (entry, OwnHotelFilter) if field.is_relation else entry

    def has_module_permission(self, request: HttpRequest) -> bool:
        return has_role(request, self.read_roles)

    def _filter_actions_by_permissions(self, request: HttpRequest, actions: Any) -> Any:
        """Django offers, and runs, only what is left here."""
        asked: Any = super()._filter_actions_by_permissions(request, actions)
        return [one for one in asked if has_role(request, permissions.roles_for_action(self.model, one[1]))]

    @staticmethod
    def link(url: str, text: str) -> SafeString:
        """A link to another page of the back office."""
        return format_html('<a class="ha-link" href="{}">{}</a>', url, text)

    def may(self, request: HttpRequest, rows: QuerySet[Any, Any], roles: frozenset[str]) -> QuerySet[Any, Any]:
        """Rows of an action's selection at hotels where the person has one of the roles."""
        return rows.filter(pk__in=own_rows(request, self.model, roles).values("pk"))

    # -- Django's own views, which use the scoped managers; everything they reach is bounded above

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kw: Any
    ) -> HttpResponse:
        with every_tenant(), timezone.override(self._zone(request, object_id)):
            return rendered(super().changeform_view(request, object_id, *args, **kw))

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with every_tenant(), timezone.override(self._zone(request)):
            return rendered(super().changelist_view(request, *args, **kwargs))

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with every_tenant(), timezone.override(self._zone(request)):
            return rendered(super().delete_view(request, *args, **kwargs))

    def history_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with every_tenant(), timezone.override(self._zone(request)):
            return rendered(super().history_view(request, *args, **kwargs))

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        """A row that is not there, or not the person's, is 404; Django would lead to the first page with a notice."""
        raise Http404

    def _zone(self, request: HttpRequest, object_id: str | None = None) -> ZoneInfo:
        """Times are the hotel's; on pages about hotels of several zones, UTC."""
        zones = zones_of(request)
        if len(zones) == 1:
            return ZoneInfo(zones[0])
        if object_id is not None and self.model is not Tenant and object_id.isdecimal():
            row = own_rows(request, self.model, self.read_roles).filter(pk=object_id)
            zone = row.values_list("tenant__time_zone", flat=True).first()
            if zone:
                return ZoneInfo(zone)
        return ZoneInfo("UTC")


class LedgerAdmin(TenantAdmin):
    """Rows written by the product: looked at, never edited."""

    read_only = True
    warn_unsaved_form = False


class OperatorAdmin(LongLists, ModelAdmin):
    """Rows of the installation itself, which may hold data of every hotel: superusers only."""

    read_only: ClassVar[bool] = False
    list_per_page = 50
    show_full_result_count = False

    def __init__(self, model: type[models.Model], admin_site: Any) -> None:
        super().__init__(model, admin_site)
        speak(model)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request) and not self.read_only

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request) and not self.read_only

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request) and not self.read_only


def rendered(response: Any) -> HttpResponse:
    """Lazy responses are rendered while the scope is still open."""
    if getattr(response, "is_rendered", True):
        return response
    return response.render()
