"""Guests' requests as the desk sees them: one line with its buttons, on the home page and beside a thread."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from conversations.admin import sidebar, words
from conversations.models import Conversation, Message, StaffTask
from hotel_agent.common import clock
from tenants.back_office.access import has_role
from tenants.permissions import DESK

SOON = dt.timedelta(minutes=10)
"""Before its time a request turns amber."""
BESIDE = 8
LAST_LINE = 300


@dataclass(frozen=True)
class Shown:
    """A guest's request with its colour, hour and what it can end in."""

    task: StaffTask
    kind: str
    icon: str
    colour: str
    late: bool
    due: str
    """On the hotel's clock."""
    closed: bool
    endings: tuple[tuple[str, str], ...]
    """The door's address and the button's words."""


def shown(task: StaffTask, now: dt.datetime) -> Shown:
    """A request as a line. Its tenant is loaded."""
    closed = task.state not in StaffTask.UNFINISHED
    late = not closed and now > task.due_at
    local, today = task.tenant.local(task.due_at), task.tenant.local(now).date()
    urgent = not closed and (late or task.urgent)
    return Shown(
        task=task,
        kind=words.task(task.kind),
        icon=words.task_icon(task.kind),
        colour="danger" if urgent else "warning" if not closed and now > task.due_at - SOON else "info",
        late=late,
        due=f"{local:%H:%M}" if local.date() == today else f"{local:%d/%m %H:%M}",
        closed=closed,
        endings=()
        if closed
        else tuple(
            (reverse(f"admin:conversations_stafftask_{door}", args=[task.pk]), title)
            for door, title in words.endings(task.kind)
        ),
    )


def _read(request: HttpRequest, conversation: Conversation) -> Mapping[str, Any]:
    now = clock.now()
    rows = list(StaffTask.objects.filter(conversation=conversation).select_related("tenant").order_by("-id")[:BESIDE])
    may_answer = has_role(request, DESK, conversation.tenant_id)
    last = ""
    if may_answer:
        said = Message.objects.filter(conversation=conversation).exclude(text="").order_by("-id")
        last = said.values_list("text", flat=True).first() or ""
    return {
        "tasks": [shown(one, now) for one in rows],
        "may_answer": may_answer,
        "kinds": [(kind, words.task(kind)) for kind in StaffTask.Kind.values],
        "room": next((one.room for one in rows if one.room), ""),
        "last": last[:LAST_LINE],
        "token": secrets.token_urlsafe(12),
        "here": reverse("admin:conversations_conversation_change", args=[conversation.pk]),
        "open": reverse("admin:conversations_stafftask_open", args=[conversation.pk]),
    }


sidebar.register(sidebar.Section("requests", "admin/conversations/conversation/beside/requests.html", _read, order=20))
