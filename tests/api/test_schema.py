"""The committed schema is what the code says, complete, and its pages need nobody else's server."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver
from django.utils import translation
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer
from drf_spectacular.validation import validate_schema

COMMITTED = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"


@pytest.fixture(scope="module")
def schema() -> Any:
    GENERATOR_STATS.reset()
    with translation.override("en"):
        made = SchemaGenerator().get_schema(request=None, public=True)
    assert not GENERATOR_STATS, "the generator warned: run manage.py spectacular --fail-on-warn"
    validate_schema(made)
    return made


def test_the_committed_schema_is_the_codes(schema: Any) -> None:
    made = OpenApiYamlRenderer().render(schema, renderer_context={}).decode()
    assert COMMITTED.read_text(encoding="utf-8") == made, "run `make schema` and commit docs/openapi.yaml"


def test_every_api_address_is_in_it(schema: Any) -> None:
    def addresses(patterns: list[Any], before: str = "") -> list[str]:
        found = []
        for pattern in patterns:
            path = before + str(pattern.pattern).lstrip("^")
            if isinstance(pattern, URLResolver):
                found += addresses(pattern.url_patterns, path)
            elif isinstance(pattern, URLPattern):
                found.append(path)
        return found

    def plain(path: str) -> str:
        return re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"{\1}", path).removesuffix("/?$")

    ours = {"/" + plain(path) for path in addresses(get_resolver().url_patterns) if path.startswith("api/v1/")}
    assert ours == {path for path in schema["paths"] if path.startswith("/api/v1/")}


def test_every_operation_says_how_it_refuses(schema: Any) -> None:
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            if path.startswith("/webhooks/"):
                continue
            assert operation["responses"]["default"]["content"], (method, path)
            assert operation["description"], (method, path)


def test_the_schemas_the_contract_names_are_strict_in_it(schema: Any) -> None:
    parts = schema["components"]["schemas"]
    for name in ("ReservationCreateRequest", "QuoteCreateRequest", "TenantCreateRequest", "GuestInRequest"):
        assert parts[name]["additionalProperties"] is False, name
    assert "additionalProperties" not in parts["GmailPushRequest"]  # Google may add to it
    verification = {one["name"]: one for one in schema["paths"]["/webhooks/whatsapp"]["get"]["parameters"]}
    assert set(verification) == {"hub.mode", "hub.verify_token", "hub.challenge"}
    query = {one["name"] for one in schema["paths"]["/api/v1/availability"]["get"]["parameters"]}
    assert query == {"check_in", "check_out", "adults", "children_ages", "X-Tenant"}


def test_it_is_served_and_its_page_needs_no_other_server() -> None:
    served = Client().get("/api/schema")
    assert served.status_code == 200
    assert yaml.safe_load(served.content)["info"]["title"] == "Hotel Agent API"
    page = Client().get("/api/docs")
    html = page.content.decode()
    assert page.status_code == 200
    assert not re.findall(r"""(?:src|href)=["'](?!/)""", html)
    assert "script-src 'self';" in page["Content-Security-Policy"]
    assert "<script>" not in html
    for address in re.findall(r"""(?:src|href)=["'](/static/[^"']+)""", html):
        assert Client().get(address).status_code == 200, address
    script = Client().get("/api/docs?script=")
    assert "javascript" in script["Content-Type"]
    assert b"http://" not in script.content.replace(b"http://www.w3.org", b"")
