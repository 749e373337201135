"""Every refusal of the API has one form, whoever refuses: a view, the framework, a middleware, or a mistake of ours."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError
from django.http import Http404
from django.test import Client
from pytest_django import Settings

from hotel_agent.common.exceptions import BadInput, DependencyDown, HotelAgentError, Misconfigured
from tenants.models import Role
from tenants.views.facts import FactsView
from tests.api.conftest import Program, person, program_of
from tests.factories.reservations import Hotel, HotelFactory

FACT = {"topic": "parking", "text_es": "Hay cochera."}


def test_addresses_methods_and_types(manager: Program) -> None:
    for method, path, status, code in (
        ("GET", "/nothing-here", 404, "not_found"),
        ("GET", f"/quotes/{uuid.uuid4()}", 404, "not_found"),
        ("GET", f"/conversations/{uuid.uuid4()}", 404, "conversation_not_found"),
        ("PUT", "/facts", 405, "method_not_allowed"),
        ("DELETE", "/tenants", 405, "method_not_allowed"),
    ):
        answer = manager.call(method, path, {} if method != "GET" else None)
        assert (answer.status, answer.error["code"]) == (status, code), path
    answer = manager.post("/facts", b"topic=parking", content_type="application/x-www-form-urlencoded")
    assert (answer.status, answer.error["code"]) == (415, "unsupported_media_type")
    answer = manager.get("/facts", Accept="text/html")
    assert (answer.status, answer.error["code"]) == (406, "not_acceptable")


@pytest.mark.parametrize(
    "body",
    [b" ", b"{", b"null", b"[]", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000, b'{"amount": NaN}',
     b'{"amount": ' + b"9" * 5000 + b"}", b'{"topic": "\\ud800", "text_es": "x"}', b'{"topic":"\\u0000"}'],
)  # fmt: skip
def test_a_body_that_cannot_be_used_is_a_400(manager: Program, body: bytes) -> None:
    answer = manager.call("POST", "/facts", body)
    assert answer.status == 400
    assert answer.error["code"] in {"parse_error", "invalid"}


def test_sizes_and_framing(manager: Program, caplog: pytest.LogCaptureFixture) -> None:
    answer = manager.call("POST", "/facts", b"x" * (1024 * 1024 + 1))
    assert (answer.status, answer.error["code"]) == (413, "body_too_large")
    response = Client().generic("POST", "/api/v1/facts", b"{}", headers={"Transfer-Encoding": "chunked"})
    error = json.loads(response.content)["error"]
    assert (response.status_code, error["code"]) == (411, "length_required")
    warnings = [record.msg for record in caplog.records if record.levelname == "WARNING"]
    told = {entry["event"]: entry["correlation_id"] for entry in warnings if isinstance(entry, dict)}
    assert told["body_too_large"] == answer.headers["X-Correlation-ID"]
    assert told["length_required"] == error["correlation_id"]


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (Http404(), 404, "not_found"),
        (DependencyDown("pms.secret.example: refused", retry_after=7), 503, "dependency_down"),
        (Misconfigured("key sk_live_1"), 503, "misconfigured"),
        (BadInput("no"), 400, "bad_input"),
        (HotelAgentError("no"), 409, "error"),
        (ValidationError({"topic": "no"}), 400, "invalid"),
        (OperationalError("timeout"), 503, "database_unavailable"),
        (RuntimeError("password=hunter2"), 500, "server_error"),
    ],
)
def test_what_goes_wrong_inside_is_told_without_its_secrets(
    manager: Program, monkeypatch: pytest.MonkeyPatch, raised: Exception, status: int, code: str
) -> None:
    def broken(*args: Any, **kwargs: Any) -> Any:
        raise raised

    monkeypatch.setattr(FactsView, "list", broken)
    answer = manager.get("/facts")
    assert (answer.status, answer.error["code"]) == (status, code)
    assert ("Retry-After" in answer.headers) is (status == 503)
    assert not any(secret in json.dumps(answer.body) for secret in ("secret.example", "sk_live", "hunter2"))


def test_a_host_that_is_not_ours(settings: Settings, manager: Program) -> None:
    settings.ALLOWED_HOSTS = ["agent.example"]
    answer = manager.get("/facts", Host="evil.example")
    assert (answer.status, answer.error["code"]) == (400, "bad_request")


def test_a_callers_correlation_id_is_kept_and_a_strange_one_is_not(manager: Program) -> None:
    assert manager.get("/nothing", X_Correlation_ID="order-2026.11_28").error["correlation_id"] == "order-2026.11_28"
    for strange in ("short", "x" * 65, "a b c d e f g", "<script>alert</script>"):
        assert manager.get("/nothing", X_Correlation_ID=strange).error["correlation_id"] != strange


# --- limits ----------------------------------------------------------------------------------------------------------


def statuses(program: Program, times: int, method: str, path: str) -> list[int]:
    return [program.call(method, path, {} if method == "POST" else None).status for _ in range(times)]


def test_reading_writing_listing_and_refreshing_are_limited_apart(hotel: Hotel, manager: Program) -> None:
    assert statuses(manager, 61, "GET", "/facts") == [200] * 60 + [429]
    assert statuses(manager, 31, "POST", "/facts") == [400] * 30 + [429]
    assert statuses(manager, 61, "GET", "/tenants") == [200] * 60 + [429]
    assert statuses(manager, 31, "POST", "/tenants") == [403] * 30 + [429]
    assert statuses(manager, 31, "POST", "/tenants/refresh") == [200] * 30 + [429]
    over = manager.get("/facts")
    assert over.error["code"] == "too_many_requests"
    assert 1 <= int(over.headers["Retry-After"]) == over.error["retry_after"] <= 60
    assert program_of(person(hotel.tenant)).get("/facts").status == 200  # per person


def test_somebody_unknown_uses_up_nobodys_limit(hotel: Hotel, manager: Program) -> None:
    assert set(statuses(Program("x.y.z"), 61, "GET", "/facts")) == {401}
    assert manager.get("/facts").status == 200


# --- whose hotel -----------------------------------------------------------------------------------------------------


def test_the_hotel_of_a_call(hotel: Hotel) -> None:
    other, gone = HotelFactory.create(), HotelFactory.create(is_active=False)
    user = person(hotel.tenant)
    program = program_of(user)
    assert program.get("/facts").status == 200  # there is only one it can be

    def ask(slug: str) -> tuple[int, str]:
        answer = Program(program.token, slug).get("/facts")
        return answer.status, "" if answer.status == 200 else answer.error["code"]

    assert ask(hotel.tenant.slug) == (200, "")
    assert ask(other.slug) == ask(gone.slug) == ask("no-such-hotel") == ask("' OR 1=1") == (404, "tenant_not_found")
    user.memberships.create(tenant=other, role=Role.RECEPTION)
    assert ask("") == (400, "tenant_ambiguous")
    assert ask(other.slug) == (200, "")
    user.memberships.all().delete()
    assert ask("") == ask(hotel.tenant.slug) == (404, "tenant_not_found")


def test_an_operator_names_the_hotel_too(hotel: Hotel, operator: Program) -> None:
    assert operator.get("/facts").status == 200
    HotelFactory.create()
    assert operator.get("/facts").error["code"] == "tenant_ambiguous"
    operator.tenant = hotel.tenant.slug
    assert operator.get("/facts").status == 200
    assert operator.post("/facts", FACT).status == 201
