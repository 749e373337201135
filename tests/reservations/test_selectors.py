"""Finding stays without giving them away, and the figures of the house."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hotel_agent.common.money import Money
from reservations import selectors
from reservations.codes import normalised
from reservations.models import Reservation, RoomNight
from reservations.services import calls, inventory
from reservations.services.guests import give_access, move_guest
from tenants.scoping import tenant_scope
from tests.factories.reservations import Hotel, open_hotel, requested


@pytest.fixture(autouse=True)
def scope(hotel: Hotel) -> Iterator[None]:
    with tenant_scope(hotel.tenant):
        yield


@pytest.fixture
def mine(hotel: Hotel) -> Reservation:
    reservation = requested(hotel, hotel.stay(), guest_key="ana")
    calls.run_due_calls()
    reservation.refresh_from_db()
    return reservation


def find(hotel: Hotel, code: str, guest_key: str = "") -> Reservation | None:
    return selectors.find_reservation(tenant=hotel.tenant, code=code, guest_key=guest_key)


def test_the_writing_guest_is_known(hotel: Hotel, mine: Reservation) -> None:
    assert find(hotel, mine.code, guest_key="ana") == mine
    assert find(hotel, mine.code, guest_key="eva") is None
    Reservation.objects.update(guest_key="")
    assert find(hotel, mine.code, guest_key="") is None


def test_a_stay_proven_to_be_theirs_is_a_second_guests_too_and_moves_with_them(hotel: Hotel, mine: Reservation) -> None:
    give_access(mine.pk, hotel.tenant, "eva")
    give_access(mine.pk, hotel.tenant, "eva")

    assert find(hotel, mine.code, guest_key="eva") == mine
    assert selectors.own_reservations(tenant=hotel.tenant, guest_key="eva") == [mine]
    assert mine.changes.filter(kind="proven").count() == 1
    give_access(mine.pk, hotel.tenant, "leo")
    move_guest(hotel.tenant, from_key="eva", to_key="leo")
    assert find(hotel, mine.code, guest_key="leo") == mine
    assert find(hotel, mine.code, guest_key="eva") is None


def test_another_hotels_code_does_not_exist_here(hotel: Hotel, mine: Reservation) -> None:
    other = open_hotel()

    assert find(other, mine.code, "ana") is None
    assert selectors.reservation_to_prove(tenant=other.tenant, code=mine.code) is None
    assert selectors.own_reservations(tenant=other.tenant, guest_key="ana") == []


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("ht-4k2m7p", "HT-4K2M7P"),
        (" HT 4K2M7P ", "HT-4K2M7P"),
        ("HT–4K2M7P.", "HT-4K2M7P"),
        ("ht4k2m7p", "HT-4K2M7P"),
        ("4K2M7P", ""),
        ("HT-4K2M7", ""),
        ("12-4K2M7P", ""),
        ("", ""),
        ("' OR 1=1 --", ""),
    ],
)
def test_codes_are_read_as_guests_type_them(typed: str, code: str) -> None:
    assert normalised(typed) == code


def test_own_reservations_are_the_coming_ones_next_arrival_first(hotel: Hotel) -> None:
    later = requested(hotel, hotel.stay(20), guest_key="ana")
    sooner = requested(hotel, hotel.stay(5), guest_key="ana")
    for arrival, state in ((9, "cancelled"), (12, "refused")):
        gone = requested(hotel, hotel.stay(arrival, 1), guest_key="ana")
        Reservation.objects.filter(pk=gone.pk).update(state=state)
    requested(hotel, hotel.stay(5), guest_key="eva")

    assert selectors.own_reservations(tenant=hotel.tenant, guest_key="ana") == [sooner, later]
    assert selectors.own_reservations(tenant=hotel.tenant, guest_key="") == []
    past = hotel.tenant.business_day() - dt.timedelta(days=9)
    Reservation.objects.filter(pk=sooner.pk).update(check_in=past, check_out=past + dt.timedelta(days=2))
    assert selectors.own_reservations(tenant=hotel.tenant, guest_key="ana") == [later]


def test_the_catalogue_names_the_lowest_coming_price(hotel: Hotel) -> None:
    inventory.set_rates(
        tenant=hotel.tenant,
        room_type=hotel.family,
        plan=hotel.flexible,
        first=hotel.first_night + dt.timedelta(days=30),
        last=hotel.first_night + dt.timedelta(days=30),
        amount=Decimal(70_000),
    )

    entries = selectors.catalogue(tenant=hotel.tenant)

    assert [(one.room_type.code, one.price_from, one.rate_plan) for one in entries] == [
        ("double", Money(Decimal("54000.00"), "ARS"), hotel.fixed),
        ("family", Money(Decimal("70000.00"), "ARS"), hotel.flexible),
    ]


def test_the_calendar_shows_what_is_sold_held_and_left(hotel: Hotel, mine: Reservation) -> None:
    requested(hotel, hotel.stay(10, 1), guest_key="eva")
    first = mine.check_in

    rows = selectors.calendar(tenant=hotel.tenant, first=first, last=first + dt.timedelta(days=1))

    assert [(one.room_type.code, one.night - first, one.sold, one.held, one.left) for one in rows] == [
        ("double", dt.timedelta(0), 1, 0, 1),
        ("double", dt.timedelta(1), 1, 1, 0),
        ("family", dt.timedelta(0), 0, 0, 1),
        ("family", dt.timedelta(1), 0, 0, 1),
    ]


@pytest.mark.business_metrics
def test_tonights_figures_by_hand(hotel: Hotel) -> None:
    tonight = hotel.tenant.business_day()
    for room_type in (hotel.double, hotel.family):
        inventory.open_nights(tenant=hotel.tenant, room_type=room_type, first=tonight, last=tonight)
        inventory.set_rates(
            tenant=hotel.tenant,
            room_type=room_type,
            plan=hotel.flexible,
            first=tonight,
            last=tonight,
            amount=Decimal(50_000),
        )
    requested(hotel, hotel.stay(-1, 3), guest_key="ana")  # tonight 50000, then two nights at 60000
    calls.run_due_calls()
    empty = open_hotel()
    empty.tenant.currency = "USD"
    empty.tenant.save()
    with tenant_scope(empty.tenant):
        RoomNight.objects.filter(night=empty.first_night, room_type=empty.double).update(
            night=empty.tenant.business_day()
        )

    figures = selectors.tonight()

    assert (figures.rooms, figures.sold) == (5, 1)  # 2 doubles + 1 family here, 2 doubles there
    assert figures.occupancy == pytest.approx(0.2)
    assert figures.free_by_kind == {"double": 3, "family": 1}
    assert figures.revenue == {"ARS": Decimal(50_000), "USD": Decimal(0)}
    assert figures.adr("ARS") == Decimal(50_000)
    assert round(figures.revpar("ARS"), 2) == Decimal("16666.67")
    assert (figures.adr("USD"), figures.revpar("USD")) == (0, 0)


def test_without_hotels_the_figures_are_zero(db: None) -> None:
    RoomNight.objects.all().delete()

    figures = selectors.tonight()

    assert (figures.rooms, figures.occupancy, figures.revenue) == (0, 0.0, {})


@pytest.mark.django_db
@pytest.mark.parametrize("few", [0, selectors.FEW_STAYS])
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("nuñez", True), ("NUNEZ sof", True), ("Sofía", True), ("sofia@mail", True), ("+54 9 11 5550", True),
        ("", True),
        ("BX77", True), ("clark", False), ("ofia", False), ("5550", False), ("sofia clark", False), ("&|!:*()'", False),
        ("'; DROP", False), ("\\", False),
    ],
)  # fmt: skip
def test_stays_are_found_by_beginnings_of_words(
    hotel: Hotel, asked: str, found: bool, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "FEW_STAYS", few)  # words of many stays and of few are read in different ways
    with tenant_scope(hotel.tenant):
        stay = requested(hotel, hotel.stay(arrival=9, nights=2))
        Reservation.objects.filter(pk=stay.pk).update(
            guest_name="Sofía Núñez", guest_email="sofia@mail.example", guest_phone="+5491155501234",
            pms_booking_id="BX77-1",
        )  # fmt: skip
        rows = Reservation.objects.all()
        assert selectors.stays_by_words(rows, asked).exists() is found
        assert selectors.stays_by_words(rows, stay.code[:6]).exists()
        assert not selectors.stays_by_words(rows, "ZZ-00").exists()


def test_own_and_shown_stays_are_one_statement_of_two_looks(hotel: Hotel) -> None:
    mine, shown, _other = (
        requested(hotel, hotel.stay(arrival=9 + number, nights=1), guest_key=key)
        for number, key in enumerate(("g-1", "g-2", "g-3"))
    )
    give_access(shown.pk, hotel.tenant, "g-1")
    with CaptureQueriesContext(connection) as statements:
        assert set(Reservation.objects.filter(selectors.of_guest("g-1"))) == {mine, shown}
    (one,) = statements
    assert " OR " not in one["sql"], "with an OR between two tables no index is used: a second at 200 000 stays"
