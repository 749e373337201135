"""The chat page and the script that puts it on a hotel's own site.

The page is the hotel's door to strangers: no cookie, no inline script or style, and only the sites the hotel named may
frame it.
"""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.cache import cache_control
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import condition, require_GET

from conversations.wording.webchat_page import LANGUAGES, page_words
from tenants.models import ChannelAccount, Tenant
from tenants.selectors import widget

EMBED = "webchat/embed.js"


@require_GET
@xframe_options_exempt
def page(request: HttpRequest, key: str) -> HttpResponse:
    """A widget's page; 404 when there is no such live widget. `?lang=` chooses the language."""
    account = widget(key)
    if account is None:
        raise Http404
    tenant = account.tenant
    language = _language(request, tenant)
    words = page_words(language, tenant.portuguese_variant if language == "pt" else "")
    config: dict[str, Any] = {
        "key": key,
        "api": f"/api/v1/webchat/{key}/",
        "stream": _stream(request, key),
        "language": language,
        "accent": account.accent,
        "origins": account.allowed_origins,
        "words": words,
    }
    context = {"hotel": tenant, "language": language, "words": words, "config": config, "accent": account.accent}
    response = render(request, "webchat/page.html", context)
    response["Content-Security-Policy"] = _policy(account)
    response["Cache-Control"] = "no-cache"
    return response


def _language(request: HttpRequest, tenant: Tenant) -> str:
    """What the link says, else the first of the browser's languages that the hotel speaks, else the hotel's own."""
    asked = request.GET.get("lang", "")[:2].lower()
    spoken = [language for language in tenant.languages if language in LANGUAGES]
    if asked in spoken:
        return asked
    accepted = parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    return next((tag[:2] for tag, _ in accepted if tag[:2] in spoken), tenant.default_language)


def _stream(request: HttpRequest, key: str) -> str:
    """Where new messages are pushed from; "" when nothing pushes and the page asks."""
    base = settings.WEBCHAT_STREAM_URL
    return f"{base.rstrip('/')}/api/v1/webchat/{key}/stream" if base else ""


def _policy(account: ChannelAccount) -> str:
    """No inline code, pictures from anywhere by HTTPS, frames only on the hotel's own sites."""
    sites = " ".join(account.allowed_origins)
    base = urlsplit(settings.WEBCHAT_STREAM_URL)
    stream = f" {base.scheme}://{base.netloc}" if base.netloc else ""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; "
        f"connect-src 'self'{stream}; base-uri 'none'; form-action 'none'; frame-ancestors 'self' {sites}"
    ).rstrip()


def _embed_file() -> str:
    found = finders.find(EMBED)
    return str(found) if found else staticfiles_storage.path(EMBED)


def _embed() -> bytes:
    with open(_embed_file(), "rb") as file:
        return file.read()


def _embed_tag(request: HttpRequest) -> str:
    return f'"{hashlib.sha256(_embed()).hexdigest()[:16]}"'


@require_GET
@cache_control(public=True, max_age=300)
@condition(etag_func=_embed_tag)
def embed(request: HttpRequest) -> HttpResponse:
    """The script a hotel puts on its site: the same bytes for all, so that caches may keep it for five minutes."""
    response = HttpResponse(_embed(), content_type="text/javascript; charset=utf-8")
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
