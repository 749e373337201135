"""Each figure a hotelier reads moves exactly once, when the thing it counts is certain."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import TypeAlias

import pytest
import time_machine
from django.db.models import F
from prometheus_client import REGISTRY

from hotel_agent.common import dispatch
from hotel_agent.common.money import Money
from reservations.models import Rate, Reservation, RoomType
from reservations.services import booking, calls, inventory
from reservations.tasks import refresh_gauges
from tenants.scoping import tenant_scope
from tests.factories.reservations import Hotel, open_hotel, requested
from tests.reservations.faulty_pms import Fault, FaultyPms

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.business_metrics]

KEY = uuid.UUID(int=13)
Sample: TypeAlias = tuple[str, dict[str, str]]


@pytest.fixture
def hotel(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hotel]:
    monkeypatch.setattr(dispatch, "_skip_until", float("inf"))  # nobody consumes here
    hotel = open_hotel()
    with tenant_scope(hotel.tenant):
        yield hotel


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def moved(action: Callable[[], object], *samples: Sample) -> list[float]:
    before = [value(name, **labels) for name, labels in samples]
    action()
    return [value(name, **labels) - old for (name, labels), old in zip(samples, before, strict=True)]


def reservations(status: str, channel: str = "whatsapp", room_type: str = "double") -> Sample:
    return "hotel_reservations_total", {"status": status, "channel": channel, "room_type": room_type}


VALUE: Sample = ("hotel_reservation_value_sum", {})
VALUES: Sample = ("hotel_reservation_value_count", {})
NIGHTS: Sample = ("hotel_reservation_nights_sum", {})
LEAD: Sample = ("hotel_reservation_lead_time_days_sum", {})


def run_all(pms: FaultyPms | None = None) -> None:
    while calls.run_due_calls(connect=pms.connect) if pms else calls.run_due_calls():
        pass


def test_every_counter_is_shown_from_the_start(hotel: Hotel) -> None:
    for name, labels in (
        reservations("no_show", "email", "junior_suite"),
        ("hotel_failed_reservations_total", {"reason": "max_stay"}),
        ("hotel_cancellations_total", {"channel": "webchat"}),
        ("pms_operations_total", {"operation": "book", "status": "missing"}),
    ):
        assert REGISTRY.get_sample_value(name, labels) is not None


def test_a_confirmation_counts_value_nights_and_lead_time_once(hotel: Hotel) -> None:
    reservation = requested(hotel, hotel.stay(arrival=9, nights=4))

    def confirm() -> None:
        run_all()
        calls.run_call(reservation.pms_calls.get().pk)

    assert moved(confirm, reservations("confirmed"), VALUE, VALUES, NIGHTS, LEAD) == [1, 240_000, 1, 4, 10]


def test_asking_counts_as_pending_and_twice_counts_once(hotel: Hotel) -> None:
    def ask_twice() -> None:
        reservation = requested(hotel, hotel.stay())
        booking.request_booking(
            tenant=hotel.tenant,
            option=reservation.option,
            hold=None,
            guest=None,  # type: ignore[arg-type]
            conversation_key=None,
            guest_key="guest",
            channel="whatsapp",
        )

    assert moved(ask_twice, reservations("pending"), reservations("confirmed")) == [1, 0]


def test_a_booking_settled_late_counts_once(hotel: Hotel) -> None:
    pms = FaultyPms(hotel.tenant)
    pms.announce("book", Fault.ANSWER_LOST)
    requested(hotel, hotel.stay(), key=KEY)

    assert moved(lambda: run_all(pms), reservations("confirmed"), VALUES) == [1, 1]


def test_a_refusal_counts_with_its_reason(hotel: Hotel) -> None:
    requested(hotel, hotel.stay())
    Rate.objects.update(amount=F("amount") + 1)

    assert moved(
        run_all,
        reservations("refused"),
        ("hotel_failed_reservations_total", {"reason": "price_changed"}),
        reservations("confirmed"),
        VALUES,
    ) == [1, 1, 0, 0]


def test_a_cancellation_counts_by_channel(hotel: Hotel) -> None:
    reservation = requested(hotel, hotel.stay())
    run_all()
    reservation.refresh_from_db()
    booking.request_cancellation(
        tenant=hotel.tenant,
        reservation=reservation,
        expected_fee=Money(Decimal(0), "ARS"),
        conversation_key=KEY,
    )

    assert moved(
        run_all, reservations("cancelled"), ("hotel_cancellations_total", {"channel": "whatsapp"}), VALUES
    ) == [1, 1, 0]


def test_a_free_stay_counts_with_value_zero(hotel: Hotel) -> None:
    Rate.objects.update(amount=0)
    requested(hotel, hotel.stay())

    assert moved(run_all, reservations("confirmed"), VALUES, VALUE) == [1, 1, 0]


def test_an_unknown_kind_or_channel_is_other(hotel: Hotel) -> None:
    RoomType.objects.update(kind="igloo")
    reservation = requested(hotel, hotel.stay())
    Reservation.objects.filter(pk=reservation.pk).update(channel="pigeon")

    assert moved(run_all, reservations("confirmed", "other", "other")) == [1]


def test_a_stay_confirmed_after_its_arrival_has_no_negative_lead_time(hotel: Hotel) -> None:
    pms = FaultyPms(hotel.tenant)
    pms.announce("book", Fault.ANSWER_LOST)
    requested(hotel, hotel.stay(arrival=0, nights=2))
    pms.announce("find", Fault.DOWN)
    run_all(pms)
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=3)):
        assert moved(lambda: run_all(pms), reservations("confirmed"), LEAD) == [1, 0]


def test_the_gauges_are_tonights_figures(hotel: Hotel) -> None:
    tonight = hotel.tenant.business_day()
    inventory.open_nights(tenant=hotel.tenant, room_type=hotel.double, first=tonight, last=tonight)
    inventory.set_rates(
        tenant=hotel.tenant,
        room_type=hotel.double,
        plan=hotel.flexible,
        first=tonight,
        last=tonight,
        amount=Decimal(50_000),
    )
    requested(hotel, hotel.stay(arrival=-1, nights=1))
    run_all()

    refresh_gauges()

    assert value("hotel_occupancy_rate") == 0.5
    assert value("hotel_available_rooms", room_type="double") == 1
    assert value("hotel_available_rooms", room_type="suite") == 0
    assert value("hotel_daily_revenue", currency="ARS") == 50_000
    assert value("hotel_adr", currency="ARS") == 50_000
    assert value("hotel_revpar", currency="ARS") == 25_000
    assert value("pms_unsettled_calls") == 0
