"""The first morning of a manager who never saw the back office: the demo hotel, in Spanish, without a manual."""

from __future__ import annotations

import datetime as dt
import os
import re

import pytest
from playwright.sync_api import Page, expect

from conversations.services import insight
from hotel_agent.demo import prices, seeding
from reservations.models import Rate, RoomType
from tenants.models import Fact, Tenant
from tests.e2e.conftest import PATIENCE_MS, PHONE, Visitor
from tests.e2e.test_front_desk import answers, hear, say

pytestmark = pytest.mark.slow
SHOTS = os.environ.get("SCREENSHOTS_DIR", "")
MONTHS = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()  # noqa: SIM905


def picture(page: Page, name: str) -> None:
    """Keep what the page looks like, where somebody wants to look at it."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png")


def spoken(day: dt.date) -> str:
    return f"{day.day} de {MONTHS[day.month - 1]} de {day.year}"


def menu(page: Page, name: str) -> None:
    """A line of the sidebar."""
    page.get_by_role("link", name=re.compile(f"{name}$")).first.click()


@pytest.fixture
def demo(product: str, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    """The hotel that `make run` makes, with its people; on sale for two months instead of eighteen."""
    monkeypatch.setattr(prices, "MONTHS_OPEN", 2)
    return seeding.seed()[0]


def test_a_manager_finds_their_way_without_a_manual(demo: Tenant, visitors: dict[str, Visitor]) -> None:
    phone = visitors["guest"].page
    phone.goto("/simulator/")
    expect(phone.locator("#thread .empty")).to_be_visible()
    assert "recepción" in say(phone, "¿Tienen alquiler de tablas de surf?")
    say(phone, "Quiero hablar con una persona")

    staff = visitors["staff"]
    office = staff.context.browser.new_context(  # type: ignore[union-attr]
        viewport={"width": 1280, "height": 860}, locale="es", base_url=phone.url.split("/simulator")[0]
    ).new_page()
    manager = Visitor(office.context, office)
    manager.listen()
    office.set_default_timeout(PATIENCE_MS)
    office.goto("/admin/login/")
    office.fill("[name=username]", seeding.DEMO_USER)
    office.fill("[name=password]", seeding.DEMO_PASSWORD)
    office.locator("[type=submit]").click()

    # Who waits is the first thing on the first page.
    waiting = office.locator("section", has=office.get_by_role("heading", name="Esperan a una persona"))
    expect(waiting).to_contain_text("pidió una persona")
    picture(office, "morning-1-home")
    waiting.get_by_role("link").first.click()
    expect(office.locator("#thread")).to_contain_text("Quiero hablar con una persona")
    office.get_by_role("button", name="Tomar la conversación").click()
    expect(office.locator("#owner")).to_have_text("Responde una persona")
    before = answers(phone)
    office.fill("#reply", "Hola, soy Marta de recepción. Las tablas las alquila el hotel.")
    office.locator("#composer").get_by_role("button", name="Enviar", exact=True).click()
    assert "soy Marta" in hear(phone, before)
    picture(office, "morning-2-thread")
    office.get_by_role("button", name="Devolver", exact=True).click()
    expect(office.locator("#owner")).to_have_text("Responde el agente")

    friday = change_next_weekend(office, demo)
    stay = f"del {spoken(friday)} al {spoken(friday + dt.timedelta(days=2))}"
    offer = say(phone, f"¿Cuánto sale una doble estándar {stay} para dos adultos?")
    assert re.search(r"Flexible: ARS 301\.000 por noche, ARS 602\.000", offer), offer

    write_the_fact(office)
    assert "12.500" in say(phone, "¿Tienen alquiler de tablas de surf?")

    book(phone)
    insight.count_recent(tenant=demo)  # what a worker does every hour, and when somebody looks
    menu(office, "Resultados")
    tile = office.locator(".ha-tiles > div").first
    expect(tile).to_contain_text("Ganado")
    expect(tile).to_contain_text("ARS 602.000")
    picture(office, "morning-5-earned")
    office.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert office.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing hangs out at the side"
    assert manager.complaints == []
    manager.context.close()


def change_next_weekend(office: Page, demo: Tenant) -> dt.date:
    """Both nights of next weekend at ARS 301.000, chosen and applied on the calendar; returns its Friday."""
    menu(office, "Calendario")
    today = demo.business_day()
    friday = today + dt.timedelta(days=(4 - today.weekday()) % 7 or 7)
    kind = RoomType._base_manager.get(tenant=demo, code="standard-double")
    office.locator(f"#calendar [data-type='{kind.pk}'][data-night='{friday}']").click()
    office.keyboard.press("Shift+ArrowRight")
    office.keyboard.press("Enter")
    panel = office.locator("#panel")
    expect(panel.locator("[name=amount]")).to_be_focused()
    office.keyboard.type("301000")
    panel.get_by_label("Flexible").check()
    panel.get_by_label("Motivo").fill("Fin de semana de feria")
    panel.get_by_role("button", name="Ver qué haría").click()
    preview = office.locator("#preview")
    expect(preview).to_contain_text("ARS 301.000")
    picture(office, "morning-3-calendar")
    preview.get_by_role("button", name="Aplicar").click()
    expect(office.locator("body")).to_contain_text("2 valores")
    assert Rate._base_manager.filter(tenant=demo, room_type=kind, amount=301_000).count() == 2
    return friday


def write_the_fact(office: Page) -> None:
    """From what was asked in vain to the agent's answer, seen before it is saved."""
    menu(office, "Datos del hotel")
    asked = office.locator(".ha-asked li", has_text="tablas de surf")
    asked.get_by_role("link", name="Escribir el dato").click()
    expect(office.locator(".ha-warncard")).to_contain_text("tablas de surf")
    office.fill("[name=topic]", "Tablas de surf")
    office.fill("[name=text_es]", "Alquilamos tablas de surf por el día a {amount}; se piden en recepción.")
    office.fill("[name=amount]", "12500")
    expect(office.locator("[name=ask_es]")).to_have_value(re.compile("tablas de surf"))
    office.get_by_role("button", name="Probar").click()
    expect(office.locator(".ha-tries")).to_contain_text("ARS 12.500")
    picture(office, "morning-4-fact")
    office.get_by_role("button", name="Guardar", exact=True).click()
    expect(office.locator("body")).to_contain_text("12.500")
    fact = Fact._base_manager.get(topic="tablas_de_surf")
    assert (fact.amount, fact.currency) == (12_500, "ARS")


def book(phone: Page) -> None:
    """The guest takes the flexible rate at the new price."""
    say(phone, "Quiero la doble estándar flexible")
    said = say(phone, "Ana Pérez, ana@example.com")
    assert "602.000" in said, said
    before = answers(phone)
    phone.locator(".taps button", has_text="Confirmar").last.click()
    assert "confirmada" in hear(phone, before)
