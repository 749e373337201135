"""Answers the agent only suggests: the turn composes one, a person sends, changes or discards it.

A suggestion is an outbox row that is not in the outbox yet. Whether it still fits is decided by the conversation's
epoch: a takeover, a handing back or a newer turn makes an older suggestion history (promise 6).
"""

from __future__ import annotations

import dataclasses
import uuid
from typing import TYPE_CHECKING

from django.db import transaction

from conversations.dialogue.effects.commands import OpenHandoff, Urgency
from conversations.dialogue.replies import Decision
from conversations.models import Conversation, OutboundMessage
from conversations.services import lateness, staff
from hotel_agent.common import clock, dispatch
from hotel_agent.common.exceptions import BadInput
from integrations.channels import outgoing
from reservations.models import Quote

if TYPE_CHECKING:
    from django.contrib.auth.models import User

State = OutboundMessage.State
MAX_BODY = 1024
"""Meta's limit for the text above buttons."""


class Outdated(BadInput):
    """The thread went on, somebody took over, or a price in it is no longer valid."""

    code = "outdated"


def is_on(conversation: Conversation) -> bool:
    """Whether the agent's answers here wait for a person. No query."""
    return conversation.reply_mode == Conversation.ReplyMode.SUGGEST


def waits_for_person(conversation: Conversation, decision: Decision) -> bool:
    """Whether this answer waits. Results of bookings and payments do not (promise 6), and neither does what is said to
    a guest in danger."""
    if decision.transactional or not is_on(conversation):
        return False
    return not any(
        isinstance(command, OpenHandoff) and command.urgency == Urgency.URGENT for command in decision.commands
    )


def approve(
    conversation_id: int, row_id: int, *, by: User, text: str = "", seen: staff.Seen | None = None
) -> OutboundMessage:
    """Send a suggestion as it is, or with other words. The conversation stays the agent's. Inside the tenant's scope.

    Safe to repeat: what was approved is returned, whatever a second approval says.

    Raises:
        Outdated, staff.SomebodyWrote, staff.ReplyTooLong, staff.Unfilled: nothing was sent.
    """
    with transaction.atomic():
        conversation, row = _lock(conversation_id, row_id)
        if row.state not in {State.SUGGESTED, State.WITHHELD, State.SUPERSEDED}:
            return row
        _must_fit(conversation, row)
        staff.refuse_if_stale(conversation, seen, by=by)
        words = outgoing.clean(text).strip()
        if words and words != row.body.get("body"):
            _reword(row, words)
        now = clock.now()
        row.author = by
        row.state = State.QUEUED
        row.created_at = row.not_before = now
        row.save(update_fields=["author", "state", "created_at", "not_before", "body", "text", "why"])
        Conversation.objects.filter(pk=conversation_id).update(seen_at=now)
        dispatch.after_commit("conversations.deliver", conversation_id)
    return row


def discard(conversation_id: int, row_id: int, *, by: User) -> None:
    """Do not send a suggestion. The guest goes on waiting. Inside the tenant's scope. Safe to repeat."""
    with transaction.atomic():
        _, row = _lock(conversation_id, row_id)
        if row.state == State.SUGGESTED:
            row.state = State.WITHHELD
            row.author = by
            row.why = {**row.why, "discarded_by": by.pk}
            row.save(update_fields=["state", "author", "why"])


def compose_again(conversation_id: int) -> None:
    """Let the agent decide anew what to suggest: prices and rooms of now. Inside the tenant's scope. Safe to repeat."""
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update(no_key=True).get(pk=conversation_id)
        if conversation.owner != Conversation.Owner.AGENT or not take_back(conversation):
            return
        now = clock.now()
        Conversation.objects.filter(pk=conversation_id).update(due_at=now, pending_since=now)
        dispatch.after_commit("conversations.take_turn", conversation_id)


def take_back(conversation: Conversation) -> bool:
    """Make suggestions nobody sent undone, so that what they answered is answered together with what came since.

    With the conversation locked. A turn that did more than answer is not undone; its suggestion is history all the
    same. True when messages wait for a turn again.
    """
    suggested = list(conversation.outbound.filter(state=State.SUGGESTED).order_by("id"))
    if not suggested:
        return False
    if lateness.undo(conversation, suggested):
        return True
    conversation.outbound.filter(pk__in=[row.pk for row in suggested]).update(state=State.SUPERSEDED)
    return False


def _lock(conversation_id: int, row_id: int) -> tuple[Conversation, OutboundMessage]:
    conversation = Conversation.objects.select_for_update(no_key=True).get(pk=conversation_id)
    row = OutboundMessage.objects.select_related("turn").filter(conversation=conversation, pk=row_id).first()
    if row is None:
        raise Outdated("there is no such suggestion")
    return conversation, row


def _must_fit(conversation: Conversation, row: OutboundMessage) -> None:
    if row.state != State.SUGGESTED or conversation.owner != Conversation.Owner.AGENT:
        raise Outdated("it was decided already")
    if row.turn is None or row.turn.epoch != conversation.epoch:
        raise Outdated("the conversation went on")
    quotes = [key for key in map(str, row.why.get("quote_ids", ())) if _is_key(key)]
    if quotes and Quote.objects.filter(public_id__in=quotes, expires_at__lte=clock.now()).exists():
        raise Outdated("a price in it has expired")


def _is_key(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _reword(row: OutboundMessage, words: str) -> None:
    message = outgoing.from_dict(row.body)
    most = staff.MAX_LENGTH if isinstance(message, outgoing.Text) else MAX_BODY
    if outgoing.width(words) > most:
        raise staff.ReplyTooLong(f"at most {most} characters")
    staff.refuse_places(words)
    row.why = {**row.why, "suggested": row.text[:2000]}
    changed = dataclasses.replace(message, body=words)
    row.body = changed.as_dict()
    row.text = outgoing.readable(changed)
