"""What a person at the desk writes to a guest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from conversations.models import Conversation, Message, MessageTemplate, OutboundMessage
from conversations.services import allowance, canned, files, ownership, standing, templates
from conversations.services.recording import ABILITIES
from hotel_agent.common import cards, clock, dispatch
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


class Unfilled(BadInput):
    """A prepared answer's place, such as {code}, is still in the text."""

    code = "unfilled"


class SomebodyWrote(BadInput):
    """The guest, the agent or a colleague wrote after what the person had before them."""

    code = "somebody_wrote"


@dataclass(frozen=True, slots=True)
class Seen:
    """The last rows of a thread a person had before them when they wrote: ids of the guest's and the hotel's."""

    message: int = 0
    outbound: int = 0


class CannotShow(BadInput):
    """The channel has no form for it (yet), or there is nothing to show."""

    code = "cannot_show"


SHOWS_FILES = frozenset({Channel.WHATSAPP.value, Channel.EMAIL.value, Channel.WEBCHAT.value})
"""Channels whose sender carries a file of ours."""


def reply(conversation_id: int, *, by: User, text: str, token: str, seen: Seen | None = None) -> OutboundMessage:
    """Take the conversation over and queue one message of a person's, first part returned.

    `token` names the form it was written in: the same token again is the same message, whatever it says, so that a
    double click sends once. `seen` is what the writer had before them: what somebody else wrote since refuses the
    message, so that two people never answer at once without knowing. Inside the tenant's scope. When the 24-hour
    window is closed and the hotel has an approved text for it, the words go inside that text.

    Raises:
        EmptyReply, ReplyTooLong, Unfilled, WindowClosed, SomebodyWrote: nothing was queued and nothing changed.
    """
    text = _checked(text)
    refuse_places(text)

    def parts(conversation: Conversation) -> Sequence[outgoing.Outgoing]:
        if window_closed(conversation):
            raise WindowClosed("the 24-hour window is closed")
        return outgoing.compose(text, abilities=ABILITIES[Channel(conversation.channel)])

    return _queue(conversation_id, by=by, token=token, parts=parts, seen=seen)


def send_template(conversation_id: int, *, by: User, template_id: int, text: str, token: str) -> OutboundMessage:
    """Take the conversation over and queue an approved text with a person's words in it. Promises as `reply`.

    Raises:
        CannotShow: it is no approved text of this number. WrongValues: Meta would refuse it. Nothing was queued.
    """

    def parts(conversation: Conversation) -> Sequence[outgoing.Outgoing]:
        template = next((one for one in approved_templates(conversation) if one.pk == template_id), None)
        if template is None:
            raise CannotShow("there is no such approved text")
        return [templates.fill(template, conversation, outgoing.clean(text).strip())]

    return _queue(conversation_id, by=by, token=token, parts=parts)


def approved_templates(conversation: Conversation) -> list[MessageTemplate]:
    """Texts Meta approved for the conversation's number, in the guest's language first."""
    if conversation.channel != Channel.WHATSAPP:
        return []
    rows = MessageTemplate.objects.filter(
        account_id=conversation.account_id,
        status=MessageTemplate.Status.APPROVED,
        category=MessageTemplate.Category.UTILITY,
    ).order_by("name", "language")
    return sorted(rows, key=lambda one: one.language.partition("_")[0] != conversation.language)


def send_file(
    conversation_id: int,
    *,
    by: User,
    content: bytes,
    filename: str,
    caption: str,
    token: str,
    seen: Seen | None = None,
) -> OutboundMessage:
    """Take the conversation over and queue a file with a few words under it. Promises as `reply`.

    Raises:
        ReplyTooLong, WindowClosed, CannotShow, SomebodyWrote: nothing was queued. FileRefused: it is too big.
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

    return _queue(conversation_id, by=by, token=token, parts=parts, seen=seen)


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


def refuse_places(text: str) -> None:
    """Nothing, unless a prepared answer's place is still to be filled.

    Raises:
        Unfilled: it names them.
    """
    places = canned.places_in(text)
    if places:
        raise Unfilled(", ".join(places))


def _checked(text: str) -> str:
    text = cards.redacted(outgoing.clean(text)).strip()
    if not text:
        raise EmptyReply("the reply is empty")
    if outgoing.width(text) > MAX_LENGTH:
        raise ReplyTooLong(f"the reply has more than {MAX_LENGTH} characters")
    return text


def refuse_if_stale(conversation: Conversation, seen: Seen | None, *, by: User) -> None:
    """Nothing, while nobody but `by` wrote after `seen`. With the conversation locked.

    Raises:
        SomebodyWrote: there is something newer.
    """
    if seen is None:
        return
    newer = conversation.messages.filter(pk__gt=seen.message).exclude(state=Message.State.RECORDED)
    unsaid = [OutboundMessage.State.WITHHELD, OutboundMessage.State.SUPERSEDED, OutboundMessage.State.SUGGESTED]
    ours = conversation.outbound.filter(pk__gt=seen.outbound).exclude(state__in=unsaid).exclude(author_id=by.pk)
    if newer.exists() or ours.exists():
        raise SomebodyWrote("the thread went on meanwhile")


def _queue(
    conversation_id: int,
    *,
    by: User,
    token: str,
    parts: Callable[[Conversation], Sequence[outgoing.Outgoing]],
    seen: Seen | None = None,
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
        refuse_if_stale(conversation, seen, by=by)
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
        Conversation.objects.filter(pk=conversation_id).update(**standing.staff_spoke(rows[-1].text, now))
        dispatch.after_commit("conversations.deliver", conversation_id)
    return rows[0]


def window_closed(conversation: Conversation) -> bool:
    """Whether a person's words can no longer reach the guest: the window is closed and no approved text stands in."""
    if not allowance.window_closed(conversation, clock.now()):
        return False
    return templates.choose(conversation, conversation.language) is None
