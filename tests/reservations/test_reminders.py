"""Which reminders are due when: by the hotel's own calendar and clock, once each, and only for stays to come."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from django.db import connections

from hotel_agent.common import clock, dispatch
from reservations.models import Reservation, StayEvent
from reservations.services import calls, reminders
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.factories.reservations import Hotel, open_hotel, requested

KEY = uuid.UUID(int=77)


@pytest.fixture
def hotel(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hotel]:
    monkeypatch.setattr(dispatch, "_skip_until", float("inf"))  # nobody consumes here
    hotel = open_hotel()
    with tenant_scope(hotel.tenant):
        yield hotel


def confirmed(hotel: Hotel) -> Reservation:
    requested(hotel, hotel.stay(arrival=20), key=KEY)
    calls.run_due_calls()
    Reservation.objects.update(confirmed_at=clock.now() - dt.timedelta(days=30))
    return Reservation.objects.get()


def at(stay: Reservation, days: int, time: str = "12:00") -> dt.datetime:
    """An instant so many days before arrival, on the hotel's wall clock."""
    day = stay.check_in - dt.timedelta(days=days)
    return dt.datetime.combine(day, dt.time.fromisoformat(time), tzinfo=stay.tenant.zone)


def written() -> list[str]:
    return [event.key.split(":")[1] for event in StayEvent.objects.filter(kind="reminder").order_by("pk")]


def test_a_week_and_a_day_before_and_never_twice(hotel: Hotel) -> None:
    stay = confirmed(hotel)
    expected: list[str] = []
    for days in range(12, -3, -1):
        for time in ("09:59", "10:00", "15:30", "19:59", "20:00", "23:59"):
            reminders.plan_reminders(at(stay, days, time))
        expected += {7: ["week"], 1: ["day"]}.get(days, [])
        assert written() == expected, f"{days} days before"


@pytest.mark.parametrize(("time", "due"), [("09:59", 0), ("10:00", 1), ("19:59", 1), ("20:00", 0), ("03:00", 0)])
def test_only_at_a_decent_hour_of_the_hotels_clock(hotel: Hotel, time: str, due: int) -> None:
    Tenant.objects.filter(pk=hotel.tenant.pk).update(time_zone="Asia/Tokyo")
    hotel.tenant.refresh_from_db()
    stay = confirmed(hotel)
    moment = at(stay, 1, time)
    assert moment.utcoffset() == dt.timedelta(hours=9)
    reminders.plan_reminders(moment.astimezone(ZoneInfo("UTC")))
    assert len(written()) == due


def test_an_outage_of_a_day_is_made_up_for_and_one_of_a_week_is_not(hotel: Hotel) -> None:
    stay = confirmed(hotel)
    reminders.plan_reminders(at(stay, 5))
    assert written() == ["week"]
    StayEvent.objects.all().delete()
    reminders.plan_reminders(at(stay, 4))
    assert written() == []


@pytest.mark.parametrize("state", ["pending", "awaiting", "cancelled", "refused", "in_house", "departed", "no_show"])
def test_only_confirmed_stays_are_reminded_of(hotel: Hotel, state: str) -> None:
    stay = confirmed(hotel)
    Reservation.objects.update(state=state)
    reminders.plan_reminders(at(stay, 1))
    assert written() == []


def test_who_just_booked_is_not_reminded(hotel: Hotel) -> None:
    stay = confirmed(hotel)
    Reservation.objects.update(confirmed_at=at(stay, 1, "11:00") - dt.timedelta(hours=3))
    reminders.plan_reminders(at(stay, 1))
    assert written() == []


def test_a_changed_arrival_is_reminded_of_again(hotel: Hotel) -> None:
    stay = confirmed(hotel)
    reminders.plan_reminders(at(stay, 1))
    Reservation.objects.update(check_in=stay.check_in + dt.timedelta(days=1))
    stay.refresh_from_db()
    reminders.plan_reminders(at(stay, 1))
    assert written() == ["day", "day"]


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_write_one(hotel: Hotel) -> None:
    stay = confirmed(hotel)
    moment = at(stay, 1)

    def plan() -> None:
        reminders.plan_reminders(moment)
        connections.close_all()

    threads = [threading.Thread(target=plan) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert written() == ["day"]
