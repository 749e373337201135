"""What the QloApps adapter sends and reads: prices, names, other hotels of the shop, and answers that lie."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from dataclasses import replace

import pytest

from hotel_agent.common.exceptions import DependencyDown, Misconfigured
from integrations import outside
from integrations.exceptions import AccountRefused
from integrations.outside import Patience, Service
from integrations.pms.base import AmendRequest, Done, Guest, Party, Pms, Reason, Refused, Unknown
from integrations.pms.qloapps import QloApps
from integrations.pms.qloapps import adapter as adapter_module
from tests.integrations.pms.qloapps_hotel import QloAppsWorld, config_for, ours
from tests.reservations.pms_conformance import booked, left, request_for, stay_in
from tests.stand_ins.qloapps import Fault, QloAppsStandIn

# -- answers that lie --------------------------------------------------------------------------------------------------


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


# -- what is sent ------------------------------------------------------------------------------------------------------


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


# -- other hotels of the same installation -----------------------------------------------------------------------------


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


# -- reads -------------------------------------------------------------------------------------------------------------


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
