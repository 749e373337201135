"""The pictures of a hotel as a list."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from tenants.back_office.pages import LedgerAdmin
from tenants.models import Picture


@admin.register(Picture)
class PictureAdmin(LedgerAdmin):
    """Pictures the hotel shows guests; given and taken away on the pages of the facts and room types they belong to."""

    list_display = ("thumbnail", "alt_es", "measures", "created_at")
    search_fields = ("alt_es", "alt_en", "alt_pt")
    fields = ("shown", "alt_es", "alt_en", "alt_pt", "measures", "created_at")
    readonly_fields = ("shown", "measures")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any, Any]:
        return super().get_queryset(request).defer("content")

    @admin.display(description=_("Picture"))
    def thumbnail(self, row: Picture) -> Any:
        return format_html('<img class="ha-thumb" src="{}" alt="{}" loading="lazy">', row.address, row.alt_es)

    @admin.display(description=_("Picture"))
    def shown(self, row: Picture) -> Any:
        return format_html('<img class="ha-picture" src="{}" alt="{}">', row.address, row.alt_es)

    @admin.display(description=_("pixels"))
    def measures(self, row: Picture) -> str:
        return f"{row.width} × {row.height}"
