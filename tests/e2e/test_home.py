"""The home page in a real browser: a guest asks for towels, the desk taps once on a phone, the guest hears it once."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from conversations.models import OutboundMessage, StaffTask
from tests.e2e.conftest import PATIENCE_MS, PHONE, Visitor
from tests.e2e.test_front_desk import answers, hear, log_in, open_phone, say
from tests.factories.reservations import Hotel

pytestmark = pytest.mark.slow


def test_towels_are_done_with_one_tap_on_a_phone(hotel: Hotel, visitors: dict[str, Visitor]) -> None:
    phone = open_phone(visitors["guest"])
    assert "204" in say(phone, "Could you bring towels to room 204?")
    say(phone, "I want to talk to a person please")

    visitors["staff"].page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    home = log_in(visitors["staff"], "desk")
    request = home.locator(".ha-todo li", has_text="204 · Housekeeping")
    expect(request).to_contain_text("towels")
    assert home.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing is cut off"
    button = request.get_by_role("button", name="Done")
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 44, "a thumb hits it"
    before = answers(phone)
    button.dblclick()
    assert "room 204 is done" in hear(phone, before)
    expect(home.get_by_text("Nothing to bring or mend.")).to_be_visible(timeout=PATIENCE_MS)
    assert StaffTask._base_manager.get().closed_by.username == "desk"  # type: ignore[union-attr]
    assert OutboundMessage._base_manager.filter(dedupe_key__startswith="task:").count() == 1

    home.get_by_role("button", name="I'm on it").click()
    expect(home.get_by_text("desk sees to it")).to_be_visible()
    assert visitors["staff"].complaints == []
