"""A person at the desk works on a stay: its history with the conversation in it, and a cancellation guests hear of."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from reservations.models import Reservation
from tests.e2e.conftest import PATIENCE_MS, PHONE, Visitor
from tests.e2e.test_calendar import picture
from tests.e2e.test_front_desk import answers, hear, log_in, open_phone, say, spoken
from tests.factories.reservations import Hotel

pytestmark = [pytest.mark.needs_program("chromium"), pytest.mark.slow]


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
