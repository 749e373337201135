"""The built-in PMS passes the suite every adapter has to pass, and what only it promises."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest
from django.db import transaction
from django.db.models import F

from integrations.pms.base import Done, Pms, Reason, Refused
from reservations.models import BuiltinBooking, Rate, RoomNight
from reservations.services.builtin import BuiltinPms
from tenants.scoping import tenant_scope
from tests.factories.reservations import Hotel, open_hotel
from tests.reservations.pms_conformance import PmsConformance, booked, request_for, stay_in


@dataclass
class BuiltinWorld:
    """The test hotel behind the built-in PMS."""

    hotel: Hotel
    room_type_id: str = "double"
    rate_plan_id: str = "flexible"
    rooms: int = 2

    @property
    def pms(self) -> Pms:
        return BuiltinPms(self.hotel.tenant)

    @property
    def today(self) -> dt.date:
        return self.hotel.tenant.business_day()

    def raise_price(self) -> None:
        with tenant_scope(self.hotel.tenant):
            Rate.objects.filter(room_type=self.hotel.double).update(amount=F("amount") + 1)


@pytest.fixture
def world(hotel: Hotel) -> BuiltinWorld:
    return BuiltinWorld(hotel)


class TestBuiltinPms(PmsConformance):
    """The suite itself."""


def test_a_hotel_does_not_see_another_hotels_bookings(world: BuiltinWorld) -> None:
    made = booked(world, stay_in(world), reference="HA-B-1")
    stranger = BuiltinWorld(open_hotel())

    assert stranger.pms.get(made.booking_id) is None
    assert list(stranger.pms.find("HA-B-1")) == []
    refused = stranger.pms.cancel(made.booking_id, "T")
    assert isinstance(refused, Refused)
    assert refused.reason == Reason.UNKNOWN_BOOKING
    assert booked(stranger, stay_in(stranger), reference="HA-B-1").booking_id != made.booking_id


def test_an_overbooking_allowance_is_sold_and_no_more(world: BuiltinWorld) -> None:
    with tenant_scope(world.hotel.tenant):
        RoomNight.objects.filter(room_type=world.hotel.double).update(overbooking=1)
    for _ in range(3):
        booked(world, stay_in(world))

    result = world.pms.book(request_for(world, stay_in(world)))

    assert isinstance(result, Refused)
    assert result.reason == Reason.SOLD_OUT


@pytest.mark.parametrize("status", ["in_house", "departed", "no_show"])
def test_a_stay_that_began_is_not_given_back(world: BuiltinWorld, status: str) -> None:
    made = booked(world, stay_in(world))
    with tenant_scope(world.hotel.tenant):
        BuiltinBooking.objects.update(status=status)

    result = world.pms.cancel(made.booking_id, "T")

    assert isinstance(result, Refused)
    assert result.reason == Reason.NOT_CHANGEABLE
    with tenant_scope(world.hotel.tenant):
        assert BuiltinBooking.objects.get().status == status


def test_the_fee_due_when_cancelling_is_noted(world: BuiltinWorld) -> None:
    made = booked(world, stay_in(world, days=1))  # less than 24 hours before check-in, or nearly: 100 % or 50 %
    fee = world.pms.cancellation_fee(made.booking_id, dt.datetime.now(dt.UTC))
    assert fee.amount > 0

    assert isinstance(world.pms.cancel(made.booking_id, "T"), Done)

    with tenant_scope(world.hotel.tenant):
        assert BuiltinBooking.objects.get().cancellation_fee == fee.amount


@pytest.mark.django_db(transaction=True)
def test_a_write_inside_someone_elses_transaction_is_refused() -> None:
    world = BuiltinWorld(open_hotel())
    request = request_for(world, stay_in(world))

    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        world.pms.book(request)

    with tenant_scope(world.hotel.tenant):
        assert not BuiltinBooking.objects.exists()
