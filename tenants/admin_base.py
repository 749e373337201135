"""The base of every back office page: people see and touch their own hotels only, in their own language.

Lists, forms, foreign key choices, autocompletes, filters and actions all go through `own_rows`, so that a page needs no
rule of its own; which role may do what is the table in `tenants.permissions`. Superusers see every hotel. Managers of
tenant-owned models raise outside a scope; Django's form machinery uses them, so the views open `every_tenant()` and
what they may reach is bounded here instead.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.admin import RelatedFieldListFilter
from django.core.exceptions import FieldDoesNotExist, PermissionDenied, ValidationError
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import PaginationInlineFormSet

from tenants import permissions
from tenants.admin_history import REASON, KeepsHistory, reason_field, reason_fieldset
from tenants.admin_paging import LongLists
from tenants.models import Membership, Tenant, TenantOwned
from tenants.permissions import DESK as MAY_ANSWER
from tenants.permissions import EVERYBODY as EVERY_ROLE
from tenants.permissions import MANAGERS as MAY_CHANGE
from tenants.scoping import every_tenant

# --- who sees what ---------------------------------------------------------------------------------------------------


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


def hotels_of(request: HttpRequest, roles: Iterable[str] = EVERY_ROLE) -> QuerySet[Tenant]:
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


def own_rows(request: HttpRequest, model: type[models.Model], roles: Iterable[str] = EVERY_ROLE) -> QuerySet[Any, Any]:
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
        roles = permissions.roles_for_site_page(name) if name else EVERY_ROLE  # no name: redirects and not-founds
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


# --- words and values ------------------------------------------------------------------------------------------------


def speak(model: type[models.Model]) -> None:
    """Name a model, its fields and choices in the reader's language.

    Models are written in plain English and know nothing of languages; the catalogue in `hotel_agent/locale` translates
    what a manager reads of them. Migrations keep the English (they are made with translation switched off).
    """
    meta = model._meta
    meta.app_config.verbose_name = _spoken(meta.app_config.verbose_name)
    meta.verbose_name = _spoken(meta.verbose_name)
    meta.verbose_name_plural = _spoken(meta.verbose_name_plural)
    for field in meta.local_fields:
        field.verbose_name = _spoken(field.verbose_name)
        field.help_text = _spoken(field.help_text)
        if field.choices:
            field.choices = [(value, _spoken(label)) for value, label in field.choices]


def _spoken(text: Any) -> Any:
    """Lazily translated; "" stays "" (gettext answers it with the catalogue's header).

    Lazy texts are taken by their English too: Django makes a missing plural by hanging an "s" on the singular.
    """
    with translation.override(None):
        plain = str(text)
    return gettext_lazy(plain) if plain else text


def pretty(value: Any) -> SafeString | str:
    """A stored JSON value, readable and escaped."""
    if value in (None, {}, [], ""):
        return "–"
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True, default=str)
    return format_html('<pre class="ha-json">{}</pre>', text)


# --- forms -----------------------------------------------------------------------------------------------------------


class TenantForm(forms.ModelForm):
    """A form of one hotel's row: its links stay within the hotel, unique keys are checked with the hotel in them."""

    only_hotel_id: ClassVar[int | None] = None
    """The hotel of a new row when the person has no other."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.only_hotel_id and getattr(self.instance, "tenant_id", 0) is None:
            self.instance.tenant_id = self.only_hotel_id

    def clean(self) -> dict[str, Any]:
        """Refuses a link to a row of another hotel, which the database would refuse with an error page."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        hotel = cleaned.get("tenant")
        hotel_id = hotel.pk if hotel is not None else getattr(self.instance, "tenant_id", None)
        for name, value in list(cleaned.items()):  # an error takes its field out
            if isinstance(value, TenantOwned) and hotel_id is not None and value.tenant_id != hotel_id:
                self.add_error(name, ValidationError(gettext("It belongs to another hotel.")))
        return cleaned

    def add_error(self, field: str | None, error: Any) -> None:
        """What is wrong with the hotel the form does not ask for is said above the form."""
        if field is None and hasattr(error, "error_dict"):
            for name, problems in error.error_dict.items():
                super().add_error(name if name in self.fields else None, problems)
            return
        super().add_error(field, error)

    def _get_validation_exclusions(self) -> set[str]:
        """The hotel is known even when the form does not ask for it; unique keys begin with it."""
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        if getattr(self.instance, "tenant_id", None) is not None:
            exclusions.discard("tenant")
        return exclusions


class TenantFormSet(PaginationInlineFormSet):
    """Rows inside another page belong to that page's hotel."""

    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        form = super()._construct_form(i, **kwargs)
        parent = self.instance
        form.instance.tenant_id = parent.pk if isinstance(parent, Tenant) else parent.tenant_id
        return form


class OwnHotelFilter(RelatedFieldListFilter):
    """A filter by a related row that offers rows of the person's hotels only."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        ordering = self.field_admin_ordering(field, request, model_admin)
        rows = own_rows(request, field.remote_field.model).order_by(*ordering)[:200]
        return [(row.pk, str(row)) for row in rows]


# --- pages -----------------------------------------------------------------------------------------------------------


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


__all__ = [
    "EVERY_ROLE", "MAY_ANSWER", "MAY_CHANGE", "LedgerAdmin", "LedgerInline", "OperatorAdmin", "OwnHotelFilter",
    "TenantAdmin", "TenantForm", "TenantInline", "asks_password", "has_role", "hotels_of", "is_superuser", "may_open",
    "own_rows", "pretty", "refuse_page", "rendered", "roles_of", "speak", "zones_of",
]  # fmt: skip
