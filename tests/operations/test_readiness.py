"""What /health/ready and /metrics say beyond "everything works": guests who fell silent, programs that did."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.test import Client

from conversations.models import InboundDelivery
from hotel_agent import quiet
from hotel_agent.common import clock, heartbeats
from reservations.models import Reservation
from tenants.scoping import tenant_scope
from tests.factories.reservations import open_hotel, requested

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def looked_at_afresh() -> Iterator[None]:
    quiet.forget()
    heartbeats.beat("worker")
    heartbeats.beat("sweeper")
    yield
    quiet.forget()


def ready() -> dict[str, object]:
    answer = Client().get("/health/ready")
    assert answer.status_code == 200, answer.content
    found: dict[str, object] = answer.json()
    return found


def metrics() -> str:
    return Client().get("/metrics").content.decode()


def deliveries(hours_ago: list[int]) -> None:
    for number, hours in enumerate(hours_ago):
        InboundDelivery.objects.create(
            route="whatsapp", body=b"{}", sha256=f"{number:064d}", state="done",
            received_at=clock.now() - dt.timedelta(hours=hours),
        )  # fmt: skip


def test_a_hotel_group_that_hears_nothing_is_warned_and_stays_ready() -> None:
    deliveries([hours for hours in range(9, 200) if hours % 24 not in {1, 2, 3}])
    assert "messages" in str(ready()["warnings"])
    assert 'hotel_unusual_silence{what="messages"} 1.0' in metrics()

    quiet.forget()
    InboundDelivery.objects.filter(sha256=f"{0:064d}").update(received_at=clock.now())
    assert ready()["warnings"] == {}
    assert 'hotel_unusual_silence{what="messages"} 0.0' in metrics()


def test_a_small_house_with_its_nights_is_not_called_silent() -> None:
    deliveries([24 * day + hour for day in range(12) for hour in (10, 11, 12)])
    assert ready()["warnings"] == {}, "ten hours are not twice the usual silence of twenty-two"


def test_a_new_installation_has_no_usual_silence() -> None:
    deliveries([30, 40, 50])
    assert ready()["warnings"] == {}


def test_nobody_books_any_more() -> None:
    hotel = open_hotel()
    with tenant_scope(hotel.tenant):
        made = [requested(hotel, hotel.stay(arrival=9 + 2 * n, nights=2)) for n in range(6)]
        for number, reservation in enumerate(reversed(made)):
            at = clock.now() - dt.timedelta(days=5 + number)
            Reservation.objects.filter(pk=reservation.pk).update(created_at=at)
    assert "longest silence" in str(ready()["warnings"]["reservations"])  # type: ignore[index]
    assert 'hotel_unusual_silence{what="reservations"} 1.0' in metrics()


def test_the_age_of_heartbeats_is_read_at_the_scrape() -> None:
    found = metrics()
    ages = [float(line.split()[1]) for line in found.splitlines() if line.startswith("process_heartbeat_age_seconds{")]
    assert len(ages) == 2
    assert all(0 <= age < 30 for age in ages)
