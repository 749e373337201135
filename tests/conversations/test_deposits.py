"""Guests pay, do not pay, pay too late and send photos, through the webhook and the page, with the demo provider."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client

from conversations.models import Handoff, OutboundMessage
from hotel_agent.common import clock
from reservations.models import BuiltinBooking, DemoCheckout, Payment, RatePlan, Refund, Reservation, RoomNight
from reservations.services import payments
from tenants.models import PaymentAccount
from tenants.scoping import tenant_scope
from tests.conversations.guests import WhatsAppGuest, envelope, post
from tests.conversations.test_booking import WORDS, _opening
from tests.factories.reservations import Hotel

LINK = re.compile(r"/pay/[\w-]+")


@pytest.fixture
def paid_hotel(hotel: Hotel) -> Hotel:
    """The flexible plan wants the first night."""
    with tenant_scope(hotel.tenant):
        PaymentAccount.objects.create(tenant=hotel.tenant, kind="demo")
        RatePlan.objects.update(deposit="first_night")
    return hotel


def ask(guest: WhatsAppGuest, language: str, hotel: Hotel) -> str:
    """Confirm the first offer; returns what the hotel answers, which has the link."""
    name, confirm, _ = WORDS[language]
    guest.say(_opening(language, hotel))
    guest.tap(guest.choices()[0][1])
    summary = guest.say(name)
    assert {"es": "seña", "en": "deposit", "pt": "sinal"}[language] in summary
    return guest.tap(confirm)


def open_page(said: str) -> str:
    found = LINK.search(said)
    assert found, said
    return found.group(0)


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_paid_on_the_page_is_confirmed_in_the_chat(paid_hotel: Hotel, guest: WhatsAppGuest, language: str) -> None:
    said = ask(guest, language, paid_hotel)
    path = open_page(said)
    assert "las las" not in said
    with tenant_scope(paid_hotel.tenant):
        payment = Payment.objects.get()
        night = payment.amount
        assert f"ARS {night:,.0f}".replace(",", "." if language != "en" else ",") in said
        assert BuiltinBooking.objects.count() == 0
    assert not guest.code()

    page = Client().get(path)
    assert page.status_code == 200
    paid = Client().post(f"{path}/demo", {"answer": "pay"})
    assert (paid.status_code, paid.headers["Location"]) == (303, f"{path}?back=1")
    told = guest.hear()

    assert WORDS[language][2] in told
    assert guest.code()
    assert f"/stay/{Reservation._base_manager.get().page_token}" in told
    assert {"es": "Pago recibido", "en": "Payment received", "pt": "Pagamento recebido"}[language] in told
    with tenant_scope(paid_hotel.tenant):
        assert Reservation.objects.get().state == "confirmed"
        assert OutboundMessage.objects.filter(purpose="transactional").count() == 2


def test_unpaid_is_released_and_told(paid_hotel: Hotel, guest: WhatsAppGuest) -> None:
    path = open_page(ask(guest, "es", paid_hotel))
    Payment._base_manager.update(link_expires_at=clock.now(), not_before=clock.now())
    told = guest.hear()
    assert "El plazo para pagar terminó" in told
    assert "no se cobró nada" in told
    assert Client().post(f"{path}/demo", {"answer": "pay"}).status_code == 303
    assert DemoCheckout._base_manager.get().status == "expired"
    assert "Doble" in guest.tap("Buscar de nuevo")


def test_no_thanks_frees_the_room(paid_hotel: Hotel, guest: WhatsAppGuest) -> None:
    ask(guest, "es", paid_hotel)
    assert "liberé la habitación" in guest.tap("No, gracias")
    with tenant_scope(paid_hotel.tenant):
        assert Reservation.objects.get().refusal == "payment_dropped"
        assert not RoomNight.objects.filter(held__gt=0).exists()


def test_asked_about_the_booking_the_link_is_said_again(paid_hotel: Hotel, guest: WhatsAppGuest) -> None:
    path = open_page(ask(guest, "en", paid_hotel))
    for question in ("how can I pay?", "is my booking done?", "I already paid"):
        again = guest.say(question)
        assert again.count(path) == 1
        assert again.count("I don't see the payment yet") == 1
        assert "hotel's system" not in again
    assert "Parking is free" in guest.say("is there parking?")
    guest.say("thanks")
    Client().post(f"{path}/demo", {"answer": "pay"})
    assert "confirmed" in guest.hear()


def test_a_photo_opens_a_task_and_confirms_nothing(paid_hotel: Hotel, guest: WhatsAppGuest) -> None:
    ask(guest, "es", paid_hotel)
    photo = {
        "from": guest.wa_id,
        "id": "wamid.photo1",
        "timestamp": str(int(clock.now().timestamp())),
        "type": "image",
        "image": {
            "id": "1",
            "mime_type": "image/jpeg",
            "sha256": "x",
            "caption": "ya transferí, acá está el comprobante",
        },
    }
    assert post(envelope([photo])).status_code == 200
    told = guest.hear()
    assert "Una foto no confirma la reserva" in told
    with tenant_scope(paid_hotel.tenant):
        assert Reservation.objects.get().state == "awaiting"
        assert Handoff.objects.filter(reason="payment", state="open").count() == 1


def test_paid_too_late_and_gone_is_told_and_put_before_a_person(paid_hotel: Hotel, guest: WhatsAppGuest) -> None:
    path = open_page(ask(guest, "es", paid_hotel))
    Client().post(f"{path}/demo", {"answer": "pay"})
    with tenant_scope(paid_hotel.tenant):
        # The room went back before the money was noticed, and was closed to sale.
        payment = Payment.objects.get()
        Reservation.objects.update(state="refused", refusal="payment_expired")
        RoomNight.objects.update(stop_sell=True)
        payments.wake(payment)
    told = guest.hear()
    assert "se devuelven completos" in told
    with tenant_scope(paid_hotel.tenant):
        assert Refund.objects.get().status == "done"
        assert "fuera de plazo" in Handoff.objects.get(reason="payment").summary


def test_cancelling_says_what_goes_back_first(paid_hotel: Hotel, guest: WhatsAppGuest) -> None:
    path = open_page(ask(guest, "es", paid_hotel))
    Client().post(f"{path}/demo", {"answer": "pay"})
    guest.hear()
    with tenant_scope(paid_hotel.tenant):
        stay = Reservation.objects.get()
        amount = Payment.objects.get().price
        terms = {**stay.terms, "free_until": (clock.now() + dt.timedelta(days=9)).isoformat()}
        Reservation.objects.update(terms=terms)
        BuiltinBooking.objects.update(terms=terms)
    asked = guest.say("quiero cancelar mi reserva")
    assert "devuelven" in asked
    told = guest.tap("Sí, cancelar")
    assert "devuelven" in told
    with tenant_scope(paid_hotel.tenant):
        assert Refund.objects.get().price == amount
