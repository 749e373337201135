"""Guests' files: a list, and the one door through which a file is seen — by people of the hotel, never by address."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from conversations.admin import words
from conversations.models import MediaFile
from conversations.services import files
from integrations.exceptions import FileRefused
from tenants.back_office.access import own_rows
from tenants.back_office.pages import LedgerAdmin, TenantAdmin
from tenants.scoping import tenant_scope

RANGE = re.compile(r"bytes=(\d{0,12})-(\d{0,12})", re.ASCII)
COLOURS = {"kept": "success", "waiting": "info", "erased": "info", "missing": "danger"}


@admin.register(MediaFile)
class MediaFileAdmin(LedgerAdmin):
    """What guests and staff sent; the bytes are erased after 30 days."""

    list_display = ("created_at", "thread_link", "kind", "name", "condition", "size")
    list_filter = ("kind", "state")
    search_fields = ("filename", "external_id", "transcript")
    list_select_related = ("conversation__guest",)
    ordering = ("-id",)
    list_display_links = ("created_at",)
    fields = (
        "thread_link", "open_link", "kind", "filename", "content_type", "declared_type", "size", "condition",
        "transcript", "confidence", "transcriber", "created_at", "kept_at", "erased_at", "last_error",
    )  # fmt: skip
    readonly_fields = ("thread_link", "open_link", "condition")

    @admin.display(description=_("conversation"))
    def thread_link(self, row: MediaFile) -> Any:
        return TenantAdmin.link(
            reverse("admin:conversations_conversation_change", args=[row.conversation_id]), str(row.conversation.guest)
        )

    @admin.display(description=_("file"))
    def open_link(self, row: MediaFile) -> Any:
        return TenantAdmin.link(address(row), str(row)) if row.path else "–"

    @admin.display(description=_("name"), ordering="filename")
    def name(self, row: MediaFile) -> str:
        return row.filename or words.kind(row.kind)

    @display(
        description=_("state"), label={"kept": "success", "waiting": "info", "erased": "info", "missing": "danger"}
    )
    def condition(self, row: MediaFile) -> tuple[str, str]:
        return words.file_state(row)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.content)
        return [path("<uuid:key>/content/", view, name="conversations_mediafile_content"), *super().get_urls()]

    def content(self, request: HttpRequest, key: Any) -> HttpResponse:
        """The bytes. Shown by the browser only when they are a picture or a sound; everything else is a download."""
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        file = own_rows(request, MediaFile).select_related("tenant").filter(public_id=key).first()
        if file is None:
            raise Http404
        try:
            with tenant_scope(file.tenant):
                content = files.read(file)
        except FileRefused as error:
            raise Http404 from error
        shown = file.is_picture or file.is_sound
        response = _part(request, content, file.content_type if shown else files.OPAQUE)
        name = quote(file.filename or f"{file.kind}-{file.created_at:%Y%m%d-%H%M}")
        response["Content-Disposition"] = f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{name}"
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
        response["Cache-Control"] = "private, no-store"
        return response


def _part(request: HttpRequest, content: bytes, content_type: str) -> HttpResponse:
    """The whole, or the one range a player asks for: Safari plays nothing without ranges."""
    asked = RANGE.fullmatch(request.headers.get("Range", ""))
    if asked is None or not (asked[1] or asked[2]):
        response = HttpResponse(content, content_type=content_type)
    else:
        first = int(asked[1]) if asked[1] else max(len(content) - int(asked[2]), 0)
        last = min(int(asked[2]), len(content) - 1) if asked[1] and asked[2] else len(content) - 1
        if first > last:
            response = HttpResponse(status=416, content_type=content_type)
            response["Content-Range"] = f"bytes */{len(content)}"
        else:
            response = HttpResponse(content[first : last + 1], status=206, content_type=content_type)
            response["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    response["Accept-Ranges"] = "bytes"
    return response


def address(file: MediaFile) -> str:
    """Where people of the hotel open a file."""
    return reverse("admin:conversations_mediafile_content", args=[file.public_id])
