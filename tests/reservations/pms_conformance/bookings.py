"""Making a booking, giving it back, telling the desk something about it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from hotel_agent.common import clock
from hotel_agent.common.exceptions import Permanent
from hotel_agent.common.money import Money
from integrations.pms.base import (
    BookingStatus,
    Done,
    Guest,
    Party,
    Reason,
    Refused,
)
from tests.reservations.pms_conformance.asking import (
    GUEST,
    World,
    booked,
    left,
    offer_for,
    request_for,
    stay_in,
)


class Bookings:
    """Booked as asked, once, at the quoted price, or not at all."""

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
