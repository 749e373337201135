"""A card number a guest writes is in no table, not in the raw delivery either; what the guest meant still is."""

from __future__ import annotations

from conversations.models import InboundDelivery, Message
from tests.conversations.guests import WhatsAppGuest
from tests.conversations.privacy import dump
from tests.factories.reservations import Hotel

CARD = "4111 1111 1111 1111"


def test_no_table_has_a_card_number(hotel: Hotel, guest: WhatsAppGuest) -> None:
    guest.say(f"Hola, ¿tienen cochera? Mi tarjeta es {CARD}, cobren ahí")
    kept = dump.database() + dump.caches()
    for written in (CARD, CARD.replace(" ", ""), "4111-1111"):
        assert dump.lines_with(written, kept) == []
    assert Message._base_manager.get().text == "Hola, ¿tienen cochera? Mi tarjeta es •••• 1111, cobren ahí"
    assert guest.wa_id.encode() in bytes(InboundDelivery.objects.get().body)  # who wrote is an id, not a card


def test_the_same_delivery_again_is_still_the_same(hotel: Hotel, guest: WhatsAppGuest) -> None:
    from tests.conversations.guests import envelope, post, text_message

    body = envelope([text_message(guest.wa_id, f"mi tarjeta {CARD}")])
    for _again in range(3):
        assert post(body).status_code == 200
    assert InboundDelivery.objects.count() == 1
