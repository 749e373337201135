"""Where a thread stands for the desk: whose words came last, and since when the guest waits for the hotel's.

Kept on the conversation's own row and written by statements that are sent anyway: neither a message in nor a message
out costs a statement more for it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Case, F, Q, Value, When

from conversations.models import Conversation, Message, OutboundMessage

Side = Conversation.Side


def heard(conversation: Conversation, message: Message, text: str) -> set[str]:
    """Note a guest's message on a locked conversation; the names of the fields the caller has to save.

    A message that wants an answer starts the guest's wait, and brings the thread back from wherever staff put it.
    """
    conversation.last_text = text[:200]
    conversation.last_by = Side.GUEST
    fields = {"last_text", "last_by"}
    if message.state != Message.State.RECORDED:
        conversation.waiting_since = conversation.waiting_since or message.sent_at
        conversation.snoozed_until = None
        conversation.resolved_at = None
        fields |= {"waiting_since", "snoozed_until", "resolved_at"}
    return fields


def spoke(row: OutboundMessage) -> dict[str, Any]:
    """Fields of a conversation whose guest was just sent `row`: nobody waits any more, unless they wrote meanwhile."""
    side = Side.STAFF if row.purpose == OutboundMessage.Purpose.STAFF else Side.AGENT
    wrote_since = Q(last_inbound_at__gt=row.created_at)
    return {
        "waiting_since": Case(When(wrote_since, then=F("last_inbound_at")), default=None),
        "last_text": Case(When(wrote_since, then=F("last_text")), default=Value(row.text[:200])),
        "last_by": Case(When(wrote_since, then=F("last_by")), default=Value(str(side))),
    }


def staff_spoke(text: str, at: dt.datetime) -> dict[str, Any]:
    """Fields of a conversation in which a person of the hotel just wrote."""
    return {
        "waiting_since": None,
        "snoozed_until": None,
        "resolved_at": None,
        "last_text": text[:200],
        "last_by": Side.STAFF,
        "updated_at": at,
        "seen_at": at,
    }
