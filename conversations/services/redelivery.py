"""Dead letters get another chance: a person decided that what killed them is repaired."""

from __future__ import annotations

from django.db import transaction

from conversations.models import Conversation, InboundDelivery, Message, OutboundMessage
from hotel_agent.common import clock, dispatch
from hotel_agent.common.claims import WorkState

REVIVABLE_DELIVERIES = [WorkState.DEAD, WorkState.QUARANTINED, WorkState.ORPHAN]


def redeliver_deliveries(ids: list[int]) -> int:
    """Take dead, quarantined or orphaned deliveries in again. What was already recorded stays single."""
    rows = InboundDelivery.objects.filter(pk__in=ids, state__in=REVIVABLE_DELIVERIES)
    count = rows.update(state=WorkState.WAITING, failures=0, deaths=0, not_before=clock.now(), lease_until=None)
    for pk in ids:
        dispatch.after_commit("conversations.take_in", pk)
    return count


def redeliver_messages(ids: list[int]) -> int:
    """Give dead messages a new turn, unless a person owns their conversation. Inside the tenant's scope."""
    revived = 0
    for message in Message.objects.filter(pk__in=ids, state=Message.State.DEAD):
        with transaction.atomic():
            conversation = Conversation.objects.select_for_update(no_key=True).get(pk=message.conversation_id)
            if conversation.owner != Conversation.Owner.AGENT:
                continue
            Message.objects.filter(pk=message.pk).update(state=Message.State.WAITING, failures=0, deaths=0)
            conversation.due_at = clock.now()
            conversation.pending_since = conversation.pending_since or conversation.due_at
            conversation.save(update_fields=["due_at", "pending_since"])
            revived += 1
    return revived


def redeliver_outbound(ids: list[int]) -> int:
    """Queue dead or failed messages to guests again. Inside the tenant's scope."""
    rows = OutboundMessage.objects.filter(
        pk__in=ids, state__in=[OutboundMessage.State.DEAD, OutboundMessage.State.FAILED]
    )
    return rows.update(
        state=OutboundMessage.State.QUEUED, failures=0, resent=False, not_before=clock.now(), error_code=""
    )
