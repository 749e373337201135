"""`PMS_TYPE` decides where the demo hotel's stays are kept, at every start."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from conversations.models import EscalationStep
from hotel_agent.demo import seeding
from hotel_agent.env import BadEnvironment, read
from integrations import breakers
from integrations.pms.base import Party, Stay
from integrations.pms.qloapps import QloApps
from reservations.models import RoomType
from reservations.services import pms, quoting
from reservations.services.builtin import BuiltinPms
from tenants.models import PmsConnection, Tenant
from tenants.scoping import tenant_scope
from tests.stand_ins.qloapps import KEY, QloAppsStandIn
from tests.stand_ins.qloapps_world import small_hotel


@pytest.fixture
def server() -> Iterator[QloAppsStandIn]:
    breakers.reset_process()
    with QloAppsStandIn(small_hotel()) as server:
        yield server
    breakers.reset_process()


def start(settings: Settings, **changes: str) -> Tenant:
    settings.ENV = dataclasses.replace(settings.ENV, **changes)
    return seeding.seed()[0]


@pytest.mark.django_db
def test_the_demo_hotel_moves_to_qloapps_and_back(settings: Settings, server: QloAppsStandIn) -> None:
    start(settings)
    tenant = seeding.seed()[0]
    assert isinstance(pms.connect(tenant), BuiltinPms)
    with tenant_scope(tenant):
        ours = set(RoomType.objects.filter(is_active=True).values_list("code", flat=True))

    start(settings, pms_type="qloapps", pms_base_url=server.url, pms_api_key=KEY, pms_hotel_id="1")

    assert isinstance(pms.connect(tenant), QloApps)
    with tenant_scope(tenant):
        assert set(RoomType.objects.filter(is_active=True).values_list("code", flat=True)) == {"1", "2"}
        stay = _stay(tenant)
        assert {offer.room_type_id for offer in quoting.search(tenant=tenant, stay=stay)} == {"1", "2"}

    start(settings, pms_type="builtin")

    assert isinstance(pms.connect(tenant), BuiltinPms)
    with tenant_scope(tenant):
        assert set(RoomType.objects.filter(is_active=True).values_list("code", flat=True)) == ours


@pytest.mark.django_db
def test_a_pms_that_is_down_at_the_start_does_not_stop_it(settings: Settings, server: QloAppsStandIn) -> None:
    server.broken = True
    start(settings, pms_type="qloapps", pms_base_url=server.url, pms_api_key=KEY, pms_hotel_id="1")

    tenant = seeding.seed()[0]
    with tenant_scope(tenant):
        assert PmsConnection.objects.get().kind == "qloapps"


@pytest.mark.django_db
def test_the_demo_ladder_never_writes_to_a_real_phone(settings: Settings) -> None:
    tenant = start(settings, whatsapp_api_url="https://graph.facebook.com")
    with tenant_scope(tenant):
        assert not EscalationStep.objects.exists()
    start(settings, whatsapp_api_url="")
    start(settings, whatsapp_api_url="")
    with tenant_scope(tenant):
        assert {step.way for step in EscalationStep.objects.all()} == {"whatsapp"}
        assert EscalationStep.objects.count() == 2


def _stay(tenant: Tenant) -> Stay:
    check_in = tenant.business_day() + dt.timedelta(days=9)
    return Stay(check_in, check_in + dt.timedelta(days=2), (Party(2),))


@pytest.mark.parametrize("missing", ["PMS_BASE_URL", "PMS_API_KEY", "PMS_HOTEL_ID"])
def test_half_an_address_is_refused_with_a_sentence(missing: str) -> None:
    values = {
        "PMS_TYPE": "qloapps",
        "PMS_BASE_URL": "https://pms.example",
        "PMS_API_KEY": "k" * 32,
        "PMS_HOTEL_ID": "1",
    }
    del values[missing]

    with pytest.raises(BadEnvironment, match=missing):
        read({"ENVIRONMENT": "development", **values})


def test_networks_have_to_be_networks() -> None:
    with pytest.raises(BadEnvironment, match="PRIVATE_NETWORKS"):
        read({"ENVIRONMENT": "development", "PRIVATE_NETWORKS": "10.20.0.0/16,the office"})
