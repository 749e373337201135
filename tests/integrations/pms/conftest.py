"""A small hotel in a stand-in of QloApps."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integrations.pms.qloapps_hotel import QloAppsWorld
from tests.stand_ins.qloapps import QloAppsStandIn
from tests.stand_ins.qloapps_world import small_hotel


@pytest.fixture
def server() -> Iterator[QloAppsStandIn]:
    """QloApps as it answers and errs."""
    with QloAppsStandIn(small_hotel()) as server:
        yield server


@pytest.fixture
def world(server: QloAppsStandIn) -> QloAppsWorld:
    """A small hotel in it, and our adapter."""
    return QloAppsWorld(server)
