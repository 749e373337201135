"""What was written around a stay, for its page: the page is another room's and asks for these lines by address."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from conversations.models import Conversation, Message, OutboundMessage
from tenants.back_office.access import own_rows
from tenants.scoping import tenant_scope

MOST = 60
"""Of each side; a longer conversation is read in its thread."""


@dataclass(frozen=True)
class Said:
    """A line of the conversation."""

    at: dt.datetime
    text: str
    side: str
    """guest, agent or staff."""


def urls(site: admin.AdminSite) -> list[Any]:
    """The lines' address on the back office's site."""
    return [path("stay-lines/<uuid:key>/", site.admin_view(lines), name="stay_lines")]


def lines(request: HttpRequest, key: Any) -> HttpResponse:
    """Messages of a conversation of theirs from `?since=` on, as list items."""
    found = own_rows(request, Conversation).select_related("tenant").filter(public_id=key).first()
    if found is None:
        raise Http404
    try:
        since = parse_datetime(request.GET.get("since", ""))
    except ValueError:
        since = None
    if since is None or timezone.is_naive(since):
        since = found.created_at
    with tenant_scope(found.tenant), timezone.override(found.tenant.zone):
        heard = Message.objects.filter(conversation=found, received_at__gte=since).order_by("-id")[:MOST]
        sent = OutboundMessage.objects.filter(conversation=found, created_at__gte=since).order_by("-id")[:MOST]
        said = [Said(row.received_at, row.text or row.kind, "guest") for row in heard]
        said += [
            Said(row.created_at, row.text, "staff" if row.purpose == OutboundMessage.Purpose.STAFF else "agent")
            for row in sent
        ]
        return render(request, "admin/conversations/stay_lines.html", {"lines": said, "conversation": found})
