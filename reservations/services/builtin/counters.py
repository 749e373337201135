"""The nightly counters: locked in one order, moved together, refused by the database when they would oversell."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import F, Q

from reservations.models import RoomNight, RoomType


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


Nights = dict[tuple[int, dt.date], RoomNight]
"""Counter rows by room type and night."""


def lock(*spans: Span) -> Nights:
    """Lock and read the nights of all spans, in the order every writer uses: writers queue instead of deadlocking."""
    where = Q()
    for one in spans:
        where |= one.where
    rows = RoomNight.objects.filter(where).order_by("room_type_id", "night").select_for_update(no_key=True)
    return {(row.room_type_id, row.night): row for row in rows}


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
