"""The page and the embed script as they are served: strict policies, exact origins, three languages, few bytes."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

import conversations
from conversations.wording import webchat_page
from tenants.models import ChannelAccount, Tenant
from tenants.models.accounts import validate_origins
from tenants.selectors import forget_configuration
from tests.conversations.webchat.visitors import KEY, api

ROOT = Path(conversations.__file__).parent
STATIC = ROOT / "static" / "webchat"
TEXTS = tomllib.loads((ROOT / "wording" / "webchat_page.toml").read_text(encoding="utf-8"))


def page(path: str = f"/webchat/{KEY}/", **headers: str) -> Any:
    return Client().get(path, headers=headers)


def directives(answer: Any) -> dict[str, list[str]]:
    parts = [part.split() for part in answer.headers["Content-Security-Policy"].split(";")]
    return {part[0]: part[1:] for part in parts}


def test_the_page_runs_nothing_but_its_own_script(widget: ChannelAccount) -> None:
    answer = page()
    assert answer.status_code == 200
    policy = directives(answer)
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == ["'self'"]
    assert policy["base-uri"] == policy["form-action"] == ["'none'"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    html = answer.content.decode()
    assert not re.search(r"\son\w+=|style=|<style|javascript:", html)
    inline = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", html)
    assert all('type="application/json"' in attributes for attributes in inline)
    assert answer.cookies == {}


def test_only_the_hotels_sites_may_frame_the_page(widget: ChannelAccount) -> None:
    answer = page()
    assert directives(answer)["frame-ancestors"] == ["'self'", "https://www.hotel.example"]
    assert "X-Frame-Options" not in answer.headers
    ChannelAccount._base_manager.update(allowed_origins=[])
    forget_configuration()
    assert directives(page())["frame-ancestors"] == ["'self'"]


@pytest.mark.parametrize("key", ["nobody-here", "x" * 65, "a b", "..%2f..", "terminal-hotel"])
def test_a_key_of_nobody_is_a_404(widget: ChannelAccount, key: str) -> None:
    assert page(f"/webchat/{key}/").status_code == 404


def test_a_name_cannot_break_out_of_the_page(widget: ChannelAccount) -> None:
    Tenant.objects.update(name='<script>alert(1)</script>"&', privacy_url='https://x.example/"><b>')
    forget_configuration()
    html = page().content.decode()
    assert "<script>alert" not in html
    assert '"><b>' not in html
    config = re.search(r'<script id="config" type="application/json">(.*?)</script>', html, re.DOTALL)
    assert config is not None
    assert json.loads(config[1])["key"] == KEY


@pytest.mark.parametrize(
    ("query", "accept", "language"),
    [
        ("?lang=pt", "en", "pt"),
        ("?lang=EN-us", "es", "en"),
        ("?lang=fr", "pt-BR,pt;q=0.9", "pt"),
        ("", "de,fr;q=0.8", "es"),
        ("", "", "es"),
    ],
)
def test_the_page_speaks_the_visitors_language(widget: ChannelAccount, query: str, accept: str, language: str) -> None:
    answer = page(f"/webchat/{KEY}/{query}", **({"Accept-Language": accept} if accept else {}))
    assert f'<html lang="{language}">' in answer.content.decode()
    assert webchat_page.page_words(language)["placeholder"] in answer.content.decode()


def test_every_text_exists_in_every_language() -> None:
    for name, texts in TEXTS.items():
        assert set(texts) >= {"es", "en", "pt"}, name
        assert set(texts) <= {"es", "en", "pt", "pt-PT"}, name
        assert all(text.strip() for text in texts.values()), name


def test_every_text_is_used_and_every_used_text_exists() -> None:
    used = set(re.findall(r"words\.(\w+)", (STATIC / "page.js").read_text(encoding="utf-8")))
    template = ROOT.parent / "templates" / "webchat" / "page.html"
    used |= set(re.findall(r"words\.(\w+)", template.read_text(encoding="utf-8")))
    assert used == set(TEXTS)


def test_the_scripts_are_small_and_safe() -> None:
    sources = {path.name: path.read_text(encoding="utf-8") for path in STATIC.glob("*.js")}
    assert sum(len(source.encode()) for source in sources.values()) <= 30_000
    assert "innerHTML" not in sources["page.js"]
    for source in sources.values():
        assert not re.search(r"\beval\(|new Function|document\.write|insertAdjacentHTML", source)


def test_the_embed_script_is_the_same_for_all_and_cached(db: None) -> None:
    answer = Client().get("/webchat/embed.js")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert "public" in answer.headers["Cache-Control"]
    again = Client().get("/webchat/embed.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://www.hotel.example", True),
        ("https://hotel.example", False),
        ("http://www.hotel.example", False),
        ("https://www.hotel.example.evil.example", False),
        ("null", False),
    ],
)
def test_the_api_answers_exact_origins_without_credentials(widget: ChannelAccount, origin: str, allowed: bool) -> None:
    answer = api("session", body={}, Origin=origin)
    assert answer.headers.get("Access-Control-Allow-Origin") == (origin if allowed else None)
    assert "Access-Control-Allow-Credentials" not in answer.headers
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    preflight = Client().options(f"/api/v1/webchat/{KEY}/messages", headers=asked)
    assert preflight.headers.get("Access-Control-Allow-Origin") == (origin if allowed else None)
    assert Client().get("/health/live", headers={"Origin": origin}).headers.get("Access-Control-Allow-Origin") is None


NO_ORIGINS: list[Any] = [
    "https://a.example", ["*"], ["a.example"], ["https://a.example/x"], [7], ["https://*.a.example"],
    ["https://a;script-src"],
]  # fmt: skip


@pytest.mark.parametrize("origins", NO_ORIGINS)
def test_a_site_is_an_exact_origin(origins: Any) -> None:
    with pytest.raises(ValidationError):
        validate_origins(origins)
