"""A guest of a hotel in a running QloApps, from the webhook to the order (`make test-qloapps-live`). Never in CI."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from integrations.pms.base import BookingStatus, Done, Pms
from reservations.models import Reservation
from reservations.services import auditing, catalogue, pms
from tenants.scoping import tenant_scope
from tenants.services import connect_pms
from tests.conversations.guests import CODE, WhatsAppGuest
from tests.factories.reservations import Hotel
from tests.integrations.pms import qloapps_live as live

pytestmark = pytest.mark.live


@pytest.fixture
def adapter(hotel: Hotel, settings: Settings) -> Iterator[Pms]:
    live.use(settings)
    connect_pms(hotel.tenant, kind="qloapps", base_url=live.URL, hotel_id=live.hotel_id(), api_key=live.key())
    catalogue.import_room_types(tenant=hotel.tenant)
    adapter = pms.connect(hotel.tenant)
    yield adapter
    with tenant_scope(hotel.tenant):
        for reservation in Reservation.objects.all():
            for found in adapter.find(reservation.reference):
                assert isinstance(adapter.cancel(found.booking_id, "T-clear"), Done)


def test_a_guest_books_and_cancels_there(hotel: Hotel, guest: WhatsAppGuest, adapter: Pms) -> None:
    first = hotel.first_night + dt.timedelta(days=live.DAYS_AHEAD)
    last = first + dt.timedelta(days=3)
    offer = min(adapter.search(hotel.stay(live.DAYS_AHEAD, 3)), key=lambda one: one.total.amount)

    said = guest.say(
        f"Hola, ¿qué habitaciones tienen del {first.day}/{first.month}/{first.year} al "
        f"{last.day}/{last.month}/{last.year} para 2 personas?"
    )
    assert f"{offer.total.amount:,.0f}".replace(",", ".") in said
    guest.tap(guest.choices()[0][1])
    guest.say("Ana Pérez, ana.perez@example.com")
    said = guest.tap("Confirm")

    assert "confirmada" in said
    with tenant_scope(hotel.tenant):
        reservation = Reservation.objects.get()
    (order,) = adapter.find(reservation.reference)
    assert (order.status, order.total) == (BookingStatus.ACTIVE, offer.total)
    assert CODE.findall(said) == [reservation.code]
    assert auditing.violations(tenant=hotel.tenant) == []

    guest.say("Quiero cancelar mi reserva")
    said = guest.tap("cancel_yes")
    assert reservation.code in said

    assert [one.status for one in adapter.find(reservation.reference)] == [BookingStatus.CANCELLED]
    assert auditing.violations(tenant=hotel.tenant) == []
