"""Keeping rooms: how long, how many, and that nothing is ever kept for nobody."""

from __future__ import annotations

import contextlib
import datetime as dt
import uuid
from collections.abc import Iterator

import pytest
import time_machine

from hotel_agent.common import clock
from hotel_agent.common.exceptions import DependencyDown
from integrations.pms.base import Capabilities, Reason, Refused
from reservations.models import BuiltinHold, Hold, PmsCall, QuoteOption, RoomNight, StayEvent
from reservations.services import auditing, booking, calls, holding, quoting
from reservations.services.holding import HoldProblem, HoldRefused
from tenants.scoping import tenant_scope
from tests.factories.reservations import GUEST, Hotel, held_option, quote_option, requested
from tests.reservations.faulty_pms import Fault, FaultyPms, WorkerDied

KEY = uuid.UUID(int=7)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def scope(hotel: Hotel) -> Iterator[None]:
    with tenant_scope(hotel.tenant):
        yield


def place(hotel: Hotel, option: QuoteOption, pms: FaultyPms | None = None, **changes: object) -> Hold | HoldRefused:
    wanted: dict[str, object] = {"conversation_key": KEY, "guest_key": "guest"} | changes
    if pms is not None:
        wanted["connect"] = pms.connect
    return holding.place_hold(tenant=hotel.tenant, option=option, **wanted)  # type: ignore[arg-type]


def kept(hotel: Hotel, arrival: int = 9) -> int:
    night = hotel.first_night + dt.timedelta(days=arrival)
    return RoomNight.objects.get(room_type=hotel.double, night=night).held


def run_all(pms: FaultyPms | None = None) -> None:
    while calls.run_due_calls(connect=pms.connect) if pms else calls.run_due_calls():
        pass


def events() -> list[str]:
    return list(StayEvent.objects.order_by("pk").values_list("kind", flat=True))


def test_a_hold_keeps_the_room_and_its_quote_for_twenty_minutes(hotel: Hotel, moving: time_machine.Traveller) -> None:
    option = quote_option(hotel, hotel.stay())
    moving.shift(25 * MINUTE)
    hold = place(hotel, option)

    assert isinstance(hold, Hold)
    assert hold.state == Hold.State.OPEN
    assert hold.expires_at == clock.now() + 20 * MINUTE
    assert kept(hotel) == 1
    option.quote.refresh_from_db()
    assert option.quote.expires_at == hold.expires_at


def test_holding_again_is_the_same_hold(hotel: Hotel) -> None:
    option = quote_option(hotel, hotel.stay())

    first, second = place(hotel, option), place(hotel, option)

    assert isinstance(first, Hold)
    assert isinstance(second, Hold)
    assert (first.pk, first.expires_at) == (second.pk, second.expires_at)
    assert kept(hotel) == 1


def test_an_expired_quote_is_not_held(hotel: Hotel, moving: time_machine.Traveller) -> None:
    option = quote_option(hotel, hotel.stay())
    moving.shift(30 * MINUTE)

    assert place(hotel, option) == HoldRefused(HoldProblem.QUOTE_EXPIRED)
    assert kept(hotel) == 0


def test_a_sold_out_room_is_not_held_and_can_be_tried_again(hotel: Hotel) -> None:
    option = quote_option(hotel, hotel.stay(), guest_key="late")
    others = [held_option(hotel, hotel.stay(), guest_key=name) for name in ("a", "b")]

    assert place(hotel, option, guest_key="late") == HoldRefused(HoldProblem.SOLD_OUT, Reason.SOLD_OUT)

    holding.release_hold(tenant=hotel.tenant, hold=others[0])
    assert isinstance(place(hotel, option, guest_key="late"), Hold)
    assert kept(hotel) == 2


def test_rules_that_changed_since_the_quote_are_not_called_sold_out(hotel: Hotel) -> None:
    option = quote_option(hotel, hotel.stay())
    RoomNight.objects.update(min_stay=7)

    assert place(hotel, option) == HoldRefused(HoldProblem.CLOSED, Reason.MIN_STAY)


def test_a_hold_is_extended_twice_by_ten_minutes_with_its_quote(hotel: Hotel, moving: time_machine.Traveller) -> None:
    hold = held_option(hotel, hotel.stay())
    end = hold.expires_at

    for number in (1, 2):
        extended = holding.extend_hold(tenant=hotel.tenant, hold=hold)
        assert isinstance(extended, Hold)
        assert extended.expires_at == end + number * 10 * MINUTE
    assert holding.extend_hold(tenant=hotel.tenant, hold=hold) == HoldRefused(HoldProblem.NO_MORE_EXTENSIONS)

    hold.option.quote.refresh_from_db()
    assert hold.option.quote.expires_at == end + 20 * MINUTE
    assert BuiltinHold.objects.get().expires_at == end + 20 * MINUTE
    assert kept(hotel) == 1


def test_a_lapsed_hold_is_not_extended(hotel: Hotel, moving: time_machine.Traveller) -> None:
    hold = held_option(hotel, hotel.stay())
    moving.shift(20 * MINUTE)

    assert holding.extend_hold(tenant=hotel.tenant, hold=hold) == HoldRefused(HoldProblem.LAPSED)


def test_a_lapsed_hold_gives_its_room_back_and_tells_its_guest_once(
    hotel: Hotel, moving: time_machine.Traveller
) -> None:
    hold = held_option(hotel, hotel.stay(), key=KEY)
    moving.shift(20 * MINUTE - dt.timedelta(seconds=1))
    assert holding.lapse_due_holds() == 0
    moving.shift(dt.timedelta(seconds=1))

    assert [holding.lapse_due_holds() for _ in range(3)] == [1, 0, 0]

    hold.refresh_from_db()
    assert hold.state == Hold.State.LAPSED
    assert kept(hotel) == 0
    event = StayEvent.objects.get()
    assert (event.kind, event.conversation_key, event.hold_id) == ("hold_lapsed", KEY, hold.pk)
    assert event.payload == {"option_id": str(hold.option.public_id), "hold_id": str(hold.public_id)}


def test_a_released_hold_never_lapses(hotel: Hotel, moving: time_machine.Traveller) -> None:
    hold = held_option(hotel, hotel.stay(), key=KEY)
    for _ in range(2):
        holding.release_hold(tenant=hotel.tenant, hold=hold)
    assert kept(hotel) == 0
    moving.shift(60 * MINUTE)

    assert holding.lapse_due_holds() == 0
    assert events() == []


def test_a_hold_that_became_a_booking_neither_lapses_nor_is_released(
    hotel: Hotel, moving: time_machine.Traveller
) -> None:
    reservation = requested(hotel, hotel.stay(), key=KEY)
    assert reservation.hold is not None
    holding.release_hold(tenant=hotel.tenant, hold=reservation.hold)
    moving.shift(60 * MINUTE)
    assert holding.lapse_due_holds() == 0
    run_all()

    reservation.hold.refresh_from_db()
    assert reservation.hold.state == Hold.State.USED
    assert events() == ["booked"]


def test_a_third_hold_pushes_out_the_oldest_of_the_same_conversation(
    hotel: Hotel, moving: time_machine.Traveller
) -> None:
    holds = []
    for arrival in (9, 20, 30):
        moving.shift(MINUTE)
        holds.append(place(hotel, quote_option(hotel, hotel.stay(arrival))))

    states = [Hold.objects.get(pk=hold.pk).state for hold in holds if isinstance(hold, Hold)]
    assert states == ["released", "open", "open"]
    assert [kept(hotel, arrival) for arrival in (9, 20, 30)] == [0, 1, 1]


def test_a_third_hold_in_another_conversation_is_refused(hotel: Hotel) -> None:
    for arrival in (9, 20):
        place(hotel, quote_option(hotel, hotel.stay(arrival)))

    refused = place(hotel, quote_option(hotel, hotel.stay(30)), conversation_key=uuid.uuid4())

    assert refused == HoldRefused(HoldProblem.TOO_MANY)
    assert [kept(hotel, arrival) for arrival in (9, 20, 30)] == [1, 1, 0]


def test_the_replaced_hold_frees_its_own_room_for_the_new_one(hotel: Hotel) -> None:
    other_plan = quote_option(hotel, hotel.stay(), plan="fixed")
    held_option(hotel, hotel.stay(), guest_key="other")
    old = held_option(hotel, hotel.stay())
    assert kept(hotel) == 2

    hold = place(hotel, other_plan, replaces=old)

    assert isinstance(hold, Hold)
    assert kept(hotel) == 2
    old.refresh_from_db()
    assert old.state == Hold.State.RELEASED


def test_a_booked_option_is_not_held_again(hotel: Hotel) -> None:
    reservation = requested(hotel, hotel.stay())

    assert place(hotel, reservation.option) == HoldRefused(HoldProblem.ALREADY_BOOKED)


def test_without_holds_in_the_pms_nothing_is_pretended(hotel: Hotel) -> None:
    pms = FaultyPms(hotel.tenant, capabilities=Capabilities(False, False, True, True, False))

    assert place(hotel, quote_option(hotel, hotel.stay()), pms) == HoldRefused(HoldProblem.NOT_SUPPORTED)
    assert not Hold.objects.exists()


def test_a_pms_that_is_down_keeps_nothing_and_may_be_asked_again(hotel: Hotel) -> None:
    pms = FaultyPms(hotel.tenant)
    option = quote_option(hotel, hotel.stay())
    pms.announce("hold", Fault.DOWN)

    with pytest.raises(DependencyDown):
        place(hotel, option, pms)
    assert Hold.objects.get().state == Hold.State.REFUSED

    assert isinstance(place(hotel, option, pms), Hold)
    assert kept(hotel) == 1


@pytest.mark.parametrize("fault", [Fault.ANSWER_LOST, Fault.REQUEST_LOST, Fault.DIES_BEFORE, Fault.DIES_AFTER])
def test_a_turn_that_is_repeated_after_a_fault_ends_with_one_kept_room(hotel: Hotel, fault: Fault) -> None:
    pms = FaultyPms(hotel.tenant)
    option = quote_option(hotel, hotel.stay())
    pms.announce("hold", fault)
    with pytest.raises((DependencyDown, WorkerDied)):
        place(hotel, option, pms)

    hold = place(hotel, option, pms)

    assert isinstance(hold, Hold)
    assert hold.state == Hold.State.OPEN
    assert kept(hotel) == 1
    assert Hold.objects.count() == 1


@pytest.mark.parametrize("fault", [Fault.ANSWER_LOST, Fault.REQUEST_LOST, Fault.DIES_BEFORE, Fault.DIES_AFTER])
def test_a_turn_that_is_never_repeated_leaves_no_kept_room(
    hotel: Hotel, fault: Fault, moving: time_machine.Traveller
) -> None:
    pms = FaultyPms(hotel.tenant)
    pms.announce("hold", fault)
    with pytest.raises((DependencyDown, WorkerDied)):
        place(hotel, quote_option(hotel, hotel.stay()), pms)
    moving.shift(3 * MINUTE)

    assert holding.lapse_due_holds(connect=pms.connect) == 1

    assert kept(hotel) == 0
    assert Hold.objects.get().state == Hold.State.RELEASED
    assert events() == []  # the guest was never told of a room
    assert auditing.violations(tenant=hotel.tenant) == []


def test_a_worker_that_wakes_up_after_the_sweeper_gave_up_keeps_nothing(
    hotel: Hotel, moving: time_machine.Traveller
) -> None:
    pms = FaultyPms(hotel.tenant)
    option = quote_option(hotel, hotel.stay())
    real_hold = pms.inner.hold

    def slow_hold(*args: object, **kwargs: object) -> object:
        moving.shift(3 * MINUTE)
        holding.lapse_due_holds(connect=lambda tenant: pms.inner)
        return real_hold(*args, **kwargs)  # type: ignore[arg-type]

    class SlowPms(FaultyPms):
        hold = staticmethod(slow_hold)  # type: ignore[assignment]

    result = place(hotel, option, SlowPms(hotel.tenant))

    assert isinstance(result, HoldRefused)
    run_all()
    assert kept(hotel) == 0
    assert auditing.violations(tenant=hotel.tenant) == []


def test_a_hold_that_arrives_after_its_release_is_released_again(hotel: Hotel, moving: time_machine.Traveller) -> None:
    option = quote_option(hotel, hotel.stay())

    class Unaware(FaultyPms):
        """Knows nothing of the reference yet when the sweeper asks."""

        def hold(self, *_: object) -> Refused:
            return Refused(Reason.SOLD_OUT)

    class Slow(FaultyPms):
        def hold(self, *arguments: object) -> object:  # type: ignore[override]
            moving.shift(3 * MINUTE)
            holding.lapse_due_holds(connect=Unaware(hotel.tenant).connect)
            return self.inner.hold(*arguments)  # type: ignore[arg-type]

    result = place(hotel, option, Slow(hotel.tenant))
    assert isinstance(result, HoldRefused)
    assert kept(hotel) == 1

    run_all()
    assert kept(hotel) == 0


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.REQUEST_LOST, Fault.ANSWER_LOST, Fault.DIES_AFTER])
def test_a_room_is_given_back_as_often_as_it_takes(hotel: Hotel, fault: Fault, moving: time_machine.Traveller) -> None:
    pms = FaultyPms(hotel.tenant)
    hold = place(hotel, quote_option(hotel, hotel.stay()), pms)
    assert isinstance(hold, Hold)
    pms.announce("release", fault, Fault.DOWN)
    with contextlib.suppress(WorkerDied):
        holding.release_hold(tenant=hotel.tenant, hold=hold, connect=pms.connect)

    for _ in range(3):
        moving.shift(20 * MINUTE)
        calls.run_due_calls(connect=pms.connect)

    assert kept(hotel) == 0
    call = PmsCall.objects.get(kind="release")
    assert (call.state, call.outcome) == ("done", "done")
    assert events() == []


def test_a_release_asked_for_in_a_turn_is_made_after_its_commit(hotel: Hotel) -> None:
    hold = held_option(hotel, hotel.stay())

    holding.request_release(tenant=hotel.tenant, hold=hold)

    hold.refresh_from_db()
    assert hold.state == Hold.State.RELEASED
    assert kept(hotel) == 1  # the PMS is told by the call
    run_all()
    assert kept(hotel) == 0


def test_a_hold_of_another_option_does_not_book(hotel: Hotel) -> None:
    hold = held_option(hotel, hotel.stay(9))
    other = quote_option(hotel, hotel.stay(20))

    refused = booking.request_booking(
        tenant=hotel.tenant, option=other, hold=hold, guest=GUEST, conversation_key=KEY, guest_key="guest",
        channel="whatsapp",
    )  # fmt: skip

    assert refused == booking.BookingRefused(booking.BookingProblem.HOLD_LAPSED)
    assert quoting.is_valid(other)
