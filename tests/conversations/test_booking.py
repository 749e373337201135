"""Guests book, correct themselves, cancel and change their minds, through the webhook, in three languages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from conversations.models import Conversation, OutboundMessage, Turn
from reservations.models import BuiltinBooking, Reservation
from tenants.scoping import tenant_scope
from tests.conversations.guests import CODE, WhatsAppGuest
from tests.factories.reservations import Hotel


def _opening(language: str, hotel: Hotel) -> str:
    first = hotel.first_night + dt.timedelta(days=20)
    last = first + dt.timedelta(days=4)
    return {
        "es": f"Hola, ¿tienen una doble del {first.day}/{first.month}/{first.year} al "
        f"{last.day}/{last.month}/{last.year} para 2 personas?",
        "en": f"Hi, do you have a double room from {first.isoformat()} to {last.isoformat()} for 2 adults?",
        "pt": f"Olá, vocês têm um quarto duplo de {first.day}/{first.month}/{first.year} a "
        f"{last.day}/{last.month}/{last.year} para 2 pessoas?",
    }[language]


WORDS = {
    "es": ("Ana Pérez, ana.perez@example.com", "Confirm", "confirmada"),
    "en": ("Ann Perkins, ann@example.com", "Confirm", "confirmed"),
    "pt": ("Ana Pereira, ana@example.com", "Confirm", "confirmada"),
}


def book(guest: WhatsAppGuest, language: str, hotel: Hotel) -> str:
    """Play a guest who takes the first offer; returns the booking code."""
    name, confirm, done = WORDS[language]
    guest.say(_opening(language, hotel))
    guest.tap(guest.choices()[0][1])
    summary = guest.say(name)
    assert "@" in summary or "Ana" in summary or "Ann" in summary
    final = guest.tap(confirm)
    assert done in final
    return guest.code()


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_a_stay_is_booked(hotel: Hotel, guest: WhatsAppGuest, language: str) -> None:
    code = book(guest, language, hotel)
    with tenant_scope(hotel.tenant):
        reservation = Reservation.objects.get()
        booking = BuiltinBooking.objects.get()
        assert (reservation.code, reservation.state, reservation.language) == (code, "confirmed", language)
        assert CODE.fullmatch(code)
        assert (booking.reference, booking.status) == (reservation.reference, "active")
        assert reservation.price.amount == 4 * 60_000 or reservation.price.amount == 4 * 54_000
        assert Conversation.objects.get().language == language
        assert all(row.why["rule"] for row in OutboundMessage.objects.all())
        assert Turn.objects.filter(kind="stay_event").count() == 1


def test_every_turn_replays_to_the_same_decision(hotel: Hotel, guest: WhatsAppGuest) -> None:
    from conversations.services.replaying import replay

    book(guest, "es", hotel)
    with tenant_scope(hotel.tenant):
        replays = [replay(turn) for turn in Turn.objects.order_by("id")]
    assert len(replays) >= 4
    assert [one.problem for one in replays if not one.is_same] == []


def test_confirming_twice_books_once(hotel: Hotel, guest: WhatsAppGuest) -> None:
    guest.say(_opening("es", hotel))
    guest.tap(guest.choices()[0][1])
    guest.say("Ana Pérez, ana.perez@example.com")
    guest.tap("Confirm")
    assert Reservation._base_manager.count() == 1
    guest.say("sí, confirmo")
    assert Reservation._base_manager.count() == 1
    assert BuiltinBooking._base_manager.count() == 1


def test_the_last_room_is_sold_once(hotel: Hotel, new_guest: Callable[[], WhatsAppGuest]) -> None:
    guests = [new_guest() for _ in range(5)]
    for one in guests:
        one.say(_opening("es", hotel))
    codes = []
    for one in guests:
        one.tap(one.choices()[0][1])
        one.say("Ana Pérez, ana.perez@example.com")
        if any("confirm" in choice[2].lower() for choice in one.choices()):
            one.tap("Confirm")
        codes.append(one.code())
    assert sum(bool(code) for code in codes) == 2, "the hotel has two doubles"
    refused = [one for one, code in zip(guests, codes, strict=True) if not code]
    assert all(one.transcript[-1][0] == "hotel" and one.choices() for one in refused), "an honest no with a way out"
