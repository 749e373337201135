"""WhatsApp beside the threads: approved texts, what Meta says about the numbers, and what the month costs."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from conversations.models import AccountEvent, MessageTemplate, WhatsAppNumber
from conversations.services import costs
from hotel_agent.common import clock
from integrations.channels.whatsapp import prices
from tenants.back_office.access import own_rows
from tenants.back_office.forms import TenantForm
from tenants.back_office.pages import LedgerAdmin, TenantAdmin
from tenants.back_office.words import pretty
from tenants.models import Channel, ChannelAccount

TEMPLATE_COLOURS = {
    "approved": "success", "pending": "info", "paused": "warning", "rejected": "danger", "disabled": "danger",
}  # fmt: skip


class TemplateForm(TenantForm):
    """The values as a line of words: "guest, message"."""

    values = forms.CharField(
        label=_("values"),
        help_text=_("What fills {{1}}, {{2}}, … in order, separated by commas: hotel, guest, message."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["values"] = ", ".join(self.instance.values or [])

    def clean_values(self) -> list[str]:
        """The words as the list the row keeps."""
        return [word.strip() for word in self.cleaned_data["values"].split(",") if word.strip()]


@admin.register(MessageTemplate)
class MessageTemplateAdmin(TenantAdmin):
    """Texts Meta approved, as registered here."""

    form = TemplateForm
    list_display = ("name", "language", "category", "condition", "account")
    list_filter = ("status", "language")
    search_fields = ("name", "body")
    list_select_related = ("account",)
    fields = ("account", "name", "language", "category", "status", "status_note", "body", "values", "quality")
    readonly_fields = ("status_note", "quality")

    @display(description=_("state"), label=TEMPLATE_COLOURS, ordering="status")
    def condition(self, row: MessageTemplate) -> tuple[str, str]:
        return row.status, row.get_status_display()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "account":
            own = own_rows(request, ChannelAccount, self.change_roles)
            kwargs["queryset"] = own.filter(channel=Channel.WHATSAPP)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(AccountEvent)
class AccountEventAdmin(LedgerAdmin):
    """What the provider said about an account."""

    list_display = ("at", "account", "kind", "summary", "weight")
    list_filter = ("severity", "account")
    list_select_related = ("account",)
    ordering = ("-id",)
    fields = ("at", "account", "kind", "summary", "weight", "detail_shown")
    readonly_fields = ("weight", "detail_shown")

    @display(description=_("severity"), label={"info": "info", "warning": "warning", "alert": "danger"})
    def weight(self, row: AccountEvent) -> tuple[str, str]:
        return row.severity, row.get_severity_display()

    @admin.display(description=_("details"))
    def detail_shown(self, row: AccountEvent) -> Any:
        return pretty(row.detail)


@admin.register(WhatsAppNumber)
class WhatsAppNumberAdmin(LedgerAdmin):
    """What each number delivered this month and the last, and what Meta will charge for it, estimated."""

    counted = ("this_month", "this_months_price", "last_month", "last_months_price")
    list_display = ("name", *counted, "quality", "condition")
    fields = ("name", *counted, "quality", "note")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(channel=Channel.WHATSAPP).select_related("tenant")

    @admin.display(description=_("number"), ordering="display_name")
    def name(self, row: WhatsAppNumber) -> str:
        return str(row)

    @admin.display(description=_("delivered this month"))
    def this_month(self, row: WhatsAppNumber) -> str:
        return _counted(self._cost(row, 0))

    @admin.display(description=_("estimate, this month"))
    def this_months_price(self, row: WhatsAppNumber) -> str:
        return f"USD {self._cost(row, 0).usd}"

    @admin.display(description=_("delivered last month"))
    def last_month(self, row: WhatsAppNumber) -> str:
        return _counted(self._cost(row, 1))

    @admin.display(description=_("estimate, last month"))
    def last_months_price(self, row: WhatsAppNumber) -> str:
        return f"USD {self._cost(row, 1).usd}"

    @display(description=_("state"), label={"ok": "success", "paused": "danger"})
    def condition(self, row: WhatsAppNumber) -> tuple[str, str]:
        return ("paused", gettext("paused by the provider")) if row.paused_at else ("ok", gettext("connected"))

    @admin.display(description=_("how it is estimated"))
    def note(self, row: WhatsAppNumber) -> str:
        return gettext(
            "By Meta's price card of %(card)s and the guest's country; %(free)d deliveries a month are free. "
            "The bill is Meta's."
        ) % {"card": prices.CARD_OF, "free": prices.FREE_PER_MONTH}

    def _cost(self, row: WhatsAppNumber, months_ago: int) -> costs.MonthCost:
        first = row.tenant.local(clock.now()).date().replace(day=1)
        if months_ago:
            first = (first - dt.timedelta(days=1)).replace(day=1)
        known = row.__dict__.setdefault("_costs", {})
        if first not in known:
            known[first] = costs.month_cost(row, first)
        found: costs.MonthCost = known[first]
        return found


def _counted(cost: costs.MonthCost) -> str:
    return gettext("%(delivered)d, of which %(charged)d charged") % {
        "delivered": cost.delivered, "charged": cost.charged
    }  # fmt: skip
