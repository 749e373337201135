"""The pages a guest opens: what they say in each state, and that nothing leaks, is cached, guessed or framed."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import icalendar
import pytest
import redis
from django.contrib.auth import get_user_model
from django.test import Client
from pytest_django import Settings

from hotel_agent.common import clock, dispatch, limits
from reservations.models import Payment, RatePlan, Refund, Reservation
from reservations.services import calls, demo_payments, payments, refunds, stay_page
from tenants.models import Membership, Tenant
from tenants.scoping import tenant_scope
from tenants.services import connect_payments
from tests.factories.reservations import GUEST, Hotel, open_hotel, requested

pytestmark = pytest.mark.django_db
WORDS = {
    "es": ("Confirmada", "Llegada", "Cancelación", "Abrir el mapa"),
    "en": ("Confirmed", "Arrival", "Cancellation", "Open the map"),
    "pt": ("Confirmada", "Chegada", "Cancelamento", "Abrir o mapa"),
}


@pytest.fixture
def house(db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hotel]:
    """A hotel with an address, a demo payment account and a plan that wants half."""
    monkeypatch.setattr(dispatch, "_skip_until", float("inf"))  # nobody consumes here
    limits.reset_process()
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
    hotel = open_hotel()
    Tenant.objects.filter(pk=hotel.tenant.pk).update(
        address="Av. Colón 100", latitude="-38.0123", longitude="-57.5314", phone="+542235550100"
    )
    hotel.tenant.refresh_from_db()
    connect_payments(hotel.tenant, kind="demo")
    with tenant_scope(hotel.tenant):
        RatePlan.objects.filter(pk=hotel.flexible.pk).update(deposit="percent", deposit_percent=50)
        yield hotel


def work() -> None:
    for _ in range(20):
        done = calls.run_due_calls()
        done += sum(payments.run_payment(pk) for pk in payments.due_payments(20))
        done += sum(refunds.run_refund(pk) for pk in refunds.due_refunds(20))
        if not done:
            return


def asked(hotel: Hotel, language: str = "es") -> Payment:
    requested(hotel, hotel.stay())
    Reservation.objects.update(language=language)
    work()
    return Payment.objects.select_related("reservation").get()


def booked(hotel: Hotel, language: str = "es") -> Reservation:
    payment = asked(hotel, language)
    demo_payments.pay(tenant=hotel.tenant, checkout_id=payment.checkout_id)
    payments.wake(payment)
    work()
    return Reservation.objects.select_related("tenant").get(state="confirmed")


def text(path: str, client: Client | None = None) -> str:
    response = (client or Client()).get(path)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_a_stay_has_everything_for_the_way_and_the_desk(house: Hotel, language: str) -> None:
    stay = booked(house, language)
    page = text(f"/stay/{stay.page_token}")
    for word in (*WORDS[language], stay.code, stay.guest_name, "Av. Colón 100", str(stay.check_in.year)):
        assert word in page
    assert ("ARS 240,000" if language == "en" else "ARS 240.000") in page
    assert ("ARS 120,000" if language == "en" else "ARS 120.000") in page
    html = Client().get(f"/stay/{stay.page_token}").content.decode()
    assert f'<html lang="{language}">' in html
    assert "query=-38.012300,-57.531400" in html
    assert GUEST.email not in html
    assert GUEST.phone not in html


def test_pages_are_sealed(house: Hotel) -> None:
    stay = booked(house)
    for path in (
        f"/stay/{stay.page_token}",
        f"/stay/{stay.page_token}/stay.ics",
        f"/pay/{Payment.objects.get().token}",
        "/stay/" + "x" * 32,
    ):
        headers = Client().get(path).headers
        assert headers["Cache-Control"] == "no-store, private"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "noindex" in headers["X-Robots-Tag"]
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script-src" not in policy
        assert "unsafe" not in policy


def test_pages_have_no_script_and_no_style_of_their_own(house: Hotel) -> None:
    stay = booked(house)
    for path in (f"/stay/{stay.page_token}", f"/pay/{Payment.objects.get().token}"):
        html = Client().get(path).content.decode()
        assert "<script" not in html
        assert " style=" not in html
        assert "<style" not in html


def test_what_is_not_there_and_what_ended_look_the_same(house: Hotel) -> None:
    stay = booked(house)
    Reservation.objects.filter(pk=stay.pk).update(state="refused")
    gone = Client().get(f"/stay/{stay.page_token}")
    never = Client().get("/stay/" + "A" * 32)
    assert (gone.status_code, never.status_code) == (404, 404)
    assert gone.content == never.content
    Reservation.objects.filter(pk=stay.pk).update(
        state="departed", check_out=clock.now().date() - dt.timedelta(days=91),
        check_in=clock.now().date() - dt.timedelta(days=93),
    )  # fmt: skip
    assert Client().get(f"/stay/{stay.page_token}").status_code == 404


@pytest.mark.parametrize("path", ["/stay/x", "/stay/" + "a" * 33, "/stay/", "/pay/../admin", "/stay/%00" + "a" * 31])
def test_other_addresses_are_not_found(house: Hotel, path: str) -> None:
    assert Client().get(path).status_code == 404


def tries(path: str, most: int) -> int:
    """How many times an address answers before it is too often; windows are fixed, so twice the rate may pass."""
    return next((count for count in range(most) if Client().get(path).status_code == 429), most)


def test_guessing_is_limited_and_a_guest_is_not(house: Hotel) -> None:
    stay = booked(house)
    assert 20 <= tries("/stay/" + "A" * 32, 50) <= 40
    assert Client().get(f"/stay/{stay.page_token}").status_code == 200
    assert tries(f"/stay/{stay.page_token}", 130) <= 120


def test_tokens_cannot_be_guessed(house: Hotel) -> None:
    stay = booked(house)
    payment = Payment.objects.get()
    assert len({stay.page_token, payment.token}) == 2
    assert all(len(token) == 32 for token in (stay.page_token, payment.token))


def test_the_calendar_file_is_the_stay(house: Hotel) -> None:
    stay = booked(house)
    response = Client().get(f"/stay/{stay.page_token}/stay.ics")
    assert response.headers["Content-Type"].startswith("text/calendar")
    event: Any
    (event,) = icalendar.Calendar.from_ical(response.content).walk("VEVENT")
    tenant = house.tenant
    assert tenant.local(event["DTSTART"].dt).date() == stay.check_in
    assert tenant.local(event["DTSTART"].dt).time() == tenant.check_in_from
    assert tenant.local(event["DTEND"].dt).time() == tenant.check_out_until
    assert stay.code in event["SUMMARY"]
    assert "Av. Colón 100" in event["LOCATION"]
    assert (str(event["STATUS"]), GUEST.name in response.content.decode()) == ("CONFIRMED", False)


def test_a_cancelled_stay_says_so_and_has_no_code_for_the_desk(house: Hotel) -> None:
    stay = booked(house)
    Reservation.objects.filter(pk=stay.pk).update(state="cancelled")
    html = Client().get(f"/stay/{stay.page_token}").content.decode()
    assert "Cancelada" in html
    assert "<svg" not in html
    assert b"STATUS:CANCELLED" in Client().get(f"/stay/{stay.page_token}/stay.ics").content


# -- the code for the desk --------------------------------------------------------------------------------------------


def test_the_desks_code_holds_no_personal_data_and_cannot_be_forged(house: Hotel) -> None:
    stay = booked(house)
    code = stay_page.desk_code(stay)
    for personal in (stay.guest_name, GUEST.email, GUEST.phone, GUEST.name.split()[0]):
        assert personal not in code
    assert stay_page.read_desk_code(code, tenants=[house.tenant]) == stay
    forged = code.replace(stay.code, "HT-AAAAA2")
    assert stay_page.read_desk_code(forged, tenants=[house.tenant]) is None
    assert stay_page.read_desk_code(code[:-1], tenants=[house.tenant]) is None
    assert stay_page.read_desk_code("", tenants=[house.tenant]) is None


def test_another_hotels_desk_reads_nothing_from_it(house: Hotel) -> None:
    stay = booked(house)
    other = open_hotel()
    assert stay_page.read_desk_code(stay_page.desk_code(stay), tenants=[other.tenant]) is None


# -- paying -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "pay", "demo"),
    [("es", "Pagar ARS 120.000", "página de prueba"), ("en", "Pay ARS 120,000", "no money moves"),
     ("pt", "Pagar ARS 120.000", "página de teste")],
)  # fmt: skip
def test_the_demos_page_says_that_it_is_one(house: Hotel, language: str, pay: str, demo: str) -> None:
    payment = asked(house, language)
    page = text(f"/pay/{payment.token}")
    assert pay in page
    assert demo in page


def test_stripes_page_is_linked_and_the_demos_button_is_not_there(house: Hotel) -> None:
    payment = asked(house)
    account = payment.account
    assert account is not None
    account.kind = "stripe"
    account.save()
    Payment.objects.update(checkout_url="https://checkout.stripe.com/c/pay/cs_1")
    html = Client().get(f"/pay/{payment.token}").content.decode()
    assert 'href="https://checkout.stripe.com/c/pay/cs_1"' in html
    assert "<form" not in html
    assert Client().post(f"/pay/{payment.token}/demo", {"answer": "pay"}).status_code == 404
    payment.refresh_from_db()
    assert payment.status == "open"


def test_the_demo_is_refused_in_production(house: Hotel, settings: Settings) -> None:
    settings.ENVIRONMENT = "production"
    requested(house, house.stay())
    work()
    assert Reservation.objects.get().refusal == "payment_failed"


def faces(house: Hotel) -> dict[str, str]:
    """What the page says in each state a payment can be in."""
    payment = asked(house)
    path = f"/pay/{payment.token}"
    seen = {"open": text(path)}
    Payment.objects.update(status="requested")
    seen["requested"] = text(path)
    Payment.objects.update(status="open", link_expires_at=clock.now())
    seen["over"] = text(path)
    Payment.objects.update(status="expired")
    seen["expired"] = text(path)
    Payment.objects.update(status="late", payment_id="pi", paid_at=clock.now())
    seen["late"] = text(path)
    Payment.objects.update(status="paid")
    Reservation.objects.update(state="unknown")
    seen["booking"] = text(path)
    Reservation.objects.update(state="confirmed", pms_booking_id="B1", confirmed_at=clock.now())
    seen["booked"] = text(path)
    Refund.objects.create(tenant=house.tenant, payment=payment, reference="r", why="late", amount=1, currency="ARS")
    seen["refunded"] = text(path)
    return seen


def test_each_state_has_its_own_honest_face(house: Hotel) -> None:
    seen = faces(house)
    wanted = {
        "open": "para confirmar la reserva", "requested": "se está preparando", "over": "Este enlace ya venció",
        "expired": "Este enlace ya venció", "late": "El pago llegó tarde", "booking": "está confirmando la reserva",
        "booked": "Pagada y confirmada", "refunded": "El pago se devuelve",
    }  # fmt: skip
    assert {name: wanted[name] in page for name, page in seen.items()} == dict.fromkeys(wanted, True)
    assert "Pagada y confirmada" not in seen["booking"]


def test_coming_back_from_the_provider_has_the_payment_looked_at(house: Hotel) -> None:
    payment = asked(house)
    demo_payments.pay(tenant=house.tenant, checkout_id=payment.checkout_id)
    work()
    assert Reservation.objects.get().state == "awaiting", "it is not due for a while"
    assert "preguntando si llegó" in text(f"/pay/{payment.token}?back=1")
    work()
    assert Reservation.objects.get().state == "confirmed"


def test_hostile_names_are_text(house: Hotel) -> None:
    stay = booked(house)
    Reservation.objects.filter(pk=stay.pk).update(guest_name="<script>alert(1)</script>")
    Tenant.objects.update(name="<b>Río</b>\r\nX-Evil: 1", address="\"'><img>")
    html = Client().get(f"/stay/{stay.page_token}").content.decode()
    assert "<script>alert" not in html
    assert "<img>" not in html
    assert json.dumps("&lt;script&gt;")[1:-1] in html
    assert Client().get(f"/stay/{stay.page_token}/stay.ics").status_code == 200


def visitor(hotel: Hotel) -> Client:
    user = get_user_model().objects.create_user(f"desk-{hotel.tenant.pk}", password="x", is_staff=True)
    Membership.objects.create(user=user, tenant=hotel.tenant, role="reception")
    client = Client()
    client.force_login(user)
    return client


def test_the_desk_scans_and_sees_the_stay_and_what_is_left_to_pay(house: Hotel) -> None:
    stay = booked(house, "en")
    address = stay_page.desk_url(stay).removeprefix("http://127.0.0.1:8000")
    page = text(address, visitor(house))
    for words in ("The code is genuine", stay.guest_name, stay.code, "ARS 120.000"):
        assert words in page
    assert "/admin/login/" in Client().get(address).headers["Location"], "people only"


def test_a_code_of_elsewhere_is_not_genuine_at_our_desk(house: Hotel) -> None:
    stay = booked(house)
    desk = visitor(open_hotel())
    for code in (stay_page.desk_code(stay), "HT-AAAAA2", "x" * 700, "http://[", stay_page.desk_url(stay)):
        page = text("/admin/reservations/reservation/desk/?" + urlencode({"code": code}), desk)
        assert "Not genuine" in page
        assert stay.guest_name not in page
