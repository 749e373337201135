"""What people changed at a hotel, newest first."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tenants.back_office.history import model_name, shown
from tenants.back_office.pages import LedgerAdmin
from tenants.models import HistoryEntry


class KindFilter(admin.SimpleListFilter):
    """Kinds of rows that were changed at the person's hotels."""

    title = _("what")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        kinds = model_admin.get_queryset(request).order_by("model").values_list("model", flat=True).distinct()
        return [(kind, model_name(kind)) for kind in kinds]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
        return queryset.filter(model=self.value()) if self.value() else queryset


@admin.register(HistoryEntry)
class HistoryEntryAdmin(LedgerAdmin):
    """Everything people changed in the back office, newest first."""

    list_display = ("at", "who", "kind", "row_text", "did", "reason")
    list_filter = ("action", KindFilter)
    list_select_related = ("by",)
    search_fields = ("row_text", "reason", "by_name")
    date_hierarchy = "at"
    fields = ("at", "who", "kind", "row_text", "did", "reason", "values")
    readonly_fields = ("who", "kind", "did", "values")

    @admin.display(description=_("who"), ordering="by_name")
    def who(self, row: HistoryEntry) -> str:
        return shown(row).who

    @admin.display(description=_("what"), ordering="model")
    def kind(self, row: HistoryEntry) -> str:
        return model_name(row.model)

    @admin.display(description=_("what was done"), ordering="action")
    def did(self, row: HistoryEntry) -> str:
        return row.what or gettext(row.get_action_display())

    @admin.display(description=_("values"))
    def values(self, row: HistoryEntry) -> str:
        return render_to_string("admin/history_values.html", {"changes": shown(row).changes}) or "–"
