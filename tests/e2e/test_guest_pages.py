"""A guest pays a deposit on their phone and shows the stay at the desk, in a real browser, by day and by night."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from reservations.models import Payment, RatePlan, Reservation
from reservations.services import stay_page
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tenants.services import connect_payments
from tests.e2e.conftest import PASSWORD, Visitor
from tests.factories.reservations import Hotel, requested

pytestmark = pytest.mark.slow
PATIENCE_S = 20.0


def keep(page: Page, name: str) -> None:
    """Pictures for people, where somebody asks for them."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def fits(page: Page) -> bool:
    """Nothing sticks out of the screen to the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def link_of(hotel: Hotel, language: str) -> str:
    """A guest confirmed the summary of a stay with a deposit."""
    with tenant_scope(hotel.tenant):
        requested(hotel, hotel.stay())
        Reservation.objects.update(language=language)
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            payment = Payment.objects.get()
            if payment.status == Payment.Status.OPEN:
                return f"/pay/{payment.token}"
            time.sleep(0.05)
    raise AssertionError("no link was opened")


@pytest.fixture
def deposit_hotel(hotel: Hotel, product: str, settings: Settings) -> Hotel:
    settings.PUBLIC_BASE_URL = product
    Tenant.objects.filter(pk=hotel.tenant.pk).update(
        address="Boulevard Marítimo 2410, Mar del Plata", latitude="-38.0123", longitude="-57.5314",
        phone="+542234550100", email="recepcion@bahia.example",
    )  # fmt: skip
    hotel.tenant.refresh_from_db()
    connect_payments(hotel.tenant, kind="demo")
    with tenant_scope(hotel.tenant):
        RatePlan.objects.update(deposit="first_night")
    return hotel


@pytest.mark.parametrize(("language", "scheme"), [("es", "light"), ("pt", "dark")])
def test_pay_then_show_the_stay_at_the_desk(
    deposit_hotel: Hotel, visitors: dict[str, Visitor], language: str, scheme: str
) -> None:
    guest, staff = visitors["guest"], visitors["staff"]
    page = guest.page
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(link_of(deposit_hotel, language))
    expect(page.locator(".demo")).to_be_visible()
    assert fits(page)
    keep(page, f"pay-{language}-{scheme}")

    page.locator("button.primary").click()
    expect(page.locator("a.primary")).to_be_visible(timeout=int(PATIENCE_S * 1000))
    keep(page, f"paid-{language}-{scheme}")
    page.locator("a.primary").click()
    expect(page.locator(".qr svg")).to_be_visible()
    assert fits(page)
    keep(page, f"stay-{language}-{scheme}")
    assert guest.complaints == []

    with tenant_scope(deposit_hotel.tenant):
        stay = Reservation.objects.select_related("tenant").get()
        address = stay_page.desk_url(stay)
    desk = staff.page
    desk.goto(address)
    desk.fill("[name=username]", "desk")
    desk.fill("[name=password]", PASSWORD)
    desk.locator("[type=submit]").click()
    expect(desk.get_by_text("The code is genuine.")).to_be_visible()
    expect(desk.get_by_text(stay.guest_name)).to_be_visible()
    keep(desk, f"desk-{scheme}")


def test_a_link_that_does_not_exist_is_a_kind_page(product: str, visitors: dict[str, Visitor]) -> None:
    page = visitors["guest"].page
    page.goto("/stay/" + "A" * 32)
    expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()
    assert fits(page)
    keep(page, "gone")
