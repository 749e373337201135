"""A hotel with something to sell."""

from __future__ import annotations

import pytest

from tests.factories.reservations import Hotel, open_hotel


@pytest.fixture
def hotel(db: None) -> Hotel:
    """Two doubles and one family room, open for 60 nights from tomorrow."""
    return open_hotel()
