"""What every PMS adapter must do, whatever is behind it. Subclass it with a `world` fixture.

A world is one hotel with a room type of `rooms` rooms that sells at least 30 nights from tomorrow.
"""

from __future__ import annotations

import pytest

from tests.reservations.pms_conformance.asking import booked, left, offer_for, request_for, stay_in
from tests.reservations.pms_conformance.bookings import Bookings
from tests.reservations.pms_conformance.changes import Changes
from tests.reservations.pms_conformance.holds import Holds
from tests.reservations.pms_conformance.offers import Reads
from tests.reservations.pms_conformance.several_types import SeveralTypes


@pytest.mark.contract
class PmsConformance(Reads, Bookings, Holds, SeveralTypes, Changes):
    """Inherit and provide `world`."""


__all__ = ["PmsConformance", "booked", "left", "offer_for", "request_for", "stay_in"]
