"""What is sold or charged beside the night: extras, and taxes named on their own."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from hotel_agent.common.money import Money, written
from reservations.models import Extra, StayTax
from tenants.back_office.pages import TenantAdmin


@admin.register(Extra)
class ExtraAdmin(TenantAdmin):
    """Breakfast, transfer, parking, cot: what the agent may offer with a room, and at which price."""

    list_display = ("__str__", "kind", "price_said", "unit", "most", "is_active")
    list_filter = ("kind", "is_active")
    list_select_related = ("tenant",)
    search_fields = ("name_es", "name_en", "name_pt", "code")
    fieldsets = (
        (None, {"fields": (("code", "kind"), ("position", "is_active"))}),
        (_("Name"), {"fields": (("name_es", "name_en", "name_pt"),)}),
        (_("Description"), {"fields": ("description_es", "description_en", "description_pt")}),
        (_("Price"), {"fields": (("price", "unit"), "most")}),
    )

    @admin.display(description=_("price"), ordering="price")
    def price_said(self, row: Extra) -> str:
        return written(Money(row.price, row.tenant.currency), "es")


@admin.register(StayTax)
class StayTaxAdmin(TenantAdmin):
    """A city tax and the like: guests are told of it beside the price."""

    list_display = ("__str__", "amount", "basis", "due_at_hotel", "from_age", "most_nights", "is_active")
    list_filter = ("is_active",)
    fieldsets = (
        (None, {"fields": ("code", "is_active")}),
        (_("Name"), {"fields": (("name_es", "name_en", "name_pt"),)}),
        (_("Price"), {"fields": (("amount", "basis"), ("from_age", "most_nights"), "due_at_hotel")}),
    )
