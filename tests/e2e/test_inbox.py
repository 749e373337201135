"""The inbox and the thread as a receptionist uses them, in a real browser: by keys, with a colleague, impatiently."""

from __future__ import annotations

import datetime as dt

import pytest
from playwright.sync_api import Browser, Page, expect

from conversations.models import CannedAnswer, Conversation, Guest, GuestIdentity, Handoff, Message, OutboundMessage
from conversations.services import desk
from hotel_agent.common import clock
from tenants.models import ChannelAccount, Role
from tenants.scoping import tenant_scope
from tests.admin.conftest import person
from tests.e2e.conftest import DESK, PASSWORD, PATIENCE_MS, PHONE, Visitor
from tests.e2e.test_front_desk import log_in, open_phone, say
from tests.factories.reservations import Hotel

pytestmark = pytest.mark.slow


def waits(hotel: Hotel, name: str, text: str, *, minutes: int, urgent: bool = False) -> Conversation:
    """A guest who asked for a person so many minutes ago."""
    at = clock.now() - dt.timedelta(minutes=minutes)
    tenant = hotel.tenant
    with tenant_scope(tenant):
        account = ChannelAccount.objects.get(channel="whatsapp")
        guest = Guest.objects.create(tenant=tenant, name=name, phone=f"54911{minutes:08}")
        GuestIdentity.objects.create(tenant=tenant, guest=guest, kind="wa_id", value=f"54911{minutes:08}")
        thread = Conversation.objects.create(
            tenant=tenant, account=account, guest=guest, channel="whatsapp", language="en", last_text=text,
            recipient={"wa_id": f"54911{minutes:08}"}, last_inbound_at=at, updated_at=at,
        )  # fmt: skip
        Message.objects.create(
            tenant=tenant, conversation=thread, account=account, provider_id=name, kind="text", text=text, sent_at=at,
            received_at=at, state="answered",
        )  # fmt: skip
        Handoff.objects.create(
            tenant=tenant, conversation=thread, reason="asked", summary=text, opened_at=at, urgent=urgent
        )
    return thread


def staff_messages() -> list[str]:
    rows = OutboundMessage._base_manager.filter(purpose="staff").order_by("id")
    return list(rows.values_list("text", flat=True))


def open_inbox(visitor: Visitor, username: str = "desk") -> Page:
    page = log_in(visitor, username)
    page.goto("/admin/conversations/conversation/")
    return page


def test_the_whole_morning_without_a_mouse(hotel: Hotel, visitors: dict[str, Visitor]) -> None:
    waits(hotel, "Luis Ferreira", "I asked twenty minutes ago", minutes=20)
    emma = waits(hotel, "Emma Clark", "The heating is broken", minutes=5, urgent=True)
    with tenant_scope(hotel.tenant):
        CannedAnswer.objects.create(
            tenant=hotel.tenant, shortcut="coming", text_es="Vamos.", text_en="{guest}, somebody comes at once. {me}"
        )
    page = open_inbox(visitors["staff"])
    expect(page.locator("[data-row]")).to_have_count(2)
    expect(page.locator("[data-row]").first).to_contain_text("Emma Clark")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.locator("#bar")).to_contain_text("Emma Clark")

    page.keyboard.press("t")
    expect(page.locator("#owner")).to_have_text("A person answers")
    page.keyboard.press("r")
    page.keyboard.press("/")
    page.locator("#canned-find").press_sequentially("com")
    page.keyboard.press("Enter")
    expect(page.locator("#reply")).to_have_value("Emma, somebody comes at once. desk")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#thread .ha-staff")).to_contain_text("somebody comes at once")
    assert staff_messages() == ["Emma, somebody comes at once. desk"]

    page.keyboard.press("o")
    page.locator("#note").press_sequentially("Plumber is on the way")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#thread .ha-remark")).to_contain_text("Plumber is on the way")

    page.keyboard.press("e")
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page.locator("[data-row]")).to_contain_text("Luis Ferreira")
    done = Conversation._base_manager.get(pk=emma.pk)
    assert done.resolved_at is not None
    assert done.owner == Conversation.Owner.AGENT
    assert visitors["staff"].complaints == []


def test_two_people_do_not_answer_at_once_unknowingly(
    hotel: Hotel, visitors: dict[str, Visitor], chromium: Browser, product: str
) -> None:
    thread = waits(hotel, "Emma Clark", "Can I check out at two?", minutes=5)
    person("ana", tenant=hotel.tenant, role=Role.RECEPTION, first_name="Ana")
    address = f"/admin/conversations/conversation/{thread.pk}/change/"
    marta = log_in(visitors["staff"], "desk")
    second = chromium.new_context(viewport=DESK, locale="en", base_url=product)  # type: ignore[arg-type]
    second.set_default_timeout(PATIENCE_MS)
    ana = log_in(Visitor(second, second.new_page()), "ana")
    marta.goto(address)
    ana.goto(address)
    ana.locator("#reply").press_sequentially("Yes, until two is fine.")
    expect(marta.locator("#others")).to_have_text("Ana is writing…", timeout=PATIENCE_MS)

    # Marta's page hears nothing more, as on a bad connection; she answers what she had before her.
    marta.route("**/messages/**", lambda route: route.abort())
    marta.fill("#reply", "No, sorry.")
    ana.locator("#composer").get_by_role("button", name="Send").click()
    expect(ana.locator("#thread .ha-staff")).to_contain_text("until two is fine")
    marta.locator("#composer").get_by_role("button", name="Send").click()
    expect(marta.get_by_role("alert")).to_contain_text("something newer was written")
    expect(marta.locator("#thread .ha-staff")).to_contain_text("until two is fine")
    expect(marta.locator("#reply")).to_have_value("No, sorry.")
    assert staff_messages() == ["Yes, until two is fine."]
    second.close()


def test_a_suggestion_is_changed_and_sent_once_by_an_impatient_hand(hotel: Hotel, visitors: dict[str, Visitor]) -> None:
    phone = open_phone(visitors["guest"])
    say(phone, "Hello")
    with tenant_scope(hotel.tenant):
        desk.set_reply_mode(Conversation.objects.get().pk, mode="suggest")
    page = open_inbox(visitors["staff"])
    phone.fill("#text", "Is there parking?")
    phone.keyboard.press("Enter")
    expect(page.locator("[data-row]")).to_contain_text("suggestion to send", timeout=PATIENCE_MS)
    page.locator("[data-row] > a").click()
    suggestion = page.locator(".ha-suggested")
    expect(suggestion).to_contain_text("Parking is free")
    suggestion.get_by_role("button", name="Change").click()
    expect(page.locator("#editing")).to_be_visible()
    page.fill("#reply", "Parking is free, I keep you a place. Marta")
    page.locator("#composer").get_by_role("button", name="Send").dblclick()
    expect(phone.locator("li.bubble.hotel").last).to_contain_text("I keep you a place", timeout=PATIENCE_MS)
    expect(page.locator("#thread")).to_contain_text("desk decided")
    assert OutboundMessage._base_manager.filter(text__contains="keep you a place").count() == 1
    assert Conversation._base_manager.get().owner == Conversation.Owner.AGENT


def test_a_closed_window_says_why_and_a_phone_is_enough(
    hotel: Hotel, visitors: dict[str, Visitor], chromium: Browser, product: str
) -> None:
    thread = waits(hotel, "Emma Clark", "My invoice?", minutes=5)
    Conversation._base_manager.filter(pk=thread.pk).update(last_inbound_at=clock.now() - dt.timedelta(hours=25))
    pocket = chromium.new_context(viewport=PHONE, locale="es", base_url=product, has_touch=True)  # type: ignore[arg-type]
    pocket.set_default_timeout(PATIENCE_MS)
    page = pocket.new_page()
    page.goto("/admin/login/")
    page.fill("[name=username]", "desk")
    page.fill("[name=password]", PASSWORD)
    page.locator("[type=submit]").click()
    page.goto("/admin/conversations/conversation/")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing hangs out at the side"
    page.locator("[data-row] > a").tap()
    expect(page.locator("#closed")).to_contain_text("24 horas")
    expect(page.locator("#reply")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("tab", name="Nota para colegas").tap()
    page.fill("#note", "Llamarla")
    page.get_by_role("button", name="Guardar nota").tap()
    expect(page.locator(".ha-remark")).to_contain_text("Llamarla")
    pocket.close()
