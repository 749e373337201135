"""What stands beside a thread: sections registered by whoever knows them, each with one small template.

A section reads what it shows inside the tenant's scope, in a fixed number of queries, and is left out when it has
nothing. Register one when its admin module is imported:

    sidebar.register(sidebar.Section("requests", "admin/conversations/…/requests.html", read_requests, order=20))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from conversations.admin.why import with_options
from conversations.models import Conversation, GuestIdentity
from reservations.models import Quote, Reservation
from reservations.selectors import of_guest

Read = Callable[[HttpRequest, Conversation], Mapping[str, Any] | None]


@dataclass(frozen=True)
class Section:
    """A part of the sidebar. Its template gets `conversation`, and as `values` what `read` gives, unless it is None."""

    name: str
    template: str
    read: Read
    order: int = 50


@dataclass(frozen=True)
class Shown:
    """A section with its values."""

    template: str
    values: Mapping[str, Any]


_sections: dict[str, Section] = {}


def register(section: Section) -> None:
    """Show a section beside every thread; one of the same name is replaced."""
    _sections[section.name] = section


def sections(request: HttpRequest, conversation: Conversation) -> list[Shown]:
    """What stands beside this thread, in order. Inside the tenant's scope."""
    found = []
    for section in sorted(_sections.values(), key=lambda one: (one.order, one.name)):
        values = section.read(request, conversation)
        if values is not None:
            found.append(Shown(section.template, values))
    return found


def stays_of(conversation: Conversation) -> list[Reservation]:
    """The guest's stays, the newest first."""
    rows = Reservation.objects.filter(of_guest(str(conversation.guest.public_id)))
    return list(rows.select_related("room_type", "rate_plan").order_by("-created_at")[:10])


def _guest(request: HttpRequest, conversation: Conversation) -> Mapping[str, Any]:
    return {"identities": list(GuestIdentity.objects.filter(guest=conversation.guest))}


def _stays(request: HttpRequest, conversation: Conversation) -> Mapping[str, Any]:
    known: list[Reservation] | None = getattr(conversation, "guests_stays", None)
    return {"stays": stays_of(conversation) if known is None else known}


def _quote(request: HttpRequest, conversation: Conversation) -> Mapping[str, Any] | None:
    quotes = with_options(Quote.objects.filter(conversation_key=conversation.public_id))
    quote = quotes.order_by("-created_at").first()
    return {"quote": quote} if quote is not None else None


_HERE = "admin/conversations/conversation/beside"
register(Section("stays", f"{_HERE}/stays.html", _stays, order=10))
register(Section("quote", f"{_HERE}/last_quote.html", _quote, order=40))
register(Section("guest", f"{_HERE}/guest.html", _guest, order=60))
