"""The chat page and its embed script in a real browser: booking, being offline, coming back, frames, accessibility."""

from __future__ import annotations

import http.server
import json
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from pytest_django import Settings

from conversations.models import Conversation, InboundDelivery, Message, OutboundMessage, Turn
from conversations.services import staff
from conversations.services.webchat import posting
from reservations.models import Reservation, RoomType
from tenants.models import ChannelAccount
from tenants.scoping import tenant_scope
from tenants.selectors import forget_configuration
from tenants.services import connect_webchat
from tests.e2e.conftest import DESK, PATIENCE_MS, PHONE
from tests.e2e.test_files_in_thread import picture
from tests.factories.reservations import Hotel

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
expect.set_options(timeout=PATIENCE_MS)
KEY = "we2e-hotel-0001"
WISHES = {
    "es": "Hola, quiero una doble del {0:%d/%m/%Y} al {1:%d/%m/%Y} para 2 adultos",
    "en": "Hi, a double room from {0:%Y-%m-%d} to {1:%Y-%m-%d} for two adults please",
    "pt": "Olá, quero um quarto duplo de {0:%d/%m/%Y} a {1:%d/%m/%Y} para 2 adultos",
}
CONFIRM = {"es": "Confirmar", "en": "Confirm", "pt": "Confirmar"}
BOOKED = {"es": "confirmada", "en": "confirmed", "pt": "confirmada"}


@pytest.fixture
def widget(hotel: Hotel) -> ChannelAccount:
    """The hotel's widget; no site may show it yet."""
    RoomType._base_manager.filter(code="double").update(photo="/static/demo/rooms/standard-double.svg")
    return connect_webchat(hotel.tenant, key=KEY)


@pytest.fixture
def window(product: str, chromium: Browser) -> Iterator[Callable[..., tuple[BrowserContext, Page, list[str]]]]:
    """Opens browser windows; what their console complains about is collected."""
    opened: list[BrowserContext] = []

    def open_window(**options: object) -> tuple[BrowserContext, Page, list[str]]:
        context = chromium.new_context(base_url=product, **{"viewport": PHONE, **options})  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        opened.append(context)
        page, complaints = context.new_page(), list[str]()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return context, page, complaints

    yield open_window
    for context in opened:
        context.close()


Window = Callable[..., tuple[BrowserContext, Page, list[str]]]


def said(page: Page) -> int:
    return page.locator(".entry.hotel").count()


def hear(page: Page, before: int) -> str:
    expect(page.locator(".entry.hotel")).not_to_have_count(before)
    return page.locator(".entry.hotel").last.inner_text()


def say(page: Page, text: str) -> str:
    before = said(page)
    page.fill("#text", text)
    page.keyboard.press("Enter")
    return hear(page, before)


def tap(page: Page, selector: str, text: str = "") -> str:
    before = said(page)
    page.locator(selector, has_text=text).first.click()
    return hear(page, before)


def test_a_guest_books_in_each_language_on_a_phone(hotel: Hotel, widget: ChannelAccount, window: Window) -> None:
    for number, language in enumerate(WISHES):
        _, page, complaints = window(locale=language)
        page.goto(f"/webchat/{KEY}/")
        assert page.locator("html").get_attribute("lang") == language
        expect(page.locator("#welcome")).to_be_visible()
        stay = hotel.stay(arrival=10 + 10 * number, nights=3)
        say(page, WISHES[language].format(stay.check_in, stay.check_out))
        expect(page.locator("#welcome")).to_be_hidden()
        tap(page, ".cards button")
        assert page.locator(".cards button").count() == 0, "an old offer cannot be tapped by mistake"
        assert "Ana Souza" in say(page, "Ana Souza, ana@example.com")
        assert BOOKED[language] in tap(page, ".choices button", CONFIRM[language])
        assert complaints == []
    assert Reservation._base_manager.filter(state="confirmed", channel="webchat").count() == 3


def test_what_is_written_offline_goes_out_once(widget: ChannelAccount, window: Window) -> None:
    context, page, _ = window(locale="en")
    page.goto(f"/webchat/{KEY}/")
    say(page, "Hello")
    context.set_offline(True)
    page.fill("#text", "Is there parking?")
    page.keyboard.press("Enter")
    expect(page.locator("#offline")).to_be_visible()
    expect(page.locator(".entry.guest.unsent")).to_have_count(1)
    context.set_offline(False)
    expect(page.locator(".entry.hotel").last).to_contain_text("covered")
    expect(page.locator(".entry.guest.unsent")).to_have_count(0)
    expect(page.locator("#offline")).to_be_hidden()

    # The answer to a post is lost on its way: the page sends it again, and it is still one message and one turn.
    lost: list[str] = []

    def lose(route: Route) -> None:
        if route.request.method == "POST" and len(lost) < 2:
            route.fetch()
            lost.append(route.request.post_data or "")
            route.abort()
        else:
            route.continue_()

    page.route("**/messages", lose)
    say(page, "What time is check-in?")
    expect(page.locator(".entry.guest.unsent")).to_have_count(0)
    assert len(lost) >= 1
    assert Message._base_manager.count() == 3
    assert Turn._base_manager.count() == 3
    assert page.locator(".entry.guest").count() == 3


def test_a_reload_and_a_second_window_show_the_thread(hotel: Hotel, widget: ChannelAccount, window: Window) -> None:
    context, page, _ = window(locale="en")
    page.goto(f"/webchat/{KEY}/")
    say(page, "Is there parking?")
    page.fill("#text", "half a thou")
    before = page.locator(".entry .bubble").all_inner_texts()
    page.reload()
    expect(page.locator(".entry")).to_have_count(2)
    assert page.locator(".entry .bubble").all_inner_texts() == before
    assert page.input_value("#text") == "half a thou"
    other = context.new_page()
    other.goto(f"/webchat/{KEY}/")
    expect(other.locator(".entry")).to_have_count(2)

    marta = get_user_model().objects.create_user("marta", first_name="Marta")
    conversation = Conversation._base_manager.get()
    with tenant_scope(hotel.tenant):
        staff.reply(conversation.pk, by=marta, text="Marta here. See https://hotel.example/map.", token="t")
    expect(page.locator(".entry.hotel").last).to_contain_text("Marta here")
    expect(page.locator(".entry.hotel a").last).to_have_attribute("href", "https://hotel.example/map")
    expect(page.locator("#status")).to_have_text("A person at the hotel is answering")
    expect(other.locator(".entry")).to_have_count(3)
    page.bring_to_front()
    expect(page.locator(".author")).to_have_text("Marta")
    expect(page).to_have_title(page.locator("h1").text_content() or "?")
    row = OutboundMessage._base_manager.filter(purpose="staff").get()
    assert row.state in {"delivered", "read"}

    page.click("#menu")
    page.click("#forget")
    expect(page.locator("#welcome")).to_be_visible()
    expect(page.locator(".entry")).to_have_count(0)


def test_too_many_messages_wait_and_none_is_lost(
    widget: ChannelAccount, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "VISITOR_RATE", "2/2s")
    _, page, _ = window(locale="en")
    page.goto(f"/webchat/{KEY}/")
    for number in range(5):
        page.fill("#text", f"message {number}")
        page.keyboard.press("Enter")
    expect(page.locator(".entry.guest")).to_have_count(5)
    expect(page.locator(".entry.guest.unsent")).to_have_count(0)
    bodies = [json.loads(bytes(row.body))["text"] for row in InboundDelivery.objects.order_by("id")]
    assert bodies == [f"message {number}" for number in range(5)]


def test_files_of_the_desk_are_shown_and_what_is_new_comes_at_once(
    hotel: Hotel, widget: ChannelAccount, window: Window, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "files")
    for scheme, size in (("light", PHONE), ("dark", DESK)):
        _, page, complaints = window(locale="en", color_scheme=scheme, viewport=size)
        page.goto(f"/webchat/{KEY}/")
        say(page, "Is there parking?")
        conversation = Conversation._base_manager.latest("id")
        marta = get_user_model().objects.create_user(f"marta-{scheme}", first_name="Marta")
        with tenant_scope(hotel.tenant):
            for content, name in ((picture(), "room.png"), (b"%PDF-1.4", "menu.pdf")):
                staff.send_file(
                    conversation.pk, by=marta, content=content, filename=name, caption=f"See {name}", token=name
                )
        expect(page.locator(".file.picture img")).to_be_visible()
        expect(page.locator(".file.picture img").first).not_to_have_js_property("naturalWidth", 0)
        expect(page.locator(".file:not(.picture)")).to_have_text("menu.pdf")
        expect(page.locator(".entry.hotel .bubble").last).to_have_text("See menu.pdf")
        assert complaints == []
        page.screenshot(path=str(tmp_path / f"{scheme}.png"))
    assert Conversation._base_manager.count() == 2


def expect_sent(text: str) -> None:
    """Wait until the outbox has sent a message."""
    until = time.monotonic() + PATIENCE_MS / 1000
    while not OutboundMessage._base_manager.filter(text=text, sent_at__isnull=False).exists():
        assert time.monotonic() < until
        time.sleep(0.05)


# --- on the hotel's own site -----------------------------------------------------------------------------------------


@contextmanager
def site(product: str) -> Iterator[str]:
    """A hotel's own site on another origin, with a policy as strict as a site can have and still embed us."""

    class Site(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            policy = f"default-src 'none'; script-src {product}; frame-src {product}"
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            page = (
                f'<!doctype html><html lang="en"><title>Hotel</title><h1>A hotel</h1>'
                f'<script src="{product}/webchat/embed.js" data-widget="{KEY}" async></script>'
            )
            self.wfile.write(page.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_only_the_hotels_own_sites_may_show_the_chat(
    product: str, hotel: Hotel, widget: ChannelAccount, window: Window
) -> None:
    with site(product) as allowed, site(product) as foreign:
        connect_webchat(hotel.tenant, key=KEY, allowed_origins=[allowed])
        _, page, complaints = window(viewport=DESK, locale="en")
        page.goto(allowed)
        launcher = page.get_by_role("button", name="Open the chat with the hotel")
        launcher.click()
        chat = page.frame_locator("iframe")
        chat.locator("#text").fill("Is there parking?")
        chat.locator("#text").press("Enter")
        expect(chat.locator(".entry.hotel").last).to_contain_text("covered")
        assert complaints == []

        # Closed, it counts what was not read; opened, it forgets the count.
        chat.locator("#close").click()
        expect(launcher).to_be_focused()
        conversation = Conversation._base_manager.get()
        marta = get_user_model().objects.create_user("marta")
        with tenant_scope(hotel.tenant):
            staff.reply(conversation.pk, by=marta, text="One more thing.", token=str(uuid.uuid4()))
        expect_sent("One more thing.")
        page.reload()
        unread = page.get_by_role("button", name="Open the chat with the hotel (1 unread)")
        expect(unread).to_be_visible(timeout=PATIENCE_MS)
        unread.click()
        expect(chat.locator(".entry.hotel").last).to_contain_text("One more thing.")
        expect(page.get_by_role("button", name="Close the chat").first).to_be_visible()

        _, page, complaints = window(viewport=DESK, locale="en")
        page.goto(foreign)
        page.get_by_role("button", name="Open the chat with the hotel").click()
        until = time.monotonic() + PATIENCE_MS / 1000
        while not any("frame-ancestors" in said for said in complaints) and time.monotonic() < until:
            page.wait_for_timeout(50)
        assert any("frame-ancestors" in said for said in complaints)
        assert page.frame_locator("iframe").locator("#text").count() == 0


# --- for everybody ---------------------------------------------------------------------------------------------------

CONTRAST = """() => {
  const parse = (c) => { const m = c.match(/[\\d.]+/g).map(Number); return [m[0], m[1], m[2], m[3] ?? 1]; };
  const part = (v) => v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const behind = (node) => {
    for (let n = node; n; n = n.parentElement) {
      const c = parse(getComputedStyle(n).backgroundColor);
      if (c[3] === 1) return c;
    }
    return [255, 255, 255, 1];
  };
  const found = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !node.checkVisibility() || node.closest(".sr, script, noscript")) continue;
    const a = light(parse(getComputedStyle(node).color)), b = light(behind(node));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push(`${node.className} ${ratio.toFixed(2)} ${node.textContent.slice(0, 30)}`);
  }
  return found;
}"""
SMALL = """() => [...document.querySelectorAll("button, textarea, a[href]")]
  .filter((node) => node.checkVisibility() && node.tagName !== "A")
  .filter((node) => { const box = node.getBoundingClientRect(); return box.height < 44 && !node.closest(".foot"); })
  .map((node) => node.id + node.textContent.slice(0, 20))"""


def test_everybody_can_use_it(hotel: Hotel, widget: ChannelAccount, window: Window) -> None:
    stay = hotel.stay(arrival=20, nights=3)
    for scheme, accent in (("light", "#156455"), ("dark", "#ffe08a")):
        connect_webchat(hotel.tenant, key=KEY, accent=accent)
        forget_configuration()
        _, page, complaints = window(locale="en", color_scheme=scheme, reduced_motion="reduce")
        page.goto(f"/webchat/{KEY}/")
        expect(page.locator("#welcome")).to_be_visible()
        assert page.evaluate(CONTRAST) == []
        say(page, WISHES["en"].format(stay.check_in, stay.check_out))
        expect(page.locator(".cards button").first).to_be_visible()
        assert page.evaluate(CONTRAST) == []
        assert page.evaluate(SMALL) == []

        # With the keyboard alone: from the composer back to the offer, choose, and on.
        thread = page.get_by_role("log")
        assert thread.get_attribute("aria-live") == "polite"
        before = said(page)
        page.locator(".cards button").first.focus()
        page.keyboard.press("Enter")
        assert "name" in hear(page, before).lower()
        expect(page.locator("#text")).to_be_focused()
        assert page.evaluate(CONTRAST) == []
        page.keyboard.press("Shift+Tab")
        page.locator("#menu").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog", name="Start afresh on this device")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.locator("#menu")).to_be_focused()

        # Nothing moves for those who asked for it, every control has a name, and the page does not scroll sideways.
        assert page.evaluate("document.getAnimations().length") == 0
        snapshot = page.locator("main").aria_snapshot()
        assert not re.search(r"^\s*- (button|textbox|img)\s*$", snapshot, re.MULTILINE), snapshot
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert complaints == []
