"""Rooms of several types for one party: which of the hotel's types are meant, and who sleeps where.

Nobody is put anywhere by a guess: where people can be spread over the rooms in more than one way, all ways come back,
the most even first, for the guest to choose.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from integrations.pms.base import Party
from reservations import selectors
from reservations.models import RoomType
from reservations.services.builtin.window import fits
from tenants.models import Tenant

MOST_MIXES = 4
"""Combinations of the hotel's own types that are looked at: two kinds with two types each."""
MOST_WAYS = 4
"""Ways to sleep that a guest is asked to choose among; a longer list is no help."""
MOST_TRIED = 4_000
"""Spreads that are tried; a party with more ways than that is asked about the first ones found."""

Rooms = tuple[RoomType, ...]
Spread = tuple[Party, ...]


def mixes(*, tenant: Tenant, kinds: Sequence[str]) -> list[Rooms]:
    """The hotel's types for rooms of these kinds (taxonomy types), rooms of one kind in one type; in the hotel's order.

    Empty where the hotel has no room of a kind, or has not two different types for them.
    """
    known = [row for row in selectors.room_types(tenant).values() if row.is_active]
    known.sort(key=lambda row: (row.position, row.pk))
    wanted = list(dict.fromkeys(kinds))
    of_kind = [[row for row in known if kind in row.kinds] for kind in wanted]
    found = []
    for chosen in itertools.product(*of_kind):
        if len({row.pk for row in chosen}) == len(wanted):
            by_kind = dict(zip(wanted, chosen, strict=True))
            found.append(tuple(by_kind[kind] for kind in kinds))
    return found[:MOST_MIXES]


def ways(rooms: Rooms, *, adults: int, ages: Sequence[int], usual: Sequence[int] = ()) -> list[Spread]:
    """How the people can sleep in these rooms, one adult or more in each, the most even first. Rooms of one type are
    interchangeable, and so are the children: who of them sleeps with whom is the family's to arrange.

    `usual` is how many adults are expected in each room where the guest has not said who comes: only the nearest way
    comes back then.
    """
    found: dict[tuple[object, ...], Spread] = {}
    for spread in itertools.islice(_spreads(rooms, adults, ages), MOST_TRIED):
        if all(fits(room, party) for room, party in zip(rooms, spread, strict=True)):
            found.setdefault(_alike(rooms, spread), spread)
    if usual:
        near = sorted(
            found.values(),
            key=lambda one: sum(abs(party.adults - many) for party, many in zip(one, usual, strict=True)),
        )
        return near[:1]
    ranked = sorted(found.values(), key=lambda one: _crowding(rooms, one))
    return ranked[:MOST_WAYS]


def typed(rooms: Rooms, spread: Sequence[Party]) -> Spread | None:
    """The people in these rooms by their types; None where somebody does not fit."""
    if not all(fits(room, party) for room, party in zip(rooms, spread, strict=True)):
        return None
    return tuple(Party(party.adults, party.children_ages, room.code) for room, party in zip(rooms, spread, strict=True))


def _spreads(rooms: Rooms, adults: int, ages: Sequence[int]) -> Iterator[Spread]:
    most = [range(1, room.max_adults + 1) for room in rooms]
    grown = [counts for counts in itertools.product(*most) if sum(counts) == adults]
    for where in itertools.product(range(len(rooms)), repeat=len(ages)):
        children: list[list[int]] = [[] for _ in rooms]
        for age, room in zip(sorted(ages, reverse=True), where, strict=True):
            children[room].append(age)
        for counts in grown:
            yield tuple(Party(count, tuple(own)) for count, own in zip(counts, children, strict=True))


def _alike(rooms: Rooms, spread: Spread) -> tuple[object, ...]:
    """The same for spreads that differ only in which of two like rooms is which."""
    return tuple(
        sorted((room.pk, -party.adults, -len(party.children_ages)) for room, party in zip(rooms, spread, strict=True))
    )


def _crowding(rooms: Rooms, spread: Spread) -> float:
    return sum((party.size / room.max_guests) ** 2 for room, party in zip(rooms, spread, strict=True))
