"""People who wrote, and by which numbers and addresses they are known."""

from __future__ import annotations

from django.contrib import admin

from conversations.models import Guest, GuestIdentity
from tenants.back_office.pages import LedgerAdmin, LedgerInline


class IdentityInline(LedgerInline):
    model = GuestIdentity
    fields = ("kind", "value")
    show_change_link = False


@admin.register(Guest)
class GuestAdmin(LedgerAdmin):
    """People who wrote."""

    list_display = ("__str__", "phone", "email", "language", "created_at")
    search_fields = ("name", "profile_name", "phone", "email")
    ordering = ("-created_at",)
    fields = ("name", "profile_name", "phone", "email", "language", "created_at")
    inlines = (IdentityInline,)
