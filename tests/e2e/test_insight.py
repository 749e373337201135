"""What the agent earned, read in a browser: drawn from counted days, narrowed, judged, at the desk and on a phone."""

from __future__ import annotations

import datetime as dt

import pytest
from playwright.sync_api import expect

from conversations.models import Conversation, DayFigures, Guest, VisitAudit
from tenants.models import ChannelAccount
from tenants.scoping import tenant_scope
from tests.e2e.conftest import DESK, PHONE, Visitor
from tests.e2e.test_calendar import picture
from tests.e2e.test_front_desk import log_in
from tests.factories.reservations import Hotel

pytestmark = pytest.mark.slow


def season(hotel: Hotel) -> None:
    """Sixty counted days of two channels, and a sample that waits."""
    tenant = hotel.tenant
    with tenant_scope(tenant):
        today = tenant.business_day()
        DayFigures.objects.bulk_create(
            DayFigures(
                tenant=tenant, day=today - dt.timedelta(days=back), channel=channel, language=language,
                visits=20 + back % 9, answered=20, automated=14 + back % 5, asked=9, quoted=8, held=5, confirmed=3,
                stayed=2 if back > 20 else 0, bookings=3, cancelled=back % 2,
                value={"ARS": str(180_000 + 30_000 * (back % 6))}, waits=[30, 20, 4, 1, 0, 1, 0, 0],
                person_waits=[1, 2, 1, 0, 0, 1, 0, 0], topics={"pool": 5, "ask_price": 4, "breakfast": 2},
                lost={"no_reply": 3, "no_offer": 1, "with_person": 2},
            )
            for back in range(60)
            for channel, language in (("whatsapp", "es"), ("webchat", "pt"))
        )  # fmt: skip
        account = ChannelAccount.objects.get(tenant=tenant)
        guest = Guest.objects.create(tenant=tenant, name="Sofía Núñez")
        conversation = Conversation.objects.create(
            tenant=tenant, account=account, guest=guest, channel="whatsapp", language="es"
        )
        VisitAudit.objects.create(tenant=tenant, conversation=conversation, day=today - dt.timedelta(days=2))


def test_the_page_is_read_narrowed_and_judged(hotel: Hotel, visitors: dict[str, Visitor]) -> None:
    season(hotel)
    page = log_in(visitors["staff"], "manager")
    page.get_by_role("link", name="Insight").first.click()
    expect(page.get_by_role("heading", name="From asking to arriving")).to_be_visible()
    expect(page.locator(".ha-tiles")).to_contain_text("ARS")
    picture(page, "insight-desk")
    page.locator("[name=channel]").first.select_option("webchat")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("section", has_text="By channel and language")).not_to_contain_text("WhatsApp")
    expect(page.locator("#audits")).to_contain_text("Nothing waits for a verdict")
    page.locator("[name=channel]").first.select_option("")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="90 days").click()
    page.get_by_role("button", name="Right").click()
    expect(page.locator("#audits")).to_contain_text("1 of 1 right")
    page.evaluate("document.documentElement.classList.add('dark')")
    picture(page, "insight-dark")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto("/admin/insight/")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    picture(page, "insight-phone")
    page.locator("#audits").scroll_into_view_if_needed()
    picture(page, "insight-phone-audits")
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    with page.expect_download() as file:
        page.get_by_role("link", name="CSV").click()
    assert file.value.suggested_filename.endswith(".csv")
    assert visitors["staff"].complaints == []
