"""The product behind a real HTTP server, its due work done by a thread, and a browser in front of it."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import redis
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from conversations.services.sweeping import due_now, due_work
from hotel_agent.common import dispatch, limits
from integrations import breakers, http
from tenants import selectors
from tenants.models import Fact, Membership, Role, Tenant
from tenants.scoping import tenant_scope
from tenants.services import connect_whatsapp
from tests.factories.reservations import Hotel, HotelFactory, open_hotel

PASSWORD = "correct-horse-battery"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip
DESK = {"width": 1366, "height": 860}
PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 45_000
PAUSE_S, ROUND_S = 0.1, 0.5
"""Between two looks of the worker for what somebody waits for, and for everything: it shares a processor with them."""


@dataclass
class Worker:
    """Does what the sweeper, without a broker, would do; an error it met fails the test."""

    stop: threading.Event = field(default_factory=threading.Event)
    errors: list[BaseException] = field(default_factory=list)

    def run(self) -> None:
        """Until stopped."""
        try:
            next_round = 0.0
            while not self.stop.is_set():
                looks_round = time.monotonic() >= next_round
                if looks_round:
                    next_round = time.monotonic() + ROUND_S
                for work in due_work() if looks_round else due_now():
                    work.task(work.row_id)
                self.stop.wait(PAUSE_S)
        except Exception as error:
            self.errors.append(error)
        finally:
            connections.close_all()


@pytest.fixture
def product(
    transactional_db: None, live_server: LiveServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The address of a running product; messages out go to the simulator's own stand-in of the Graph API."""
    settings.WHATSAPP_API_URL = f"{live_server.url}/simulator/graph"
    settings.WHATSAPP_APP_SECRETS = ["e2e-app-secret"]
    breakers.reset_process()
    limits.reset_process()
    selectors.forget_configuration()
    with redis.Redis.from_url(django_settings.REDIS_URL) as client:
        client.flushdb()
    monkeypatch.setattr(dispatch, "_skip_until", float("inf"))  # no broker worker here: the thread finds all work
    worker = Worker()
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    yield live_server.url
    worker.stop.set()
    thread.join(20)
    http.close_all()
    selectors.forget_configuration()
    assert not worker.errors, worker.errors


@pytest.fixture
def hotel(product: str) -> Hotel:
    """A hotel with rooms, a fact, a number and people: `manager`, `desk` and `reader`."""
    tenant: Tenant = HotelFactory.create(name="Hotel Bahía", tone="voseo", privacy_url="https://bahia.example/p")
    opened = open_hotel(tenant=tenant, nights=120)
    connect_whatsapp(tenant, phone_number_id="106540352242922", access_token="token-0001")
    with tenant_scope(tenant):
        Fact.objects.create(
            tenant=tenant,
            topic="parking",
            kind="amenity",
            text_es="La cochera es gratis y techada.",
            text_en="Parking is free and covered.",
            text_pt="A garagem é grátis e coberta.",
        )
    for username, role in (("manager", Role.MANAGER), ("desk", Role.RECEPTION), ("reader", Role.READ_ONLY)):
        user = get_user_model().objects.create_user(username=username, password=PASSWORD, is_staff=True)
        Membership.objects.create(user=user, tenant=tenant, role=role)
    return opened


@pytest.fixture(scope="package")
def program() -> Iterator[Browser]:
    """A headless browser, started once: that costs more processor than many a test."""
    with pytest.MonkeyPatch.context() as environment, sync_playwright() as driver:
        # The browser's driver keeps an event loop in this thread, which Django would take for asynchronous code.
        environment.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def chromium(program: Browser, product: str) -> Iterator[Browser]:
    """The browser, for one test: its windows are gone before the product is, and know nothing of another test's."""
    yield program
    for context in program.contexts:
        context.close()


@dataclass
class Visitor:
    """A browser window; what its console complains about is kept."""

    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Keep what the console says from now on."""
        self.page.on("console", self._said)
        self.page.on("pageerror", self._threw)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def _threw(self, error: Error) -> None:
        self.complaints.append(str(error))


@pytest.fixture
def visitors(product: str, chromium: Browser) -> Iterator[dict[str, Visitor]]:
    """Windows by name: `guest` with a phone, `staff` at the desk."""
    opened = {}
    for name, size in (("guest", PHONE), ("staff", DESK)):
        context = chromium.new_context(viewport=size, locale="en", base_url=product)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        visitor = Visitor(context, context.new_page())
        visitor.listen()
        opened[name] = visitor
    yield opened
    for visitor in opened.values():
        visitor.context.close()
