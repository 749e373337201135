"""Rooms taken by other sellers or by the hotel itself: counted as `blocked`, so that they are not sold again.

A block by hand either fits or is refused. What another seller's calendar says has happened already: nights without a
room left stay `uncounted`, a clash for people to solve, and are counted as soon as a room is free.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from hotel_agent.common import clock
from hotel_agent.common.exceptions import BadInput
from reservations.models import Block, CalendarFeed, Room, RoomAssignment, RoomType
from reservations.models.blocks import CLASHES
from reservations.services.builtin import counters
from tenants.models import Tenant
from tenants.scoping import tenant_scope

EXCLUSION_VIOLATION = "23P01"


class BlockClash(BadInput):
    """No room is left on `nights` (or the room itself is taken, without nights); nothing was blocked."""

    code = "block_clash"

    def __init__(self, nights: Collection[dt.date]) -> None:
        super().__init__(", ".join(map(str, sorted(nights))) or "the room is taken")
        self.nights = sorted(nights)


@dataclass(frozen=True, slots=True)
class Taken:
    """What another seller's calendar says: from `check_in` to before `check_out` a room is taken."""

    uid: str
    check_in: dt.date
    check_out: dt.date
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Synced:
    """What reading a calendar changed."""

    added: int = 0
    moved: int = 0
    ended: int = 0
    clashes: int = 0


def block(
    *,
    tenant: Tenant,
    room_type: RoomType,
    check_in: dt.date,
    check_out: dt.date,
    rooms: int = 1,
    room: Room | None = None,
    reason: str = "",
    made_by: str = "",
) -> Block:
    """Take rooms off sale by hand, `check_out` excluded.

    Raises:
        BlockClash: fewer rooms are left on some night, or the room is taken; nothing was changed.
        BadInput: not a range of nights, or several rooms where one is named.
    """
    if check_out <= check_in or rooms < 1 or (room is not None and rooms != 1):
        raise BadInput("from a first night to a later day, at least one room, and one where a room is named")
    with tenant_scope(tenant), transaction.atomic():
        row = Block(
            tenant=tenant, room_type=room_type, room=room, check_in=check_in, check_out=check_out, rooms=rooms,
            reason=reason[:120], made_by=made_by[:150],
        )  # fmt: skip
        nights = counters.lock(counters.Span(room_type, check_in, check_out, rooms))
        full = [row_night.night for row_night in nights.values() if row_night.left < rooms]
        if full:
            raise BlockClash(full)
        _place(row, nights)
        if row.room_taken:
            raise BlockClash([])
    return row


def free(*, tenant: Tenant, row: Block) -> bool:
    """Give a block's nights back; False when it had ended already."""
    with tenant_scope(tenant), transaction.atomic():
        nights = counters.lock(_span(row))
        fresh = Block.objects.select_for_update(of=("self",)).select_related("room_type").get(pk=row.pk)
        if not fresh.is_active:
            return False
        _end(fresh, nights)
    return True


def sync(*, tenant: Tenant, feed: CalendarFeed, taken: Iterable[Taken]) -> Synced:
    """Make the blocks of a calendar what the calendar says, in one transaction; what has passed is left alone.

    Events are told apart by `uid`; one that moved moves its block. Clashes of earlier readings are tried again.
    """
    today = tenant.business_day()
    wanted = {event.uid: event for event in taken if event.check_out > today}
    added = moved = ended = 0
    with tenant_scope(tenant), transaction.atomic():
        known = {row.uid: row for row in Block.objects.filter(feed=feed, is_active=True, check_out__gt=today)}
        ends = [*(row.check_out for row in known.values()), *(event.check_out for event in wanted.values())]
        starts = [*(row.check_in for row in known.values()), *(event.check_in for event in wanted.values())]
        if not ends:
            return Synced()
        nights = counters.lock(counters.Span(feed.room_type, min(starts), max(ends), 1))
        # Read again under the lock: two readings of one calendar at the same time become one after the other.
        rows = Block.objects.filter(feed=feed, is_active=True, check_out__gt=today)
        known = {row.uid: row for row in rows.select_for_update(of=("self",)).select_related("room_type", "room")}
        for uid, row in known.items():
            event = wanted.get(uid)
            if event is None or (event.check_in, event.check_out) != (row.check_in, row.check_out):
                _end(row, nights)
                ended, moved = ended + (event is None), moved + (event is not None)
            else:
                _count_again(row, nights)
                del wanted[uid]
        for event in wanted.values():
            _place(
                Block(
                    tenant=tenant, room_type=feed.room_type, room=feed.room, check_in=event.check_in,
                    check_out=event.check_out, source=Block.Source.CALENDAR, feed=feed, uid=event.uid,
                    reason=event.summary[:120], made_by=feed.name,
                ),
                nights,
            )  # fmt: skip
            added += event.uid not in known
        clashes = Block.objects.filter(CLASHES, feed=feed).count()
    return Synced(added, moved, ended, clashes)


def count_again(room_type: RoomType, nights: counters.Nights) -> None:
    """Count nights of blocks that had no room (or were not on sale) and have one now. Inside the transaction that gave
    the rooms back; `nights` are locked, others are not looked at."""
    mine = [night for type_id, night in nights if type_id == room_type.pk]
    if not mine:
        return
    waiting = Block.objects.filter(
        room_type=room_type, is_active=True, uncounted__len__gt=0, check_in__lte=max(mine), check_out__gt=min(mine)
    )
    for row in waiting.select_for_update(of=("self",)).select_related("room_type", "room").order_by("pk"):
        _count_again(row, nights)


def count_all_again(spans: Iterable[counters.Span], nights: counters.Nights) -> None:
    """`count_again` for each type that gave rooms back."""
    for span in spans:
        count_again(span.room_type, nights)


def _span(row: Block) -> counters.Span:
    return counters.Span(row.room_type, row.check_in, row.check_out, row.rooms)


def _place(row: Block, nights: counters.Nights) -> None:
    """Save the block, count the nights that have room and take its room where that is free."""
    row.uncounted = list(_days(row))
    row.save()
    _count_again(row, nights)


def _count_again(row: Block, nights: counters.Nights) -> None:
    """Count what was not counted and has room now. Nights that are not on sale wait until they are."""
    counted = []
    for night in row.uncounted:
        counter = nights.get((row.room_type_id, night))
        if counter is not None and counter.left >= row.rooms:
            counters.move(_one(row, night), nights, blocked=+1)
            counted.append(night)
    row.uncounted = [night for night in row.uncounted if night not in set(counted)]
    if row.room is not None and not row.assignments.filter(is_active=True).exists():
        row.room_taken = not _assign(row)
    row.save(update_fields=["uncounted", "room_taken"])


def _end(row: Block, nights: counters.Nights) -> None:
    missing = set(row.uncounted)
    for night in _days(row):
        if night not in missing:
            counters.move(_one(row, night), nights, blocked=-1)
    RoomAssignment.objects.filter(block=row, is_active=True).update(is_active=False)
    row.is_active, row.ended_at = False, clock.now()
    row.save(update_fields=["is_active", "ended_at"])


def _assign(row: Block) -> bool:
    """Whether the block got its room; the database refuses it where somebody else has it."""
    try:
        with transaction.atomic():
            RoomAssignment.objects.create(
                tenant_id=row.tenant_id, block=row, room=row.room, stay=DateRange(row.check_in, row.check_out)
            )
    except IntegrityError as error:
        if getattr(error.__cause__, "sqlstate", "") != EXCLUSION_VIOLATION:
            raise
        return False
    return True


def _one(row: Block, night: dt.date) -> counters.Span:
    return counters.Span(row.room_type, night, night + dt.timedelta(days=1), row.rooms)


def _days(row: Block) -> Iterable[dt.date]:
    return (row.check_in + dt.timedelta(days=number) for number in range((row.check_out - row.check_in).days))


__all__ = ["BlockClash", "Synced", "Taken", "block", "count_again", "free", "sync"]
