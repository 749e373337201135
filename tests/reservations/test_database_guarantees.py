"""What PostgreSQL itself refuses, whoever asks."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django_scopes.exceptions import ScopeError

from hotel_agent.common.tenant_keys import TenantForeignKey, constraint_name
from reservations.models import (
    BuiltinBooking,
    Hold,
    Quote,
    QuoteOption,
    Reservation,
    ReservationChange,
    Room,
    RoomAssignment,
    RoomNight,
)
from reservations.services import calls
from tenants.models import TenantOwned
from tenants.scoping import every_tenant, tenant_scope
from tests.factories.reservations import Hotel, open_hotel, quote_option, requested


@pytest.fixture(autouse=True)
def scope(hotel: Hotel) -> Iterator[None]:
    with tenant_scope(hotel.tenant):
        yield


def refused(change: Any) -> str:
    with pytest.raises(IntegrityError) as error:
        _checked(change)
    return str(error.value)


def _checked(change: Any) -> None:
    """Make a change and have the deferred constraints looked at, as its commit would."""
    with transaction.atomic(), connection.cursor() as cursor:
        change()
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def reservation_of(hotel: Hotel) -> Reservation:
    reservation = requested(hotel, hotel.stay())
    calls.run_due_calls()
    reservation.refresh_from_db()
    return reservation


@pytest.mark.parametrize(
    "columns",
    [{"sold": 3}, {"held": 3}, {"sold": 2, "held": 1}, {"sold": 4, "overbooking": 1}, {"sold": -1}, {"held": -1}],
)
def test_no_night_is_ever_oversold_or_negative(hotel: Hotel, columns: dict[str, int]) -> None:
    nights = RoomNight.objects.filter(room_type=hotel.double, night=hotel.first_night)

    assert "check constraint" in refused(lambda: nights.update(**columns))

    assert nights.values_list("sold", "held").get() == (0, 0)


def test_a_room_is_assigned_to_one_stay_at_a_time(hotel: Hotel) -> None:
    reservation_of(hotel)
    booking, room = BuiltinBooking.objects.get(), Room.objects.get(number="100")
    first = dt.date(2027, 1, 3)

    def assign(start: int, end: int, **columns: object) -> RoomAssignment:
        stay = DateRange(first + dt.timedelta(days=start), first + dt.timedelta(days=end))
        return RoomAssignment.objects.create(tenant=hotel.tenant, booking=booking, room=room, stay=stay, **columns)

    kept = assign(0, 4)
    assign(4, 6)  # the day of departure is the next guest's
    assign(1, 2, is_active=False)
    for start, end in ((0, 4), (3, 5), (-2, 1), (1, 2)):
        assert "reservations_room_assigned_once" in refused(lambda start=start, end=end: assign(start, end))
    kept.is_active = False
    kept.save()
    assign(1, 3)


def test_the_history_is_never_rewritten(hotel: Hotel) -> None:
    reservation_of(hotel)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        ReservationChange.objects.update(kind="nothing happened")

    assert list(ReservationChange.objects.order_by("pk").values_list("kind", flat=True)) == ["requested", "confirmed"]


@pytest.mark.parametrize(
    "columns",
    [
        {"pms_booking_id": ""},
        {"confirmed_at": None},
        {"code": "HT-ABCDEF"},
        {"code": "ht-4k2m7p"},
        {"check_out": dt.date(2020, 1, 1)},
        {"total": -1},
    ],
)
def test_a_reservation_that_cannot_be_is_refused(hotel: Hotel, columns: dict[str, object]) -> None:
    reservation = reservation_of(hotel)

    assert "reservations_" in refused(lambda: Reservation.objects.filter(pk=reservation.pk).update(**columns))


def test_an_option_has_one_live_hold_and_one_reservation(hotel: Hotel) -> None:
    reservation = reservation_of(hotel)
    option = quote_option(hotel, hotel.stay(20))

    def hold(reference: str) -> Hold:
        return Hold.objects.create(
            tenant=hotel.tenant, option=option, guest_key="g", reference=reference, expires_at=option.quote.expires_at
        )

    hold("one")
    assert "reservations_hold_one_per_option" in refused(lambda: hold("two"))

    def copy() -> None:
        reservation.pk, reservation.code, reservation.reference = None, "HT-AAAAA2", "other"
        reservation.public_id, reservation.page_token = uuid.uuid4(), "another-page"
        reservation.save(force_insert=True)

    assert "reservations_reservation_one_per_option" in refused(copy)


def test_rows_of_two_hotels_cannot_be_linked(hotel: Hotel) -> None:
    stranger = open_hotel()
    with tenant_scope(stranger.tenant):
        option = quote_option(stranger, stranger.stay())
    mine = quote_option(hotel, hotel.stay())

    with every_tenant():
        assert "tenant" in refused(
            lambda: QuoteOption.objects.filter(pk=mine.pk).update(quote=option.quote, position=9)
        )
        assert "tenant" in refused(lambda: QuoteOption.objects.filter(pk=mine.pk).update(room_type=stranger.double))
        assert "tenant" in refused(
            lambda: RoomNight.objects.filter(room_type=hotel.double).update(tenant=stranger.tenant)
        )


def test_every_tenant_link_of_the_models_is_a_composite_key_in_the_database(hotel: Hotel) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE contype = 'f' AND array_length(conkey, 1) = 2")
        present = {name for (name,) in cursor.fetchall()}
    wanted = {
        constraint_name(model._meta.db_table, one.column)
        for model in apps.get_app_config("reservations").get_models()
        for one in model._meta.local_fields
        if isinstance(one, TenantForeignKey)
    }

    assert wanted
    assert wanted <= present


def test_without_a_hotel_nothing_can_be_read(hotel: Hotel) -> None:
    from django_scopes import scope as any_scope

    with any_scope(tenant=None):
        assert not Quote.objects.exists()


def test_outside_a_scope_every_query_raises(db: None) -> None:
    for model in apps.get_app_config("reservations").get_models():
        if not issubclass(model, TenantOwned):
            continue
        with pytest.raises(ScopeError):
            _outside(model)


def _outside(model: Any) -> None:
    import contextvars

    contextvars.Context().run(model.objects.count)
