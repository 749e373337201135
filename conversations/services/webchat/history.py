"""What a visitor's page shows: their own messages, what the hotel said, and whether an answer is being written.

Three short queries, because every open page asks every second where nothing pushes; pictures are asked for only with
new messages that may have some.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from conversations.models import Conversation, Message, OutboundMessage
from conversations.services.webchat import attachments, photos
from conversations.services.webchat.visitors import Visitor
from hotel_agent.common import clock
from hotel_agent.common.exceptions import BadInput
from integrations.channels import outgoing
from integrations.channels.base import WEBCHAT
from integrations.channels.webchat.parse import message_id_of

State = OutboundMessage.State
SHOWN = (State.SENT, State.DELIVERED, State.READ)
LONGEST = 200
"""Messages of one answer: what a page shows of an old thread."""
TYPING_FOR_S = 45.0
"""A turn that takes longer is no longer "typing"; its guest should not stare at dots."""

_CURSOR = re.compile(r"([0-9a-f-]{36})?\.([0-9a-f-]{36})?")


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last message of the hotel (its public id) and of the guest (the page's id) that a page has."""

    hotel: str = ""
    guest: str = ""

    @classmethod
    def parse(cls, written: str) -> Cursor:
        """A cursor as `str` wrote it; the beginning for anything else."""
        match = _CURSOR.fullmatch(written)
        return cls(match[1] or "", match[2] or "") if match else cls()

    def __str__(self) -> str:
        return f"{self.hotel}.{self.guest}"


@dataclass(frozen=True, slots=True)
class Update:
    """What is new since a cursor."""

    messages: list[dict[str, Any]]
    cursor: Cursor
    typing: bool = False
    answers: str = Conversation.Owner.AGENT


def conversation_of(visitor: Visitor) -> Conversation | None:
    """The visitor's thread at their widget; None before their first message was taken in. Inside the tenant's scope."""
    return Conversation.objects.filter(
        account__external_id=visitor.widget,
        channel="webchat",
        guest__identities__kind="visitor",
        guest__identities__value=visitor.visitor,
    ).first()


def update(visitor: Visitor, after: Cursor) -> Update:
    """What is new since the cursor, oldest first. What the hotel said counts as delivered once it was fetched.

    Inside the tenant's scope.
    """
    conversation = conversation_of(visitor)
    if conversation is None:
        return Update([], after)
    said, heard = _hotel(conversation, after), _guest(conversation, visitor, after)
    _delivered(said)
    beside, below = photos.of_choices(row.body for row in said), photos.of_facts(said)
    entries = [_hotel_entry(row, beside, below.get(row.pk, []), visitor.widget) for row in said] + [
        _guest_entry(row, visitor) for row in heard
    ]
    entries.sort(key=lambda entry: entry["at"])
    cursor = Cursor(
        hotel=str(said[-1].public_id) if said else after.hotel,
        guest=_page_id(heard[-1], visitor) if heard else after.guest,
    )
    return Update(entries, cursor, _typing(conversation, said), conversation.owner)


def read_until(visitor: Visitor, message_id: uuid.UUID) -> int:
    """The page showed this message of the hotel, and all before it; returns how many were new to it.

    Inside the tenant's scope. Safe to repeat; marks only move forward.
    """
    conversation = conversation_of(visitor)
    if conversation is None:
        return 0
    rows = conversation.outbound.filter(state__in=[State.SENT, State.DELIVERED])
    now = clock.now()
    last = conversation.outbound.filter(public_id=message_id).values("id")
    rows = rows.filter(id__lte=Subquery(last))
    return rows.update(state=State.READ, read_at=now, delivered_at=Coalesce("delivered_at", Value(now)))


def _hotel(conversation: Conversation, after: Cursor) -> list[OutboundMessage]:
    rows = conversation.outbound.filter(state__in=SHOWN).select_related("author")
    if after.hotel:
        rows = _newer(rows, conversation.outbound.filter(public_id=after.hotel))
    return list(rows.order_by("-id")[:LONGEST])[::-1]


def _guest(conversation: Conversation, visitor: Visitor, after: Cursor) -> list[Message]:
    rows = conversation.messages.all()
    if after.guest:
        last = conversation.messages.filter(provider_id=message_id_of(visitor.visitor, after.guest))
        rows = _newer(rows, last)
    return list(rows.order_by("-id")[:LONGEST])[::-1]


def _newer(rows: QuerySet[Any, Any], last: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """Rows after `last`; all of them when `last` is gone (retention), which the page recognises by their ids."""
    return rows.filter(id__gt=Coalesce(Subquery(last.values("id")[:1]), Value(0)))


def _delivered(rows: list[OutboundMessage]) -> None:
    fresh = [row.pk for row in rows if row.state == State.SENT]
    if fresh:
        OutboundMessage.objects.filter(pk__in=fresh, state=State.SENT).update(
            state=State.DELIVERED, delivered_at=clock.now()
        )


def _typing(conversation: Conversation, said: list[OutboundMessage]) -> bool:
    """Whether the agent has something of the guest's to answer, and not for so long that something must be wrong."""
    since = conversation.pending_since
    if conversation.owner != Conversation.Owner.AGENT or since is None:
        return False
    if said and said[-1].created_at >= since:
        return False  # answered between our two queries
    return clock.now() - since < dt.timedelta(seconds=TYPING_FOR_S)


def _hotel_entry(
    row: OutboundMessage, beside: dict[str, str], below: list[dict[str, Any]], widget: str
) -> dict[str, Any]:
    body = row.body if isinstance(row.body, dict) else {}
    choices = [
        {
            "id": choice["id"],
            "title": choice["title"],
            "description": choice.get("description", ""),
            "photo": beside.get(choice["id"], ""),
        }
        for choice in body.get("choices", ())
    ]
    tappable = body.get("kind") in {"buttons", "options"}
    staff = row.purpose == OutboundMessage.Purpose.STAFF
    return {
        "id": str(row.public_id),
        "from": "hotel",
        "author": "staff" if staff else "agent",
        "name": row.author.first_name if staff and row.author is not None else "",
        "at": (row.sent_at or row.created_at).isoformat(),
        "kind": body.get("kind", "text"),
        "text": _words(row),
        "read": row.state == State.READ,
        "footer": body.get("footer", ""),
        "choices": choices if tappable else [],
        "file": attachments.shown(row, widget),
        "pictures": below,
    }


def _words(row: OutboundMessage) -> str:
    """What the page writes: without the choices, which it draws; what it has no form for is written out."""
    try:
        return outgoing.within(outgoing.from_dict(row.body), WEBCHAT).body
    except BadInput:
        return row.text


def _guest_entry(row: Message, visitor: Visitor) -> dict[str, Any]:
    return {
        "id": _page_id(row, visitor),
        "from": "guest",
        "at": row.received_at.isoformat(),
        "kind": row.kind,
        "text": row.text,
    }


def _page_id(row: Message, visitor: Visitor) -> str:
    return row.provider_id.removeprefix(f"{visitor.visitor}.")
