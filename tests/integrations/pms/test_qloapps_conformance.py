"""The QloApps adapter passes the suite every adapter has to pass, against the stand-in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integrations.pms.qloapps_hotel import QloAppsWorld
from tests.reservations.pms_conformance import PmsConformance
from tests.stand_ins.qloapps import QloAppsStandIn
from tests.stand_ins.qloapps_world import small_hotel


@pytest.fixture(params=[False, True], ids=["prices with tax", "prices without tax"])
def world(request: pytest.FixtureRequest) -> Iterator[QloAppsWorld]:
    hotel = small_hotel()
    hotel.shows_net = request.param
    with QloAppsStandIn(hotel) as server:
        yield QloAppsWorld(server)


class TestQloApps(PmsConformance):
    """The suite itself."""
