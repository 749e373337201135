"""What programs asked of the hotel through the API."""

from __future__ import annotations

from django.contrib import admin

from reservations.models import Inquiry
from tenants.back_office.pages import LedgerAdmin


@admin.register(Inquiry)
class InquiryAdmin(LedgerAdmin):
    """A ledger; what a booking was asked with is the reservation's, not shown here, nor how the work is shared out."""

    list_display = ("created_at", "kind", "state", "refusal", "asked_by", "reservation", "tenant")
    list_filter = ("kind", "state")
    list_select_related = ("asked_by", "reservation", "tenant")
    search_fields = ("key",)
    exclude = ("request", "fingerprint", "claim", "lease_until", "not_before")
    date_hierarchy = "created_at"
