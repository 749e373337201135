"""A hotel is set up in a browser: what is left, a connection tried while one looks, and the gate that opens last."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from conversations.models import ConnectionTest
from tenants.models import HistoryEntry, Role, Tenant
from tests.admin.conftest import person
from tests.e2e.accessibility import in_both_lights
from tests.e2e.conftest import PATIENCE_MS, PHONE, Visitor
from tests.e2e.test_first_morning import picture
from tests.e2e.test_front_desk import log_in
from tests.factories.reservations import Hotel

pytestmark = pytest.mark.slow
SETUP = "/admin/conversations/connectiontest/setup/"


def test_the_gate_opens_when_nothing_is_left(hotel: Hotel, visitors: dict[str, Visitor]) -> None:
    Tenant.objects.filter(pk=hotel.tenant.pk).update(live_since=None, privacy_url="")
    person("owner", tenant=hotel.tenant, role=Role.OWNER)
    page = log_in(visitors["staff"], "owner")
    page.goto(SETUP)
    expect(page.get_by_role("button", name="Go live")).to_be_disabled()
    expect(page.locator("#live")).to_contain_text("Privacy and contact")

    page.locator(".ha-checklist").get_by_role("link", name="Privacy and contact").click()
    page.fill("[name=privacy_url]", "https://bahia.example/privacy")
    page.fill("[name=change_reason]", "The lawyer sent it")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("body")).to_contain_text("was changed successfully")
    entry = HistoryEntry._base_manager.get(model="tenants.tenant")
    assert entry.changes == [{"field": "privacy_url", "before": "", "after": "https://bahia.example/privacy"}]
    page.goto(f"/admin/tenants/tenant/{hotel.tenant.pk}/history/")
    expect(page.locator(".ha-entries")).to_contain_text("The lawyer sent it")
    picture(page, "setting-up-history")

    page.goto(SETUP)
    number = page.locator("#connection-list li", has_text="WhatsApp").first
    number.get_by_role("button", name="Test connection").click()
    expect(page.locator("#connection-list .ha-ok-pill").first).to_be_visible(timeout=PATIENCE_MS)
    asked = ConnectionTest._base_manager.get().asked_at.astimezone(hotel.tenant.zone)
    expect(page.locator("#connection-list")).to_contain_text(f"{asked:%H:%M} · owner")  # by the hotel's clock
    assert "token-0001" not in page.content(), "secrets are not shown"
    picture(page, "setting-up")
    assert in_both_lights(page) == []
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing hangs out at the side"

    page.fill("#reason", "Everything is tried")
    page.get_by_role("button", name="Go live").click()
    expect(page.locator("#live")).to_contain_text("live since")
    assert Tenant.objects.get(pk=hotel.tenant.pk).live_since is not None
    assert visitors["staff"].complaints == []
