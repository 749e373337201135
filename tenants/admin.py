"""Back office of hotels, people, accounts, facts and opening hours."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from tenants.admin_base import TenantAdmin, TenantInline
from tenants.models import ChannelAccount, Fact, Membership, MetaApp, OpeningHours, PmsConnection, Tenant


class MembershipInline(TenantInline):
    model = Membership


class OpeningHoursInline(TenantInline):
    model = OpeningHours


@admin.register(Tenant)
class HotelAdmin(TenantAdmin):
    """A hotel: its day, money, languages, limits and people."""

    list_display = ("name", "slug", "country", "currency", "time_zone", "is_active")
    search_fields = ("name", "slug")
    inlines = (MembershipInline, OpeningHoursInline)
    readonly_fields = ("public_id", "created_at", "is_demo")

    def get_list_filter(self, request: HttpRequest) -> Any:
        return ("is_active", "country")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)  # type: ignore[union-attr]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)  # type: ignore[union-attr]


class CredentialsForm(forms.ModelForm):  # type: ignore[type-arg]
    """Credentials are written, never shown: an empty field keeps what is stored."""

    secret_names: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = self.instance.credentials if self.instance.pk else {}
        for name in self.secret_names:
            known = stored.get(name, "")
            hint = f"Stored, ends in …{known[-4:]}. Leave empty to keep it." if known else "Not stored yet."
            self.fields[name] = forms.CharField(
                required=False, help_text=hint, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
            )

    def save(self, commit: bool = True) -> Any:
        stored = dict(self.instance.credentials or {})
        stored |= {name: self.cleaned_data[name] for name in self.secret_names if self.cleaned_data.get(name)}
        self.instance.credentials = stored
        return super().save(commit)


class AccountForm(CredentialsForm):
    secret_names = ("access_token",)

    class Meta:
        model = ChannelAccount
        exclude = ("credentials", "public_id")


@admin.register(ChannelAccount)
class ChannelAccountAdmin(TenantAdmin):
    """Numbers, mailboxes and widgets; what receives decides the hotel."""

    form = AccountForm
    list_display = ("display_name", "channel", "external_id", "is_active", "paused_reason")
    list_filter = ("channel", "is_active")
    readonly_fields = ("paused_reason", "paused_at")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = ["tenant", "channel", "external_id", "display_name", "business_account_id", "is_active"]
        if request.user.is_superuser:  # type: ignore[union-attr]
            shown.insert(4, "meta_app")
        return [
            (None, {"fields": shown}),
            ("Credentials", {"fields": ["access_token"]}),
            ("State", {"fields": ["paused_reason", "paused_at"]}),
        ]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["fields"] = None  # the secrets are form fields, not model fields
        return super().get_form(request, obj, change, **kwargs)


class PmsForm(CredentialsForm):
    secret_names = ("api_key",)

    class Meta:
        model = PmsConnection
        exclude = ("credentials",)


@admin.register(PmsConnection)
class PmsConnectionAdmin(TenantAdmin):
    """Which PMS keeps the hotel's stays."""

    form = PmsForm
    list_display = ("tenant", "kind", "base_url", "hotel_id")
    fieldsets = ((None, {"fields": ("tenant", "kind", "base_url", "hotel_id", "settings", "api_key")}),)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["fields"] = None
        return super().get_form(request, obj, change, **kwargs)


@admin.register(Fact)
class FactAdmin(TenantAdmin):
    """What the agent may say about the hotel."""

    list_display = ("topic", "text_es", "kind", "valid_from", "valid_until", "is_active")
    list_filter = ("kind", "is_active", "topic")
    search_fields = ("topic", "text_es", "text_en", "text_pt", "keywords")


class MetaAppForm(CredentialsForm):
    secret_names = ("app_secret", "previous_app_secret", "verify_token")

    class Meta:
        model = MetaApp
        exclude = ("credentials",)


@admin.register(MetaApp)
class MetaAppAdmin(ModelAdmin):
    """Meta apps of hotels that bring their own; superusers only."""

    form = MetaAppForm
    list_display = ("name", "key")
    fieldsets = ((None, {"fields": ("name", "key", "app_secret", "previous_app_secret", "verify_token")}),)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["fields"] = None
        return super().get_form(request, obj, change, **kwargs)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)  # type: ignore[union-attr]

    has_view_permission = has_add_permission = has_change_permission = has_delete_permission = (
        lambda self, request, obj=None: bool(request.user.is_superuser)
    )
