"""A guest changes a booked stay over WhatsApp: the difference is shown, confirmed, and then done in the PMS."""

from __future__ import annotations

import datetime as dt
import re

from conversations.models import Handoff, OutboundMessage
from reservations.models import BuiltinBooking, CancellationTier, Hold, Quote, Reservation, RoomNight
from tenants.scoping import tenant_scope
from tests.conversations.guests import WhatsAppGuest
from tests.conversations.test_booking import book
from tests.factories.reservations import Hotel


def _booked(guest: WhatsAppGuest, hotel: Hotel, language: str = "es") -> Reservation:
    with tenant_scope(hotel.tenant):
        CancellationTier.objects.all().delete()
    code = book(guest, language, hotel)
    return Reservation._base_manager.get(code=code)


def _sold(reservation: Reservation) -> dict[dt.date, int]:
    rows = RoomNight._base_manager.filter(room_type_id=reservation.room_type_id, sold__gt=0)
    return {row.night: row.sold for row in rows}


def test_a_night_more_is_priced_confirmed_and_then_in_the_pms(hotel: Hotel, guest: WhatsAppGuest) -> None:
    before = _booked(guest, hotel)
    shown = guest.say("quiero cambiar mi reserva, una noche más")
    assert before.code in shown
    price = before.price.amount / 4
    difference = f"ARS {int(price):,}".replace(",", ".")
    assert f"{difference} más que ahora" in shown, shown
    assert Reservation._base_manager.get().check_out == before.check_out, "nothing is changed before the yes"
    done = guest.tap("change_yes")
    after, booking = Reservation._base_manager.get(), BuiltinBooking._base_manager.get()
    assert before.code in done
    assert after.check_out == booking.check_out == before.check_out + dt.timedelta(days=1)
    assert after.price.amount == booking.total == price * 5
    assert sorted(_sold(after)) == [before.check_in + dt.timedelta(days=number) for number in range(5)]
    said = OutboundMessage._base_manager.order_by("-id")[0]
    assert said.why["keys"][0] == "event.changed"
    shown_rows = OutboundMessage._base_manager.filter(why__rule="change.propose")
    assert all(row.why["quote_ids"] for row in shown_rows)
    assert Quote._base_manager.filter(public_id=shown_rows[0].why["quote_ids"][0]).exists()


def test_a_change_in_a_full_house_counts_the_guests_own_room_as_free(hotel: Hotel, guest: WhatsAppGuest) -> None:
    before = _booked(guest, hotel, "en")
    with tenant_scope(hotel.tenant):
        for night in RoomNight.objects.all():
            night.sold = night.total
            night.save(update_fields=["sold"])
    shown = guest.say("I need to change my booking: one night less")
    assert any(choice[1].startswith("change_yes") for choice in guest.choices()), shown
    guest.tap("change_yes")
    assert Reservation._base_manager.get().check_out == before.check_out - dt.timedelta(days=1)


def test_leaving_it_as_it_is_changes_nothing(hotel: Hotel, guest: WhatsAppGuest) -> None:
    before = _booked(guest, hotel, "pt")
    guest.say("quero mudar a minha reserva, uma noite a mais")
    guest.tap("change_no")
    after = Reservation._base_manager.get()
    assert (after.check_in, after.check_out, after.total) == (before.check_in, before.check_out, before.total)


def test_a_room_sold_meanwhile_is_told_and_the_stay_is_as_it_was(hotel: Hotel, guest: WhatsAppGuest) -> None:
    before = _booked(guest, hotel, "en")
    guest.say("change my booking please, one more night")
    with tenant_scope(hotel.tenant):
        for night in RoomNight.objects.filter(night=before.check_out):
            night.sold = night.total
            night.save(update_fields=["sold"])
    said = guest.tap("change_yes")
    after = Reservation._base_manager.get()
    assert (after.check_out, after.state) == (before.check_out, "confirmed")
    assert "is as it was" in said


def test_within_the_fee_a_shorter_stay_is_a_persons(hotel: Hotel, guest: WhatsAppGuest) -> None:
    before = _booked(guest, hotel, "en")
    terms = {
        **before.terms,
        "free_until": (dt.datetime.now(dt.UTC) - dt.timedelta(days=1)).isoformat(),
        "fee_after": {"amount": "60000.00", "currency": "ARS"},
    }
    Reservation._base_manager.update(terms=terms)
    said = guest.say("change my booking: one night less")
    assert "terms of the rate" in said
    assert Reservation._base_manager.get().check_out == before.check_out
    assert Handoff._base_manager.filter(reason="modification").exists()
    longer = guest.say("and one night more instead?", "change my booking, one more night")
    assert any(choice[1].startswith("change_yes") for choice in guest.choices()), longer


def test_a_guests_own_hold_is_not_in_the_way_of_their_next_search(hotel: Hotel, guest: WhatsAppGuest) -> None:
    with tenant_scope(hotel.tenant):
        for night in RoomNight.objects.all():  # one double left, nothing else
            night.sold = night.total - (1 if night.room_type_id == hotel.double.pk else 0)
            night.save(update_fields=["sold"])
    arrival = hotel.tenant.business_day() + dt.timedelta(days=30)
    leaving = arrival + dt.timedelta(days=3)
    guest.say(f"Do you have a room from {arrival:%d %B} to {leaving:%d %B} for 2 adults?")
    guest.tap("option:")
    assert Hold._base_manager.filter(state="open").count() == 1
    said = guest.say(f"sorry, from {arrival:%d %B} to {leaving + dt.timedelta(days=1):%d %B}")
    assert re.search(r"ARS \d", said), said
    assert Hold._base_manager.filter(state="open").count() == 1
