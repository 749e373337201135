"""Whose turn it is to write to a PMS that lets two sales of the last room through.

One row per room type, taken and given back in transactions of their own: nothing is locked while the PMS is asked. A
holder that dies loses its turn by time; a request without an answer keeps it a while longer, because it may still be
under way there.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from dataclasses import dataclass

from django.db.models import Q

from hotel_agent.common import clock, dispatch
from hotel_agent.common.claims import WorkState
from reservations.models import PmsCall, RoomType, RoomTypeLease
from reservations.services import ledger

LEASE_S = 75.0
"""Longer than the checks (5 s), the request (20 s) and the reading afterwards of one booking."""
STILL_UNDER_WAY_S = 30.0
"""How long a request that was given up keeps the others waiting."""
WAITING = "another sale of this room type is under way"
"""`last_error` of a call that waits for its turn: how the next one is found."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to write about one room type until it is given back, or `LEASE_S` are over."""

    room_type: RoomType
    holder: uuid.UUID


def take(room_type: RoomType) -> Turn | None:
    """The turn, or None while somebody else has it."""
    RoomTypeLease.objects.bulk_create(
        [RoomTypeLease(tenant_id=room_type.tenant_id, room_type=room_type)], ignore_conflicts=True
    )
    now, holder = clock.now(), uuid.uuid4()
    taken = RoomTypeLease.objects.filter(room_type=room_type, until__lte=now).update(
        holder=holder, until=now + clock.seconds(LEASE_S)
    )
    return Turn(room_type, holder) if taken else None


def give_back(turn: Turn, *, still_under_way: bool = False) -> None:
    """Let the next one in, or later when a request may still arrive. A turn that was lost stays lost."""
    until = clock.now() + clock.seconds(STILL_UNDER_WAY_S if still_under_way else 0)
    mine = RoomTypeLease.objects.filter(room_type=turn.room_type, holder=turn.holder)
    if mine.update(until=until) and not still_under_way:
        _wake_next(turn.room_type)


def pause() -> dt.timedelta:
    """How long a call waits before it asks for its turn again; usually it is woken earlier."""
    return clock.seconds(random.uniform(1.0, 3.0))  # noqa: S311


def _wake_next(room_type: RoomType) -> None:
    waiting = PmsCall.objects.filter(
        Q(kind=PmsCall.Kind.BOOK, reservation__room_type=room_type)
        | Q(kind=PmsCall.Kind.AMEND, option__room_type=room_type),
        state=WorkState.WAITING,
        last_error=WAITING,
    )
    first = waiting.order_by("created_at", "pk").values_list("pk", flat=True).first()
    if first is not None:
        PmsCall.objects.filter(pk=first, state=WorkState.WAITING).update(not_before=clock.now())
        dispatch.after_commit(ledger.RUN_CALL_TASK, first)
