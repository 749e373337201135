"""What a person at the desk writes to a guest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from django.db import transaction

from conversations.models import Conversation, OutboundMessage
from conversations.services import allowance, files, ownership, templates
from conversations.services.recording import ABILITIES
from hotel_agent.common import clock, dispatch
from hotel_agent.common.exceptions import BadInput
from integrations.channels import outgoing
from integrations.channels.whatsapp.render import MAX_CAPTION
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


class CannotShow(BadInput):
    """The channel has no form for it (yet), or there is nothing to show."""

    code = "cannot_show"


SHOWS_FILES = frozenset({Channel.WHATSAPP.value, Channel.EMAIL.value, Channel.WEBCHAT.value})
"""Channels whose sender carries a file of ours."""


def reply(conversation_id: int, *, by: User, text: str, token: str) -> OutboundMessage:
    """Take the conversation over and queue one message of a person's, first part returned.

    `token` names the form it was written in: the same token again is the same message, whatever it says, so that a
    double click sends once. Inside the tenant's scope. When the 24-hour window is closed and the hotel has an approved
    text for it, the words go inside that text.

    Raises:
        EmptyReply, ReplyTooLong, WindowClosed: nothing was queued and nothing changed.
    """
    text = _checked(text)

    def parts(conversation: Conversation) -> Sequence[outgoing.Outgoing]:
        if window_closed(conversation):
            raise WindowClosed("the 24-hour window is closed")
        return outgoing.compose(text, abilities=ABILITIES[Channel(conversation.channel)])

    return _queue(conversation_id, by=by, token=token, parts=parts)


def send_file(
    conversation_id: int, *, by: User, content: bytes, filename: str, caption: str, token: str
) -> OutboundMessage:
    """Take the conversation over and queue a file with a few words under it. Promises as `reply`.

    Raises:
        ReplyTooLong, WindowClosed, CannotShow: nothing was queued. FileRefused: it is too big.
    """
    caption = outgoing.clean(caption).strip()
    if outgoing.width(caption) > MAX_CAPTION:
        raise ReplyTooLong(f"words under a file have at most {MAX_CAPTION} characters")

    def parts(conversation: Conversation) -> Sequence[outgoing.Outgoing]:
        if conversation.channel not in SHOWS_FILES:
            raise CannotShow("this channel shows no files")
        if allowance.window_closed(conversation, clock.now()):
            raise WindowClosed("the 24-hour window is closed")
        file = files.attach(conversation, content, filename=filename, kind="document")
        name = file.filename or str(file.public_id)[:8]
        return [outgoing.Attachment(caption, str(file.public_id), file.content_type, name)]

    return _queue(conversation_id, by=by, token=token, parts=parts)


def send_place(conversation_id: int, *, by: User, token: str) -> OutboundMessage:
    """Take the conversation over and queue where the hotel is. Promises as `reply`.

    Raises:
        WindowClosed, CannotShow: nothing was queued.
    """

    def parts(conversation: Conversation) -> Sequence[outgoing.Outgoing]:
        hotel = conversation.tenant
        if hotel.latitude is None or hotel.longitude is None:
            raise CannotShow("the hotel's place on the map is not known")
        if allowance.window_closed(conversation, clock.now()):
            raise WindowClosed("the 24-hour window is closed")
        words = ", ".join(part for part in (hotel.name, hotel.address) if part)
        place = outgoing.Location(words, float(hotel.latitude), float(hotel.longitude), hotel.name, hotel.address)
        return [outgoing.within(place, ABILITIES[Channel(conversation.channel)])]

    return _queue(conversation_id, by=by, token=token, parts=parts)


def _checked(text: str) -> str:
    text = outgoing.clean(text).strip()
    if not text:
        raise EmptyReply("the reply is empty")
    if outgoing.width(text) > MAX_LENGTH:
        raise ReplyTooLong(f"the reply has more than {MAX_LENGTH} characters")
    return text


def _queue(
    conversation_id: int, *, by: User, token: str, parts: Callable[[Conversation], Sequence[outgoing.Outgoing]]
) -> OutboundMessage:
    key = f"staff:{by.pk}:{token}"[:110]
    with transaction.atomic():
        conversation = (
            Conversation.objects.select_for_update(no_key=True, of=("self",))
            .select_related("tenant", "guest")
            .get(pk=conversation_id)
        )
        known = conversation.outbound.filter(dedupe_key=key).first()
        if known is not None:
            return known
        messages = parts(conversation)
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
            for number, part in enumerate(messages)
        )
        Conversation.objects.filter(pk=conversation_id).update(updated_at=now)
        dispatch.after_commit("conversations.deliver", conversation_id)
    return rows[0]


def window_closed(conversation: Conversation) -> bool:
    """Whether a person's words can no longer reach the guest: the window is closed and no approved text stands in."""
    if not allowance.window_closed(conversation, clock.now()):
        return False
    return templates.choose(conversation, conversation.language) is None


def goes_as_template(conversation: Conversation) -> bool:
    """Whether a reply written now would go inside an approved text."""
    return allowance.window_closed(conversation, clock.now()) and not window_closed(conversation)
