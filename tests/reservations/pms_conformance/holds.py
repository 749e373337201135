"""Keeping rooms without a booking."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from hotel_agent.common import clock
from hotel_agent.common.money import Money
from integrations.pms.base import (
    Done,
    Reason,
    Refused,
)
from tests.reservations.pms_conformance.asking import (
    World,
    left,
    request_for,
    stay_in,
)


class Holds:
    """Held rooms are kept for their booking, and given back."""

    def test_a_hold_keeps_a_room_until_it_is_released(self, world: World) -> None:
        stay = stay_in(world)
        until = clock.now() + dt.timedelta(minutes=20)
        result = world.pms.hold("T-hold", stay, world.room_type_id, until)
        if not world.pms.capabilities.hold:
            assert isinstance(result, Refused)
            assert result.reason == Reason.NOT_SUPPORTED
            return

        assert isinstance(result, Done)
        assert left(world, stay) == [world.rooms - 1] * stay.nights
        again = world.pms.hold("T-hold", stay, world.room_type_id, until + dt.timedelta(minutes=10))
        assert isinstance(again, Done)
        assert again.value.hold_id == result.value.hold_id
        assert again.value.expires_at == until + dt.timedelta(minutes=10)
        assert left(world, stay) == [world.rooms - 1] * stay.nights
        for _ in range(2):
            assert isinstance(world.pms.release(result.value.hold_id), Done)
            assert left(world, stay) == [world.rooms] * stay.nights
        ended = world.pms.hold("T-hold", stay, world.room_type_id, until)
        assert isinstance(ended, Refused)
        assert ended.reason == Reason.HOLD_EXPIRED

    def test_held_rooms_are_only_for_their_booking(self, world: World) -> None:
        if not world.pms.capabilities.hold:
            pytest.skip("this PMS keeps no rooms")
        stay = stay_in(world)
        request = request_for(world, stay)
        until = clock.now() + dt.timedelta(minutes=20)
        holds = [world.pms.hold(f"T-hold-{number}", stay, world.room_type_id, until) for number in range(world.rooms)]
        mine = holds[0]
        assert isinstance(mine, Done)
        too_many = world.pms.hold("T-hold-x", stay, world.room_type_id, until)
        assert isinstance(too_many, Refused)
        assert too_many.reason == Reason.SOLD_OUT

        stranger = world.pms.book(request)
        assert isinstance(stranger, Refused)
        assert stranger.reason == Reason.SOLD_OUT
        result = world.pms.book(replace(request, hold_id=mine.value.hold_id))
        assert isinstance(result, Done)
        assert left(world, stay) == [0] * stay.nights
        world.pms.release(mine.value.hold_id)
        assert left(world, stay) == [0] * stay.nights

    def test_a_released_hold_does_not_stop_a_booking_of_what_is_free(self, world: World) -> None:
        if not world.pms.capabilities.hold:
            pytest.skip("this PMS keeps no rooms")
        stay = stay_in(world)
        held = world.pms.hold("T-hold", stay, world.room_type_id, clock.now() + dt.timedelta(minutes=20))
        assert isinstance(held, Done)
        world.pms.release(held.value.hold_id)

        result = world.pms.book(request_for(world, stay, hold_id=held.value.hold_id))

        assert isinstance(result, Done)
        assert left(world, stay) == [world.rooms - 1] * stay.nights

    def test_a_refused_booking_leaves_its_hold(self, world: World) -> None:
        if not world.pms.capabilities.hold:
            pytest.skip("this PMS keeps no rooms")
        stay = stay_in(world)
        held = world.pms.hold("T-hold", stay, world.room_type_id, clock.now() + dt.timedelta(minutes=20))
        assert isinstance(held, Done)
        request = request_for(world, stay, hold_id=held.value.hold_id)
        wrong = replace(request, price=Money(Decimal(1), request.price.currency))

        assert isinstance(world.pms.book(wrong), Refused)

        assert left(world, stay) == [world.rooms - 1] * stay.nights
        world.pms.release(held.value.hold_id)
        assert left(world, stay) == [world.rooms] * stay.nights
