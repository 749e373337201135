"""What cannot be changed is said kindly and exactly, in three languages and a guest's words, and changes nothing."""

from __future__ import annotations

import datetime as dt

import pytest

from conversations.models import Conversation, OutboundMessage
from reservations.models import Reservation, RoomNight
from reservations.services import calls
from tenants.scoping import tenant_scope
from tests.conversations.guests import WhatsAppGuest, envelope, month_name, post, text_message
from tests.factories.reservations import Hotel, requested

TO = {"es": "al", "en": "to", "pt": "a"}
WORDS = {
    "es": {
        "hello": "hola",
        "open": "quiero cambiar las fechas de mi reserva {code}",
        "no such date": "que sea hasta el 31 de febrero",
        "order": "del {reversed}",
        "too long": "quiero quedarme 40 noches",
        "nobody": "vamos a ser 0 personas",
        "past": "del {past}",
        "closed": "¿puede ser desde el {closed_in} hasta el {closed_out}?",
        "somebody else's": "entonces cambiá la reserva HT-9ZZZZ9 al {closed_in}",
        "group": "cambiá la reserva {code}: vamos a ser 25 personas",
    },
    "en": {
        "hello": "hello",
        "open": "I want to change the dates of my booking {code}",
        "no such date": "make it until 31 February",
        "order": "from {reversed}",
        "too long": "I want to stay 40 nights",
        "nobody": "there will be 0 guests",
        "past": "from {past}",
        "closed": "could it be from {closed_in} to {closed_out}?",
        "somebody else's": "then change booking HT-9ZZZZ9 to {closed_in}",
        "group": "change booking {code}: there will be 25 guests",
    },
    "pt": {
        "hello": "olá",
        "open": "quero mudar as datas da minha reserva {code}",
        "no such date": "que seja até 31 de fevereiro",
        "order": "de {reversed}",
        "too long": "quero ficar 40 noites",
        "nobody": "vamos ser 0 pessoas",
        "past": "de {past}",
        "closed": "pode ser de {closed_in} a {closed_out}?",
        "somebody else's": "então mude a reserva HT-9ZZZZ9 para {closed_in}",
        "group": "mude a reserva {code}: vamos ser 25 pessoas",
    },
}
EXPECTED = {
    "open": "change.ask_wish",
    "no such date": "problem.no_such_date",
    "order": "problem.order_said",
    "too long": "problem.too_long",
    "nobody": "problem.no_guests",
    "past": "problem.past_date_said",
    "closed": "not_possible.closed",
    "somebody else's": "stay.ask_proof",
    "group": "change.group",
}


def _day(language: str, day: dt.date) -> str:
    month = month_name(day, language)
    return f"{day.day} {month}" if language == "en" else f"{day.day} de {month}"


def _span(language: str, first: dt.date, last: dt.date) -> str:
    return f"{_day(language, first)} {TO[language]} {_day(language, last)} {'de ' * (language != 'en')}{last.year}"


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_bad_input_changes_nothing_and_is_said_exactly(language: str, hotel: Hotel, guest: WhatsAppGuest) -> None:
    words = WORDS[language]
    post(envelope([text_message(guest.wa_id, words["hello"])]))
    guest.hear()
    conversation = Conversation._base_manager.select_related("guest").get()
    with tenant_scope(hotel.tenant):
        stay = hotel.stay(20, 4)
        booked = requested(hotel, stay, guest_key=str(conversation.guest.public_id))
        calls.run_due_calls()
        before = Reservation.objects.values().get(pk=booked.pk)
        closed_in = stay.check_in + dt.timedelta(days=10)
        RoomNight.objects.filter(night__gte=closed_in - dt.timedelta(days=5)).update(stop_sell=True)
    today = hotel.tenant.business_day()
    values = {
        "code": booked.code,
        "reversed": f"{stay.check_in:%d/%m/%Y} {TO[language]} {stay.check_in - dt.timedelta(days=1):%d/%m/%Y}",
        "past": _span(language, today - dt.timedelta(days=12), today - dt.timedelta(days=10)),
        "closed_in": _day(language, closed_in),
        "closed_out": _day(language, closed_in + dt.timedelta(days=4)),
    }

    said = {}
    for name, key in EXPECTED.items():
        text = guest.say(words[name].format(**values))
        row = OutboundMessage._base_manager.filter(conversation=conversation).latest("id")
        said[name] = (text, key in row.why["keys"] or row.why["keys"])
        assert said[name][1] is True, (name, words[name].format(**values), said[name])

    assert Reservation._base_manager.values().get(pk=booked.pk) == before
    assert "31" in said["no such date"][0]
    assert "40" in said["too long"][0]
