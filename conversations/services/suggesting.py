"""Answers the agent only suggests: the turn composes one, a person sends, changes or discards it.

A suggestion is an outbox row that is not in the outbox yet. Whether it still fits is decided by the conversation's
epoch: a takeover, a handing back or a newer turn makes an older suggestion history (promise 6).
"""

from __future__ import annotations

import dataclasses
import uuid
from typing import TYPE_CHECKING

from django.db import transaction

from conversations.models import Conversation, Handoff, OutboundMessage, Session
from conversations.services import handoffs, lateness, modes, staff
from hotel_agent.common import clock, dispatch
from hotel_agent.common.exceptions import BadInput
from integrations.channels import outgoing
from reservations.models import Quote

if TYPE_CHECKING:
    from django.contrib.auth.models import User

State = OutboundMessage.State
DISCLOSES = "first.who"
MAX_BODY = 1024
"""Meta's limit for the text above buttons."""


class Outdated(BadInput):
    """The thread went on, somebody took over, or a price in it is no longer valid."""

    code = "outdated"


def is_on(conversation: Conversation) -> bool:
    """Whether somebody asked for suggestions in this very thread. No query."""
    return conversation.reply_mode == Conversation.ReplyMode.SUGGEST


def may_wait(conversation: Conversation) -> bool:
    """Whether suggestions can be waiting here, by the thread's mode or the hotel's rules. Costs no query of its own."""
    return is_on(conversation) or modes.Mode.SUGGEST in modes.rules_of(conversation.tenant).values()


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
        rows = list(conversation.outbound.filter(state=State.SUGGESTED, turn_id=row.turn_id or 0).order_by("id"))
        words = outgoing.clean(text).strip()
        if words and words != row.body.get("body"):
            conversation.outbound.filter(pk__in=[one.pk for one in rows if one.pk != row.pk]).update(
                state=State.SUPERSEDED
            )
            rows = [row]
            _reword(row, words)
        now = clock.now()
        for one in rows:
            one.author, one.state = by, State.QUEUED
            one.created_at = one.not_before = now  # it is an answer of now: a person has just given it
        OutboundMessage.objects.bulk_update(
            rows, ["author", "state", "created_at", "not_before", "body", "text", "why"]
        )
        Conversation.objects.filter(pk=conversation_id).update(seen_at=now)
        _note_disclosure(conversation, rows)
        _settled(conversation)
        dispatch.after_commit("conversations.deliver", conversation_id)
    return rows[0]


def discard(conversation_id: int, row_id: int, *, by: User) -> None:
    """Do not send a suggestion. The guest goes on waiting. Inside the tenant's scope. Safe to repeat."""
    with transaction.atomic():
        conversation, row = _lock(conversation_id, row_id)
        if row.state != State.SUGGESTED:
            return
        for one in conversation.outbound.filter(state=State.SUGGESTED, turn_id=row.turn_id or 0):
            one.state, one.author = State.WITHHELD, by
            one.why = {**one.why, "discarded_by": by.pk}
            one.save(update_fields=["state", "author", "why"])
        _settled(conversation)


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


def _note_disclosure(conversation: Conversation, rows: list[OutboundMessage]) -> None:
    """From now on the guest knows that an assistant writes and how data is used, when this answer says so."""
    if not any(DISCLOSES in row.why.get("keys", ()) for row in rows):
        return
    Conversation.objects.filter(pk=conversation.pk, disclosed_at__isnull=True).update(disclosed_at=clock.now())
    session = Session.objects.filter(conversation=conversation, status=Session.Status.OPEN).first()
    if session is not None:
        session.state = {**session.state, "disclosed": True}
        session.save(update_fields=["state"])


def _settled(conversation: Conversation) -> None:
    """Nobody has to approve anything here any more."""
    waiting = conversation.handoffs.filter(state=Handoff.State.OPEN, reason=modes.APPROVAL)
    handoffs.close_these(list(waiting.values_list("pk", flat=True)), why="decided")


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
