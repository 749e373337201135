"""Changing a booking."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from hotel_agent.common.money import Money
from integrations.pms.base import (
    Done,
    Reason,
    Refused,
)
from tests.reservations.pms_conformance.asking import (
    World,
    amend_to,
    booked,
    left,
    stay_in,
)


class Changes:
    """Moved, grown, or left exactly as it was."""

    def test_a_change_moves_the_nights(self, world: World) -> None:
        before, after = stay_in(world, 5), stay_in(world, 12, nights=2)
        made = booked(world, before)
        request = amend_to(world, made, after)
        result = world.pms.amend(request)
        if not world.pms.capabilities.amend:
            assert isinstance(result, Refused)
            assert result.reason == Reason.NOT_SUPPORTED
            return

        assert isinstance(result, Done)
        assert (result.value.check_in, result.value.check_out) == (after.check_in, after.check_out)
        assert result.value.total == request.price
        assert (left(world, before), left(world, after)) == ([world.rooms] * 3, [world.rooms - 1] * 2)
        world.raise_price()
        assert isinstance(world.pms.amend(request), Done)  # the same change again, whatever it would cost by now
        assert left(world, after) == [world.rooms - 1] * 2

    def test_a_booking_may_grow_into_its_own_nights(self, world: World) -> None:
        if not world.pms.capabilities.amend:
            pytest.skip("this PMS cannot change bookings")
        stay = stay_in(world, 5, nights=3)
        made = [booked(world, stay) for _ in range(world.rooms)]
        wanted = stay_in(world, 6, nights=4)
        price = Money(made[0].total.amount / 3 * 4, made[0].total.currency)

        result = world.pms.amend(replace(amend_to(world, made[0], wanted), price=price))

        if not world.pms.capabilities.amend_in_full_house:
            assert isinstance(result, Refused)
            assert result.reason == Reason.NOT_SUPPORTED
            assert world.pms.get(made[0].booking_id) == made[0]
            return
        assert isinstance(result, Done)
        assert left(world, stay_in(world, 5, nights=5)) == [1, 0, 0, world.rooms - 1, world.rooms - 1]

    def test_a_refused_change_changes_nothing(self, world: World) -> None:
        if not world.pms.capabilities.amend:
            pytest.skip("this PMS cannot change bookings")
        made = booked(world, stay_in(world, 5))
        full = stay_in(world, 12)
        for _ in range(world.rooms):
            booked(world, full)

        for request in (
            amend_to(world, made, full),
            replace(amend_to(world, made, stay_in(world, 20)), price=Money(Decimal(1), made.total.currency)),
        ):
            assert isinstance(world.pms.amend(request), Refused)

        assert world.pms.get(made.booking_id) == made
        assert left(world, stay_in(world, 5)) == [world.rooms - 1] * 3
        assert left(world, full) == [0] * 3

    def test_a_cancelled_booking_cannot_be_changed(self, world: World) -> None:
        if not world.pms.capabilities.amend:
            pytest.skip("this PMS cannot change bookings")
        made = booked(world, stay_in(world, 5))
        world.pms.cancel(made.booking_id, "T-cancel")

        result = world.pms.amend(amend_to(world, made, stay_in(world, 12)))

        assert isinstance(result, Refused)
        assert result.reason == Reason.NOT_CHANGEABLE
        assert left(world, stay_in(world, 12)) == [world.rooms] * 3
