"""Guests are reminded in their language, once, within the window or by an approved text; STOP ends it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from prometheus_client import REGISTRY

from conversations.models import Conversation, Guest, Handoff, MessageTemplate, OutboundMessage
from hotel_agent.common import clock
from reservations.models import Reservation, StayEvent
from reservations.services import reminders
from tenants.scoping import tenant_scope
from tests.conversations.guests import WhatsAppGuest
from tests.conversations.test_booking import book
from tests.factories.reservations import Hotel

STOPS = {"es": "BAJA", "en": "stop", "pt": "Sair."}


@pytest.fixture
def scoped(hotel: Hotel) -> Iterator[Hotel]:
    with tenant_scope(hotel.tenant):
        yield hotel


def arrives_in(days: int) -> None:
    """Move the booked stay so that it begins in so many days on the hotel's calendar."""
    stay = Reservation.objects.get()
    first = stay.tenant.local(clock.now()).date() + dt.timedelta(days=days)
    Reservation.objects.update(
        check_in=first,
        check_out=first + dt.timedelta(days=stay.nights),
        confirmed_at=clock.now() - dt.timedelta(days=30),
    )


def noon(hotel: Hotel) -> dt.datetime:
    return hotel.tenant.local(clock.now()).replace(hour=12)


def remind(hotel: Hotel, guest: WhatsAppGuest) -> str:
    for _ in range(3):
        reminders.plan_reminders(noon(hotel))
    return guest.hear()


def skipped() -> float:
    return REGISTRY.get_sample_value("hotel_reminders_total", {"result": "skipped"}) or 0.0


@pytest.mark.parametrize(
    ("language", "words"), [("es", "Mañana es tu llegada"), ("en", "You arrive tomorrow"), ("pt", "chegada é amanhã")]
)
def test_reminded_once_and_stopped_by_one_word(scoped: Hotel, guest: WhatsAppGuest, language: str, words: str) -> None:
    code = book(guest, language, scoped)
    arrives_in(1)
    told = remind(scoped, guest)
    assert told.count(words) == 1
    assert code in told
    assert f"/stay/{Reservation.objects.get().page_token}" in told
    assert STOPS[language].strip(".").upper() in told
    assert remind(scoped, guest) == ""

    stopped = guest.say(STOPS[language])
    assert {"es": "recordatorios", "en": "reminders", "pt": "lembretes"}[language] in stopped
    assert guest.say(STOPS[language]) == "", "confirmed once"
    assert Guest.objects.get().opted_out_at is not None
    StayEvent.objects.filter(kind="reminder").delete()
    before = skipped()
    assert remind(scoped, guest) == ""
    assert skipped() == before + 1
    assert Reservation.objects.get().state == "confirmed", "nothing else follows from it"


def test_after_the_window_only_an_approved_text_goes(scoped: Hotel, guest: WhatsAppGuest) -> None:
    book(guest, "es", scoped)
    arrives_in(7)
    Conversation.objects.update(last_inbound_at=clock.now() - dt.timedelta(days=3))
    assert remind(scoped, guest) == ""
    assert not Handoff.objects.filter(reason="window_closed").exists(), "nobody's desk fills up with reminders"

    StayEvent.objects.filter(kind="reminder").delete()
    MessageTemplate.objects.create(
        tenant=scoped.tenant, account=Conversation.objects.get().account, name="aviso", language="es_AR",
        body="{{1}}: {{2}}", values=["hotel", "message"],
    )  # fmt: skip
    assert "Faltan 7 días" in remind(scoped, guest)
    sent = guest.received()[-1]
    assert (sent["type"], sent["template"]["name"]) == ("template", "aviso")
    assert "Faltan 7 días" in OutboundMessage.objects.latest("pk").text


def test_a_person_in_charge_a_cancelled_stay_and_an_arrived_guest_are_left_alone(
    scoped: Hotel, guest: WhatsAppGuest
) -> None:
    book(guest, "es", scoped)
    arrives_in(1)
    Conversation.objects.update(owner="human")
    assert remind(scoped, guest) == ""
    Conversation.objects.update(owner="agent")
    for change in ({"state": "cancelled"}, {"state": "confirmed", "check_in": dt.date(2020, 1, 1)}):
        StayEvent.objects.filter(kind="reminder").update(state="waiting", not_before=clock.now())
        Reservation.objects.update(**change)
        assert guest.hear() == ""
    assert StayEvent.objects.get(kind="reminder").state == "orphan"


def test_the_way_back(scoped: Hotel, guest: WhatsAppGuest) -> None:
    book(guest, "es", scoped)
    assert "recordatorios" not in guest.say("ALTA"), "nothing to bring back"
    guest.say("BAJA")
    assert "recordatorios" in guest.say("alta")
    assert Guest.objects.get().opted_out_at is None
    arrives_in(1)
    assert "Mañana" in remind(scoped, guest)


def test_the_words_inside_a_sentence_are_a_sentence(scoped: Hotel, guest: WhatsAppGuest) -> None:
    guest.say("quiero una habitación en planta baja", "don't stop", "sair cedo é possível?")
    assert Guest.objects.get().opted_out_at is None
