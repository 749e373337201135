"""A guest cancels: the fee is shown first, and one that rose meanwhile is told instead of charged."""

from __future__ import annotations

import datetime as dt

from conversations.models import OutboundMessage
from reservations.models import BuiltinBooking, CancellationTier, Reservation
from tenants.scoping import tenant_scope
from tests.conversations.guests import WhatsAppGuest
from tests.conversations.test_booking import book
from tests.factories.reservations import Hotel


def _to_the_fee(guest: WhatsAppGuest, hotel: Hotel) -> str:
    code = book(guest, "en", hotel)
    shown = guest.say("I want to cancel my booking")
    assert code in shown
    assert any(choice[1].startswith("cancel_yes") for choice in guest.choices()), shown
    return code


def test_a_booking_is_cancelled_after_its_fee_was_accepted(hotel: Hotel, guest: WhatsAppGuest) -> None:
    with tenant_scope(hotel.tenant):
        CancellationTier.objects.all().delete()
    code = _to_the_fee(guest, hotel)
    assert code in guest.tap("cancel_yes")
    assert Reservation._base_manager.get(code=code).state == "cancelled"


def test_a_fee_that_rose_is_told_and_nothing_is_cancelled(hotel: Hotel, guest: WhatsAppGuest) -> None:
    with tenant_scope(hotel.tenant):
        CancellationTier.objects.all().delete()
    code = _to_the_fee(guest, hotel)
    fee = {"amount": "50000.00", "currency": "ARS"}
    with tenant_scope(hotel.tenant):
        reservation = Reservation.objects.get(code=code)
        past = (dt.datetime.now(dt.UTC) - dt.timedelta(days=1)).isoformat()
        terms = {**reservation.terms, "free_until": past, "fee_after": fee}
        Reservation.objects.filter(pk=reservation.pk).update(terms=terms)
        BuiltinBooking.objects.update(terms=terms)
    said = guest.tap("cancel_yes")
    assert Reservation._base_manager.get(code=code).state == "confirmed"
    assert "ARS 50,000" in said
    assert OutboundMessage._base_manager.order_by("-id")[0].why["keys"] == ["event.cancel_fee_changed"]
