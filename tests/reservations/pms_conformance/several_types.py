"""Rooms of several types as one booking."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from hotel_agent.common import clock
from integrations.pms.base import (
    Done,
    Party,
    Reason,
    Refused,
    Stay,
)
from tests.reservations.pms_conformance.asking import (
    World,
    amend_to,
    booked,
    left,
    offer_for,
    request_for,
    stay_in,
)


def mixed(world: World, stay: Stay) -> Stay:
    """Two people in a room of the world's type and one in a room of another type."""
    other = next(one.room_type_id for one in world.pms.room_types() if one.room_type_id != world.room_type_id)
    return replace(stay, rooms=(Party(2, (), world.room_type_id), Party(1, (), other)))


class SeveralTypes:
    """All of the rooms, or none."""

    def test_rooms_of_several_types_are_one_booking_or_none(self, world: World) -> None:
        stay = mixed(world, stay_in(world))
        other = stay.rooms[1].room_type_id
        before = world.pms.nights_left(other, stay.check_in, stay.check_out)
        offer = offer_for(world, stay)
        if not world.pms.capabilities.mixes_types:
            assert offer is None
            refused = world.pms.book(request_for(world, stay))
            assert isinstance(refused, Refused)
            assert refused.reason == Reason.NOT_SUPPORTED
            assert left(world, stay) == [world.rooms] * stay.nights
            return

        assert offer is not None
        alone = [offer_for(world, replace(stay, rooms=(Party(2),)))]
        assert [(part.room_type_id, part.rooms) for part in offer.parts] == [(world.room_type_id, 1), (other, 1)]
        assert alone[0] is not None
        assert offer.parts[0].nightly == alone[0].nightly
        summed = [sum((price.amount for price in night), Decimal(0)) for night in
                  zip(*(part.nightly for part in offer.parts), strict=True)]  # fmt: skip
        assert [price.amount for price in offer.nightly] == summed

        made = booked(world, stay, reference="T-mixed")
        assert made.rooms_by_type() == {world.room_type_id: 1, other: 1}
        assert made.total == offer.total
        assert list(world.pms.find("T-mixed")) == [made]
        assert left(world, stay) == [world.rooms - 1] * stay.nights
        after = world.pms.nights_left(other, stay.check_in, stay.check_out)
        assert after == {night: rooms - 1 for night, rooms in before.items()}

        assert isinstance(world.pms.cancel(made.booking_id, "T-mixed-cancel"), Done)
        assert left(world, stay) == [world.rooms] * stay.nights
        assert world.pms.nights_left(other, stay.check_in, stay.check_out) == before

    def test_where_one_type_is_full_none_of_the_rooms_is_sold(self, world: World) -> None:
        if not world.pms.capabilities.mixes_types:
            pytest.skip("this PMS sells one type in a booking")
        stay = mixed(world, stay_in(world))
        other = stay.rooms[1].room_type_id
        request, until = request_for(world, stay), clock.now() + dt.timedelta(minutes=20)
        for number in range(world.rooms):
            assert isinstance(world.pms.hold(f"T-{number}", stay_in(world), world.room_type_id, until), Done)
        before = world.pms.nights_left(other, stay.check_in, stay.check_out)

        assert offer_for(world, stay) is None
        assert world.pms.why_nothing(stay).reason == Reason.SOLD_OUT
        held = world.pms.hold("T-mixed", stay, world.room_type_id, until)
        assert isinstance(held, Refused)
        assert held.reason == Reason.SOLD_OUT
        refused = world.pms.book(request)
        assert isinstance(refused, Refused)
        assert refused.reason == Reason.SOLD_OUT
        assert world.pms.nights_left(other, stay.check_in, stay.check_out) == before

    def test_rooms_of_several_types_are_held_booked_and_changed_together(self, world: World) -> None:
        if not (world.pms.capabilities.mixes_types and world.pms.capabilities.hold and world.pms.capabilities.amend):
            pytest.skip("this PMS sells one type in a booking, keeps none, or changes none")
        stay = mixed(world, stay_in(world))
        other = stay.rooms[1].room_type_id
        free = world.pms.nights_left(other, stay.check_in, stay.check_out)

        def taken() -> tuple[list[int], list[int]]:
            now = world.pms.nights_left(other, stay.check_in, stay.check_out)
            return [world.rooms - rooms for rooms in left(world, stay)], [free[night] - now[night] for night in free]

        request = request_for(world, stay)
        held = world.pms.hold("T-mixed", stay, world.room_type_id, clock.now() + dt.timedelta(minutes=20))
        assert isinstance(held, Done)
        assert taken() == ([1] * 3, [1] * 3)
        made = world.pms.book(replace(request, hold_id=held.value.hold_id))
        assert isinstance(made, Done)
        assert taken() == ([1] * 3, [1] * 3)
        moved = world.pms.amend(amend_to(world, made.value, mixed(world, stay_in(world, 12)), "T-a"))
        assert isinstance(moved, Done)
        assert moved.value.rooms_by_type() == {world.room_type_id: 1, other: 1}
        assert taken() == ([0] * 3, [0] * 3)
        result = world.pms.amend(amend_to(world, made.value, stay_in(world), "T-b"))
        assert isinstance(result, Done)
        assert result.value.rooms_by_type() == {world.room_type_id: 1}
        assert taken() == ([1] * 3, [0] * 3)
