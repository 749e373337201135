"""Deposits as staff see them: what was asked for, what came of it, what goes back. Written by services only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from hotel_agent.common.money import written
from reservations.models import Payment, PaymentDelivery, Refund
from tenants.back_office.exports import Exports
from tenants.back_office.pages import LedgerAdmin, LedgerInline, OperatorAdmin
from tenants.back_office.words import pretty

STATUS_COLOURS = {
    "paid": "success", "done": "success", "requested": "info", "open": "info", "late": "warning",
    "expired": "warning", "failed": "danger", "refused": "danger",
}  # fmt: skip
WORK_COLOURS = {"done": "success", "waiting": "info", "working": "info", "orphan": "warning", "dead": "danger",
                "quarantined": "danger"}  # fmt: skip
SHOWN_BYTES = 20_000


class _Money:
    """The amount as people write it, and the status as a coloured word."""

    @admin.display(description=_("amount"), ordering="amount")
    def price_said(self, row: Any) -> str:
        return written(row.price, "es")

    @display(description=_("status"), label=STATUS_COLOURS, ordering="status")
    def condition(self, row: Any) -> tuple[str, str]:
        return row.status, row.get_status_display()


class RefundInline(LedgerInline):
    model = Refund
    fields = ("amount", "currency", "why", "status", "settled_at", "last_error")


@admin.register(Payment)
class PaymentAdmin(_Money, Exports, LedgerAdmin):
    """Deposits guests were asked for."""

    list_display = ("created_at", "stay", "price_said", "condition", "link_expires_at", "paid_at", "last_error")
    list_filter = ("status", "state")
    list_select_related = ("reservation",)
    search_fields = ("reference", "checkout_id", "payment_id", "reservation__code", "reservation__guest_name")
    ordering = ("-created_at",)
    fields = (
        "stay", "price_said", "status", "created_at", "link_expires_at", "paid_at", "given_up_at", "closed_at",
        "reference", "checkout_id", "payment_id", "state", "failures", "last_error",
    )  # fmt: skip
    readonly_fields = ("stay", "price_said")
    inlines = (RefundInline,)
    export_columns = (
        "reservation__code", ("reservation__guest_name", _("guest name")), "status", "amount", "currency", "created_at",
        "link_expires_at", "paid_at", "closed_at", "reference", "payment_id",
    )  # fmt: skip

    @admin.display(description=_("stay"), ordering="reservation__code")
    def stay(self, row: Payment) -> str:
        return f"{row.reservation.code} · {row.reservation.guest_name}"


@admin.register(Refund)
class RefundAdmin(_Money, Exports, LedgerAdmin):
    """Money that goes back to guests."""

    list_display = ("created_at", "stay", "price_said", "why", "condition", "settled_at", "last_error")
    list_filter = ("status", "why", "state")
    list_select_related = ("payment__reservation",)
    search_fields = ("reference", "refund_id", "payment__reservation__code")
    ordering = ("-created_at",)
    export_columns = (
        ("payment__reservation__code", _("stay")), "status", "why", "amount", "currency", "created_at", "settled_at",
        "reference", "refund_id",
    )  # fmt: skip
    fields = (
        "stay", "price_said", "why", "status", "created_at", "settled_at", "reference", "refund_id", "state",
        "failures", "last_error",
    )  # fmt: skip
    readonly_fields = ("stay", "price_said")

    @admin.display(description=_("stay"), ordering="payment__reservation__code")
    def stay(self, row: Refund) -> str:
        return row.payment.reservation.code


@admin.register(PaymentDelivery)
class PaymentDeliveryAdmin(OperatorAdmin):
    """Events of payment providers as they were received; operators only, they name guests of several hotels."""

    read_only = True
    list_display = ("received_at", "account_key", "condition", "failures", "last_error")
    list_filter = ("state",)
    search_fields = ("sha256", "correlation_id")
    ordering = ("-id",)
    fields = (
        "account_key", "state", "received_at", "failures", "deaths", "last_error", "sha256", "correlation_id",
        "content",
    )  # fmt: skip
    readonly_fields = ("content",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any, Any]:
        """Lists do not read the bodies."""
        rows: QuerySet[Any, Any] = super().get_queryset(request)
        return rows if request.resolver_match and "object_id" in request.resolver_match.kwargs else rows.defer("body")

    @display(description=_("state"), label=WORK_COLOURS, ordering="state")
    def condition(self, row: PaymentDelivery) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @admin.display(description=_("content"))
    def content(self, row: PaymentDelivery) -> Any:
        return pretty(bytes(row.body[:SHOWN_BYTES]).decode("utf-8", "replace").replace("\x00", "\ufffd"))
