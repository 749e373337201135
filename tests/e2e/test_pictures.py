"""A manager on the move gives a fact a photo; the next guest who asks sees it."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from tenants.models import Fact, Picture
from tenants.scoping import tenant_scope
from tenants.services import connect_webchat
from tests.e2e.conftest import PATIENCE_MS, PHONE, Visitor
from tests.e2e.test_front_desk import log_in
from tests.factories.reservations import Hotel

pytestmark = pytest.mark.slow
KEY = "we2e-pictures-01"


def camera(width: int, height: int) -> bytes:
    """A photo too large for a slow connection: noise over a colour run."""
    noise = Image.effect_noise((width, height), 60)
    ramp = Image.linear_gradient("L").resize((width, height))
    written = io.BytesIO()
    Image.merge("RGB", (ramp, noise, noise)).save(written, "JPEG", quality=90)
    return written.getvalue()


def test_a_photo_from_a_phone_is_shown_with_the_answer(hotel: Hotel, visitors: dict[str, Visitor]) -> None:
    connect_webchat(hotel.tenant, key=KEY)
    with tenant_scope(hotel.tenant):
        fact = Fact.objects.get(topic="parking")
    staff, guest = visitors["staff"], visitors["guest"]
    staff.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    desk = log_in(staff, "manager")
    desk.goto(f"/admin/tenants/fact/{fact.pk}/change/")
    content = camera(3000, 2000)
    assert len(content) > 1_500_000
    desk.set_input_files("input[name=new_picture]", {"name": "IMG_1.JPG", "mimeType": "image/jpeg", "buffer": content})
    expect(desk.locator("img.ha-picture")).to_be_visible(timeout=PATIENCE_MS)
    chosen = desk.evaluate("document.querySelector('input[name=new_picture]').files[0].size")
    assert chosen < len(content) / 2, "made smaller before it is sent"
    desk.fill("input[name=alt_es]", "La cochera techada")
    desk.fill("input[name=alt_en]", "The covered garage")
    desk.click("[name=_save]")
    expect(desk.get_by_text("La cochera es gratis").first).to_be_visible(timeout=PATIENCE_MS)
    with tenant_scope(hotel.tenant):
        picture = Picture.objects.get()
    assert max(picture.width, picture.height) == 1600
    desk.goto(f"/admin/tenants/fact/{fact.pk}/change/")
    shown = desk.locator("img.ha-picture")
    expect(shown).to_have_attribute("src", picture.address)
    assert shown.evaluate("one => one.complete ? one.naturalWidth : 0") == 1600

    page = guest.page
    page.goto(f"/webchat/{KEY}/")
    page.fill("#text", "Is there parking?")
    page.keyboard.press("Enter")
    seen = page.locator(".entry.hotel a.picture img")
    expect(seen).to_have_attribute("alt", "The covered garage", timeout=PATIENCE_MS)
    expect(seen).to_have_js_property("naturalWidth", 1600)
    assert staff.complaints == []
    assert guest.complaints == []
