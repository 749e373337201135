"""`manage.py audit` finds each planted violation, nothing else, and says nothing of stays under way."""

from __future__ import annotations

import datetime as dt
import io
import json
import uuid
from collections.abc import Callable, Iterator

import pytest
from django.core.management import call_command
from django.db import connection

from reservations.models import (
    BuiltinBooking,
    BuiltinHold,
    Hold,
    PmsCall,
    Quote,
    QuoteOption,
    Reservation,
    RoomNight,
    RoomType,
    StayEvent,
)
from reservations.services import auditing, calls
from tenants import selectors
from tenants.models import PmsConnection
from tenants.scoping import tenant_scope
from tests.factories.reservations import Hotel, held_option, open_hotel, requested

KEY = uuid.UUID(int=3)


@pytest.fixture(autouse=True)
def scope(hotel: Hotel) -> Iterator[None]:
    with tenant_scope(hotel.tenant):
        yield


@pytest.fixture
def booked(hotel: Hotel) -> Reservation:
    reservation = requested(hotel, hotel.stay(), key=KEY)
    calls.run_due_calls()
    reservation.refresh_from_db()
    assert reservation.state == "confirmed"
    return reservation


def audit(*arguments: str) -> tuple[int, dict[str, object]]:
    out = io.StringIO()
    try:
        call_command("audit", "--json", *arguments, stdout=out)
    except SystemExit as end:
        return int(str(end.code)), json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def by_hand(statement: str) -> None:
    """What a careless hand does in psql: the constraint in its way is dropped first (rolled back with the test)."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "ALTER TABLE reservations_roomnight DROP CONSTRAINT IF EXISTS reservations_room_night_not_oversold"
        )
        cursor.execute(statement)


def oversell(hotel: Hotel, booked: Reservation) -> None:
    by_hand("UPDATE reservations_roomnight SET total = 0 WHERE sold = 1")


def lose_a_sale(hotel: Hotel, booked: Reservation) -> None:
    RoomNight.objects.filter(sold=1, night=booked.check_in).update(sold=0)


def hold_for_nobody(hotel: Hotel, booked: Reservation) -> None:
    RoomNight.objects.filter(sold=1, night=booked.check_in).update(held=1)


def forget_a_hold(hotel: Hotel, booked: Reservation) -> None:
    hold = held_option(hotel, hotel.stay(20), guest_key="other")
    Hold.objects.filter(pk=hold.pk).update(state="released")


def forget_to_lapse(hotel: Hotel, booked: Reservation) -> None:
    hold = held_option(hotel, hotel.stay(20), guest_key="other")
    Hold.objects.filter(pk=hold.pk).update(expires_at=hold.created_at - dt.timedelta(minutes=5))


def take_a_held_room_away(hotel: Hotel, booked: Reservation) -> None:
    hold = held_option(hotel, hotel.stay(20), guest_key="other")
    BuiltinHold.objects.filter(reference=hold.reference).update(is_active=False)
    RoomNight.objects.filter(held=1).update(held=0)


def change_our_price(hotel: Hotel, booked: Reservation) -> None:
    Reservation.objects.update(total=1)


def change_the_quote(hotel: Hotel, booked: Reservation) -> None:
    QuoteOption.objects.filter(reservations=booked).update(nightly=["1.00"])


def change_the_terms(hotel: Hotel, booked: Reservation) -> None:
    Reservation.objects.update(terms={"free_until": None})


def book_on_an_expired_quote(hotel: Hotel, booked: Reservation) -> None:
    Quote.objects.update(expires_at=booked.created_at - dt.timedelta(seconds=1))


def cancel_in_the_pms_only(hotel: Hotel, booked: Reservation) -> None:
    BuiltinBooking.objects.update(status="cancelled")
    RoomNight.objects.filter(sold=1).update(sold=0)


def cancel_with_us_only(hotel: Hotel, booked: Reservation) -> None:
    Reservation.objects.update(state="cancelled")


def change_the_price_in_the_pms(hotel: Hotel, booked: Reservation) -> None:
    BuiltinBooking.objects.update(total=1)


def move_the_stay_in_the_pms(hotel: Hotel, booked: Reservation) -> None:
    BuiltinBooking.objects.update(check_in=booked.check_in - dt.timedelta(days=1))
    RoomNight.objects.filter(room_type=hotel.double, night=booked.check_in - dt.timedelta(days=1)).update(sold=1)


def swap_the_room_type_in_the_pms(hotel: Hotel, booked: Reservation) -> None:
    BuiltinBooking.objects.update(room_type=hotel.family)
    RoomNight.objects.filter(sold=1).update(sold=0)
    stay = {"night__gte": booked.check_in, "night__lt": booked.check_out}
    RoomNight.objects.filter(room_type=hotel.family, **stay).update(sold=1)


def confirm_what_was_never_booked(hotel: Hotel, booked: Reservation) -> None:
    BuiltinBooking.objects.all().delete()
    RoomNight.objects.filter(sold=1).update(sold=0)


def tell_what_never_happened(hotel: Hotel, booked: Reservation) -> None:
    refused = requested(hotel, hotel.stay(20), guest_key="other")
    Reservation.objects.filter(pk=refused.pk).update(state="refused")
    Hold.objects.filter(reservations=refused).update(state="booking")
    StayEvent.objects.create(tenant=hotel.tenant, kind="booked", key="false", conversation_key=KEY, reservation=refused)


def tell_both(hotel: Hotel, booked: Reservation) -> None:
    StayEvent.objects.create(
        tenant=hotel.tenant, kind="booking_refused", key="both", conversation_key=KEY, reservation=booked
    )


def lose_our_row(hotel: Hotel, booked: Reservation) -> None:
    StayEvent.objects.all().delete()
    PmsCall.objects.all().delete()
    booked.changes.all().delete()
    booked.delete()


@pytest.mark.parametrize(
    ("plant", "promise", "rules"),
    [
        (oversell, 3, {"oversold"}),
        (lose_a_sale, 3, {"sold_is_bookings"}),
        (hold_for_nobody, 3, {"held_is_holds"}),
        (forget_a_hold, 3, {"orphan_hold"}),
        (forget_to_lapse, 3, {"hold_not_lapsed"}),
        (take_a_held_room_away, 3, {"hold_keeps_nothing"}),
        (change_our_price, 4, {"price_is_quoted", "same_price"}),
        (change_the_quote, 4, {"nights_add_up"}),
        (change_the_terms, 4, {"terms_are_quoted"}),
        (book_on_an_expired_quote, 4, {"quote_was_valid"}),
        (cancel_in_the_pms_only, 5, {"confirmed_is_in_pms"}),
        (cancel_with_us_only, 5, {"not_booked_is_not_in_pms"}),
        (change_the_price_in_the_pms, 5, {"same_price"}),
        (move_the_stay_in_the_pms, 5, {"same_dates"}),
        (swap_the_room_type_in_the_pms, 5, {"same_rooms"}),
        (confirm_what_was_never_booked, 5, {"confirmed_is_in_pms"}),
        (tell_what_never_happened, 5, {"told_booked_but_is_not"}),
        (tell_both, 5, {"told_both"}),
        (lose_our_row, 5, {"booking_without_reservation"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_planted_violation_is_found(
    hotel: Hotel,
    booked: Reservation,
    plant: Callable[[Hotel, Reservation], None],
    promise: int,
    rules: set[str],
) -> None:
    assert audit() == (0, {"ok": True, "violations": [], "tenants": 1})
    plant(hotel, booked)

    code, report = audit("--tenant", hotel.tenant.slug)

    assert code == 1
    found = report["violations"]
    assert isinstance(found, list)
    assert {one["rule"] for one in found} == rules
    assert promise in {one["promise"] for one in found}
    assert {one["tenant"] for one in found} == {hotel.tenant.slug}
    assert not any(booked.guest_name in str(one) or booked.guest_email in str(one) for one in found)


def test_stays_under_way_are_no_violation(hotel: Hotel) -> None:
    held_option(hotel, hotel.stay(20), guest_key="other")
    requested(hotel, hotel.stay())

    assert auditing.violations(tenant=hotel.tenant) == []


def test_two_live_bookings_under_one_reference_are_found(hotel: Hotel, booked: Reservation) -> None:
    from tests.reservations.faulty_pms import FaultyPms

    class Doubling(FaultyPms):
        def find(self, reference: str) -> list[object]:  # type: ignore[override]
            return [*self.inner.find(reference)] * 2

        def list_ours(self, prefix: str, since: dt.date) -> list[object]:  # type: ignore[override]
            return [*self.inner.list_ours(prefix, since)] * 2

    found = auditing.violations(tenant=hotel.tenant, connect=Doubling(hotel.tenant).connect)

    assert [one.rule for one in found] == ["one_booking_per_reference"]


def test_the_hotels_are_audited_each_for_itself(hotel: Hotel, booked: Reservation) -> None:
    other = open_hotel()
    with tenant_scope(other.tenant):
        RoomNight.objects.filter(room_type=RoomType.objects.get(code="double"), night=booked.check_in).update(sold=1)

    assert auditing.violations(tenant=hotel.tenant) == []
    code, report = audit()
    assert (code, report["tenants"]) == (1, 2)
    assert audit("--tenant", hotel.tenant.slug)[0] == 0


def test_a_pms_that_cannot_be_asked_is_exit_2_not_all_clear(hotel: Hotel, booked: Reservation) -> None:
    PmsConnection.objects.create(tenant=hotel.tenant, kind="qloapps")
    selectors.forget_configuration()

    code, report = audit()

    assert (code, report["ok"]) == (2, False)
    assert "needs an address, a key" in str(report["error"])


def test_an_unknown_hotel_is_exit_2(hotel: Hotel) -> None:
    assert audit("--tenant", "nowhere")[0] == 2
