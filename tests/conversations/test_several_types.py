"""Guests take rooms of several types in one booking: priced together, booked together, one code, cancelled together."""

from __future__ import annotations

import datetime as dt

import pytest

from conversations.models import Turn
from conversations.services.replaying import replay
from reservations.models import BuiltinBooking, CancellationTier, Hold, Reservation, RoomNight
from reservations.services import auditing
from tenants.scoping import tenant_scope
from tests.conversations.guests import WhatsAppGuest
from tests.conversations.test_booking import WORDS
from tests.factories.reservations import Hotel

ASKED = {
    "es": "Hola, quiero dos dobles y una familiar del {first} al {last}, somos 8",
    "en": "Hi, I need two doubles and a family room from {first} to {last}, we are 8 adults",
    "pt": "Olá, preciso de dois quartos duplos e um familiar de {first} a {last} para 8 pessoas",
}

FOR_FOUR = "quiero una doble y una familiar del {first} al {last}, somos 4 adultos"


def days(hotel: Hotel, language: str) -> dict[str, str]:
    first = hotel.first_night + dt.timedelta(days=20)
    pattern = "%Y-%m-%d" if language == "en" else "%d/%m/%Y"
    return {"first": first.strftime(pattern), "last": (first + dt.timedelta(days=2)).strftime(pattern)}


def sold() -> dict[str, int]:
    rows = RoomNight.objects.values_list("room_type__code", "sold", "held")
    return {code: max(s + h for c, s, h in rows if c == code) for code in ("double", "family")}


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_they_are_booked_under_one_code(hotel: Hotel, guest: WhatsAppGuest, language: str) -> None:
    offered = guest.say(ASKED[language].format(**days(hotel, language)))
    assert offered.count("2 × ") == offered.count("1 × ") == 1, offered
    guest.tap("option:")
    name, confirm, done = WORDS[language]
    with tenant_scope(hotel.tenant):
        assert sold() == {"double": 2, "family": 1}
    guest.say(name)
    said = guest.tap(confirm)

    assert done in said
    assert guest.code() in said
    with tenant_scope(hotel.tenant):
        stay, booking = Reservation.objects.get(), BuiltinBooking.objects.get()
        # two doubles at 60 000, and the family room at 90 000 with two adults more at 15 000 each, two nights
        assert stay.total == booking.total == 2 * (2 * 60_000 + 90_000 + 2 * 15_000)
        assert [party["room_type"] for party in stay.parties] == ["double", "double", "family"]
        assert [party["adults"] for party in stay.parties] == [2, 2, 4]
        assert sold() == {"double": 2, "family": 1}
        assert auditing.violations(tenant=hotel.tenant) == []
        assert [one.problem for turn in Turn.objects.order_by("id") if not (one := replay(turn)).is_same] == []


def test_who_sleeps_where_is_asked_changed_dates_keep_it_and_cancelling_frees_all(
    hotel: Hotel, guest: WhatsAppGuest
) -> None:
    with tenant_scope(hotel.tenant):
        CancellationTier.objects.all().delete()
    guest.say(FOR_FOUR.format(**days(hotel, "es")))
    assert [ident for _, ident, _ in guest.choices()] == ["beds:0", "beds:1"]
    offered = guest.say("1 en la doble y 3 en la familiar")
    assert "ARS 165.000 por noche" in offered, offered
    guest.tap("option:")
    guest.say("Ana Pérez, ana.perez@example.com")
    guest.tap("Confirm")
    before = Reservation._base_manager.get()
    assert [party["adults"] for party in before.parties] == [1, 3]

    shown = guest.say("quiero cambiar mi reserva, una noche más")
    assert "1 × Doble y 1 × Familiar" in shown, shown
    guest.tap("change_yes")
    after = Reservation._base_manager.get()
    assert (after.nights, after.parties) == (3, before.parties)
    assert after.total == 3 * 165_000

    guest.say("cancelar mi reserva")
    guest.tap("cancel_yes")
    with tenant_scope(hotel.tenant):
        assert Reservation.objects.get().state == "cancelled"
        assert sold() == {"double": 0, "family": 0}
        assert auditing.violations(tenant=hotel.tenant) == []


def test_one_type_that_is_taken_meanwhile_books_none(hotel: Hotel, guest: WhatsAppGuest) -> None:
    guest.say(ASKED["en"].format(**days(hotel, "en")))
    with tenant_scope(hotel.tenant):
        for night in RoomNight.objects.filter(room_type=hotel.family):
            night.stop_sell = True
            night.save(update_fields=["stop_sell"])
    said = guest.tap("option:")

    assert "just booked one of those rooms" in said, said
    with tenant_scope(hotel.tenant):
        assert sold() == {"double": 0, "family": 0}
        assert not Reservation.objects.exists()
        assert not Hold.objects.filter(state="open").exists()
