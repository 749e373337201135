"""A guest on the simulated phone and a person at the desk, both in a real browser."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from playwright.sync_api import Page, expect

from conversations.models import Conversation, OutboundMessage
from reservations.models import Reservation
from tests.e2e.conftest import PASSWORD, PATIENCE_MS, Visitor
from tests.factories.reservations import Hotel

pytestmark = pytest.mark.slow
MONTHS = "January February March April May June July August September October November December".split()  # noqa: SIM905


def answers(page: Page) -> int:
    """How many bubbles of the hotel the phone shows."""
    return page.locator("li.bubble.hotel").count()


def hear(page: Page, before: int) -> str:
    """Wait for the hotel's next bubble and return it."""
    expect(page.locator("li.bubble.hotel")).not_to_have_count(before, timeout=PATIENCE_MS)
    return page.locator("li.bubble.hotel").last.inner_text()


def say(page: Page, text: str) -> str:
    """Write as the guest does, with Enter."""
    before = answers(page)
    page.fill("#text", text)
    page.keyboard.press("Enter")
    return hear(page, before)


def spoken(day: dt.date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def open_phone(visitor: Visitor) -> Page:
    visitor.page.goto("/simulator/")
    expect(visitor.page.locator("#thread .empty")).to_be_visible()
    return visitor.page


def log_in(visitor: Visitor, username: str) -> Page:
    page = visitor.page
    page.goto("/admin/login/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.locator("[type=submit]").click()
    expect(page.get_by_role("heading", name="Waiting for a person")).to_be_visible()
    return page


def open_thread(page: Page, guest: str) -> None:
    page.goto("/admin/conversations/conversation/?view=open")
    page.locator("[data-row] > a", has_text=guest).first.click()
    expect(page.locator("#thread .ha-bubble").first).to_be_visible()


def test_a_guest_books_on_the_phone_and_the_desk_sees_why(hotel: Hotel, visitors: dict[str, Visitor]) -> None:
    phone = open_phone(visitors["guest"])
    stay = hotel.stay(arrival=20, nights=3)
    offer = say(phone, f"Hi! A double room from {spoken(stay.check_in)} to {spoken(stay.check_out)} for two adults?")
    assert "ARS" in offer

    before = answers(phone)
    phone.locator(".taps button").last.click()
    rows = phone.locator("#rows button")
    if rows.count():  # a list opens a sheet, buttons answer at once
        rows.first.click()
    details = hear(phone, before)
    assert "name" in details.lower()
    summary = say(phone, "Emma Clark, emma@example.com")
    assert "Emma Clark" in summary
    before = answers(phone)
    phone.locator(".taps button", has_text="Confirm").last.click()
    confirmation = hear(phone, before)
    reservation = Reservation._base_manager.get()
    assert reservation.state == "confirmed"
    assert reservation.code in re.sub(r"\s", "", confirmation)
    assert visitors["guest"].complaints == []

    office = log_in(visitors["staff"], "manager")
    open_thread(office, "Emma Clark")
    explained = office.locator(".ha-agent", has_text="ARS").first
    explained.get_by_text("Why did it say that?").click()
    why = explained.locator("details.ha-why").first
    for part in ("booking.offer", "check availability", "SearchOffers", "offers.lead"):
        expect(why).to_contain_text(part)
    expect(why.locator("table")).to_contain_text(re.compile(r"ARS \d"))
    expect(office.locator(".ha-side")).to_contain_text(reservation.code)

    office.locator(".ha-side .ha-rows a", has_text=reservation.code).click()
    expect(office.locator(".ha-timeline")).to_contain_text("Confirmed")
    expect(office.locator(".ha-timeline")).to_contain_text("Quoted")


def test_a_person_takes_over_answers_once_and_hands_back(hotel: Hotel, visitors: dict[str, Visitor]) -> None:
    phone = open_phone(visitors["guest"])
    assert "covered" in say(phone, "Is there parking?")
    say(phone, "I want to talk to a person please")

    office = log_in(visitors["staff"], "desk")
    office.locator(".ha-rows a", has_text="Ana Pérez").first.click()
    office.get_by_role("button", name="Take over").click()
    expect(office.locator("#owner")).to_have_text("A person answers")
    before = answers(phone)
    office.fill("#reply", "Hello, this is Marta at reception.")
    form = office.locator("#composer")
    token = form.locator("[name=token]").input_value()
    form.get_by_role("button", name="Send").dblclick()
    assert "Marta" in hear(phone, before)

    # The same form sent a third time, as an impatient browser would: still one message.
    crumb = office.locator("[name=csrfmiddlewaretoken]").first.input_value()
    address = office.locator("#composer").get_attribute("action") or ""
    again = office.request.post(
        address,
        form={"csrfmiddlewaretoken": crumb, "token": token, "text": "Hello, this is Marta at reception."},
        headers={"Referer": office.url},
    )
    assert again.ok
    staff = OutboundMessage._base_manager.filter(purpose="staff")
    assert staff.count() == 1
    assert staff.get().author.username == "desk"  # type: ignore[union-attr]

    # While a person answers the agent is silent, and what the guest writes appears at the desk without a reload.
    sent = OutboundMessage._base_manager.count()
    phone.fill("#text", "Thank you Marta")
    phone.keyboard.press("Enter")
    expect(office.locator("#thread")).to_contain_text("Thank you Marta", timeout=PATIENCE_MS)
    assert OutboundMessage._base_manager.count() == sent

    office.get_by_role("button", name="Hand back").click()
    expect(office.locator("#owner")).to_have_text("The agent answers")
    assert Conversation._base_manager.get().owner == Conversation.Owner.AGENT
    assert "covered" in say(phone, "And is there parking?")


def test_reading_is_all_a_reader_does(hotel: Hotel, visitors: dict[str, Visitor]) -> None:
    say(open_phone(visitors["guest"]), "Is there parking?")
    office = log_in(visitors["staff"], "reader")
    open_thread(office, "Ana Pérez")
    expect(office.get_by_role("button", name="Take over")).to_have_count(0)
    expect(office.locator("#reply")).to_have_count(0)
    expect(office.get_by_text("Why did it say that?")).to_be_visible()
