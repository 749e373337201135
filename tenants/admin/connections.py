"""The PMS that keeps a hotel's stays, and where its deposits are paid."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from tenants.back_office.forms import CredentialsForm, WritesSecrets
from tenants.back_office.history import reason_fieldset
from tenants.back_office.pages import TenantAdmin
from tenants.models import PaymentAccount, PmsConnection


class PmsForm(CredentialsForm):
    secret_names = ("api_key",)


@admin.register(PmsConnection)
class PmsConnectionAdmin(WritesSecrets, TenantAdmin):
    """Which PMS keeps the hotel's stays."""

    form = PmsForm
    list_display = ("kind", "tenant", "base_url", "hotel_id")
    list_select_related = ("tenant",)
    list_filter = ("kind",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = ["kind", "base_url", "hotel_id", "settings"]
        if obj is not None or self._asks_for_hotel(request):
            shown.insert(0, "tenant")
        return [(None, {"fields": shown}), (_("Credentials"), {"fields": ["api_key"]})]


class PaymentForm(CredentialsForm):
    secret_names = ("secret_key", "webhook_secret")


@admin.register(PaymentAccount)
class PaymentAccountAdmin(WritesSecrets, TenantAdmin):
    """Where the hotel's deposits are paid."""

    form = PaymentForm
    list_display = ("kind", "tenant", "is_active")
    list_select_related = ("tenant",)
    list_filter = ("kind", "is_active")
    readonly_fields = ("webhook_address",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = ["kind", "is_active", "webhook_address"]
        if obj is not None or self._asks_for_hotel(request):
            shown.insert(0, "tenant")
        why = [reason_fieldset()] if self.asks_reason(request, obj) else []
        return [(None, {"fields": shown}), (_("Credentials"), {"fields": ["secret_key", "webhook_secret"]}), *why]

    @admin.display(description=_("address for its events"))
    def webhook_address(self, row: PaymentAccount) -> str:
        key = row.webhook_key if row.pk else ""
        return f"{settings.PUBLIC_BASE_URL}/webhooks/stripe" + (f"/{key}" if key else "")
