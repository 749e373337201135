"""Hotels and facts: strict bodies, roles, and configuration that every process drops when asked to."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tenants.models import Fact, HistoryEntry, Membership, Role, Tenant
from tenants.scoping import tenant_scope
from tenants.selectors import current_facts
from tests.api.conftest import Program, person, program_of
from tests.factories.reservations import Hotel, HotelFactory

PROJECT = Path(__file__).resolve().parents[2]
FACT = {"topic": "parking", "text_es": "Hay cochera.", "text_en": "There is parking."}
NEW = {"slug": "hotel-del-mar", "name": "São João & Spa", "time_zone": "America/Sao_Paulo", "country": "BR",
       "currency": "BRL"}  # fmt: skip


def test_people_see_their_hotels_and_no_other(hotel: Hotel, manager: Program, operator: Program) -> None:
    other = HotelFactory.create()
    HotelFactory.create(is_active=False)
    listed = manager.get("/tenants")
    assert [one["slug"] for one in listed.body["results"]] == [hotel.tenant.slug]
    assert listed.body["results"][0]["business_day"] == hotel.tenant.business_day().isoformat()
    assert manager.get(f"/tenants/{hotel.tenant.slug}").body["name"] == hotel.tenant.name
    assert manager.get(f"/tenants/{other.slug}").error["code"] == "tenant_not_found"
    assert {one["slug"] for one in operator.get("/tenants").body["results"]} == {hotel.tenant.slug, other.slug}


def test_an_operator_makes_a_hotel_with_its_owner(operator: Program, manager: Program) -> None:
    owner = person(username="ana")
    made = operator.post("/tenants", {**NEW, "owner": "ana", "languages": ["pt", "en"], "default_language": "pt"})
    assert (made.status, made.body["slug"]) == (201, "hotel-del-mar")
    tenant = Tenant.objects.get(slug="hotel-del-mar")
    assert Membership.objects.get(tenant=tenant, user=owner).role == Role.OWNER
    again = operator.post("/tenants", NEW)
    assert (again.status, list(again.error["fields"])) == (400, ["slug"])
    denied = manager.post("/tenants", {**NEW, "slug": "another"})
    assert (denied.status, denied.error["code"]) == (403, "permission_denied")
    assert not Tenant.objects.filter(slug="another").exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"slug": "Hotel Del Mar"}, "slug"),
        ({"slug": "-mar"}, "slug"),
        ({"slug": "mar--azul"}, "slug"),
        ({"slug": "m"}, "slug"),
        ({"slug": "x" * 51}, "slug"),
        ({"slug": "már"}, "slug"),
        ({"name": ""}, "name"),
        ({"name": 7}, "name"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"country": "br"}, "country"),
        ({"currency": "reais"}, "currency"),
        ({"languages": []}, "languages"),
        ({"languages": ["fr"]}, "languages"),
        ({"default_language": "pt", "languages": ["es"]}, "default_language"),
        ({"rollover_hour": 13}, "rollover_hour"),
        ({"owner": "nobody"}, "owner"),
        ({"is_demo": True}, "is_demo"),
        ({"public_id": "7"}, "public_id"),
    ],
)
def test_a_hotel_that_cannot_be_is_refused_by_field(operator: Program, change: dict[str, Any], field: str) -> None:
    answer = operator.post("/tenants", {**NEW, **change})
    assert (answer.status, answer.error["code"]) == (400, "invalid")
    assert field in answer.error["fields"]
    assert not Tenant.objects.exists()


def test_a_fact_is_written_changed_and_no_longer_said(hotel: Hotel, manager: Program) -> None:
    made = manager.post("/facts", {**FACT, "amount": "1500.50", "currency": "ARS", "valid_until": "2031-01-31"})
    assert made.status == 201
    path = f"/facts/{made.body['id']}"
    assert manager.get(path).body == made.body
    assert (made.body["amount"], made.body["valid_until"]) == ("1500.50", "2031-01-31")
    assert manager.patch(path, {"text_es": "Hay cochera techada."}).body["text_en"] == "There is parking."

    assert manager.call("DELETE", path).status == 204
    today = hotel.tenant.business_day()
    hotel.tenant.refresh_from_db()
    assert current_facts(hotel.tenant, today) == []
    assert Fact._base_manager.filter(pk=made.body["id"], is_active=False).exists()
    assert manager.get("/facts?topic=parking").body["results"][0]["is_active"] is False
    assert manager.get("/facts?topic=pool").body["results"] == []


def test_what_a_program_writes_is_in_the_history(hotel: Hotel, manager: Program, operator: Program) -> None:
    made = manager.post("/facts", FACT)
    path = f"/facts/{made.body['id']}"
    assert manager.patch(path, {"text_es": "Hay cochera techada."}).status == 200
    assert manager.patch(path, {"text_es": "Hay cochera techada."}).status == 200
    assert manager.patch(path, {"topic": "no spaces"}).status == 400
    assert manager.call("DELETE", path).status == 204
    added, changed, off = HistoryEntry._base_manager.filter(model="tenants.fact").order_by("pk")
    assert {(one.by_name, one.reason, one.tenant_id) for one in (added, changed, off)} == {
        (Membership.objects.get(tenant=hotel.tenant).user.get_username(), "API", hotel.tenant.pk)
    }
    assert [one.action for one in (added, changed, off)] == ["added", "changed", "changed"]
    assert {"field": "text_es", "before": None, "after": "Hay cochera."} in added.changes
    assert changed.changes == [{"field": "text_es", "before": "Hay cochera.", "after": "Hay cochera techada."}]
    assert off.changes == [{"field": "is_active", "before": True, "after": False}]
    assert operator.post("/tenants", NEW).status == 201
    assert HistoryEntry._base_manager.get(model="tenants.tenant").reason == "API"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"topic": "no spaces"}, "topic"),
        ({"text_es": " "}, "text_es"),
        ({"amount": "1500"}, "currency"),
        ({"amount": "-1"}, ""),
        ({"amount": "1.005", "currency": "ARS"}, "amount"),
        ({"valid_from": "2031-02-01", "valid_until": "2031-01-31"}, "valid_until"),
        ({"valid_from": "01/02/2031"}, "valid_from"),
        ({"valid_from": "2031-W05"}, "valid_from"),
        ({"valid_from": "20310201"}, "valid_from"),
        ({"valid_from": 20310201}, "valid_from"),
        ({"kind": "rumour"}, "kind"),
        ({"tenant": 1}, "tenant"),
        ({"id": 1}, "id"),
    ],
)
def test_a_fact_that_cannot_be_is_refused_by_field(manager: Program, change: dict[str, Any], field: str) -> None:
    answer = manager.post("/facts", {**FACT, **change})
    assert (answer.status, answer.error["code"]) == (400, "invalid")
    assert not field or field in answer.error["fields"]
    assert not Fact._base_manager.exists()


def test_roles_decide_who_writes(hotel: Hotel, as_role: Callable[[str], Program]) -> None:
    for role, status in ((Role.OWNER, 201), (Role.MANAGER, 201), (Role.RECEPTION, 403), (Role.READ_ONLY, 403)):
        program = as_role(role)
        assert program.post("/facts", FACT).status == status
        assert program.get("/facts").status == 200
        assert program.post("/tenants/refresh").status == (200 if status == 201 else 403)


def test_a_fact_of_another_hotel_is_not_there(hotel: Hotel, manager: Program) -> None:
    other = HotelFactory.create()
    theirs = Fact._base_manager.create(tenant=other, topic="pool", text_es="Hay pileta.")
    for method, body in (("GET", None), ("PATCH", {"text_es": "No hay."}), ("DELETE", {})):
        assert manager.call(method, f"/facts/{theirs.pk}", body).status == 404
    assert manager.get("/facts").body["results"] == []
    theirs.refresh_from_db()
    assert (theirs.text_es, theirs.is_active) == ("Hay pileta.", True)


def test_pages_stay_true_while_rows_are_added(hotel: Hotel, manager: Program) -> None:
    with tenant_scope(hotel.tenant):
        for number in range(5):
            Fact.objects.create(tenant=hotel.tenant, topic=f"t{number}", text_es="x")
    first = manager.get("/facts?limit=2").body
    Fact._base_manager.create(tenant=hotel.tenant, topic="new", text_es="x")
    second = manager.get(first["next"].partition("/api/v1")[2]).body
    assert [one["topic"] for one in first["results"] + second["results"]] == ["t4", "t3", "t2", "t1"]
    assert len(manager.get("/facts?limit=1000").body["results"]) == 6


# --- every process ---------------------------------------------------------------------------------------------------

READER = """
import sys, time
import django; django.setup()
from tenants import selectors
selectors.CONFIGURATION_TTL_S = 600.0
tenant = selectors.tenant_by_id(int(sys.argv[1])).name
print(tenant, flush=True)
begun = time.monotonic()
while (name := selectors.tenant_by_id(int(sys.argv[1])).name) == tenant and time.monotonic() - begun < 20:
    time.sleep(0.02)
print(name, flush=True)
"""


@pytest.mark.django_db(transaction=True)
def test_a_refresh_reaches_other_processes(hotel: Hotel, manager: Program) -> None:
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "hotel_agent.settings.test"}
    settings = connection.settings_dict
    env["DATABASE_URL"] = os.environ["DATABASE_URL"].rsplit("/", 1)[0] + "/" + str(settings["NAME"])
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(hotel.tenant.pk)], cwd=PROJECT, env=env, stdout=subprocess.PIPE, text=True
    )
    try:
        assert reader.stdout is not None
        assert reader.stdout.readline().strip() == hotel.tenant.name
        Tenant.objects.filter(pk=hotel.tenant.pk).update(name="Hotel Nuevo")
        time.sleep(1)  # it looks twice in this time, and keeps what it has
        assert reader.poll() is None
        assert manager.post("/tenants/refresh").body["generation"] >= 1
        assert reader.stdout.readline().strip() == "Hotel Nuevo"
    finally:
        reader.terminate()
        reader.wait(10)


def test_without_redis_a_refresh_says_that_others_wait(manager: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    from tenants import selectors

    def down(*args: Any, **kwargs: Any) -> Any:
        raise ConnectionError("refused")

    monkeypatch.setattr(selectors.caches["limits"], "incr", down)
    assert manager.post("/tenants/refresh").body == {"generation": None}


def test_a_hotels_day_is_its_own(operator: Program) -> None:
    operator.post("/tenants", NEW)
    shown = operator.get("/tenants/hotel-del-mar").body["business_day"]
    assert dt.date.fromisoformat(shown) == Tenant.objects.get().business_day()


def test_people_of_no_hotel_have_an_empty_list(db: None) -> None:
    assert program_of(person()).get("/tenants").body["results"] == []
