"""What every request meets, in order: an id, a gate for sizes, headers, a line in the log and a count."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from prometheus_client import REGISTRY
from pytest_django import Settings

from hotel_agent import middleware
from hotel_agent.middleware import MIB
from hotel_agent.settings import development
from tenants.selectors import forget_configuration
from tenants.services import connect_webchat
from tests.factories.reservations import HotelFactory

MIDDLEWARE = [name.rpartition(".")[2] for name in settings.MIDDLEWARE]
ORIGIN = "https://desk.hotel.example"
SITE = "https://www.hotel.example"


def count(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_the_order_is_the_contracts() -> None:
    order = [
        "CorrelationIdMiddleware", "RequestSizeMiddleware", "SecurityMiddleware", "SecurityHeadersMiddleware",
        "XFrameOptionsMiddleware", "RequestLogMiddleware", "PrometheusBeforeMiddleware",
    ]  # fmt: skip
    assert MIDDLEWARE[: len(order)] == order


def test_every_answer_has_an_id_and_a_refusal_is_logged_with_it(caplog: pytest.LogCaptureFixture) -> None:
    before = count("http_requests_refused_total", reason="body_too_large")
    response = Client().generic("POST", "/webchat/x/", b"x" * (MIB + 1), headers={"X-Correlation-ID": "caller-0001"})
    assert (response.status_code, response["X-Correlation-ID"], response["Connection"]) == (413, "caller-0001", "close")
    (told,) = [r for r in caplog.records if isinstance(r.msg, dict) and r.msg["event"] == "body_too_large"]
    assert isinstance(told.msg, dict)
    assert (told.levelname, told.msg["correlation_id"], told.msg["limit"]) == ("WARNING", "caller-0001", MIB)
    assert count("http_requests_refused_total", reason="body_too_large") == before + 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "limit"),
    [("/webhooks/whatsapp", 4 * MIB), ("/api/v1/media", 10 * MIB), ("/admin/login/", 10 * MIB),
     ("/api/v1/facts", MIB), ("/webhooks/gmail", MIB), ("/webhooks/stripe", MIB), ("/nowhere", MIB)],
)  # fmt: skip
def test_each_path_has_its_size(path: str, limit: int) -> None:
    over = Client().generic("POST", path, b"x" * (limit + 1), content_type="application/json")
    assert over.status_code == 413
    # A length that lies is refused by its word, before a byte of the body is read.
    lying = Client().generic("POST", path, b"x", content_type="application/json", CONTENT_LENGTH=str(limit + 1))
    assert lying.status_code == 413
    assert Client().generic("POST", path, b"x" * limit, content_type="application/json").status_code != 413


@pytest.mark.parametrize("length", ["", "-1", "1.5", "0x10", "١٢", "ten"])
def test_a_length_is_a_number_or_there_is_none(length: str) -> None:
    response = Client().generic("POST", "/webhooks/whatsapp", b"x", CONTENT_LENGTH=length)
    assert response.status_code == 411


@pytest.mark.parametrize("length", ["-1", "1.5", "ten", "²", "١٢"])
def test_a_length_nobody_needs_fails_nothing(length: str) -> None:
    assert Client().generic("GET", "/health/live", CONTENT_LENGTH=length).status_code == 200


# --- people and machines ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "met"),
    [
        ("/webhooks/whatsapp", ["cors"]),
        ("/api/v1/facts", ["cors", "session"]),
        ("/admin/", ["cors", "session", "messages"]),
    ],
)
def test_what_is_for_people_is_passed_by_in_one_step(path: str, met: list[str]) -> None:
    """The first layer that leaves a request alone speaks for those below it."""
    called: list[str] = []

    def noting(name: str, layer: type[Any]) -> Callable[[Any], Any]:
        def called_with(self: Any, request: HttpRequest) -> Any:
            called.append(name)
            return layer.__call__(self, request)

        return type(name, (layer,), {"__call__": called_with})

    handler: Any = convert_exception_to_response(lambda request: HttpResponse())
    for name, layer in (
        ("messages", middleware.MessageMiddleware), ("session", middleware.SessionMiddleware),
        ("cors", middleware.CorsMiddleware),
    ):  # fmt: skip
        handler = convert_exception_to_response(noting(name, layer)(handler))
    assert handler(RequestFactory().post(path)).status_code == 200
    assert called == met


@pytest.mark.django_db
def test_a_form_of_another_site_is_refused_and_a_provider_needs_no_token() -> None:
    stranger = Client(enforce_csrf_checks=True)
    assert stranger.post("/admin/login/", {"username": "a", "password": "b"}).status_code == 403
    assert stranger.post("/webhooks/whatsapp", b"{}", content_type="application/json").status_code == 401
    assert stranger.post("/webhooks/stripe", b"{}", content_type="application/json").status_code == 401
    assert stranger.post("/api/v1/auth/token", b"{}", content_type="application/json").status_code == 400


# --- headers ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_nothing_outside_the_back_office_may_run_inline_code() -> None:
    connect_webchat(HotelFactory.create(), key="wtest-csp-0001")
    for path in (
        "/health/live", "/api/schema", "/api/docs", "/api/v1/facts", "/nowhere", "/webchat/wtest-csp-0001/",
        "/webchat/embed.js", "/webhooks/whatsapp", "/stay/" + "x" * 32, "/pay/" + "x" * 32,
    ):  # fmt: skip
        response = Client().get(path)
        policy = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";") if part)
        scripts = policy.get("script-src", policy["default-src"])
        assert "unsafe" not in scripts, (path, scripts)
        assert "*" not in scripts, (path, scripts)
        assert policy["base-uri"] == "'none'", path
        assert response["X-Content-Type-Options"] == "nosniff", path
    admin = Client().get("/admin/login/")["Content-Security-Policy"]
    assert "'unsafe-eval'" in admin
    assert "frame-ancestors 'none'" in admin


# --- other sites -----------------------------------------------------------------------------------------------------


def preflight(path: str, origin: str, method: str = "POST") -> Any:
    return Client().options(
        path, headers={"Origin": origin, "Access-Control-Request-Method": method,
                       "Access-Control-Request-Headers": "authorization,x-tenant,idempotency-key"},
    )  # fmt: skip


def test_exact_origins_may_call_the_api_with_credentials(settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = [ORIGIN]
    answer = preflight("/api/v1/reservations", ORIGIN, "PATCH")
    assert answer["Access-Control-Allow-Origin"] == ORIGIN
    assert answer["Access-Control-Allow-Credentials"] == "true"
    assert answer["Access-Control-Max-Age"] == "600"
    assert "PATCH" in answer["Access-Control-Allow-Methods"]
    assert {"authorization", "x-tenant", "idempotency-key"} <= set(answer["Access-Control-Allow-Headers"].split(", "))
    for origin in (
        "https://evil.example", ORIGIN + ".evil.example", "http://desk.hotel.example", ORIGIN + ":8443", "null", "*",
        "https://desk.hotel.example.", "x", "https://[", "http://localhost:3000",
    ):  # fmt: skip
        refused = preflight("/api/v1/reservations", origin)
        assert "Access-Control-Allow-Origin" not in refused, origin
    assert "Access-Control-Allow-Origin" not in preflight("/webhooks/whatsapp", ORIGIN)
    assert "Access-Control-Allow-Origin" not in preflight("/admin/", ORIGIN)


@pytest.mark.django_db
def test_a_widgets_sites_may_call_the_widget_only_and_without_credentials(settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = [ORIGIN]
    connect_webchat(HotelFactory.create(), key="wtest-cors-001", allowed_origins=[SITE])
    forget_configuration()
    for origin in (SITE, ORIGIN):
        answer = preflight("/api/v1/webchat/wtest-cors-001/messages", origin)
        assert answer["Access-Control-Allow-Origin"] == origin
        assert "Access-Control-Allow-Credentials" not in answer
    assert "Access-Control-Allow-Origin" not in preflight("/api/v1/facts", SITE)
    assert "Access-Control-Allow-Origin" not in preflight("/api/v1/webchat/wother-widget/messages", SITE)


def test_in_development_pages_of_this_machine_may(settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGIN_REGEXES = development.CORS_ALLOWED_ORIGIN_REGEXES
    for origin in ("http://localhost:3000", "http://127.0.0.1:5173", "http://localhost"):
        assert preflight("/api/v1/facts", origin)["Access-Control-Allow-Origin"] == origin
    for origin in ("http://localhost.evil.example", "https://localhost:3000", "http://127.0.0.1.evil.example:80"):
        assert "Access-Control-Allow-Origin" not in preflight("/api/v1/facts", origin)


def test_no_environment_but_development_opens_itself_to_this_machine() -> None:
    folder = Path(development.__file__).parent
    for name in ("base.py", "production.py", "test.py"):
        assert "CORS_ALLOWED_ORIGIN_REGEXES" not in (folder / name).read_text()
        assert "CORS_ALLOW_ALL_ORIGINS" not in (folder / name).read_text()
