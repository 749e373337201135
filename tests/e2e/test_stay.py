"""A person at the desk works on a stay: its history with the conversation in it, and a cancellation guests hear of."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from reservations.models import PmsCall, Reservation
from reservations.services import inquiries
from tenants.scoping import tenant_scope
from tests.e2e.conftest import PATIENCE_MS, PHONE, Visitor
from tests.e2e.test_calendar import picture
from tests.e2e.test_front_desk import answers, hear, log_in, open_phone, say, spoken
from tests.factories.reservations import Hotel, requested

pytestmark = pytest.mark.slow


def test_the_desk_cancels_a_stay_and_its_guest_is_told(hotel: Hotel, visitors: dict[str, Visitor]) -> None:
    phone = open_phone(visitors["guest"])
    wanted = hotel.stay(arrival=20, nights=2)
    before = answers(phone)
    say(phone, f"Hi! A double room from {spoken(wanted.check_in)} to {spoken(wanted.check_out)} for two adults?")
    before = answers(phone)
    phone.locator(".taps button").last.click()
    if phone.locator("#rows button").count():
        phone.locator("#rows button").first.click()
    hear(phone, before)
    say(phone, "Emma Clark, emma@example.com")
    before = answers(phone)
    phone.locator(".taps button", has_text="Confirm").last.click()
    hear(phone, before)
    stay = Reservation._base_manager.get()

    office = log_in(visitors["staff"], "desk")
    office.goto(f"/admin/reservations/reservation/{stay.pk}/change/")
    history = office.locator("#history")
    expect(history.locator(".ha-said", has_text="Emma Clark").first).to_be_visible(timeout=PATIENCE_MS)
    office.get_by_text("Change dates, room or people").click()
    picture(office, "stay-desk")
    office.get_by_text("Cancel the stay").first.click()
    panel = office.locator("details", has_text="Cancel the stay").last
    panel.get_by_label("Reason").fill("The guest called")
    before = answers(phone)
    panel.get_by_role("button", name="Cancel the stay").click()
    expect(office.locator("body")).to_contain_text("on its way to the PMS")
    assert "cancel" in hear(phone, before).lower()
    office.reload()
    expect(history).to_contain_text("desk · reason: The guest called")
    office.set_viewport_size(PHONE)  # type: ignore[arg-type]
    office.evaluate("document.documentElement.classList.add('dark')")
    picture(office, "stay-phone-dark")
    wide = (
        "[...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > innerWidth + 1)"
    )
    assert office.evaluate(f"{wide}.map((one) => one.tagName + '.' + one.className)") == []
    assert visitors["staff"].complaints == []


def test_a_manager_says_what_the_pms_never_said(hotel: Hotel, visitors: dict[str, Visitor]) -> None:
    with tenant_scope(hotel.tenant):
        stay = requested(hotel, hotel.stay(arrival=20, nights=2))
        inquiries.run_now(stay)
        PmsCall.objects.create(
            tenant=hotel.tenant, reservation=stay, kind="cancel", reference="HA-C-1", state="dead", sends=1,
            request={"expected_fee": {"amount": "0", "currency": stay.currency}},
        )  # fmt: skip
    stay.refresh_from_db()
    assert stay.state == "confirmed"
    office = log_in(visitors["staff"], "manager")
    office.goto("/admin/reservations/pmscall/")
    office.get_by_role("link", name=stay.code).first.click()
    question = office.locator(".ha-question")
    question.get_by_label("What you saw").fill("Looked for the name")
    question.get_by_role("button", name="It is cancelled").click()
    expect(office.locator("body")).to_contain_text(f"The PMS still has booking {stay.pms_booking_id}.")
    picture(office, "settle-desk")
    office.set_viewport_size(PHONE)  # type: ignore[arg-type]
    office.evaluate("document.documentElement.classList.add('dark')")
    question.scroll_into_view_if_needed()
    picture(office, "settle-phone-dark")
    question.get_by_label("What you saw").fill("It is still in the list")
    question.get_by_role("button", name="It is not cancelled").click()
    expect(office.locator("#history")).to_contain_text("manager · reason: It is still in the list")
    expect(question).to_have_count(0)
    stay.refresh_from_db()
    assert stay.state == "confirmed"
    assert visitors["staff"].complaints == []
