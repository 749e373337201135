"""What is past its time goes, by each hotel's own word, in pieces; what may stay stays."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connections, models

from conversations.models import Conversation, Guest, InboundDelivery, Message, OutboundMessage, Turn
from conversations.services import retention
from hotel_agent.common import clock
from reservations.models import Reservation, ReservationChange, SheetImport
from tenants.models import Tenant
from tests.conversations.guests import WhatsAppGuest
from tests.factories.reservations import Hotel, HotelFactory, requested


def days_ago(days: int) -> dt.datetime:
    return clock.now() - dt.timedelta(days=days)


def age(days: int) -> None:
    """Everything said so far was said that long ago."""
    Message._base_manager.update(received_at=days_ago(days))
    OutboundMessage._base_manager.update(created_at=days_ago(days))
    Turn._base_manager.update(at=days_ago(days))
    Conversation._base_manager.update(updated_at=days_ago(days))
    Guest._base_manager.update(created_at=days_ago(days))


def test_deliveries_go_before_messages_and_guests_last(hotel: Hotel, guest: WhatsAppGuest) -> None:
    guest.say("Hola")
    InboundDelivery.objects.update(received_at=days_ago(31))
    assert retention.apply_retention()["deliveries"] == 1
    assert Message._base_manager.count() == 1
    age(364)
    retention.apply_retention()
    assert Guest._base_manager.count() == Message._base_manager.count() == Turn._base_manager.count() == 1
    age(366)
    counts = retention.apply_retention()
    assert (counts["messages"], counts["turns"]) == (1, 1)
    left: list[type[models.Model]] = [Guest, Conversation, Message, OutboundMessage, Turn]
    assert [model for model in left if model._base_manager.exists()] == []
    assert not any(retention.apply_retention().values())


def test_a_hotel_says_how_long(hotel: Hotel, guest: WhatsAppGuest) -> None:
    guest.say("Hola")
    age(100)
    HotelFactory.create(messages_kept_months=1)
    assert not any(retention.apply_retention().values())
    Tenant.objects.filter(pk=hotel.tenant.pk).update(messages_kept_months=3)
    assert retention.apply_retention()["messages"] == 1


def test_a_guest_with_a_booking_stays_with_it(hotel: Hotel, guest: WhatsAppGuest) -> None:
    guest.say("Hola")
    person = Guest._base_manager.get()
    requested(hotel, hotel.stay(), guest_key=str(person.public_id))
    age(400)
    retention.apply_retention()
    assert not Conversation._base_manager.exists()
    assert Guest._base_manager.count() == Reservation._base_manager.count() == 1


def test_records_of_who_did_what_stay_two_years(hotel: Hotel) -> None:
    stay = requested(hotel, hotel.stay())
    lines = ReservationChange._base_manager.count()
    assert lines
    Reservation._base_manager.filter(pk=stay.pk).update(check_in=days_ago(700).date(), check_out=days_ago(698).date())
    sheet = SheetImport._base_manager.create(
        tenant=hotel.tenant, kind="rates", state="loaded", file_name="a.csv", made_by="ana", created_at=days_ago(91)
    )
    retention.apply_retention()
    assert ReservationChange._base_manager.count() == lines
    assert not SheetImport._base_manager.filter(pk=sheet.pk).exists()
    Reservation._base_manager.filter(pk=stay.pk).update(check_in=days_ago(740).date(), check_out=days_ago(738).date())
    with connections[
        "default"
    ].cursor() as cursor:  # the history is append-only; time cannot be moved by the front door
        cursor.execute("ALTER TABLE reservations_reservationchange DISABLE TRIGGER USER")
        ReservationChange._base_manager.update(at=days_ago(738))
        cursor.execute("ALTER TABLE reservations_reservationchange ENABLE TRIGGER USER")
    assert retention.apply_retention()["changes"] == lines


def test_it_goes_in_pieces_and_stops_in_time(
    hotel: Hotel, guest: WhatsAppGuest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    for number in range(5):
        InboundDelivery.objects.create(
            route="whatsapp", body=b"{}", sha256=f"{number}", state="done", received_at=days_ago(40 - number)
        )
    assert retention.apply_retention(budget_s=0) == {}
    assert InboundDelivery.objects.count() == 5
    assert retention.apply_retention()["deliveries"] == 5


def test_two_runs_at_once_are_one(hotel: Hotel) -> None:
    InboundDelivery.objects.create(route="whatsapp", body=b"{}", sha256="1", state="done", received_at=days_ago(40))
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [retention._LOCK])
        assert retention.apply_retention() == {}
        assert InboundDelivery.objects.count() == 1
        with other.cursor() as cursor:  # the server notices that a connection is closed only a moment later
            cursor.execute("SELECT pg_advisory_unlock(%s)", [retention._LOCK])
    finally:
        other.close()
    assert retention.apply_retention()["deliveries"] == 1
