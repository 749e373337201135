"""Prepared answers of the desk, and the notes people left in threads."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from conversations.models import CannedAnswer, StaffNote
from tenants.back_office.pages import LedgerAdmin, TenantAdmin


@admin.register(CannedAnswer)
class CannedAnswerAdmin(TenantAdmin):
    """What the desk answers often; found in a reply by typing a slash."""

    list_display = ("__str__", "text_es", "has_english", "has_portuguese", "is_active")
    list_filter = ("is_active",)
    search_fields = ("shortcut", "text_es", "text_en", "text_pt")
    fieldsets = (
        (
            None,
            {
                "fields": ["shortcut", "is_active", "text_es", "text_en", "text_pt"],
                "description": _(
                    "Places that are filled in: {guest}, {hotel}, {me}, {code}, {check_in}, {check_out}. "
                    "Without a translation the guest reads the Spanish text."
                ),
            },
        ),
    )

    @admin.display(description=_("English"), boolean=True)
    def has_english(self, row: CannedAnswer) -> bool:
        return bool(row.text_en)

    @admin.display(description=_("Portuguese"), boolean=True)
    def has_portuguese(self, row: CannedAnswer) -> bool:
        return bool(row.text_pt)


@admin.register(StaffNote)
class StaffNoteAdmin(LedgerAdmin):
    """Every note of the hotel's people, to be found again; written in the threads."""

    list_display = ("created_at", "thread_link", "text", "author")
    search_fields = ("text",)
    list_select_related = ("conversation__guest", "author")
    ordering = ("-id",)
    fields = ("thread_link", "text", "author", "created_at")
    readonly_fields = ("thread_link",)

    @admin.display(description=_("conversation"))
    def thread_link(self, row: StaffNote) -> Any:
        return TenantAdmin.link(
            reverse("admin:conversations_conversation_change", args=[row.conversation_id]), str(row.conversation.guest)
        )
