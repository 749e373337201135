"""Whether a message may go now, beyond who answers: WhatsApp's window and pace, and the day's limit of paid messages.

All of it is decided from the conversation's own row, locked by the caller, and written back with the send: no query of
its own.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from conversations.models import Conversation, OutboundMessage
from hotel_agent.common import clock
from integrations.channels.whatsapp import pacing
from tenants.models import Channel

WINDOW_H = 24.0
"""Meta: free-form messages only within 24 h of the guest's last message."""


def window_closed(conversation: Conversation, now: dt.datetime) -> bool:
    """Whether WhatsApp would refuse free text; other channels have no window."""
    if conversation.channel != Channel.WHATSAPP:
        return False
    last = conversation.last_inbound_at
    return last is None or now - last > clock.hours(WINDOW_H)


def day_is_full(row: OutboundMessage, now: dt.datetime) -> bool:
    """Whether the agent has used up the day's messages to this guest. Bookings' results and people always go."""
    conversation = row.conversation
    limit = conversation.account.answers_per_day
    if conversation.channel != Channel.WHATSAPP or not limit or row.purpose != OutboundMessage.Purpose.ANSWER:
        return False
    today: dt.date = conversation.tenant.local(now).date()
    return bool(conversation.sent_day == today and conversation.sent_count >= limit)


def pair_wait(conversation: Conversation, now: dt.datetime) -> dt.timedelta:
    """How long WhatsApp's pace to one recipient makes the next message wait; zero when it may go."""
    if conversation.channel != Channel.WHATSAPP:
        return dt.timedelta(0)
    return pacing.take(_bucket(conversation, now), now)[1]


def spent(conversation: Conversation, now: dt.datetime) -> dict[str, Any]:
    """The conversation's fields after one message was accepted: what is left of the pace, and the day's count."""
    day = conversation.tenant.local(now).date()
    bucket, _ = pacing.take(_bucket(conversation, now), now)
    return {
        "pair_left": bucket.left,
        "pair_at": bucket.at,
        "sent_day": day,
        "sent_count": conversation.sent_count + 1 if conversation.sent_day == day else 1,
    }


def _bucket(conversation: Conversation, now: dt.datetime) -> pacing.Bucket:
    if conversation.pair_left is None or conversation.pair_at is None:
        return pacing.full(now)
    return pacing.Bucket(conversation.pair_left, conversation.pair_at)
