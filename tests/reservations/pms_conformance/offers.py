"""What a PMS has to answer when it is asked."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from decimal import Decimal

import pytest

from hotel_agent.common import clock
from hotel_agent.common.exceptions import Permanent
from integrations.pms.base import (
    Done,
    ExtraOrder,
    Party,
    Reason,
    Refused,
)
from integrations.pms.extras import order_lines
from tests.reservations.pms_conformance.asking import (
    World,
    booked,
    left,
    offer_for,
    request_for,
    stay_in,
)


class Reads:
    """Offers, room types, extras, and what is there."""

    def test_offers_are_priced_for_the_whole_stay(self, world: World) -> None:
        stay = stay_in(world, nights=4)
        offer = offer_for(world, stay)

        assert offer is not None
        assert len(offer.nightly) == 4
        assert sum(night.amount for night in offer.nightly) <= offer.total.amount
        assert Decimal(0) < offer.net_total.amount <= offer.total.amount
        assert offer.left == world.rooms

    def test_offers_come_cheapest_first_and_repeat(self, world: World) -> None:
        stay = stay_in(world)
        first = world.pms.search(stay)

        assert [offer.total.amount for offer in first] == sorted(offer.total.amount for offer in first)
        assert list(world.pms.search(stay)) == list(first)

    def test_several_stays_at_once_are_the_same_as_one_by_one(self, world: World) -> None:
        stays = [stay_in(world, days) for days in (3, 9, 6)]

        assert [list(offers) for offers in world.pms.search_each(stays)] == [
            list(world.pms.search(stay)) for stay in stays
        ]
        assert world.pms.search_each([]) == []

    @pytest.mark.parametrize("adults", [9, 40])
    def test_too_many_people_get_no_offer(self, world: World, adults: int) -> None:
        stay = stay_in(world, rooms=(Party(adults),))

        assert offer_for(world, stay) is None
        assert isinstance(world.pms.why_nothing(stay), Refused)

    def test_the_past_is_not_offered_nor_booked(self, world: World) -> None:
        stay = stay_in(world, -3)

        assert list(world.pms.search(stay)) == []
        assert isinstance(world.pms.book(request_for(world, stay)), Refused)
        assert list(world.pms.find("nobody's")) == []

    def test_the_day_of_departure_is_not_a_night(self, world: World) -> None:
        stay = stay_in(world, nights=2)
        for _ in range(world.rooms):
            booked(world, stay)

        assert left(world, stay) == [0, 0]
        assert offer_for(world, stay_in(world, 7, nights=2)) is not None
        assert offer_for(world, stay_in(world, 3, nights=2)) is not None
        assert offer_for(world, stay_in(world, 4, nights=2)) is None

    def test_the_room_types_are_described(self, world: World) -> None:
        described = {one.room_type_id: one for one in world.pms.room_types()}

        mine = described[world.room_type_id]
        assert mine.rooms == world.rooms
        assert mine.is_active
        assert 1 <= mine.base_occupancy <= mine.max_guests
        assert 1 <= mine.max_adults <= mine.max_guests
        assert mine.name

    def test_extras_have_a_price_or_are_not_sold(self, world: World) -> None:
        extras = world.pms.extras(stay_in(world))

        assert bool(extras) == world.pms.capabilities.extras
        assert all(extra.price.amount >= 0 and extra.extra_id and extra.name for extra in extras)

    def test_what_is_ours_is_listed(self, world: World) -> None:
        if not world.pms.capabilities.can_look_up:
            assert list(world.pms.list_ours("", world.today)) == []
            return
        prefix = f"T-{uuid.uuid4().hex[:12]}"
        first = booked(world, stay_in(world), reference=f"{prefix}-1")
        second = booked(world, stay_in(world, 12), reference=f"{prefix}-2")
        booked(world, stay_in(world, 20), reference=f"T-{uuid.uuid4().hex}")
        cancelled = world.pms.cancel(second.booking_id, f"{prefix}-cancel")
        assert isinstance(cancelled, Done)

        found = {one.booking_id: one for one in world.pms.list_ours(prefix, world.today)}

        assert found == {first.booking_id: first, second.booking_id: cancelled.value}
        late = world.pms.list_ours(prefix, first.check_out + dt.timedelta(days=1))
        assert [one.booking_id for one in late] == [second.booking_id]

    def test_changes_are_told_or_the_question_is_refused(self, world: World) -> None:
        before = clock.now() - dt.timedelta(minutes=2)
        made = booked(world, stay_in(world))
        if not world.pms.capabilities.change_feed:
            with pytest.raises(Permanent):
                world.pms.changed_since(before)
            return

        assert made.booking_id in {one.booking_id for one in world.pms.changed_since(before)}
        assert made.booking_id not in {
            one.booking_id for one in world.pms.changed_since(clock.now() + dt.timedelta(hours=1))
        }

    def test_extras_are_charged_as_they_were_priced(self, world: World) -> None:
        if not world.pms.capabilities.extras:
            pytest.skip("this PMS sells no extras")
        stay = stay_in(world)
        orders = (ExtraOrder(world.pms.extras(stay)[0].extra_id),)
        plain = request_for(world, stay)
        offer = offer_for(world, stay)
        assert offer is not None
        dearer = offer.with_extras(order_lines(world.pms.extras(stay), orders, stay))

        forgotten = world.pms.book(replace(plain, extras=orders))
        result = world.pms.book(replace(plain, price=dearer.total, extras=orders))

        assert isinstance(result, Done), result
        assert result.value.total == dearer.total
        if dearer.total != offer.total:
            assert isinstance(forgotten, Refused)
            assert forgotten.reason == Reason.PRICE_CHANGED

    def test_an_extra_nobody_sells_is_refused(self, world: World) -> None:
        stay = stay_in(world)
        request = replace(request_for(world, stay), extras=(ExtraOrder("no-such-extra"),))

        assert isinstance(world.pms.book(request), Refused)
        assert left(world, stay) == [world.rooms] * stay.nights
