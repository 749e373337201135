"""A stay is booked by mail, in three languages and on two mail systems: prices, options by number, one thread."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from conversations.models import Conversation, OutboundMessage
from reservations.models import Reservation
from tenants.scoping import tenant_scope
from tests.conversations.email.conftest import BOTH, system
from tests.conversations.email.correspondents import HOTEL, Correspondent, Mails, body_of, options_of
from tests.conversations.guests import month_name
from tests.factories.reservations import Hotel

WORDS = {
    "es": ("Ana Pérez, ana.perez@example.com", "Saludos cordiales,", "confirmada", "Confirmar"),
    "en": ("Ann Perkins, ann@example.com", "Kind regards,", "confirmed", "Confirm"),
    "pt": ("Ana Pereira, ana@example.com", "Atenciosamente,", "confirmada", "Confirmar"),
}


@pytest.fixture(params=BOTH)
def mails(request: pytest.FixtureRequest) -> Iterator[Mails]:
    """On each mail system."""
    yield from system(request)


def _opening(language: str, hotel: Hotel) -> str:
    """From the 3rd to the 7th of the next month that is on sale, with a signature and a telephone's mark."""
    day = (hotel.first_night.replace(day=1) + dt.timedelta(days=32)).replace(day=3)
    month = month_name(day, language)
    return {
        "es": f"Buenas tardes:\n\n¿Tienen una doble del 3 al 7 de {month} para 2 personas?\n\nMuchas gracias\n"
        "Ana Pérez\n\nEnviado desde mi iPhone",
        "en": f"Good afternoon,\n\nDo you have a double room from 3 to 7 {month} for 2 adults?\n\nBest regards\n"
        "Ann Perkins\n-- \nSent from my phone",
        "pt": f"Boa tarde,\n\nVocês têm um quarto duplo de 3 a 7 de {month} para 2 pessoas?\n\nObrigada\n"
        "Ana Pereira\n\nEnviado do meu iPhone",
    }[language]


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_a_stay_is_booked(hotel: Hotel, writer: Correspondent, language: str) -> None:
    name, closing, done, confirm = WORDS[language]
    offer = writer.say(_opening(language, hotel), subject="Reserva")
    options = options_of(offer)
    assert "ARS 216.000" in offer.replace(",", ".")
    assert len(options) == 2, "options are numbered lines"
    assert closing in offer
    assert hotel.tenant.name in offer
    writer.say("2")
    summary = writer.say(name)
    number = next(number for number, title in options_of(summary).items() if title.startswith(confirm))
    booked = writer.say(number)
    assert done in booked
    with tenant_scope(hotel.tenant):
        reservation = Reservation.objects.get()
        assert (reservation.code, reservation.state, reservation.language) == (writer.code(), "confirmed", language)
        assert reservation.price.amount == 4 * 60_000, "the second option was the flexible one"
        conversation = Conversation.objects.get()
        assert (conversation.channel, conversation.language) == ("email", language)
        assert {row.state for row in OutboundMessage.objects.all()} == {"sent"}
        assert all(row.why["rule"] for row in OutboundMessage.objects.all())


def test_a_letter_keeps_the_thread_and_says_that_a_machine_writes(hotel: Hotel, writer: Correspondent) -> None:
    asked = writer.write(_opening("es", hotel), subject="Reserva para enero")
    writer.hear()
    first = writer.last
    assert first is not None
    answered = writer.write("1")
    writer.hear()
    second = writer.last
    assert second is not None
    assert [str(one["Subject"]) for one in (first, second)] == ["Re: Reserva para enero"] * 2
    assert first["In-Reply-To"] == asked["Message-ID"]
    assert second["In-Reply-To"] == answered["Message-ID"]
    assert str(second["References"]).split() == [asked["Message-ID"], first["Message-ID"], answered["Message-ID"]]
    row = OutboundMessage._base_manager.order_by("id")[0]
    assert first["Message-ID"] == f"<{row.public_id}@bahia.example>"
    assert (first["Auto-Submitted"], first["X-Auto-Response-Suppress"]) == ("auto-replied", "All")
    assert str(first["From"]) == f"{hotel.tenant.name} <{HOTEL}>"
    assert str(first["To"]) == writer.address


def test_a_letter_says_the_same_in_text_and_in_html(hotel: Hotel, writer: Correspondent) -> None:
    writer.say(_opening("es", hotel))
    assert writer.last is not None
    text, html = body_of(writer.last), body_of(writer.last, "html")
    assert text.startswith("Hola, Ana:\n\nSoy el asistente automático del Hotel Bahía;")
    assert "<p>Hola, Ana:</p>" in html
    assert "<b>1.</b> Doble" in html
    assert '<a href="https://bahia.example/privacidad">' in html
    assert "<script" not in html


def test_a_guests_name_cannot_write_html_or_headers(hotel: Hotel, writer: Correspondent) -> None:
    writer.name = '"<b>Bold</b> & Co"'
    assert "Hola" in writer.say("Hola, ¿tienen estacionamiento?", subject="A<b>sunto\t& más")
    assert writer.last is not None
    assert "<b>Bold" not in body_of(writer.last, "html")
    assert str(writer.last["Subject"]) == "Re: A<b>sunto & más"


def test_what_a_new_subject_says_counts(hotel: Hotel, writer: Correspondent) -> None:
    day = (hotel.first_night.replace(day=1) + dt.timedelta(days=32)).replace(day=3)
    month = month_name(day, "es")
    offer = writer.say("¿Tienen lugar para dos adultos?", subject=f"Habitación doble del 3 al 7 de {month}")
    assert "ARS 216.000" in offer
