"""A manager changes next weekend's price on the calendar, and the next guest is quoted it."""

from __future__ import annotations

import datetime as dt
import os
import re

import pytest
from playwright.sync_api import Page, expect

from reservations.models import Rate, SellingChange
from tests.e2e.conftest import PHONE, Visitor
from tests.e2e.test_front_desk import log_in, open_phone, say, spoken
from tests.factories.reservations import Hotel

pytestmark = pytest.mark.slow
SHOTS = os.environ.get("SCREENSHOTS_DIR", "")


def picture(page: Page, name: str) -> None:
    """Keep what the page looks like, where somebody wants to look at it."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png")


def friday(hotel: Hotel) -> dt.date:
    """The Friday of the weekend after next: both its nights are open whatever today is."""
    day = hotel.first_night + dt.timedelta(days=3)
    return day + dt.timedelta(days=(4 - day.weekday()) % 7)


def cell(page: Page, hotel: Hotel, night: dt.date) -> str:
    return f"#calendar [data-type='{hotel.double.pk}'][data-night='{night}']"


def test_next_weekend_costs_more_and_the_next_guest_hears_it(hotel: Hotel, visitors: dict[str, Visitor]) -> None:
    office = log_in(visitors["staff"], "manager")
    office.get_by_role("link", name="Calendar").first.click()
    expect(office.locator("#calendar")).to_be_visible()
    picture(office, "calendar-desk")
    night = friday(hotel)

    # With the keyboard: to Friday, Saturday too, and Enter.
    office.locator(cell(office, hotel, night)).click()
    office.keyboard.press("Shift+ArrowRight")
    office.keyboard.press("Enter")
    panel = office.locator("#panel")
    expect(panel.locator("[name=first]")).to_have_value(f"{night}")
    expect(panel.locator("[name=last]")).to_have_value(f"{night + dt.timedelta(days=1)}")
    expect(panel.locator("[name=amount]")).to_be_focused()
    office.keyboard.type("77000")
    panel.get_by_label("Flexible").check()
    panel.get_by_label("Reason").fill("Fair in town")
    picture(office, "calendar-form-desk")
    panel.get_by_role("button", name="Look at it").click()
    preview = office.locator("#preview")
    expect(preview).to_contain_text("ARS 77,000")
    expect(preview).to_contain_text("ARS 60,000")
    picture(office, "calendar-preview-desk")
    assert not SellingChange._base_manager.exists()
    preview.get_by_role("button", name="Apply").click()
    expect(office.locator("body")).to_contain_text("2 values changed.")
    assert Rate._base_manager.filter(amount=77_000).count() == 2
    assert SellingChange._base_manager.get().reason == "Fair in town"

    phone = open_phone(visitors["guest"])
    offer = say(phone, f"A double room from {spoken(night)} to {spoken(night + dt.timedelta(days=2))} for two adults?")
    assert re.search(r"ARS 154[.,]000", offer), offer
    assert visitors["staff"].complaints == []


def test_more_rooms_than_are_left_cannot_be_taken_away(hotel: Hotel, visitors: dict[str, Visitor]) -> None:
    from tests.factories.reservations import requested

    stay = hotel.stay(arrival=3, nights=2)
    requested(hotel, stay)
    office = log_in(visitors["staff"], "manager")
    office.goto(f"/admin/calendar/?start={hotel.first_night}")
    sold = office.locator(cell(office, hotel, stay.check_in))
    expect(sold.locator("b")).to_have_text("1", timeout=10_000)
    sold.dblclick()
    panel = office.locator("#panel")
    panel.get_by_label("Rooms on sale").fill("0")
    panel.get_by_label("Reason").fill("Paint")
    panel.get_by_role("button", name="Look at it").click()
    expect(office.locator("#preview")).to_contain_text("is too few")
    expect(office.get_by_role("button", name="Apply")).to_have_count(0)
    picture(office, "calendar-refused-desk")


def test_the_calendar_is_used_on_a_phone_and_in_the_dark(hotel: Hotel, visitors: dict[str, Visitor]) -> None:
    page = log_in(visitors["staff"], "manager")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto("/admin/calendar/?days=14")
    picture(page, "calendar-phone")
    # The page itself does not scroll sideways; the table in it does.
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("button", name="Change nights").click()
    expect(page.locator("#panel")).to_be_visible()
    picture(page, "calendar-form-phone")
    page.emulate_media(color_scheme="dark")
    page.evaluate("document.documentElement.classList.add('dark')")
    picture(page, "calendar-form-phone-dark")
    page.set_viewport_size({"width": 1366, "height": 860})
    page.goto("/admin/calendar/?days=31")
    page.evaluate("document.documentElement.classList.add('dark')")
    picture(page, "calendar-month-dark")
    assert visitors["staff"].complaints == []
