"""Where a hotel's stays and its PMS were found to differ, night by night."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from hotel_agent.common import dispatch
from reservations.models import DriftReport
from reservations.services import drift
from tenants.back_office.access import has_role
from tenants.back_office.pages import LedgerAdmin
from tenants.permissions import MANAGERS

RULES = {
    "one_booking_per_reference": _("two live bookings of one reservation"),
    "confirmed_is_in_pms": _("confirmed here, not in the PMS"),
    "not_booked_is_not_in_pms": _("live in the PMS, not booked here"),
    "same_price": _("another price"),
    "same_dates": _("other dates"),
    "same_rooms": _("other rooms"),
    "booking_without_reservation": _("a booking of ours that no reservation has"),
    "alive_without_a_room": _("looks alive in the PMS, keeps no room"),
    "room_sold_twice": _("room sold twice"),
}


@admin.register(DriftReport)
class DriftReportAdmin(LedgerAdmin):
    """Nightly comparisons with the PMS."""

    list_display = ("made_at", "tenant", "condition", "checked")
    list_select_related = ("tenant",)
    ordering = ("-made_at",)
    fields = ("made_at", "checked", "differences", "error")
    readonly_fields = ("differences",)
    actions = ("compare_now",)

    @display(description=_("state"), label={"clean": "success", "differs": "danger", "failed": "warning"})
    def condition(self, row: DriftReport) -> tuple[str, str]:
        if row.error:
            return "failed", gettext("the PMS could not be asked")
        return ("clean", gettext("no differences")) if row.is_clean else ("differs", str(len(row.findings)))

    @admin.display(description=_("differences"))
    def differences(self, row: DriftReport) -> str:
        found = [
            (str(RULES.get(one.get("rule", ""), one.get("rule", ""))), one.get("subject", ""), one.get("detail", ""))
            for one in row.findings
        ]
        return format_html_join("", "<div><b>{}</b>: {} {}</div>", found) or gettext("no differences")

    def has_compare_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may have the PMS asked."""
        return has_role(request, MANAGERS, obj.tenant_id if obj is not None else None)

    @admin.action(description=_("Compare again now"), permissions=["compare"])
    def compare_now(self, request: HttpRequest, rows: QuerySet[DriftReport]) -> None:
        for tenant_id in {row.tenant_id for row in self.may(request, rows, MANAGERS)}:
            dispatch.publish(drift.REPORT_TASK, tenant_id)
        self.message_user(request, gettext("The comparison is being made."), messages.SUCCESS)
