"""What every PMS adapter must do, whatever is behind it. Subclass it with a `world` fixture.

A world is one hotel with a room type of `rooms` rooms that sells at least 30 nights from tomorrow.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from decimal import Decimal
from typing import Protocol

import pytest

from hotel_agent.common import clock
from hotel_agent.common.exceptions import Permanent
from hotel_agent.common.money import Money
from integrations.pms.base import (
    AmendRequest,
    BookingRequest,
    BookingStatus,
    Done,
    ExtraOrder,
    Guest,
    Offer,
    Party,
    Pms,
    PmsBooking,
    Reason,
    Refused,
    Stay,
)
from integrations.pms.extras import order_lines


class World(Protocol):
    """What the suite needs to know about the hotel behind the adapter."""

    room_type_id: str
    rate_plan_id: str

    @property
    def rooms(self) -> int:
        """Rooms of the type."""

    @property
    def pms(self) -> Pms:
        """The adapter."""

    @property
    def today(self) -> dt.date:
        """The hotel's business day."""

    def raise_price(self) -> None:
        """Make every night of the room type dearer from now on."""


GUEST = Guest(name="María de la Cruz", email="maria@example.com", phone="+5491155550199")


def stay_in(world: World, days: int = 5, *, nights: int = 3, rooms: tuple[Party, ...] = (Party(2),)) -> Stay:
    check_in = world.today + dt.timedelta(days=days)
    return Stay(check_in, check_in + dt.timedelta(days=nights), rooms)


def offer_for(world: World, stay: Stay) -> Offer | None:
    return next(
        (
            offer
            for offer in world.pms.search(stay)
            if (offer.room_type_id, offer.rate_plan_id) == (world.room_type_id, world.rate_plan_id)
        ),
        None,
    )


def request_for(
    world: World, stay: Stay, *, reference: str | None = None, hold_id: str | None = None
) -> BookingRequest:
    offer = offer_for(world, stay)
    price = offer.total if offer else Money(Decimal(1), "ARS")
    return BookingRequest(
        reference=reference or f"T-{uuid.uuid4().hex}",
        stay=stay,
        room_type_id=world.room_type_id,
        rate_plan_id=world.rate_plan_id,
        price=price,
        guest=GUEST,
        hold_id=hold_id,
    )


def booked(world: World, stay: Stay, *, reference: str | None = None) -> PmsBooking:
    result = world.pms.book(request_for(world, stay, reference=reference))
    assert isinstance(result, Done), result
    return result.value


def left(world: World, stay: Stay) -> list[int]:
    found = world.pms.nights_left(world.room_type_id, stay.check_in, stay.check_out)
    return [found[stay.check_in + dt.timedelta(days=number)] for number in range(stay.nights)]


@pytest.mark.contract
class PmsConformance:
    """Inherit and provide `world`."""

    # -- reads --------------------------------------------------------------------------------------------------------

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

    # -- booking ------------------------------------------------------------------------------------------------------

    def test_a_booking_is_what_was_asked_for_and_takes_a_room(self, world: World) -> None:
        stay = stay_in(world)
        request = request_for(world, stay)
        result = world.pms.book(request)

        assert isinstance(result, Done)
        made = result.value
        assert (made.reference, made.status) == (request.reference, BookingStatus.ACTIVE)
        assert (made.check_in, made.check_out, made.rooms) == (stay.check_in, stay.check_out, 1)
        assert (made.room_type_id, made.total) == (world.room_type_id, request.price)
        assert left(world, stay) == [world.rooms - 1] * stay.nights
        assert world.pms.get(made.booking_id) == made

    def test_the_same_reference_books_once(self, world: World) -> None:
        if not world.pms.capabilities.can_look_up:
            pytest.skip("this PMS cannot be asked by reference")
        stay = stay_in(world)
        request = request_for(world, stay)
        first, second = world.pms.book(request), world.pms.book(request)

        assert isinstance(first, Done)
        assert isinstance(second, Done)
        assert first.value.booking_id == second.value.booking_id
        assert left(world, stay) == [world.rooms - 1] * stay.nights
        assert [one.booking_id for one in world.pms.find(request.reference)] == [first.value.booking_id]

    def test_the_last_room_is_sold_once(self, world: World) -> None:
        stay = stay_in(world)
        request = request_for(world, stay)
        for _ in range(world.rooms):
            booked(world, stay)

        result = world.pms.book(request)

        assert isinstance(result, Refused)
        assert result.reason == Reason.SOLD_OUT
        assert list(world.pms.find(request.reference)) == []
        assert left(world, stay) == [0] * stay.nights

    def test_a_booking_that_keeps_its_rooms_is_worth_it(self, world: World) -> None:
        stay = stay_in(world)
        for _ in range(world.rooms):
            made = booked(world, stay)

        for _ in range(2):
            assert world.pms.adopt(made) == Done(made)

        assert left(world, stay) == [0] * stay.nights

    def test_families_and_several_rooms_are_booked_as_asked(self, world: World) -> None:
        if world.rooms < 2:
            pytest.skip("this world has one room")
        stay = stay_in(world, rooms=(Party(2, (6,)), Party(1)))
        request = replace(request_for(world, stay), notes='Cuna, por favor. <b>Llegamos tarde</b> & "cansados" ñ')

        result = world.pms.book(request)

        assert isinstance(result, Done), result
        assert (result.value.rooms, result.value.total) == (2, request.price)
        assert left(world, stay) == [world.rooms - 2] * stay.nights

    def test_one_sold_out_night_refuses_the_stay(self, world: World) -> None:
        for _ in range(world.rooms):
            booked(world, stay_in(world, 6, nights=1))

        result = world.pms.book(request_for(world, stay_in(world, 5, nights=3)))

        assert isinstance(result, Refused)
        assert result.reason == Reason.SOLD_OUT
        assert left(world, stay_in(world, 5, nights=3)) == [world.rooms, 0, world.rooms]

    @pytest.mark.parametrize("difference", [Decimal("-0.01"), Decimal(1), Decimal(-50_000)])
    def test_it_is_booked_at_the_quoted_price_or_not_at_all(self, world: World, difference: Decimal) -> None:
        stay = stay_in(world)
        request = request_for(world, stay)
        wrong = replace(request, price=Money(request.price.amount + difference, request.price.currency))

        result = world.pms.book(wrong)

        assert isinstance(result, Refused)
        assert result.reason == Reason.PRICE_CHANGED
        assert left(world, stay) == [world.rooms] * stay.nights

    def test_a_price_that_rose_since_the_quote_is_refused(self, world: World) -> None:
        stay = stay_in(world)
        request = request_for(world, stay)
        world.raise_price()

        result = world.pms.book(request)

        assert isinstance(result, Refused)
        assert result.reason == Reason.PRICE_CHANGED
        assert left(world, stay) == [world.rooms] * stay.nights

    @pytest.mark.parametrize(
        "guest",
        [
            replace(GUEST, name="   "),
            replace(GUEST, name="Ana\x00López"),
            replace(GUEST, email="not an address"),
        ],
        ids=["no name", "control character", "no e-mail"],
    )
    def test_guest_data_no_pms_takes_is_refused(self, world: World, guest: Guest) -> None:
        stay = stay_in(world)
        result = world.pms.book(replace(request_for(world, stay), guest=guest))

        assert isinstance(result, Refused)
        assert result.reason == Reason.BAD_GUEST_DATA
        assert left(world, stay) == [world.rooms] * stay.nights

    def test_unknown_types_are_refused(self, world: World) -> None:
        result = world.pms.book(replace(request_for(world, stay_in(world)), room_type_id="no such type"))

        assert isinstance(result, Refused)
        assert result.reason == Reason.UNKNOWN_ROOM_TYPE

    # -- cancelling ---------------------------------------------------------------------------------------------------

    def test_cancelling_gives_the_room_back_once(self, world: World) -> None:
        stay = stay_in(world)
        made = booked(world, stay)

        for number in range(2):
            result = world.pms.cancel(made.booking_id, f"T-cancel-{number}")
            assert isinstance(result, Done)
            assert result.value.status == BookingStatus.CANCELLED
            assert left(world, stay) == [world.rooms] * stay.nights

        found = world.pms.get(made.booking_id)
        assert found is not None
        assert found.status == BookingStatus.CANCELLED

    def test_what_does_not_exist_cannot_be_cancelled_or_read(self, world: World) -> None:
        result = world.pms.cancel("no such booking", "T-cancel")

        assert isinstance(result, Refused)
        assert result.reason == Reason.UNKNOWN_BOOKING
        assert world.pms.get("no such booking") is None

    def test_the_fee_is_the_offers(self, world: World) -> None:
        if not world.pms.capabilities.fee_preview:
            pytest.skip("this PMS tells no fees")
        stay = stay_in(world, 20)
        offer = offer_for(world, stay)
        assert offer is not None
        made = booked(world, stay)

        now = clock.now()
        assert world.pms.cancellation_fee(made.booking_id, now) == offer.terms.fee_at(now)
        if offer.terms.free_until is not None:
            after = offer.terms.free_until
            assert world.pms.cancellation_fee(made.booking_id, after) == offer.terms.fee_after
        with pytest.raises(Permanent):
            world.pms.cancellation_fee("no such booking", now)

    # -- notes --------------------------------------------------------------------------------------------------------

    def test_a_note_reaches_the_desk_or_is_refused(self, world: World) -> None:
        made = booked(world, stay_in(world))
        result = world.pms.add_note(made.booking_id, "T-note", "Llega a las 23 h")
        if not world.pms.capabilities.notes:
            assert isinstance(result, Refused)
            assert result.reason == Reason.NOT_SUPPORTED
            return

        assert result == Done(made)
        missing = world.pms.add_note("no such booking", "T-note", "Llega a las 23 h")
        assert isinstance(missing, Refused)
        assert missing.reason == Reason.UNKNOWN_BOOKING

    # -- holds --------------------------------------------------------------------------------------------------------

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

    # -- rooms of several types ---------------------------------------------------------------------------------------

    def mixed(self, world: World, stay: Stay) -> Stay:
        """Two people in a room of the world's type and one in a room of another type."""
        other = next(one.room_type_id for one in world.pms.room_types() if one.room_type_id != world.room_type_id)
        return replace(stay, rooms=(Party(2, (), world.room_type_id), Party(1, (), other)))

    def test_rooms_of_several_types_are_one_booking_or_none(self, world: World) -> None:
        stay = self.mixed(world, stay_in(world))
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
        stay = self.mixed(world, stay_in(world))
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
        stay = self.mixed(world, stay_in(world))
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
        moved = world.pms.amend(self.amend_to(world, made.value, self.mixed(world, stay_in(world, 12)), "T-a"))
        assert isinstance(moved, Done)
        assert moved.value.rooms_by_type() == {world.room_type_id: 1, other: 1}
        assert taken() == ([0] * 3, [0] * 3)
        result = world.pms.amend(self.amend_to(world, made.value, stay_in(world), "T-b"))
        assert isinstance(result, Done)
        assert result.value.rooms_by_type() == {world.room_type_id: 1}
        assert taken() == ([1] * 3, [0] * 3)

    # -- changing -----------------------------------------------------------------------------------------------------

    def amend_to(self, world: World, made: PmsBooking, stay: Stay, reference: str = "T-amend") -> AmendRequest:
        offer = offer_for(world, stay)
        price = offer.total if offer else made.total
        return AmendRequest(reference, made.booking_id, stay, world.room_type_id, world.rate_plan_id, price)

    def test_a_change_moves_the_nights(self, world: World) -> None:
        before, after = stay_in(world, 5), stay_in(world, 12, nights=2)
        made = booked(world, before)
        request = self.amend_to(world, made, after)
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

        result = world.pms.amend(replace(self.amend_to(world, made[0], wanted), price=price))

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
            self.amend_to(world, made, full),
            replace(self.amend_to(world, made, stay_in(world, 20)), price=Money(Decimal(1), made.total.currency)),
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

        result = world.pms.amend(self.amend_to(world, made, stay_in(world, 12)))

        assert isinstance(result, Refused)
        assert result.reason == Reason.NOT_CHANGEABLE
        assert left(world, stay_in(world, 12)) == [world.rooms] * 3
