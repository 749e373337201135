"""What a person at the desk writes to a guest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from conversations.models import Conversation, OutboundMessage
from conversations.services import ownership
from conversations.services.outbox import WINDOW_H
from conversations.services.recording import ABILITIES
from hotel_agent.common import clock, dispatch
from hotel_agent.common.exceptions import BadInput
from integrations.channels import outgoing
from tenants.models import Channel

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_LENGTH = 4096
RULE = "staff.reply"


class EmptyReply(BadInput):
    """There is nothing in it to send."""

    code = "empty_reply"


class ReplyTooLong(BadInput):
    """More than `MAX_LENGTH` characters."""

    code = "reply_too_long"


class WindowClosed(BadInput):
    """Meta takes free text only within 24 hours of the guest's last message."""

    code = "window_closed"


def reply(conversation_id: int, *, by: User, text: str, token: str) -> OutboundMessage:
    """Take the conversation over and queue one message of a person's, first part returned.

    `token` names the form it was written in: the same token again is the same message, whatever it says, so that a
    double click sends once. Inside the tenant's scope.

    Raises:
        EmptyReply, ReplyTooLong, WindowClosed: nothing was queued and nothing changed.
    """
    text = outgoing.clean(text).strip()
    if not text:
        raise EmptyReply("the reply is empty")
    if outgoing.width(text) > MAX_LENGTH:
        raise ReplyTooLong(f"the reply has more than {MAX_LENGTH} characters")
    key = f"staff:{by.pk}:{token}"[:110]
    with transaction.atomic():
        conversation = (
            Conversation.objects.select_for_update(no_key=True, of=("self",))
            .select_related("tenant")
            .get(pk=conversation_id)
        )
        known = conversation.outbound.filter(dedupe_key=key).first()
        if known is not None:
            return known
        if window_closed(conversation):
            raise WindowClosed("the 24-hour window is closed")
        ownership.take_over(conversation_id, by=by)
        now = clock.now()
        rows = OutboundMessage.objects.bulk_create(
            OutboundMessage(
                tenant_id=conversation.tenant_id,
                conversation=conversation,
                author=by,
                dedupe_key=key if number == 0 else f"{key}:{number}",
                purpose=OutboundMessage.Purpose.STAFF,
                body=part.as_dict(),
                text=outgoing.readable(part),
                language=conversation.language or conversation.tenant.default_language,
                why={"rule": RULE},
                created_at=now,
            )
            for number, part in enumerate(outgoing.compose(text, abilities=ABILITIES[Channel(conversation.channel)]))
        )
        Conversation.objects.filter(pk=conversation_id).update(updated_at=now)
        dispatch.after_commit("conversations.deliver", conversation_id)
    return rows[0]


def window_closed(conversation: Conversation) -> bool:
    """Whether WhatsApp would refuse free text now."""
    if conversation.channel != Channel.WHATSAPP:
        return False
    last = conversation.last_inbound_at
    return last is None or clock.now() - last > clock.hours(WINDOW_H)
