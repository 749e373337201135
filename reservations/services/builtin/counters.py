"""The nightly counters: locked in one order, moved together, refused by the database when they would oversell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F, Q

from integrations.pms.base import Stay
from reservations.models import BuiltinBooking, BuiltinHold, BuiltinMoreRooms, RoomNight, RoomType


@dataclass(frozen=True, slots=True)
class Span:
    """Rooms of one type over nights, the last day excluded."""

    room_type: RoomType
    check_in: dt.date
    check_out: dt.date
    rooms: int

    @property
    def where(self) -> Q:
        """Its counter rows."""
        return Q(room_type=self.room_type, night__gte=self.check_in, night__lt=self.check_out)


def spans(room_types: Mapping[str, RoomType], room_type_id: str, stay: Stay) -> list[Span]:
    """The rooms of a stay as spans, one for each type."""
    return [
        Span(room_types[code], stay.check_in, stay.check_out, len(part.rooms))
        for code, part in stay.by_type(room_type_id).items()
    ]


def kept(row: BuiltinBooking | BuiltinHold, *, since: dt.date | None = None) -> list[Span]:
    """What a booking or hold keeps (the nights from `since` on), one span for each type."""
    first = since or row.check_in
    own = Span(row.room_type, first, row.check_out, row.rooms)
    if not row.is_mixed:
        return [own]
    return [own, *(Span(one.room_type, first, row.check_out, one.rooms) for one in more_rooms(row))]


def more_rooms(row: BuiltinBooking | BuiltinHold) -> list[BuiltinMoreRooms]:
    """The rooms of further types; no query where there are none."""
    return list(row.more_rooms.all()) if row.is_mixed else []


def note_more_rooms(row: BuiltinBooking | BuiltinHold, spans: Sequence[Span]) -> None:
    """Make the spans of further types (all but the first) the row's, instead of those it had. The caller saves it."""
    if row.is_mixed:
        row.more_rooms.all().delete()
    row.is_mixed = len(spans) > 1
    if row.is_mixed:
        subject = {"booking" if isinstance(row, BuiltinBooking) else "hold": row}
        BuiltinMoreRooms.objects.bulk_create(
            BuiltinMoreRooms(tenant_id=row.tenant_id, room_type=span.room_type, rooms=span.rooms, **subject)
            for span in spans[1:]
        )


Nights = dict[tuple[int, dt.date], RoomNight]
"""Counter rows by room type and night."""


def lock(*spans: Span) -> Nights:
    """Lock and read the nights of all spans, in the order every writer uses: writers queue instead of deadlocking."""
    where = Q()
    for one in spans:
        where |= one.where
    rows = RoomNight.objects.filter(where).order_by("room_type_id", "night").select_for_update(no_key=True)
    return {(row.room_type_id, row.night): row for row in rows}


def move_all(spans: Iterable[Span], nights: Nights, *, sold: int = 0, held: int = 0) -> None:
    """`move` for each span.

    Raises:
        IntegrityError: more would be sold than there is; the caller's transaction moves none of them.
    """
    for span in spans:
        move(span, nights, sold=sold, held=held)


def move(span: Span, nights: Nights, *, sold: int = 0, held: int = 0, blocked: int = 0) -> None:
    """Add to the counters of locked nights, each counted in multiples of the span's rooms (+1, 0 or -1).

    `nights` follows, so that availability can be computed again without reading.

    Raises:
        IntegrityError: more would be sold than there is (the CHECK constraint).
    """
    sold, held, blocked = sold * span.rooms, held * span.rooms, blocked * span.rooms
    RoomNight.objects.filter(span.where).update(
        sold=F("sold") + sold, held=F("held") + held, blocked=F("blocked") + blocked
    )
    for (room_type_id, night), row in nights.items():
        if room_type_id == span.room_type.pk and span.check_in <= night < span.check_out:
            row.sold += sold
            row.held += held
            row.blocked += blocked
