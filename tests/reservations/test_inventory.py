"""Loading rooms, nights and prices in bulk, again and again, without touching what is sold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reservations.models import CancellationTier, Rate, Room, RoomNight, RoomType
from reservations.services import calls, inventory
from reservations.services.inventory import Names, Oversold, Tier
from tenants.scoping import tenant_scope
from tests.factories.reservations import Hotel, requested


@pytest.fixture(autouse=True)
def scope(hotel: Hotel) -> Iterator[None]:
    with tenant_scope(hotel.tenant):
        yield


def test_everything_may_be_loaded_again(hotel: Hotel) -> None:
    again = inventory.set_room_type(
        tenant=hotel.tenant, code="double", kind="double", names=Names("Doble clásica", "Classic double"), max_guests=3
    )
    inventory.set_rooms(tenant=hotel.tenant, room_type=hotel.family, numbers=["100", "301"])
    plan = inventory.set_rate_plan(
        tenant=hotel.tenant, code="flexible", names=Names("Flexible"), tiers=[Tier(72, fee_nights=1)]
    )

    assert (again.pk, RoomType.objects.count()) == (hotel.double.pk, 2)
    assert [again.name(language) for language in ("es", "en", "pt")] == [
        "Doble clásica",
        "Classic double",
        "Doble clásica",
    ]
    assert set(Room.objects.filter(room_type=hotel.family).values_list("number", flat=True)) == {"100", "201", "301"}
    assert plan.pk == hotel.flexible.pk
    assert CancellationTier.objects.filter(rate_plan=plan).values_list("hours_before", "fee_nights").get() == (72, 1)


def test_a_year_and_a_half_of_nights_and_rates_takes_a_handful_of_statements(hotel: Hotel) -> None:
    last = hotel.first_night + dt.timedelta(days=547)
    with CaptureQueriesContext(connection) as statements:
        opened = inventory.open_nights(tenant=hotel.tenant, room_type=hotel.double, first=hotel.first_night, last=last)
        priced = inventory.set_rates(
            tenant=hotel.tenant,
            room_type=hotel.double,
            plan=hotel.flexible,
            first=hotel.first_night,
            last=last,
            amount=Decimal(70_000),
        )

    assert (opened, priced) == (548, 548)
    assert RoomNight.objects.filter(room_type=hotel.double).count() == 548
    assert Rate.objects.filter(rate_plan=hotel.flexible, room_type=hotel.double, amount=70_000).count() == 548
    assert len(statements) < 15


def test_opening_nights_again_keeps_what_is_sold_and_held(hotel: Hotel) -> None:
    requested(hotel, hotel.stay(9), guest_key="a")
    calls.run_due_calls()
    requested(hotel, hotel.stay(9), guest_key="b")
    last = hotel.first_night + dt.timedelta(days=59)

    inventory.open_nights(
        tenant=hotel.tenant, room_type=hotel.double, first=hotel.first_night, last=last, total=4, min_stay=2
    )

    night = RoomNight.objects.get(room_type=hotel.double, night=hotel.stay(9).check_in)
    assert (night.total, night.sold, night.held, night.left, night.min_stay) == (4, 1, 1, 2, 2)


def test_fewer_rooms_than_are_sold_are_refused_and_nothing_is_half_loaded(hotel: Hotel) -> None:
    for guest in ("a", "b"):
        requested(hotel, hotel.stay(9), guest_key=guest)
    calls.run_due_calls()
    last = hotel.first_night + dt.timedelta(days=59)

    with pytest.raises(Oversold, match=str(hotel.stay(9).check_in)):
        inventory.open_nights(tenant=hotel.tenant, room_type=hotel.double, first=hotel.first_night, last=last, total=1)

    assert set(RoomNight.objects.filter(room_type=hotel.double).values_list("total", flat=True)) == {2}


def test_only_the_named_weekdays_are_touched(hotel: Hotel) -> None:
    last = hotel.first_night + dt.timedelta(days=13)

    assert inventory.open_nights(
        tenant=hotel.tenant, room_type=hotel.double, first=hotel.first_night, last=last, weekdays=(5,), stop_sell=True
    ) == 2  # fmt: skip

    closed = RoomNight.objects.filter(stop_sell=True).values_list("night", flat=True)
    assert {night.weekday() for night in closed} == {5}
    assert len(closed) == 2
