"""What a desk, another channel or QloApps itself does to our stays behind our back is found, and kept as a report."""

from __future__ import annotations

import datetime as dt
import io
import json
import uuid
from collections.abc import Callable, Iterator

import pytest
from django.core.management import call_command

from integrations import breakers
from reservations import tasks
from reservations.models import DriftReport, Reservation
from reservations.services import auditing, calls, drift
from tenants.scoping import tenant_scope
from tests.reservations.qloapps_hotel import QloAppsHotel, open_qloapps_hotel
from tests.stand_ins.qloapps_world import CANCELLED, Line

KEY = uuid.UUID(int=6)


@pytest.fixture
def hotel(db: None) -> Iterator[QloAppsHotel]:
    breakers.reset_process()
    with open_qloapps_hotel() as hotel, tenant_scope(hotel.tenant):
        hotel.requested(hotel.option(hotel.stay(), key=KEY), key=KEY)
        calls.run_due_calls()
        yield hotel
    breakers.reset_process()


def the_line(hotel: QloAppsHotel) -> Line:
    return next(iter(hotel.world.lines.values()))


def sell(hotel: QloAppsHotel, *, source: str, room_type: int = 1) -> int:
    line = the_line(hotel)
    order, _ = hotel.world.book({
        "id_property": 1, "currency": "EUR", "source": source,
        "associations": {
            "customer_detail": {"firstname": "O", "lastname": "T", "email": "o@example.com", "phone": "1"},
            "room_types": [{"id_room_type": room_type, "checkin_date": str(line.first),
                            "checkout_date": str(line.last), "number_of_rooms": 1,
                            "rooms": [{"adult": 1, "id_tax_rules_group": 1}]}],
        },
    })  # fmt: skip
    return order.id


def cancel_at_the_desk(hotel: QloAppsHotel) -> None:
    hotel.world.set_state(hotel.world.orders[1], CANCELLED)


def revive_at_the_desk(hotel: QloAppsHotel) -> None:
    """The un-cancel trap: the state is back, the rooms are not."""
    hotel.world.set_state(hotel.world.orders[1], CANCELLED)
    hotel.world.orders[1].state = 1


def move_the_dates(hotel: QloAppsHotel) -> None:
    the_line(hotel).first += dt.timedelta(days=1)


def change_the_price(hotel: QloAppsHotel) -> None:
    the_line(hotel).net += 1


def move_to_another_type(hotel: QloAppsHotel) -> None:
    the_line(hotel).room_type = 2


def lose_the_order(hotel: QloAppsHotel) -> None:
    hotel.world.orders.clear()
    hotel.world.lines.clear()


def sell_the_room_to_somebody_else(hotel: QloAppsHotel) -> None:
    other = sell(hotel, source="Booking.com", room_type=2)
    for line in hotel.world.lines.values():
        if line.order == other:
            line.room_type, line.room = 1, the_line(hotel).room


def book_it_twice(hotel: QloAppsHotel) -> None:
    sell(hotel, source=hotel.world.orders[1].source)


def book_for_no_reservation(hotel: QloAppsHotel) -> None:
    sell(hotel, source="HA-B-0123456789abcdef0123")


def forget_that_we_booked(hotel: QloAppsHotel) -> None:
    Reservation.objects.update(state="refused")


@pytest.mark.parametrize(
    ("plant", "promise", "rules"),
    [
        (cancel_at_the_desk, 5, {"confirmed_is_in_pms"}),
        (revive_at_the_desk, 5, {"alive_without_a_room", "confirmed_is_in_pms"}),
        (move_the_dates, 5, {"same_dates"}),
        (change_the_price, 5, {"same_price"}),
        (move_to_another_type, 5, {"same_rooms"}),
        (lose_the_order, 5, {"confirmed_is_in_pms"}),
        (sell_the_room_to_somebody_else, 3, {"room_sold_twice"}),
        (book_it_twice, 5, {"one_booking_per_reference"}),
        (book_for_no_reservation, 5, {"booking_without_reservation"}),
        (forget_that_we_booked, 5, {"not_booked_is_not_in_pms"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_done_behind_our_back_is_found(
    hotel: QloAppsHotel, plant: Callable[[QloAppsHotel], None], promise: int, rules: set[str]
) -> None:
    clean = drift.make_report(tenant=hotel.tenant)
    assert (clean.checked, clean.findings, clean.error, clean.is_clean) == (1, [], "", True)
    assert auditing.violations(tenant=hotel.tenant) == []

    plant(hotel)
    report = drift.make_report(tenant=hotel.tenant)

    assert {one["rule"] for one in report.findings} == rules
    assert {one["promise"] for one in report.findings} == {promise}
    assert not report.is_clean
    assert {one.rule for one in auditing.violations(tenant=hotel.tenant)} >= rules
    assert "Ana" not in str(report.findings)


def test_a_pms_that_cannot_be_asked_is_reported_as_that(hotel: QloAppsHotel) -> None:
    hotel.server.broken = True

    report = drift.make_report(tenant=hotel.tenant)

    assert (report.checked, report.findings, report.is_clean) == (0, [], False)
    assert report.error.startswith("dependency_down")


def test_the_nightly_task_reports_each_hotel_and_reads_its_room_types(hotel: QloAppsHotel) -> None:
    hotel.world.types[1].max_guests = 3
    tasks.report_drift_of(hotel.tenant.pk)

    assert DriftReport.objects.get().is_clean
    assert Reservation.objects.get().room_type.max_guests == 3


def test_old_reports_go(hotel: QloAppsHotel) -> None:
    old = drift.make_report(tenant=hotel.tenant)
    DriftReport.objects.update(made_at=old.made_at - dt.timedelta(days=drift.KEEP_DAYS + 1))

    drift.make_report(tenant=hotel.tenant)

    assert DriftReport.objects.count() == 1


def test_many_reservations_cost_one_question_not_one_each(hotel: QloAppsHotel) -> None:
    for arrival in (20, 30, 40):
        hotel.requested(hotel.option(hotel.stay(arrival)))
    calls.run_due_calls()
    before = len(hotel.server.requests)

    assert drift.compare(tenant=hotel.tenant).checked == 4

    assert len(hotel.server.requests) - before <= 6


def test_reconcile_says_what_differs_and_can_read_the_room_types(hotel: QloAppsHotel) -> None:
    cancel_at_the_desk(hotel)
    out = io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("reconcile", "--json", "--catalogue", "--tenant", hotel.tenant.slug, stdout=out)
    report = json.loads(out.getvalue())

    assert end.value.code == 1
    assert [one["rule"] for one in report["drift"]] == ["confirmed_is_in_pms"]
    assert report["catalogue"][0]["added"] == []
