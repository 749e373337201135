"""A hotel with a WhatsApp number, Meta's stand-in, and guests."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from django.conf import settings as django_settings
from pytest_django import Settings

from conversations.understanding import artefact
from hotel_agent.common import dispatch, limits
from integrations import breakers, http
from tenants import selectors
from tenants.models import Fact, Tenant
from tenants.scoping import tenant_scope
from tenants.services import connect_whatsapp
from tests.conversations.guests import APP_SECRET, NUMBER, VERIFY_TOKEN, WhatsAppGuest
from tests.factories.reservations import Hotel, HotelFactory, open_hotel
from tests.stand_ins.graph import GraphStandIn

TIME_SCALE = 25.0
_numbers = itertools.count(1)


@pytest.fixture(scope="session", autouse=True)
def trained_model() -> None:
    """The understanding engine's model, trained once when it is missing or its data changed."""
    artefact.ensure(artefact.model_directory())


@pytest.fixture(autouse=True)
def fresh_process() -> Iterator[None]:
    """Breakers, limits, configuration and connections start with nothing known."""
    _forget()
    yield
    _forget()
    http.close_all()


def _forget() -> None:
    breakers.reset_process()
    limits.reset_process()
    selectors.forget_configuration()
    dispatch._skip_until = 0.0
    with redis.Redis.from_url(django_settings.REDIS_URL) as client:
        client.flushdb()


@pytest.fixture
def graph(tmp_path: Path) -> Iterator[GraphStandIn]:
    """Meta's Graph API in this process."""
    with GraphStandIn(tmp_path / "graph.jsonl") as server:
        yield server


@pytest.fixture
def installation(transactional_db: None, settings: Settings, graph: GraphStandIn) -> None:
    """Settings of an installation whose Graph API is the stand-in; waiting times 25 times shorter."""
    settings.WHATSAPP_API_URL = graph.url
    settings.WHATSAPP_APP_SECRETS = [APP_SECRET]
    settings.WHATSAPP_VERIFY_TOKEN = VERIFY_TOKEN
    settings.TIME_SCALE = TIME_SCALE


@pytest.fixture
def hotel(installation: None) -> Hotel:
    """An Argentine hotel with two doubles, a family room, a few facts and a WhatsApp number."""
    tenant: Tenant = HotelFactory.create(
        name="Hotel Bahía", tone="voseo", privacy_url="https://bahia.example/privacidad", code_prefix="HT"
    )
    opened = open_hotel(tenant=tenant, nights=120)
    connect_whatsapp(tenant, phone_number_id=NUMBER, access_token="token-0001")
    with tenant_scope(tenant):
        Fact.objects.create(
            tenant=tenant,
            topic="parking",
            kind="amenity",
            text_es="La cochera es gratis y techada.",
            text_en="Parking is free and covered.",
            text_pt="A garagem é grátis e coberta.",
        )
        Fact.objects.create(
            tenant=tenant,
            topic="check_in",
            kind="policy",
            text_es="El check-in es desde las 15.",
            text_en="Check-in is from 3 pm.",
            text_pt="O check-in é a partir das 15h.",
        )
    return opened


@pytest.fixture
def new_guest(hotel: Hotel, graph: GraphStandIn) -> Callable[[], WhatsAppGuest]:
    """Makes guests nobody knows yet."""
    return lambda: WhatsAppGuest(graph, f"54911555{next(_numbers):05d}")


@pytest.fixture
def guest(new_guest: Callable[[], WhatsAppGuest]) -> WhatsAppGuest:
    """One guest nobody knows yet."""
    return new_guest()
