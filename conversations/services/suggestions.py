"""Suggested answers: a person sends one, or sets it aside. Each is decided once, whoever clicks first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from conversations.models import Conversation, Handoff, OutboundMessage, Session
from conversations.services import handoffs
from conversations.services.modes import APPROVAL
from hotel_agent.common import clock, dispatch
from hotel_agent.common.exceptions import BadInput
from reservations.models import Quote

if TYPE_CHECKING:
    from django.contrib.auth.models import User

DISCLOSES = "first.who"

State, Purpose = OutboundMessage.State, OutboundMessage.Purpose


class SuggestionOutdated(BadInput):
    """It names a price that does not hold any more."""

    code = "suggestion_outdated"


def of(conversation: Conversation) -> list[OutboundMessage]:
    """What waits for a person's decision, in order. Inside the tenant's scope."""
    return list(conversation.outbound.filter(state=State.SUGGESTED).order_by("id"))


def send(conversation_id: int, *, by: User) -> int:
    """Send the suggested answer as it stands; returns how many messages that is (0: it was decided before).

    Inside the tenant's scope. Safe to repeat. Where a person has the conversation it goes as their own.

    Raises:
        SuggestionOutdated: a price in it has expired; nothing was sent.
    """
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update(no_key=True).get(pk=conversation_id)
        rows = of(conversation)
        now = clock.now()
        quotes = {str(one) for row in rows for one in row.why.get("quote_ids", ())}
        if quotes and Quote.objects.filter(public_id__in=quotes, expires_at__lte=now).exists():
            raise SuggestionOutdated("the price has expired")
        owned = conversation.owner == Conversation.Owner.AGENT
        for row in rows:
            row.state, row.author, row.not_before = State.QUEUED, by, now
            row.created_at = now  # it is an answer of now: a person has just given it
            row.purpose = row.purpose if owned else Purpose.STAFF
            row.why = {**row.why, "approved_by": by.get_username()}
        OutboundMessage.objects.bulk_update(rows, ["state", "author", "not_before", "created_at", "purpose", "why"])
        if rows:
            _note_disclosure(conversation, rows)
            _settled(conversation)
            dispatch.after_commit("conversations.deliver", conversation_id)
    return len(rows)


def _note_disclosure(conversation: Conversation, rows: list[OutboundMessage]) -> None:
    """From now on the guest knows that an assistant writes and how data is used, when this answer says so."""
    if not any(DISCLOSES in row.why.get("keys", ()) for row in rows):
        return
    Conversation.objects.filter(pk=conversation.pk, disclosed_at__isnull=True).update(disclosed_at=clock.now())
    session = Session.objects.filter(conversation=conversation, status=Session.Status.OPEN).first()
    if session is not None:
        session.state = {**session.state, "disclosed": True}
        session.save(update_fields=["state"])


def set_aside(conversation_id: int, *, by: User) -> int:
    """The suggested answer is not sent; returns how many messages that was. Inside the tenant's scope."""
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update(no_key=True).get(pk=conversation_id)
        count = conversation.outbound.filter(state=State.SUGGESTED).update(state=State.WITHHELD, author=by)
        if count:
            _settled(conversation)
    return count


def _settled(conversation: Conversation) -> None:
    """Nobody has to approve anything here any more."""
    waiting = conversation.handoffs.filter(state=Handoff.State.OPEN, reason=APPROVAL)
    handoffs.close_these(list(waiting.values_list("pk", flat=True)), why="decided")
