"""What a PMS is asked about: nights, the people of each room, and what the guest who asks already has."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Party:
    """Who sleeps in one room."""

    adults: int
    children_ages: tuple[int, ...] = ()
    room_type_id: str = ""
    """The type of this room where one stay has rooms of several; empty: the type that the offer or request names."""

    @property
    def size(self) -> int:
        """People in the room, babies included."""
        return self.adults + len(self.children_ages)


@dataclass(frozen=True, slots=True)
class Stay:
    """Nights and the people of each room."""

    check_in: dt.date
    check_out: dt.date
    rooms: tuple[Party, ...]

    @property
    def nights(self) -> int:
        """Number of nights, at least 1 for a valid stay."""
        return (self.check_out - self.check_in).days

    @property
    def is_mixed(self) -> bool:
        """Whether its rooms are of several types; then every room names its own."""
        return any(party.room_type_id for party in self.rooms)

    def rooms_by_type(self, room_type_id: str) -> dict[str, int]:
        """How many rooms of each type, as `by_type`."""
        return {code: len(part.rooms) for code, part in self.by_type(room_type_id).items()}

    def by_type(self, room_type_id: str) -> dict[str, Stay]:
        """The rooms of each type as a stay of their own, in the order they are named; all are `room_type_id` where the
        rooms name none."""
        parts: dict[str, list[Party]] = {}
        for party in self.rooms:
            parts.setdefault(party.room_type_id or room_type_id, []).append(replace(party, room_type_id=""))
        return {code: replace(self, rooms=tuple(parties)) for code, parties in parts.items()}


@dataclass(frozen=True, slots=True)
class OwnRooms:
    """What the guest who asks already has: these rooms are not in their own way."""

    booking_ids: tuple[str, ...] = ()
    """Bookings that would be given up for the new one (a change)."""
    hold_ids: tuple[str, ...] = ()
    """Rooms kept for the guest while they decide."""

    def __bool__(self) -> bool:
        return bool(self.booking_ids or self.hold_ids)
