"""`manage.py reconcile`: open outcomes, drift, and settling by hand."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Iterator

import pytest
from django.core.management import call_command

from reservations.models import BuiltinBooking, PmsCall, Reservation, StayEvent
from reservations.services import calls
from tenants.scoping import tenant_scope
from tests.factories.reservations import Hotel, requested
from tests.reservations.faulty_pms import Fault, FaultyPms, WorkerDied

KEY = uuid.UUID(int=5)


@pytest.fixture(autouse=True)
def scope(hotel: Hotel) -> Iterator[None]:
    with tenant_scope(hotel.tenant):
        yield


def reconcile(*arguments: str) -> tuple[int, dict[str, object]]:
    out = io.StringIO()
    try:
        call_command("reconcile", "--json", *arguments, stdout=out)
    except SystemExit as end:
        return int(str(end.code)), json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def stuck(hotel: Hotel, fault: Fault) -> PmsCall:
    """A booking whose worker died three times, as a person finds it."""
    reservation = requested(hotel, hotel.stay(), key=KEY)
    pms = FaultyPms(hotel.tenant)
    pms.announce("book", fault)
    call = PmsCall.objects.get(reservation=reservation, kind="book")
    with pytest.raises(WorkerDied):
        calls.run_call(call.pk, connect=pms.connect)
    PmsCall.objects.filter(pk=call.pk).update(state="dead", lease_until=None)
    calls.tell_people_about_dead_calls()
    return call


def test_nothing_open_and_nothing_drifted_is_exit_0(hotel: Hotel) -> None:
    requested(hotel, hotel.stay())

    assert reconcile() == (0, {"ok": True, "open": [], "drift": []})
    assert Reservation.objects.get().state == "confirmed"  # what was due was done on the way


def test_a_drifted_stay_is_shown(hotel: Hotel) -> None:
    requested(hotel, hotel.stay())
    calls.run_due_calls()
    BuiltinBooking.objects.update(total=1)

    code, report = reconcile("--tenant", hotel.tenant.slug)

    assert code == 1
    drift = report["drift"]
    assert isinstance(drift, list)
    assert [(one["rule"], one["subject"]) for one in drift] == [("same_price", Reservation.objects.get().code)]


def test_a_stuck_call_is_shown_and_settled_as_done(hotel: Hotel) -> None:
    call = stuck(hotel, Fault.DIES_AFTER)
    code, report = reconcile()
    assert code == 1
    assert [(one["call_id"], one["needs_person"]) for one in report["open"]] == [(call.pk, True)]  # type: ignore[attr-defined]

    made = BuiltinBooking.objects.get()
    code, _ = reconcile("--tenant", hotel.tenant.slug, "--settle", str(call.pk), "--booking-id", made.booking_id)

    assert code == 0
    assert Reservation.objects.get().state == "confirmed"
    assert StayEvent.objects.order_by("pk").last().kind == "booked_late"  # type: ignore[union-attr]
    assert reconcile()[0] == 0


def test_a_stuck_call_is_settled_as_not_done(hotel: Hotel) -> None:
    call = stuck(hotel, Fault.DIES_BEFORE)

    code, _ = reconcile("--tenant", hotel.tenant.slug, "--settle", str(call.pk), "--not-done")

    assert code == 0
    assert Reservation.objects.get().state == "refused"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--settle", "1"],
        ["--settle", "999999", "--not-done"],
        ["--settle", "CALL", "--booking-id", "nowhere"],
    ],
)
def test_a_settlement_that_makes_no_sense_is_exit_2_and_changes_nothing(hotel: Hotel, arguments: list[str]) -> None:
    call = stuck(hotel, Fault.DIES_BEFORE)
    arguments = [str(call.pk) if one == "CALL" else one for one in arguments]

    assert reconcile("--tenant", hotel.tenant.slug, *arguments)[0] == 2

    assert Reservation.objects.get().state == "unknown"


def test_what_the_machine_can_settle_is_not_a_persons(hotel: Hotel) -> None:
    requested(hotel, hotel.stay())
    call = PmsCall.objects.get(kind="book")

    code, report = reconcile("--tenant", hotel.tenant.slug, "--settle", str(call.pk), "--not-done")

    assert code == 2
    assert "not a person's" in str(report["error"])
    assert Reservation.objects.get().state == "pending"
