"""Back office of guests who were forgotten: that it was done, when, and what others still keep."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from conversations.admin.ledgers import STATE_COLOURS
from conversations.models import Erasure
from tenants.back_office.pages import LedgerAdmin
from tenants.back_office.words import pretty


@admin.register(Erasure)
class ErasureAdmin(LedgerAdmin):
    """The proof of each erasure. It names nobody."""

    list_display = ("guest_number", "condition", "asked_by", "created_at", "done_at")
    ordering = ("-id",)
    fields = ("guest_number", "condition", "step", "asked_by", "reason", "created_at", "done_at", "rows", "others")
    readonly_fields = ("guest_number", "condition", "rows", "others")

    @admin.display(description=_("guest"), ordering="guest_id")
    def guest_number(self, row: Erasure) -> str:
        return f"#{row.guest_id}"

    @display(description=_("state"), label=STATE_COLOURS, ordering="state")
    def condition(self, row: Erasure) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @admin.display(description=_("rows"))
    def rows(self, row: Erasure) -> Any:
        return pretty(row.counts)

    @admin.display(description=_("what others keep"))
    def others(self, row: Erasure) -> Any:
        return pretty(row.elsewhere)
