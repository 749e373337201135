"""Many guests at once, on real threads and a real database."""

from __future__ import annotations

import functools
import threading
import uuid
from collections.abc import Callable
from typing import TypeVar

import pytest
import time_machine
from django.db import connection, transaction

from hotel_agent.common import dispatch
from integrations.pms.base import BookingRequest, Done, Party
from reservations.models import Block, BuiltinBooking, CalendarFeed, Hold, PmsCall, Reservation, RoomNight, StayEvent
from reservations.services import auditing, booking, calls, holding
from reservations.services.builtin import BuiltinPms, blocks
from reservations.services.holding import HoldRefused
from tenants.scoping import tenant_scope
from tests.factories.reservations import GUEST, Hotel, held_option, open_hotel, quote_option
from tests.reservations.pms_conformance import left, request_for, stay_in
from tests.reservations.test_builtin_pms import BuiltinWorld

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]

T = TypeVar("T")


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody consumes in these tests: publishing is paused the way a failing broker pauses it."""
    monkeypatch.setattr(dispatch, "_skip_until", float("inf"))


def at_once(works: list[Callable[[], T]]) -> list[T | BaseException]:
    """Run each in its own thread with its own connection, started together; results or exceptions in order."""
    barrier = threading.Barrier(len(works))
    results: list[T | BaseException] = [RuntimeError("did not run")] * len(works)

    def run(number: int) -> None:
        try:
            barrier.wait(timeout=30)
            results[number] = works[number]()
        except BaseException as error:  # shown by the assertion
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=90)
    return results


def guest_takes_a_room(hotel: Hotel, option_id: int, guest_key: str) -> str:
    """Hold, confirm, and let the PMS call run, as one conversation after the other process would."""
    from reservations.models import QuoteOption

    with tenant_scope(hotel.tenant):
        option = QuoteOption.objects.select_related("quote").get(pk=option_id)
        key = uuid.uuid4()
        hold = holding.place_hold(tenant=hotel.tenant, option=option, conversation_key=key, guest_key=guest_key)
        if isinstance(hold, HoldRefused):
            return str(hold.problem)
        reservation = booking.request_booking(
            tenant=hotel.tenant,
            option=option,
            hold=hold,
            guest=GUEST,
            conversation_key=key,
            guest_key=guest_key,
            channel="whatsapp",
        )
        assert isinstance(reservation, Reservation)
        call = PmsCall.objects.get(reservation=reservation, kind="book")
        calls.run_call(call.pk)
        reservation.refresh_from_db()
        return reservation.state


def test_fifty_guests_at_the_last_room_are_one_confirmation_and_49_refusals() -> None:
    hotel = open_hotel(doubles=1)
    stay = hotel.stay()
    options = [quote_option(hotel, stay, guest_key=f"g{number}").pk for number in range(50)]

    results = at_once(
        [lambda pk=pk, number=number: guest_takes_a_room(hotel, pk, f"g{number}") for number, pk in enumerate(options)]  # type: ignore[misc]
    )

    assert sorted(map(str, results)) == ["confirmed"] + ["sold_out"] * 49
    with tenant_scope(hotel.tenant):
        assert BuiltinBooking.objects.count() == 1
        nights = RoomNight.objects.filter(room_type=hotel.double, night__gte=stay.check_in, night__lt=stay.check_out)
        assert {(night.sold, night.held) for night in nights} == {(1, 0)}
    assert auditing.violations(tenant=hotel.tenant) == []


def test_guests_without_holds_meet_the_same_refusal_at_the_counter() -> None:
    world = BuiltinWorld(open_hotel(doubles=3), rooms=3)
    stay = stay_in(world)
    requests = [request_for(world, stay) for _ in range(20)]

    results = at_once([lambda one=one: world.pms.book(one) for one in requests])  # type: ignore[misc]

    outcomes = sorted("booked" if isinstance(one, Done) else str(getattr(one, "reason", one)) for one in results)
    assert outcomes == ["booked"] * 3 + ["sold_out"] * 17
    assert auditing.violations(tenant=world.hotel.tenant) == []


def test_the_same_option_confirmed_in_parallel_is_one_reservation() -> None:
    hotel = open_hotel()
    hold = held_option(hotel, hotel.stay())

    def confirm() -> int:
        result = booking.request_booking(
            tenant=hotel.tenant,
            option=hold.option,
            hold=hold,
            guest=GUEST,
            conversation_key=None,
            guest_key="guest",
            channel="whatsapp",
        )
        assert isinstance(result, Reservation), result
        return result.pk

    results = at_once([confirm] * 5)

    assert len(set(results)) == 1, results
    with tenant_scope(hotel.tenant):
        assert Reservation.objects.count() == 1
        assert PmsCall.objects.count() == 1


def test_one_call_run_by_many_workers_books_and_tells_once() -> None:
    hotel = open_hotel()
    key = uuid.uuid4()
    hold = held_option(hotel, hotel.stay(), key=key)
    with tenant_scope(hotel.tenant):
        booking.request_booking(
            tenant=hotel.tenant,
            option=hold.option,
            hold=hold,
            guest=GUEST,
            conversation_key=key,
            guest_key="guest",
            channel="whatsapp",
        )
        call_id = PmsCall.objects.get().pk

    results = at_once([lambda: calls.run_call(call_id)] * 8)

    assert sorted(map(str, results)) == ["False"] * 7 + ["True"]
    with tenant_scope(hotel.tenant):
        assert BuiltinBooking.objects.count() == 1
        assert [event.kind for event in StayEvent.objects.all()] == ["booked"]


def test_a_guest_with_three_simultaneous_turns_holds_at_most_two() -> None:
    hotel = open_hotel(doubles=5)
    options = [quote_option(hotel, hotel.stay(arrival)) for arrival in (5, 15, 25)]

    results = at_once(
        [
            lambda option=option: holding.place_hold(  # type: ignore[misc]
                tenant=hotel.tenant, option=option, conversation_key=uuid.uuid4(), guest_key="guest"
            )
            for option in options
        ]
    )

    kept = [one for one in results if isinstance(one, Hold)]
    assert len(kept) == 2, results
    with tenant_scope(hotel.tenant):
        assert Hold.objects.filter(state="open").count() == 2


def confirm_held(hotel: Hotel, hold: Hold) -> Reservation | booking.BookingRefused:
    return booking.request_booking(
        tenant=hotel.tenant,
        option=hold.option,
        hold=hold,
        guest=GUEST,
        conversation_key=hold.conversation_key,
        guest_key=hold.guest_key,
        channel="whatsapp",
    )


def test_a_hold_whose_booking_is_being_written_does_not_lapse() -> None:
    hotel = open_hotel()
    hold = held_option(hotel, hotel.stay(), key=uuid.uuid4())

    with transaction.atomic():
        assert isinstance(confirm_held(hotel, hold), Reservation)
        with time_machine.travel(hold.expires_at):
            assert at_once([holding.lapse_due_holds]) == [0]  # another process, before we commit
    with time_machine.travel(hold.expires_at):
        assert holding.lapse_due_holds() == 0
        calls.run_due_calls()

    with tenant_scope(hotel.tenant):
        assert [event.kind for event in StayEvent.objects.all()] == ["booked"]
    assert auditing.violations(tenant=hotel.tenant) == []


def test_a_confirmation_that_waits_for_the_lapse_is_refused() -> None:
    hotel = open_hotel()
    hold = held_option(hotel, hotel.stay(), key=uuid.uuid4())
    locked, waiting = threading.Event(), threading.Event()

    def lapse() -> None:
        with tenant_scope(hotel.tenant), transaction.atomic():
            Hold.objects.select_for_update().get(pk=hold.pk)
            Hold.objects.filter(pk=hold.pk).update(state=Hold.State.LAPSED)
            locked.set()
            while not waiting.is_set():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
                    if cursor.fetchone():
                        waiting.set()

    def confirm() -> Reservation | booking.BookingRefused:
        assert locked.wait(timeout=30)
        return confirm_held(hotel, hold)

    _, result = at_once([lapse, confirm])

    assert result == booking.BookingRefused(booking.BookingProblem.HOLD_LAPSED)
    with tenant_scope(hotel.tenant):
        assert not Reservation.objects.exists()


def test_opposite_orders_of_nights_do_not_deadlock() -> None:
    world = BuiltinWorld(open_hotel(doubles=40), rooms=40)
    stays = [stay_in(world, days, nights=6) for days in (2, 4, 6, 3, 5, 7)] * 4
    requests = [request_for(world, stay) for stay in stays]

    results = at_once([lambda one=one: world.pms.book(one) for one in requests])  # type: ignore[misc]

    assert all(isinstance(one, Done) for one in results), results
    made = [one.value for one in results if isinstance(one, Done)]
    assert len({one.booking_id for one in made}) == 24
    cancelled = at_once([lambda one=one: world.pms.cancel(one.booking_id, "T") for one in made])  # type: ignore[misc]
    assert all(isinstance(one, Done) for one in cancelled), cancelled
    with tenant_scope(world.hotel.tenant):
        assert RoomNight.objects.filter(sold__gt=0).count() == 0
    assert BuiltinPms(world.hotel.tenant).nights_left("double", stays[0].check_in, stays[0].check_out)


def test_several_rooms_per_booking_never_share_the_last_ones() -> None:
    """Five rooms, parties of two rooms: two are served, whoever comes first, and the fifth room stays free."""
    world = BuiltinWorld(open_hotel(doubles=5), rooms=5)
    stay = stay_in(world, rooms=(Party(2), Party(2)))
    requests = [request_for(world, stay) for _ in range(16)]

    results = at_once([lambda one=one: world.pms.book(one) for one in requests])  # type: ignore[misc]

    outcomes = sorted("booked" if isinstance(one, Done) else str(getattr(one, "reason", one)) for one in results)
    assert outcomes == ["booked"] * 2 + ["sold_out"] * 14
    assert left(world, stay) == [1] * stay.nights
    assert auditing.violations(tenant=world.hotel.tenant) == []


def test_a_block_and_guests_do_not_get_the_same_room() -> None:
    world = BuiltinWorld(open_hotel(doubles=2))
    hotel, stay = world.hotel, stay_in(world)
    request = [request_for(world, stay) for _ in range(6)]

    def close_one() -> object:
        try:
            return blocks.block(
                tenant=hotel.tenant, room_type=hotel.double, check_in=stay.check_in, check_out=stay.check_out
            )
        except blocks.BlockClash as clash:
            return clash

    def book(one: BookingRequest) -> object:
        return world.pms.book(one)

    works: list[Callable[[], object]] = [functools.partial(book, one) for one in request]
    results = at_once([*works, *[close_one] * 6])

    won = sum(isinstance(one, Done | Block) for one in results)
    assert won == 2
    assert left(world, stay) == [0] * stay.nights
    assert auditing.violations(tenant=hotel.tenant) == []


def test_calendars_read_at_once_count_each_stay_once() -> None:
    hotel = open_hotel(doubles=2)
    with tenant_scope(hotel.tenant):
        feed = CalendarFeed.objects.create(
            tenant=hotel.tenant, name="x", room_type=hotel.double, url="https://x.example/a.ics"
        )
    stay = hotel.stay()
    taken = [blocks.Taken("a", stay.check_in, stay.check_out)]

    results = at_once([lambda: blocks.sync(tenant=hotel.tenant, feed=feed, taken=taken)] * 6)

    assert sorted(str(getattr(one, "added", one)) for one in results) == ["0"] * 5 + ["1"]
    assert auditing.violations(tenant=hotel.tenant) == []
