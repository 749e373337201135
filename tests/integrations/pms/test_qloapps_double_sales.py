"""QloApps sells a room twice, leaves ghosts and orders old carts; the adapter finds and undoes it."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal

import pytest

from integrations.pms.base import BookingStatus, Done, Reason, Refused, Unknown
from tests.integrations.pms.qloapps_hotel import QloAppsWorld, ours
from tests.reservations.pms_conformance import booked, left, request_for, stay_in
from tests.stand_ins.qloapps import Fault, QloAppsStandIn
from tests.stand_ins.qloapps_world import CANCELLED, Line


def sell_to_somebody_else(server: QloAppsStandIn, stay: object, *, room: int, source: str = "Booking.com") -> int:
    """A sale of another channel that QloApps did not stop; returns the order."""
    from integrations.pms.base import Stay

    assert isinstance(stay, Stay)
    order, _ = server.world.book({
        "id_property": 1, "currency": "EUR", "source": source,
        "associations": {
            "customer_detail": {"firstname": "O", "lastname": "T", "email": "o@example.com", "phone": "1"},
            "room_types": [{"id_room_type": 2, "checkin_date": str(stay.check_in), "checkout_date": str(stay.check_out),
                            "number_of_rooms": 1, "rooms": [{"adult": 1, "id_tax_rules_group": 1}]}],
        },
    })  # fmt: skip
    for line in server.world.lines.values():
        if line.order == order.id:
            line.room_type, line.room = 1, room
    return order.id


def test_a_room_shared_with_another_channel_is_given_up(world: QloAppsWorld, server: QloAppsStandIn) -> None:
    stay = stay_in(world)
    made = booked(world, stay)
    room = next(line.room for line in server.world.lines.values() if line.order == int(made.booking_id))
    other = sell_to_somebody_else(server, stay, room=room)

    result = world.pms.adopt(made)

    assert isinstance(result, Refused)
    assert result.reason == Reason.SOLD_OUT
    assert ours(server) == [other]


def test_of_two_of_ours_the_older_stays(world: QloAppsWorld, server: QloAppsStandIn) -> None:
    stay = stay_in(world)
    first = booked(world, stay, reference="HA-B-1")
    second = booked(world, stay, reference="HA-B-2")
    lines = {line.order: line for line in server.world.lines.values()}
    lines[int(second.booking_id)].room = lines[int(first.booking_id)].room

    assert world.pms.adopt(first) == Done(first)
    assert isinstance(world.pms.adopt(second), Refused)

    assert ours(server) == [int(first.booking_id)]


def test_stays_that_only_touch_share_nothing(world: QloAppsWorld, server: QloAppsStandIn) -> None:
    made = booked(world, stay_in(world, 5))
    before, after = booked(world, stay_in(world, 2)), booked(world, stay_in(world, 8))
    room = next(line.room for line in server.world.lines.values() if line.order == int(made.booking_id))
    for line in server.world.lines.values():
        line.room = room

    assert [world.pms.adopt(one) for one in (made, before, after)] == [Done(made), Done(before), Done(after)]


@pytest.mark.parametrize("race", ["ghost", "double"])
def test_parallel_sales_of_the_last_room_leave_at_most_one(server: QloAppsStandIn, race: str) -> None:
    """Without the lease that orders our own writes: however QloApps loses the race, one guest at most has the room."""
    server.world.race_s, server.world.race = 0.15, race  # type: ignore[assignment]
    world = QloAppsWorld(server)
    stay = stay_in(world)
    booked(world, stay, reference="HA-B-first")
    requests = [request_for(world, stay, reference=f"HA-B-{number}") for number in range(4)]
    results: list[object] = []
    barrier = threading.Barrier(len(requests))

    def sell(number: int) -> None:
        barrier.wait()
        results.append(world.pms.book(requests[number]))

    threads = [threading.Thread(target=sell, args=(number,)) for number in range(len(requests))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    done = [one for one in results if isinstance(one, Done)]
    assert len(done) == 1
    assert all(isinstance(one, Done) or (isinstance(one, Refused) and one.reason == Reason.SOLD_OUT) for one in results)
    live = server.world.live("HA-B-")
    assert len(live) == 2
    assert {order.id for order in live} == {int(one.value.booking_id) for one in done} | {1}
    assert left(world, stay) == [0, 0, 0]
    # Nothing that looks alive is left behind at the desk.
    kept = {order.id for order in live}
    assert {order.state for order in server.world.orders.values() if order.id not in kept} == {CANCELLED}


def test_a_ghost_is_not_a_booking(world: QloAppsWorld, server: QloAppsStandIn) -> None:
    stay = stay_in(world)
    made = booked(world, stay)
    for line in server.world.lines.values():
        line.is_cancelled = line.is_refunded = line.is_back_order = True
    server.world.orders[int(made.booking_id)].added -= dt.timedelta(minutes=5)

    (ghost,) = world.pms.find(made.reference)
    assert ghost.status == BookingStatus.EMPTY
    result = world.pms.adopt(ghost)

    assert isinstance(result, Refused)
    assert result.reason == Reason.SOLD_OUT
    assert server.world.orders[int(made.booking_id)].state == CANCELLED


def test_an_order_that_is_getting_its_rooms_is_left_alone(world: QloAppsWorld, server: QloAppsStandIn) -> None:
    made = booked(world, stay_in(world))
    for line in server.world.lines.values():
        line.is_back_order = True
    (young,) = world.pms.find(made.reference)

    assert isinstance(world.pms.adopt(young), Unknown)
    assert server.world.orders[int(made.booking_id)].state != CANCELLED


def test_the_guests_old_cart_ordered_instead_is_undone(world: QloAppsWorld, server: QloAppsStandIn) -> None:
    """200, and a booking of another room type on other dates that nobody asked for."""
    stay = stay_in(world)
    request = request_for(world, stay)
    server.world.types[1].is_stocked = False
    other = stay_in(world, 20)
    server.world.carts[request.guest.email] = Line(
        0, 0, 2, 50, other.check_in, other.check_out, 2, 0, Decimal(300), Decimal(69)
    )

    result = world.pms.book(request)

    assert isinstance(result, Refused)
    assert result.reason == Reason.SOLD_OUT
    assert ours(server) == []


def test_a_room_that_cannot_enter_a_cart_is_a_refusal(world: QloAppsWorld, server: QloAppsStandIn) -> None:
    request = request_for(world, stay_in(world))
    server.world.types[1].is_stocked = False

    assert isinstance(world.pms.book(request), Refused)
    assert ours(server) == []


def test_a_price_that_changes_between_quote_and_sale_is_not_charged(
    world: QloAppsWorld, server: QloAppsStandIn
) -> None:
    """It rises after our own check, just before QloApps prices the booking."""
    request = request_for(world, stay_in(world))
    original = server.world.book

    def dearer(body: dict[str, object]) -> object:
        world.raise_price()
        return original(body)

    server.world.book = dearer  # type: ignore[method-assign,assignment]

    result = world.pms.book(request)

    assert isinstance(result, Refused)
    assert result.reason == Reason.PRICE_CHANGED
    assert ours(server) == []


def test_what_cannot_be_undone_is_unknown_not_refused(world: QloAppsWorld, server: QloAppsStandIn) -> None:
    stay = stay_in(world)
    made = booked(world, stay)
    room = next(line.room for line in server.world.lines.values() if line.order == int(made.booking_id))
    sell_to_somebody_else(server, stay, room=room)
    server.announce(Fault("reset_before", "POST", "order_histories"))

    assert isinstance(world.pms.adopt(made), Unknown)
    assert isinstance(world.pms.adopt(made), Refused)
