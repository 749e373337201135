"""Signing in as a browser does it: the second factor is set up on first sight, asked for afterwards, on any screen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings

from tests.e2e.conftest import DESK, PASSWORD, PATIENCE_MS, PHONE, Hotel, Visitor

SHOTS = os.environ.get("SCREENSHOTS_DIR", "")


def shoot(page: Page, name: str) -> None:
    """Keep a picture when somebody wants to look at them."""
    if not SHOTS:
        return
    for screen, size in (("desk", DESK), ("phone", PHONE)):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            page.wait_for_timeout(150)
            page.screenshot(path=Path(SHOTS) / f"{name}-{screen}-{theme}.png")
    page.set_viewport_size(DESK)  # type: ignore[arg-type]


def sign_in(page: Page) -> None:
    page.goto("/admin/login/?next=/admin/tenants/fact/")
    page.fill("[name=username]", "manager")
    page.fill("[name=password]", PASSWORD)
    page.locator("#login-form [type=submit]").click()


def test_the_second_factor_is_set_up_and_asked_for(
    hotel: Hotel, visitors: dict[str, Visitor], chromium: Browser, product: str, settings: Settings
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    page = visitors["staff"].page
    page.goto("/admin/login/")
    shoot(page, "login")
    sign_in(page)
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    shoot(page, "setup")
    device = TOTPDevice.objects.get()
    page.fill("[name=code]", f"{totp(device.bin_key):06d}")
    page.get_by_role("button", name="Switch it on").click()
    expect(page.locator("li code")).to_have_count(10)
    shoot(page, "codes")
    recovery = page.locator("li code").first.inner_text()
    page.get_by_role("link", name="I have kept them").click()
    expect(page).to_have_url(f"{product}/admin/tenants/fact/")

    context = chromium.new_context(viewport=PHONE, locale="es", base_url=product)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    phone = context.new_page()
    sign_in(phone)
    expect(phone.get_by_role("heading", name="Segundo factor")).to_be_visible()
    shoot(phone, "asked")
    phone.fill("[name=code]", recovery)
    phone.keyboard.press("Enter")
    expect(phone).to_have_url(f"{product}/admin/tenants/fact/")
    phone.goto("/admin/second-factor/recovery/")
    shoot(phone, "recovery")
    context.close()
    assert visitors["staff"].complaints == []


@pytest.mark.parametrize("language", ["en", "es", "pt"])
def test_who_guesses_is_told_to_wait(hotel: Hotel, chromium: Browser, product: str, language: str) -> None:
    context = chromium.new_context(viewport=PHONE, locale=language, base_url=product)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    for _try in range(5):
        page.goto("/admin/login/")
        page.fill("[name=username]", "manager")
        page.fill("[name=password]", "not this one")
        page.locator("#login-form [type=submit]").click()
    words = {"en": "Too many tries", "es": "Demasiados intentos", "pt": "Tentativas demais"}[language]
    expect(page.get_by_role("heading", name=words)).to_be_visible()
    shoot(page, f"locked-{language}")
    context.close()
