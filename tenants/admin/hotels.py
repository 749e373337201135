"""A hotel: its day, money, languages, limits, opening hours and people."""

from __future__ import annotations

import calendar
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from tenants.back_office.access import is_superuser
from tenants.back_office.forms import TenantForm
from tenants.back_office.pages import LedgerInline, TenantAdmin, TenantInline
from tenants.models import Holiday, Membership, OpeningHours, Tenant

LANGUAGES = [("es", "Español"), ("en", "English"), ("pt", "Português")]


class PeopleInline(LedgerInline):
    """Who works here; changed on the people's own pages."""

    model = Membership
    exclude = ()
    fields = ("user", "role")
    verbose_name_plural = _("people")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any, Any]:
        return super().get_queryset(request).select_related("user", "tenant")


class OpeningHoursInline(TenantInline):
    """When people are at the desk."""

    model = OpeningHours
    exclude = ()

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "weekday":
            days = [(number, _(name)) for number, name in enumerate(calendar.day_name)]
            return forms.TypedChoiceField(
                choices=days, coerce=int, widget=UnfoldAdminSelectWidget(), label=_("Weekday")
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class HolidayInline(TenantInline):
    """Dates with hours of their own."""

    model = Holiday
    exclude = ()


class HotelForm(TenantForm):
    """A hotel with its languages as boxes to tick."""

    languages = forms.MultipleChoiceField(
        choices=LANGUAGES, widget=UnfoldAdminCheckboxSelectMultipleWidget, label=_("Languages")
    )


@admin.register(Tenant)
class HotelAdmin(TenantAdmin):
    """A hotel: its day, money, languages, limits and people."""

    form = HotelForm
    list_display = ("name", "country", "currency", "time_zone", "is_active")
    list_filter = ("is_active", "country")
    search_fields = ("name", "slug")
    inlines = (OpeningHoursInline, HolidayInline, PeopleInline)
    readonly_fields = ("public_id", "created_at", "is_demo")
    fieldsets = (
        (None, {"fields": ("name", "slug", "is_active")}),
        (
            _("Day and money"),
            {
                "fields": (
                    ("time_zone", "rollover_hour"),
                    ("country", "currency"),
                    ("check_in_from", "check_out_until"),
                    ("early_check_in_from", "late_check_out_until", "early_late_percent"),
                    "prices_include_taxes",
                )
            },
        ),
        (
            _("How the agent speaks"),
            {"fields": ("languages", "default_language", "tone", "portuguese_variant", "on_call")},
        ),
        (_("Limits"), {"fields": (("max_nights", "max_guests_per_room"), ("group_rooms_from", "code_prefix"))}),
        (
            _("Address and contact"),
            {"fields": ("address", ("latitude", "longitude"), ("phone", "email"), "privacy_url")},
        ),
        (
            _("Understanding"),
            {"fields": ("understanding_mode", "remote_questions_per_day", "remote_personal_data")},
        ),
        (_("Privacy"), {"fields": ("messages_kept_months",)}),
        (_("System"), {"classes": ["collapse"], "fields": ("public_id", "created_at", "is_demo")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Addresses and switches of the installation are the operators'."""
        fields = list(super().get_readonly_fields(request, obj))
        return fields if is_superuser(request) else [*fields, "slug", "is_active", "code_prefix"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)
