"""The conformance suite against a running QloApps (`make test-qloapps-live`, docs/adding-a-pms.md). Never in CI.

It books and cancels in the hotel it is given, far in the future, and cancels whatever a test leaves behind. Prices are
not touched, so that the tests that need one to rise are skipped.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest
from pytest_django import Settings

from integrations.pms.base import BookingStatus, Pms
from integrations.pms.qloapps import QloApps
from tests.integrations.pms.qloapps_hotel import config_for
from tests.reservations.pms_conformance import PmsConformance

pytestmark = pytest.mark.live
URL = os.environ.get("QLOAPPS_URL", "")
DAYS_AHEAD = int(os.environ.get("QLOAPPS_DAYS_AHEAD", "300"))
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
    if not URL:
        pytest.skip("no QLOAPPS_URL")
    settings.PRIVATE_NETWORKS = ["0.0.0.0/0", "::/0"]  # whoever runs it chose the address
    zone = ZoneInfo(os.environ.get("QLOAPPS_TIME_ZONE", "UTC"))
    today = dt.datetime.now(zone).date() + dt.timedelta(days=DAYS_AHEAD)
    pms = QloApps(
        config_for(
            URL,
            api_key=os.environ["QLOAPPS_KEY"],
            hotel_id=os.environ["QLOAPPS_HOTEL"],
            zone=zone,
            today=lambda: today,
        )
    )
    wanted = os.environ.get("QLOAPPS_ROOM_TYPE", "")
    types = [one for one in pms.room_types() if one.is_active and wanted in {"", one.room_type_id}]
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
