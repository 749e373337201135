"""What QloApps gets wrong, and what the adapter makes of it: answers that lie, ghosts, double sales, stale carts."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from hotel_agent.common.exceptions import DependencyDown, Misconfigured
from integrations import outside
from integrations.exceptions import AccountRefused
from integrations.outside import Patience, Service
from integrations.pms.base import AmendRequest, BookingStatus, Done, Guest, Party, Pms, Reason, Refused, Unknown
from integrations.pms.qloapps import QloApps
from integrations.pms.qloapps import adapter as adapter_module
from tests.integrations.pms.qloapps_hotel import QloAppsWorld, config_for
from tests.reservations.pms_conformance import booked, left, offer_for, request_for, stay_in
from tests.stand_ins.qloapps import Fault, QloAppsStandIn
from tests.stand_ins.qloapps_world import CANCELLED, Line, small_hotel


@pytest.fixture
def server() -> Iterator[QloAppsStandIn]:
    with QloAppsStandIn(small_hotel()) as server:
        yield server


@pytest.fixture
def world(server: QloAppsStandIn) -> QloAppsWorld:
    return QloAppsWorld(server)


def ours(server: QloAppsStandIn) -> list[int]:
    return [order.id for order in server.world.live()]


# -- answers that lie -------------------------------------------------------------------------------------------------


def test_a_500_that_booked_is_a_booking(world: QloAppsWorld, server: QloAppsStandIn) -> None:
    server.announce(Fault("error_after", "POST", "bookings", status=500))
    request = request_for(world, stay_in(world))

    result = world.pms.book(request)

    assert isinstance(result, Done)
    assert (result.value.reference, result.value.total) == (request.reference, request.price)
    assert len(ours(server)) == 1


@pytest.mark.parametrize("kind", ["html", "error"])
def test_a_page_or_an_error_without_a_booking_is_no_booking(
    world: QloAppsWorld, server: QloAppsStandIn, kind: str
) -> None:
    server.announce(Fault(kind, "POST", "bookings"))  # type: ignore[arg-type]
    stay = stay_in(world)

    result = world.pms.book(request_for(world, stay))

    assert isinstance(result, Refused)
    assert result.reason == Reason.OTHER
    assert "/var/www" not in result.detail
    assert left(world, stay) == [2, 2, 2]


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_gateway_that_gave_up_leaves_it_open(world: QloAppsWorld, server: QloAppsStandIn, status: int) -> None:
    """The request may still be running behind it."""
    server.announce(Fault("error", "POST", "bookings", status=status))

    assert isinstance(world.pms.book(request_for(world, stay_in(world))), Unknown)


def test_an_answer_that_does_not_arrive_is_unknown_and_found_by_reference(
    world: QloAppsWorld, server: QloAppsStandIn
) -> None:
    server.announce(Fault("reset_after", "POST", "bookings"))
    request = request_for(world, stay_in(world))

    assert isinstance(world.pms.book(request), Unknown)

    (found,) = world.pms.find(request.reference)
    assert world.pms.adopt(found) == Done(found)
    again = world.pms.book(request)
    assert again == Done(found)
    assert len(server.asked("POST", "bookings")) == 1


def test_a_booking_that_cannot_be_read_back_is_unknown(world: QloAppsWorld, server: QloAppsStandIn) -> None:
    request = request_for(world, stay_in(world))
    # The look-up before sending, then both tries of the one afterwards.
    server.announce(Fault("error_after", "POST", "bookings"))
    original = server.fault_for

    def broken_after_booking(method: str, resource: str) -> Fault | None:
        if server.world.orders and resource == "orders":
            return Fault("error")
        return original(method, resource)

    server.fault_for = broken_after_booking  # type: ignore[method-assign]

    assert isinstance(world.pms.book(request), Unknown)


@pytest.mark.parametrize("status", [301, 401, 405])
def test_what_the_key_may_not_do_was_certainly_not_done(
    world: QloAppsWorld, server: QloAppsStandIn, status: int
) -> None:
    request = request_for(world, stay_in(world))
    server.announce(Fault("error", "POST", "bookings", status=status))

    with pytest.raises(Misconfigured):
        world.pms.book(request)

    assert ours(server) == []


# -- rooms sold twice -------------------------------------------------------------------------------------------------


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


# -- what is sent -----------------------------------------------------------------------------------------------------


def sent(server: QloAppsStandIn) -> dict[str, object]:
    body = [body for method, path, body in server.requests if method == "POST" and "/bookings" in path][-1]
    found = json.loads(body)["booking"]
    assert isinstance(found, dict)
    return found


def test_no_price_goes_in_and_the_services_do(world: QloAppsWorld, server: QloAppsStandIn) -> None:
    request = replace(
        request_for(world, stay_in(world, rooms=(Party(2, (6, 3)),))),
        notes="  Cuna <b>por favor</b>\nllegamos tarde ",
        pay_by=dt.datetime(2027, 3, 1, 15, 30, tzinfo=dt.UTC),
    )
    result = world.pms.book(request)
    body = sent(server)

    assert isinstance(result, Done)
    assert result.value.total == request.price
    assert body["source"] == request.reference
    assert body["payment_status"] == 3
    assert body["remark"] == (
        "Deposit awaited until 2027-03-01 12:30; cancelled automatically without it. | "
        "Cuna <b>por favor</b> llegamos tarde"
    )
    assert "<" not in server.world.orders[int(result.value.booking_id)].remark
    text = json.dumps(body)
    assert not any(word in text for word in ("price", "total", "paid", "tax_rules_group_id"))
    (line,) = server.world.lines.values()
    assert (line.adults, line.children) == (2, 2)


def test_a_guest_without_an_address_gets_one_of_their_own(world: QloAppsWorld, server: QloAppsStandIn) -> None:
    """Customers are told apart by it alone, and overwritten."""
    for number, name in enumerate(("Ana Paz", "Luis Sol")):
        request = request_for(world, stay_in(world, 5 + 5 * number), reference=f"HA-B-{number}")
        assert isinstance(world.pms.book(replace(request, guest=Guest(name))), Done)

    found = [(one.firstname, one.email, one.phone) for one in server.world.customers.values()]
    assert found == [("Ana", "ha-b-0@guest.invalid", "0"), ("Luis", "ha-b-1@guest.invalid", "0")]


@pytest.mark.parametrize("name", ["R2D2 Byrne", "<script> x", "Ana; drop", "a@b c", "100% Ana"])
def test_names_qloapps_would_die_of_are_not_sent(world: QloAppsWorld, server: QloAppsStandIn, name: str) -> None:
    result = world.pms.book(replace(request_for(world, stay_in(world)), guest=Guest(name, "a@example.com")))

    assert isinstance(result, Refused)
    assert result.reason == Reason.BAD_GUEST_DATA
    assert server.asked("POST", "bookings") == []


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Cher", "Cher", "-"),
        ("María de la Cruz", "María", "de la Cruz"),
        ("Ana Wolfeschlegelsteinhausenbergerdorff Voralternwarengewissen", "Ana", "Wolfeschlegelsteinhausenbergerdo"),
        ("Ana Maximiliana de la Santísima Trinidad", "Ana", "Maximiliana de la Santísima"),
    ],
)
def test_names_fit_their_columns(world: QloAppsWorld, server: QloAppsStandIn, name: str, first: str, last: str) -> None:
    result = world.pms.book(replace(request_for(world, stay_in(world)), guest=Guest(name, "a@example.com")))

    assert isinstance(result, Done)
    (customer,) = server.world.customers.values()
    assert (customer.firstname, customer.lastname) == (first, last)
    assert (name in server.world.orders[1].remark) == (f"{first} {last}" != name and last != "-")


def test_too_slow_to_sell_safely_sends_nothing(
    world: QloAppsWorld, server: QloAppsStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asked counts on the request leaving at once: it looks again fifty seconds later."""
    request = request_for(world, stay_in(world))
    monkeypatch.setattr(adapter_module, "CHECKS_TAKE_S", -1.0)

    with pytest.raises(DependencyDown, match="nothing was sent"):
        world.pms.book(request)

    assert server.asked("POST", "bookings") == []


def test_only_listed_fields_of_people_are_asked_for(world: QloAppsWorld, server: QloAppsStandIn) -> None:
    made = booked(world, stay_in(world))
    world.pms.list_ours("T-", world.today)
    world.pms.cancel(made.booking_id, "T")

    assert server.asked("GET", "customers") == []
    assert all("display=full" not in path for path in server.asked("GET", "orders"))


# -- changing ---------------------------------------------------------------------------------------------------------


def test_a_change_keeps_guest_reference_and_services(world: QloAppsWorld, server: QloAppsStandIn) -> None:
    made = booked(world, stay_in(world, 5))
    after = stay_in(world, 12, nights=2, rooms=(Party(1, (4,)),))
    offer = offer_for(world, after)
    assert offer is not None
    result = world.pms.amend(AmendRequest("T", made.booking_id, after, "1", "standard", offer.total))

    assert isinstance(result, Done)
    assert (result.value.total, result.value.reference) == (offer.total, made.reference)
    (customer,) = server.world.customers.values()
    assert (customer.firstname, customer.lastname, customer.phone) == ("María", "de la Cruz", "+5491155550199")
    (line,) = server.world.lines.values()
    assert (line.adults, line.children) == (1, 1)


def test_a_change_without_an_answer_is_unknown(world: QloAppsWorld, server: QloAppsStandIn) -> None:
    made = booked(world, stay_in(world, 5))
    after = stay_in(world, 12)
    offer = offer_for(world, after)
    assert offer is not None
    server.announce(Fault("reset_after", "PUT", "bookings"))
    request = AmendRequest("T", made.booking_id, after, "1", "standard", offer.total)

    assert isinstance(world.pms.amend(request), Unknown)
    result = world.pms.amend(request)  # it had happened, but for the services of the new room
    assert isinstance(result, Done)
    assert result.value.total == offer.total
    assert world.pms.amend(request) == result
    assert len(server.asked("PUT", "bookings")) == 2


@pytest.mark.parametrize("kind", ["reset_before", "reset_after"])
def test_a_change_broken_off_before_its_services_is_finished_later(
    world: QloAppsWorld, server: QloAppsStandIn, kind: str
) -> None:
    fill = [booked(world, stay_in(world, 12)) for _ in range(world.rooms - 1)]
    made = booked(world, stay_in(world, 5))
    after = stay_in(world, 12)
    offer = offer_for(world, after)
    assert offer is not None
    server.announce(Fault("error_after", "PUT", "bookings"), Fault(kind, "PUT", "bookings"))  # type: ignore[arg-type]
    request = AmendRequest("T", made.booking_id, after, "1", "standard", offer.total)

    assert isinstance(world.pms.amend(request), Unknown)
    assert offer_for(world, after) is None  # its own room was the last one: that is not "sold out"
    result = world.pms.amend(request)

    assert isinstance(result, Done)
    assert result.value.total == offer.total
    assert [world.pms.get(one.booking_id) for one in fill] == fill


def test_only_rooms_that_are_new_can_have_other_guests(world: QloAppsWorld, server: QloAppsStandIn) -> None:
    server.world.types[1].rooms[3] = "103"
    made = booked(world, stay_in(world, 5))
    alone, with_another = stay_in(world, 5, rooms=(Party(1),)), stay_in(world, 5, rooms=(Party(2), Party(1, (4,))))
    offers = offer_for(world, alone), offer_for(world, with_another)
    assert offers[0] is not None
    assert offers[1] is not None

    refused = world.pms.amend(AmendRequest("T", made.booking_id, alone, "1", "standard", offers[0].total))
    done = world.pms.amend(AmendRequest("T", made.booking_id, with_another, "1", "standard", offers[1].total))

    assert isinstance(refused, Refused)
    assert refused.reason == Reason.NOT_SUPPORTED
    assert isinstance(done, Done)
    assert done.value.total == offers[1].total
    assert sorted((line.adults, line.children) for line in server.world.lines.values()) == [(1, 1), (2, 0)]


def test_a_change_is_for_its_own_guest_when_two_share_an_address(world: QloAppsWorld, server: QloAppsStandIn) -> None:
    made = booked(world, stay_in(world, 5))
    (first,) = server.world.customers.values()
    other = replace(first, id=99, firstname="Otra", phone="1")
    server.world.customers = {other.id: other, first.id: first}
    after = stay_in(world, 12)
    offer = offer_for(world, after)
    assert offer is not None

    assert isinstance(world.pms.amend(AmendRequest("T", made.booking_id, after, "1", "standard", offer.total)), Done)

    assert (other.firstname, other.phone) == ("Otra", "1")


def test_a_stay_that_began_is_not_touched(world: QloAppsWorld, server: QloAppsStandIn) -> None:
    made = booked(world, stay_in(world, 5))
    for line in server.world.lines.values():
        line.status = 2

    for result in (
        world.pms.cancel(made.booking_id, "T"),
        world.pms.amend(AmendRequest("T", made.booking_id, stay_in(world, 12), "1", "standard", made.total)),
    ):
        assert isinstance(result, Refused)
        assert result.reason == Reason.NOT_CHANGEABLE


# -- other hotels of the same installation ----------------------------------------------------------------------------


def test_a_key_reads_every_hotel_and_the_adapter_its_own(world: QloAppsWorld, server: QloAppsStandIn) -> None:
    neighbour = QloAppsWorld(server, room_type_id="11", changes={"hotel_id": "2"})
    theirs = booked(neighbour, stay_in(neighbour), reference="HA-B-1")
    mine = world.pms

    assert mine.get(theirs.booking_id) is None
    assert list(mine.find("HA-B-1")) == []
    assert list(mine.list_ours("HA-", world.today)) == []
    assert list(mine.changed_since(dt.datetime.now(dt.UTC) - dt.timedelta(hours=1))) == []
    assert {offer.room_type_id for offer in mine.search(stay_in(world))} == {"1", "2"}
    for result in (
        mine.cancel(theirs.booking_id, "T"),
        mine.amend(AmendRequest("T", theirs.booking_id, stay_in(world), "1", "standard", theirs.total)),
    ):
        assert isinstance(result, Refused)
        assert result.reason == Reason.UNKNOWN_BOOKING
    wrong_type = mine.book(replace(request_for(world, stay_in(world)), room_type_id="11"))
    assert isinstance(wrong_type, Refused)
    assert wrong_type.reason == Reason.UNKNOWN_ROOM_TYPE
    assert neighbour.pms.get(theirs.booking_id) == theirs


# -- reads ------------------------------------------------------------------------------------------------------------


def test_a_read_is_tried_twice_and_a_write_never(world: QloAppsWorld, server: QloAppsStandIn) -> None:
    stay = stay_in(world)
    server.announce(Fault("reset_before", "POST", "hotel_ari"))
    assert len(world.pms.search(stay)) == 2

    server.announce(*[Fault("html", "POST", "hotel_ari")] * 2)
    with pytest.raises(DependencyDown):
        world.pms.search(stay)
    assert server.faults == type(server.faults)()


def test_a_silent_pms_is_down_not_empty(server: QloAppsStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(outside.PATIENCE, Service.PMS, Patience(0.3, 0.3))
    world = QloAppsWorld(server)
    server.announce(*[Fault("hang_after", "POST", "hotel_ari")] * 2)

    with pytest.raises(DependencyDown):
        world.pms.search(stay_in(world))


def test_the_shops_other_name_is_a_setting(server: QloAppsStandIn) -> None:
    server.host = "hotel.example"
    pms: Pms = QloApps(config_for(server.url))

    with pytest.raises(Misconfigured, match="domain"):
        pms.room_types()


def test_a_missing_right_is_named(server: QloAppsStandIn) -> None:
    server.forbidden = {"room_bookings"}
    world = QloAppsWorld(server)

    with pytest.raises(AccountRefused) as refused:
        booked(world, stay_in(world))

    assert refused.value.reason == "permission"
    assert "TESTKEY" not in repr(dataclasses.replace(config_for(server.url)))


@pytest.mark.parametrize("reference", ["]|[1", "a,b", "%", "", "x" * 65])
def test_a_reference_that_is_not_ours_asks_nothing(world: QloAppsWorld, server: QloAppsStandIn, reference: str) -> None:
    assert list(world.pms.find(reference)) == []
    assert server.asked("GET", "orders") == []


def test_lengths_of_stay_are_told(world: QloAppsWorld, server: QloAppsStandIn) -> None:
    for kind in server.world.types.values():
        kind.min_los, kind.max_los = 3, 7

    assert list(world.pms.search(stay_in(world, nights=2))) == []
    assert world.pms.why_nothing(stay_in(world, nights=2)) == Refused(Reason.MIN_STAY, "3")
    assert world.pms.why_nothing(stay_in(world, nights=9)) == Refused(Reason.MAX_STAY, "7")
    assert len(world.pms.search(stay_in(world, nights=3))) == 2
