"""What tests look at: states, counters, events."""

from __future__ import annotations

import contextlib
import datetime as dt

from reservations.models import BuiltinBooking, Reservation, RoomNight, StayEvent
from reservations.services import calls
from tests.factories.reservations import Hotel
from tests.reservations.faulty_pms import FaultyPms, WorkerDied


def run(pms: FaultyPms) -> None:
    with contextlib.suppress(WorkerDied):
        while calls.run_due_calls(connect=pms.connect):
            pass


def state_of(reservation: Reservation) -> str:
    return Reservation.objects.get(pk=reservation.pk).state


def events() -> list[str]:
    return list(StayEvent.objects.order_by("pk").values_list("kind", flat=True))


def live_bookings() -> int:
    return BuiltinBooking.objects.exclude(status="cancelled").count()


def counters(hotel: Hotel, arrival: int = 9) -> tuple[int, int]:
    night = RoomNight.objects.get(room_type=hotel.double, night=hotel.first_night + dt.timedelta(days=arrival))
    return night.sold, night.held
