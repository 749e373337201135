"""The same search as in test_stateful, with QloApps behind it: its HTTP answers go wrong too, and other channels sell.

`STATEFUL_EXAMPLES` raises the number of runs (each up to 40 steps) for a longer search.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from integrations import breakers
from reservations.services import pms
from tenants.services import connect_payments
from tests.factories.reservations import Hotel
from tests.reservations.faulty_pms import FaultyPms
from tests.reservations.qloapps_hotel import QloAppsHotel, open_qloapps_hotel
from tests.reservations.stateful_runs import steps_taken
from tests.reservations.test_stateful import STEPS, WHILE_UNDER_WAY, Stays
from tests.stand_ins.qloapps import Fault
from tests.stand_ins.qloapps_world import CANCELLED, REFUNDED, Refusal, small_hotel

EXAMPLES = int(os.environ.get("STATEFUL_EXAMPLES", "4"))
KINDS = ("reset_before", "reset_after", "error_after", "error", "html")
WRITES = (("POST", "bookings"), ("POST", "order_histories"), ("PUT", "bookings"))
READS = (("GET", "orders"), ("GET", "room_bookings"), ("POST", "hotel_ari"))


class QloAppsStays(Stays):
    """Three guests and another channel, two doubles, a QloApps that lies."""

    behind: QloAppsHotel
    room_type = "1"
    beside = ""
    plans = {"flexible": "standard", "fixed": "standard"}
    while_under_way = frozenset({*WHILE_UNDER_WAY, "alive_without_a_room"})

    def new_pms(self) -> FaultyPms:
        self.behind.server.world = small_hotel()
        self.behind.server.faults.clear()
        return FaultyPms(self.hotel.tenant, inner=pms.connect(self.hotel.tenant))

    @rule(kind=st.sampled_from(KINDS), where=st.sampled_from(WRITES))
    def an_answer_will_lie(self, kind: Any, where: tuple[str, str]) -> None:
        self.behind.server.announce(Fault(kind, *where))

    @rule(kind=st.sampled_from(("reset_before", "error", "html")), where=st.sampled_from(READS))
    def a_question_will_fail(self, kind: Any, where: tuple[str, str]) -> None:
        self.behind.server.announce(Fault(kind, *where))

    @rule(arrival=st.integers(5, 8), nights=st.integers(1, 3))
    def another_channel_sells(self, arrival: int, nights: int) -> None:
        stay = self.hotel.stay(arrival, nights)
        try:
            self.behind.world.book({
                "id_property": 1, "currency": "EUR", "source": "Booking.com",
                "associations": {
                    "customer_detail": {"firstname": "O", "lastname": "T", "email": "o@example.com", "phone": "1"},
                    "room_types": [{"id_room_type": 1, "checkin_date": str(stay.check_in),
                                    "checkout_date": str(stay.check_out), "number_of_rooms": 1,
                                    "rooms": [{"adult": 1, "id_tax_rules_group": 1}]}],
                },
            })  # fmt: skip
        except Refusal:
            return

    @invariant()
    def promises_hold(self) -> None:
        """The audit asks the PMS too; the faults that wait are meant for the product."""
        waiting = list(self.behind.server.faults)
        self.behind.server.faults.clear()
        try:
            super().promises_hold()
        finally:
            self.behind.server.faults.extend(waiting)

    @invariant()
    def no_room_is_sold_twice(self) -> None:
        kept = [line for line in self.behind.world.lines.values() if line.blocks]
        for line in kept:
            others = [one for one in kept if one.room == line.room and one.id != line.id]
            assert not any(one.overlaps(line.first, line.last) for one in others)

    def teardown(self) -> None:
        self.behind.server.faults.clear()
        super().teardown()

    def in_the_end_nothing_is_open(self) -> None:
        super().in_the_end_nothing_is_open()
        # Nothing that looks alive at the desk keeps no room.
        live = {order.id for order in self.behind.world.live()}
        ended = {CANCELLED, REFUNDED}
        assert all(order.id in live or order.state in ended for order in self.behind.world.orders.values())


@pytest.fixture
def machine(db: None) -> Iterator[type[QloAppsStays]]:
    breakers.reset_process()
    with open_qloapps_hotel() as behind:
        QloAppsStays.behind = behind
        connect_payments(behind.tenant, kind="demo")
        QloAppsStays.hotel = _AsHotel(behind)
        yield QloAppsStays
    breakers.reset_process()


class _AsHotel(Hotel):
    """What the machine asks of a hotel."""

    def __init__(self, behind: QloAppsHotel) -> None:
        object.__setattr__(self, "tenant", behind.tenant)
        object.__setattr__(self, "first_night", behind.tenant.business_day() + dt.timedelta(days=1))


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_no_order_of_events_breaks_a_promise_behind_qloapps(
    machine: type[QloAppsStays], request: pytest.FixtureRequest
) -> None:
    with steps_taken(machine, request):
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                print_blob=True,
            ),
        )
