"""Another hour, an extra and a wish for a booked stay, over WhatsApp, down to the note in the PMS."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from conversations.models import Handoff, OutboundMessage
from reservations.models import Arrangement, BuiltinBooking, PmsCall, Reservation, RoomNight
from reservations.services import inventory
from tenants.scoping import tenant_scope
from tests.conversations.guests import WhatsAppGuest
from tests.conversations.test_booking import book
from tests.factories.reservations import Hotel


def _fill(hotel: Hotel, night: dt.date) -> None:
    with tenant_scope(hotel.tenant):
        for row in RoomNight.objects.filter(night=night):
            row.sold = row.total
            row.save(update_fields=["sold"])


def test_a_late_departure_is_priced_by_policy_and_noted_in_the_pms(hotel: Hotel, guest: WhatsAppGuest) -> None:
    code = book(guest, "es", hotel)
    reservation = Reservation._base_manager.get()
    half = int(reservation.total / 4 / 2)
    fee = f"ARS {half:,}".replace(",", ".")
    said = guest.say("¿podemos salir más tarde el último día?")
    assert fee in said, said
    assert "14:00" in said
    assert not Arrangement._base_manager.exists(), "nothing is agreed before the yes"
    done = guest.tap("arrange_yes")
    assert code in done
    assert fee in done
    arrangement = Arrangement._base_manager.get()
    assert (arrangement.kind, arrangement.state, int(arrangement.amount)) == ("late_check_out", "noted", half)
    note = BuiltinBooking._base_manager.get().notes
    assert "14:00" in note
    assert fee in note
    assert PmsCall._base_manager.get(kind="note").outcome == "done"
    said = guest.say("¿y puedo salir más tarde?")
    assert "ya está acordado" in said
    rows = OutboundMessage._base_manager.order_by("-id")
    assert rows[1].why["keys"] == ["event.arranged_late", "event.arranged_price"]


def test_with_somebody_else_on_that_night_it_is_not_promised(hotel: Hotel, guest: WhatsAppGuest) -> None:
    book(guest, "en", hotel)
    reservation = Reservation._base_manager.get()
    _fill(hotel, reservation.check_in - dt.timedelta(days=1))
    said = guest.say("can we check in early?")
    assert "can't promise" in said, said
    assert "ARS" not in said
    assert not Arrangement._base_manager.exists()
    assert Handoff._base_manager.filter(reason="in_stay_request").exists()


def test_an_extra_is_priced_from_the_catalogue_and_a_wish_is_noted(hotel: Hotel, guest: WhatsAppGuest) -> None:
    book(guest, "pt", hotel)
    with tenant_scope(hotel.tenant):
        inventory.set_extra(
            tenant=hotel.tenant, code="transfer", kind="transfer",
            names=inventory.Names("Traslado", "Transfer", "Traslado"), price=Decimal(25_000),
        )  # fmt: skip
    said = guest.say("vocês fazem transfer do aeroporto?")
    assert "ARS 25.000" in said, said
    assert "Traslado" in guest.tap("arrange_yes")
    said = guest.say("gostaríamos de um quarto em andar alto, por favor")
    notes = BuiltinBooking._base_manager.get().notes
    assert "Traslado" in notes
    assert "andar alto" in notes, said
    assert "Não posso prometer" in said


def test_a_hotel_may_give_the_hour_away(hotel: Hotel, guest: WhatsAppGuest) -> None:
    type(hotel.tenant).objects.update(early_late_percent=0)
    book(guest, "en", hotel)
    said = guest.say("could we have a late check-out?")
    assert "at no charge" in said, said
