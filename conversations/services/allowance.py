"""Whether a message may go now, beyond who answers: WhatsApp's window and pace, and the day's limit of paid messages.

Decided from the conversation's own row, locked by the caller, and written back with the send; only a day that is full
costs a query.
"""

from __future__ import annotations

import datetime as dt
from enum import Enum, auto
from typing import Any

from conversations.models import Conversation, OutboundMessage
from conversations.services.profile import hotel_profile
from conversations.wording.render import day_ends
from hotel_agent.common import clock
from integrations.channels import outgoing
from integrations.channels.whatsapp import pacing
from tenants.models import Channel

LAST_WORD_RULE = "outbox.daily_limit"
WINDOW_H = 24.0
"""Meta: free-form messages only within 24 h of the guest's last message."""


def window_closed(conversation: Conversation, now: dt.datetime) -> bool:
    """Whether WhatsApp would refuse free text; other channels have no window."""
    if conversation.channel != Channel.WHATSAPP:
        return False
    last = conversation.last_inbound_at
    return last is None or now - last > clock.hours(WINDOW_H)


class Day(Enum):
    """How much of the day's messages to a guest is left for the agent."""

    OPEN = auto()
    LAST_WORD = auto()
    """One more: that a person goes on from here."""
    OVER = auto()


def day_of(row: OutboundMessage, now: dt.datetime) -> Day:
    """Whether the agent may still write to this guest today. Bookings' results and people always may."""
    conversation = row.conversation
    limit = conversation.account.answers_per_day
    if conversation.channel != Channel.WHATSAPP or not limit or row.purpose != OutboundMessage.Purpose.ANSWER:
        return Day.OPEN
    today: dt.date = conversation.tenant.local(now).date()
    if conversation.sent_day != today or conversation.sent_count < limit:
        return Day.OPEN
    begins = dt.datetime.combine(today, dt.time(), conversation.tenant.zone)
    said = conversation.outbound.filter(why__rule=LAST_WORD_RULE, created_at__gte=begins).exclude(pk=row.pk)
    return Day.OVER if said.exists() else Day.LAST_WORD


def say_last_word(row: OutboundMessage) -> None:
    """Put the sentence that a person goes on in the place of an answer. Safe to repeat.

    The caller saves `body`, `text` and `why`.
    """
    if row.why.get("rule") == LAST_WORD_RULE:
        return
    words = day_ends(language=row.language, hotel=hotel_profile(row.conversation.tenant), at=clock.now())
    row.why = {**row.why, "instead_of": row.text[:600], "rule": LAST_WORD_RULE}
    row.body = outgoing.Text(words).as_dict()
    row.text = words


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
