"""Who answers a conversation. A person wins (promise 6): taking over withholds every queued answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Min

from conversations.dialogue.people import is_word_back
from conversations.models import Conversation, Handoff, Message, OutboundMessage
from conversations.services import guests, handoffs, standing
from hotel_agent.common import clock, dispatch
from integrations.events import StaffEcho, UnifiedMessage
from tenants.models import ChannelAccount
from tenants.scoping import tenant_scope

if TYPE_CHECKING:
    from django.contrib.auth.models import User


HANDED_BACK = "handed_back"
GUEST_ASKED = "guest_asked"
STAFF_SILENT = "staff_silent"


def take_over(conversation_id: int, *, by: User | None = None, owner: str = Conversation.Owner.HUMAN) -> None:
    """A person answers from now on. Bumps the epoch (a running turn will not commit) and withholds queued answers.

    Transactional messages still go. A guest who was promised a person waits until one writes, not until one comes.
    Whoever takes over cares for the thread, unless somebody else does. Inside the tenant's scope. Safe to repeat.
    """
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update(no_key=True).get(pk=conversation_id)
        asked_at = conversation.handoffs.filter(state=Handoff.State.OPEN).aggregate(first=Min("opened_at"))["first"]
        conversation.owner = owner
        conversation.epoch = F("epoch") + 1
        conversation.due_at = None
        conversation.pending_since = None
        conversation.lease_until = None
        conversation.waiting_since = conversation.waiting_since or asked_at
        conversation.assignee_id = conversation.assignee_id or (by.pk if by is not None else None)
        conversation.save(
            update_fields=[
                "owner", "epoch", "due_at", "pending_since", "lease_until", "waiting_since", "assignee",
            ]
        )  # fmt: skip
        conversation.messages.filter(state__in=[Message.State.HEARING, Message.State.WAITING]).update(
            state=Message.State.FOR_STAFF
        )
        conversation.outbound.filter(
            state__in=[OutboundMessage.State.QUEUED, OutboundMessage.State.SUGGESTED],
            purpose=OutboundMessage.Purpose.ANSWER,
        ).update(state=OutboundMessage.State.WITHHELD)
        handoffs.take(conversation, by=by, unasked=owner == Conversation.Owner.HUMAN)


def hand_back(conversation_id: int, *, why: str = HANDED_BACK, answer_now: bool = False) -> None:
    """The agent answers again, from the guest's next message on. Inside the tenant's scope. Safe to repeat.

    Args:
        why: kept with the handoffs this closes.
        answer_now: it also answers what the guest wrote since the hotel's last word.
    """
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update(no_key=True).get(pk=conversation_id)
        conversation.owner = Conversation.Owner.AGENT
        conversation.epoch = F("epoch") + 1
        conversation.assignee = None
        conversation.save(update_fields=["owner", "epoch", "assignee"])
        if answer_now and conversation.waiting_since is not None:
            _answer_now(conversation)
        handoffs.close(conversation, why=why)


def give_back_if_asked(conversation: Conversation, text: str) -> bool:
    """The guest writes the one word that brings the agent back; False when it is not that, or the hotel says no.

    A paused conversation stays paused. With the conversation locked, inside the caller's transaction.
    """
    if conversation.owner != Conversation.Owner.HUMAN or not is_word_back(text):
        return False
    if not handoffs.policy_of(conversation.tenant).guest_may_return:
        return False
    hand_back(conversation.pk, why=GUEST_ASKED)
    conversation.refresh_from_db(fields=["owner", "epoch"])
    return True


def _answer_now(conversation: Conversation) -> None:
    now = clock.now()
    left = conversation.messages.filter(state=Message.State.FOR_STAFF, sent_at__gte=conversation.waiting_since)
    if left.update(state=Message.State.WAITING):
        Conversation.objects.filter(pk=conversation.pk).update(due_at=now, pending_since=now)
        dispatch.after_commit("conversations.take_turn", conversation.pk)


def record_staff_echo(account: ChannelAccount, echo: StaffEcho) -> None:
    """A person answered from the provider's own app: keep what they wrote and let them have the conversation.

    A guest who never wrote is met here: the hotel spoke first. Inside the caller's transaction; safe to repeat.
    """
    if not echo.aliases:
        return
    written = UnifiedMessage(
        message_id=echo.message_id,
        canal=account.channel,
        user_id=echo.recipient_id,
        timestamp_iso=echo.timestamp_iso,
        tipo=echo.tipo,
        metadata={"aliases": echo.aliases},
    )
    with tenant_scope(account.tenant):
        if guests.was_erased(account, echo.message_id):
            return
        guest = guests.resolve(account, written)
        conversation = guests.lock_conversation(account, guest, written)
        if conversation.outbound.filter(dedupe_key=f"echo:{echo.message_id}"[:120]).exists():
            return  # the same echo again must not take over what was handed back since
        take_over(conversation.pk)
        OutboundMessage.objects.bulk_create(
            [
                OutboundMessage(
                    tenant=account.tenant,
                    conversation=conversation,
                    dedupe_key=f"echo:{echo.message_id}"[:120],
                    purpose=OutboundMessage.Purpose.STAFF,
                    body={},
                    text=echo.text or f"[{echo.tipo.value}]",
                    language=conversation.language or account.tenant.default_language,
                    state=OutboundMessage.State.SENT,
                    provider_id=echo.message_id,
                    sent_at=clock.now(),
                    why={"rule": "written in the provider's own app"},
                )
            ],
            ignore_conflicts=True,
        )
        now = clock.now()
        said = standing.staff_spoke(echo.text or f"[{echo.tipo.value}]", now)
        Conversation.objects.filter(pk=conversation.pk).update(last_outbound_at=now, **said)
