"""The conformance suite against a running QloApps (`make test-qloapps-live`, docs/adding-a-pms.md). Never in CI.

It books and cancels in the hotel it is given, far in the future, and cancels whatever a test leaves behind. Prices are
not touched, so that the tests that need one to rise are skipped.
"""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest
from pytest_django import Settings

from integrations.pms.base import BookingStatus, Done, Party, Pms, Reason, Refused
from integrations.pms.qloapps import QloApps
from tests.integrations.pms import qloapps_live as live
from tests.integrations.pms.qloapps_hotel import config_for
from tests.reservations.pms_conformance import PmsConformance, booked, request_for, stay_in

pytestmark = pytest.mark.live
REFERENCES = "T-"


@dataclass
class LiveWorld:
    """A hotel somebody lent us."""

    pms: Pms
    room_type_id: str
    rooms: int
    today: dt.date
    rate_plan_id: str = "standard"

    def raise_price(self) -> None:
        pytest.skip("prices of a live hotel are not touched")


@pytest.fixture
def world(settings: Settings) -> Iterator[LiveWorld]:
    live.use(settings)
    today = dt.datetime.now(live.ZONE).date() + dt.timedelta(days=live.DAYS_AHEAD)
    pms = QloApps(
        config_for(
            live.URL,
            api_key=live.key(),
            hotel_id=live.hotel_id(),
            zone=live.ZONE,
            today=lambda: today,
            reference_prefix=REFERENCES,
        )
    )
    types = [one for one in pms.room_types() if one.is_active and live.ROOM_TYPE in {"", one.room_type_id}]
    chosen = min((one for one in types if one.max_children and one.rooms > 1), key=lambda one: one.rooms)
    _clear(pms, today)
    yield LiveWorld(pms, chosen.room_type_id, chosen.rooms, today)
    _clear(pms, today)


def _clear(pms: Pms, since: dt.date) -> None:
    for booking in pms.list_ours(REFERENCES, since):
        if booking.status not in {BookingStatus.CANCELLED}:
            pms.cancel(booking.booking_id, "T-clear")


class TestLiveQloApps(PmsConformance):
    """The suite itself."""


@pytest.mark.parametrize("number", range(live.RACES))
def test_of_two_who_book_the_last_room_at_once_one_has_it(
    world: LiveWorld, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The adapter alone, without the turns our services take: the later order gives way, ghost or not."""
    stay = stay_in(world)
    booked(world, replace(stay, rooms=(Party(2),) * (world.rooms - 1)))
    request = request_for(world, stay)
    requests = [replace(request, reference=f"T-{uuid.uuid4().hex}") for _ in range(2)]
    together = threading.Barrier(2, timeout=30)
    offer = QloApps._offer

    def offered_at_once(self: QloApps, *args: object) -> object:
        found = offer(self, *args)  # type: ignore[arg-type]
        together.wait()  # both have seen the room free
        return found

    monkeypatch.setattr(QloApps, "_offer", offered_at_once)
    with ThreadPoolExecutor(2) as guests:
        results = list(guests.map(world.pms.book, requests))
    monkeypatch.undo()

    done = [one for one in results if isinstance(one, Done)]
    refused = [one for one in results if isinstance(one, Refused)]
    assert (len(done), [one.reason for one in refused]) == (1, [Reason.SOLD_OUT])
    found = [booking for one in requests for booking in world.pms.find(one.reference)]
    assert [one.booking_id for one in found if one.status != BookingStatus.CANCELLED] == [done[0].value.booking_id]
    assert isinstance(world.pms, QloApps)
    assert world.pms.double_sales(world.today) == []
