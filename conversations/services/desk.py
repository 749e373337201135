"""What people at the desk do with a thread besides answering it: whose it is, when it comes back, that it is done."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction

from conversations.models import Conversation, StaffNote
from conversations.services import ownership
from hotel_agent.common import clock
from hotel_agent.common.exceptions import BadInput
from integrations.channels import outgoing
from tenants.models import Membership, Role

if TYPE_CHECKING:
    from django.contrib.auth.models import User

ANSWERING = (Role.OWNER, Role.MANAGER, Role.RECEPTION)
MAX_NOTE = 4000
LONGEST_SNOOZE = dt.timedelta(days=366)


class NotOfThisHotel(BadInput):
    """The person does not answer guests of this hotel."""

    code = "not_of_this_hotel"


class BadMoment(BadInput):
    """A time to come back at that is past, or further away than a year."""

    code = "bad_moment"


class EmptyNote(BadInput):
    """There is nothing in it, or too much."""

    code = "empty_note"


def assign(conversation_id: int, *, to: int | None) -> None:
    """Give a thread to a person who answers at its hotel, or to nobody. Inside the tenant's scope.

    Who answers the guest does not change: that is `ownership`.

    Raises:
        NotOfThisHotel: nothing changed.
    """
    conversation = Conversation.objects.get(pk=conversation_id)
    if to is not None:
        members = Membership.objects.filter(tenant_id=conversation.tenant_id, user_id=to, role__in=ANSWERING)
        if not members.filter(user__is_active=True).exists():
            raise NotOfThisHotel(f"user {to} does not answer here")
    Conversation.objects.filter(pk=conversation_id).update(assignee_id=to)


def snooze(conversation_id: int, *, until: dt.datetime) -> None:
    """Put a thread out of the way until then, or until the guest writes. Inside the tenant's scope.

    Nothing has to run for it to come back: the moment itself brings it back.

    Raises:
        BadMoment: nothing changed.
    """
    now = clock.now()
    if not now < until <= now + LONGEST_SNOOZE:
        raise BadMoment(f"{until:%Y-%m-%d %H:%M}")
    Conversation.objects.filter(pk=conversation_id).update(snoozed_until=until, seen_at=now)


def wake(conversation_id: int) -> None:
    """Bring a snoozed or resolved thread back now. Inside the tenant's scope. Safe to repeat."""
    Conversation.objects.filter(pk=conversation_id).update(snoozed_until=None, resolved_at=None, updated_at=clock.now())


def resolve(conversation_id: int) -> None:
    """The matter is done: its handoffs are closed and the agent answers if the guest writes again.

    Inside the tenant's scope. Safe to repeat.
    """
    now = clock.now()
    with transaction.atomic():
        ownership.hand_back(conversation_id)
        Conversation.objects.filter(pk=conversation_id).update(
            resolved_at=now, snoozed_until=None, waiting_since=None, seen_at=now
        )


def note(conversation_id: int, *, by: User, text: str, token: str) -> StaffNote:
    """A remark only people of the hotel read; the same form again is the same note. Inside the tenant's scope.

    Raises:
        EmptyNote: nothing was kept.
    """
    text = outgoing.clean(text).strip()
    if not text or len(text) > MAX_NOTE:
        raise EmptyNote(f"a note has 1 to {MAX_NOTE} characters")
    conversation = Conversation.objects.get(pk=conversation_id)
    row, _ = StaffNote.objects.get_or_create(
        tenant_id=conversation.tenant_id,
        conversation=conversation,
        key=f"{by.pk}:{token}"[:100],
        defaults={"author": by, "text": text},
    )
    return row


def mark_seen(conversation_id: int, *, at: dt.datetime) -> None:
    """Somebody who answers here looked at the thread. Inside the tenant's scope."""
    Conversation.objects.filter(pk=conversation_id).update(seen_at=at)


def set_reply_mode(conversation_id: int, *, mode: str) -> None:
    """Whether the agent's answers in this thread go out by themselves; "" follows the hotel's own rules.

    Inside the tenant's scope.
    """
    if mode and mode not in Conversation.ReplyMode.values:
        raise BadInput(f"{mode[:20]} is no mode")
    Conversation.objects.filter(pk=conversation_id).update(reply_mode=mode)
