"""The running QloApps of `make test-qloapps-live` (docs/adding-a-pms.md), as the tests that use it see it."""

from __future__ import annotations

import os
from zoneinfo import ZoneInfo

import pytest
from pytest_django import Settings

URL = os.environ.get("QLOAPPS_URL", "")
ROOM_TYPE = os.environ.get("QLOAPPS_ROOM_TYPE", "")
ZONE = ZoneInfo(os.environ.get("QLOAPPS_TIME_ZONE", "UTC"))
DAYS_AHEAD = int(os.environ.get("QLOAPPS_DAYS_AHEAD", "300"))
RACES = int(os.environ.get("QLOAPPS_RACES", "3"))


def key() -> str:
    """Of its webservice."""
    return os.environ["QLOAPPS_KEY"]


def hotel_id() -> str:
    """The hotel that was lent."""
    return os.environ["QLOAPPS_HOTEL"]


def use(settings: Settings) -> None:
    """Skip without one; otherwise its address may be anywhere: whoever runs this chose it."""
    if not URL:
        pytest.skip("no QLOAPPS_URL")
    settings.PRIVATE_NETWORKS = ["0.0.0.0/0", "::/0"]
