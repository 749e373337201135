"""Changing a stay in QloApps: the guest, the reference and the services stay."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integrations.pms.base import AmendRequest, Done, Party, Reason, Refused, Unknown
from tests.integrations.pms.qloapps_hotel import QloAppsWorld
from tests.reservations.pms_conformance import booked, offer_for, stay_in
from tests.stand_ins.qloapps import Fault, QloAppsStandIn


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
