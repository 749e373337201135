"""The QloApps adapter passes the suite every adapter has to pass, against the stand-in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integrations.pms.qloapps_hotel import QloAppsWorld
from tests.reservations.pms_conformance import PmsConformance
from tests.stand_ins.qloapps import QloAppsStandIn
from tests.stand_ins.qloapps_world import small_hotel


@pytest.fixture
def world() -> Iterator[QloAppsWorld]:
    with QloAppsStandIn(small_hotel()) as server:
        yield QloAppsWorld(server)


class TestQloApps(PmsConformance):
    """The suite itself."""
