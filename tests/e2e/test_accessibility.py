"""No serious violation by axe-core where people work all day, and where guests write; in light and in dark."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from conversations.models import OutboundMessage
from tenants.scoping import tenant_scope
from tenants.services import connect_webchat
from tests.e2e.accessibility import in_both_lights, violations
from tests.e2e.conftest import PHONE, Visitor
from tests.e2e.test_front_desk import log_in, open_phone, say
from tests.e2e.test_inbox import waits
from tests.factories.reservations import Hotel, requested

pytestmark = pytest.mark.slow


def test_the_front_desk_keeps_nobody_out(hotel: Hotel, visitors: dict[str, Visitor]) -> None:
    phone = open_phone(visitors["guest"])
    say(phone, "Hello! Is there parking?")
    say(phone, "Could you bring towels to room 204?")
    thread = waits(hotel, "Emma Clark", "The heating is broken", minutes=45, urgent=True)
    waits(hotel, "Luis Ferreira", "I asked twelve minutes ago", minutes=12)
    with tenant_scope(hotel.tenant):
        requested(hotel, hotel.stay(arrival=0, nights=2))
    office = log_in(visitors["staff"], "manager")
    assert in_both_lights(office) == []

    for view in ("person", "open"):
        office.goto(f"/admin/conversations/conversation/?view={view}")
        assert in_both_lights(office) == []

    office.locator("[data-row] > a", has_text="Ana Pérez").click()
    office.get_by_text("Why did it say that?").first.click()
    office.fill("#reply", "Here you are")
    office.locator("#composer").get_by_role("button", name="Send", exact=True).click()
    expect(office.locator("#thread .ha-staff")).to_be_visible()
    office.keyboard.press("Escape")
    office.locator("body").press("o")
    office.locator("#note").fill("Vegetarian")
    office.keyboard.press("Control+Enter")
    expect(office.locator(".ha-remark")).to_be_visible()
    assert in_both_lights(office) == []
    office.goto(f"/admin/conversations/conversation/{thread.pk}/change/")
    office.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert in_both_lights(office) == []
    assert OutboundMessage._base_manager.filter(purpose="staff").count() == 1


def test_the_calendar_and_what_the_agent_knows_keep_nobody_out(hotel: Hotel, visitors: dict[str, Visitor]) -> None:
    office = log_in(visitors["staff"], "manager")
    office.goto("/admin/calendar/")
    assert in_both_lights(office) == []
    office.get_by_role("button", name="Change nights").click()
    expect(office.locator("#panel")).to_be_visible()
    assert in_both_lights(office) == []
    for address in ("/admin/tenants/fact/overview/?ask=Is+there+parking%3F", "/admin/insight/"):
        office.goto(address)
        assert in_both_lights(office) == []


UNNAMED = """() => [...document.querySelectorAll("a, button, summary")].filter((one) => {
  const copy = one.cloneNode(true);
  for (const hidden of copy.querySelectorAll("[aria-hidden=true]")) hidden.remove();
  return one.getAttribute("aria-hidden") !== "true" && !copy.textContent.trim() && !one.title && !one.ariaLabel
    && !one.hasAttribute("aria-labelledby") && !copy.querySelector("img[alt], input");
}).map((one) => one.outerHTML.slice(0, 200))"""


def test_icons_are_not_read_as_words_and_nothing_loses_its_name(hotel: Hotel, visitors: dict[str, Visitor]) -> None:
    office = log_in(visitors["staff"], "manager")
    for address in (
        "/admin/", "/admin/conversations/conversation/", "/admin/calendar/", "/admin/insight/",
        "/admin/reservations/roomtype/", "/admin/tenants/fact/", "/admin/reservations/rateplan/add/",
        f"/admin/reservations/roomtype/{hotel.double.pk}/change/",
    ):  # fmt: skip
        office.goto(address)
        expect(office.locator(".material-symbols-outlined:not([aria-hidden=true])")).to_have_count(0)
        assert office.evaluate(UNNAMED) == [], address
    office.goto("/admin/reservations/roomtype/")
    assert violations(office) == []
    expect(office.get_by_role("img", name="Yes").first).to_be_visible()


def test_the_web_chat_keeps_nobody_out(hotel: Hotel, visitors: dict[str, Visitor]) -> None:
    connect_webchat(hotel.tenant, key="bahia-widget-1", display_name="Hotel Bahía")
    guest = visitors["guest"].page
    guest.goto("/webchat/bahia-widget-1/")
    expect(guest.locator("textarea, [contenteditable], input[type=text]").first).to_be_visible()
    for scheme in ("light", "dark"):
        guest.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert violations(guest) == []
