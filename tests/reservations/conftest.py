"""A hotel with something to sell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine

from tests.factories.reservations import Hotel, open_hotel
from tests.reservations.faulty_pms import FaultyPms


@pytest.fixture
def hotel(db: None) -> Hotel:
    """Two doubles and one family room, open for 60 nights from tomorrow."""
    return open_hotel()


@pytest.fixture
def moving() -> Iterator[time_machine.Traveller]:
    """A clock that stands still until it is moved."""
    with time_machine.travel(dt.datetime.now(dt.UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def pms(hotel: Hotel) -> FaultyPms:
    """The hotel's PMS behind a bad line."""
    return FaultyPms(hotel.tenant)
