"""`/pictures/<id>.jpg`: pictures hotels show guests, for anybody who has the address, kept by caches for a year."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import condition, require_safe

from hotel_agent.common import limits
from tenants import pictures
from tenants.models import Picture

RATE = "600/m"
"""Per address: a hotel's lobby, or a phone company's many guests, behind one; each page shows a few, and keeps them."""
A_YEAR_S = 365 * 24 * 3600


@require_safe
def picture(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The bytes, or 304. The address names no hotel and cannot be guessed; pictures of hotels that left are 404."""
    verdict = limits.check("picture", limits.client_address(request), RATE)
    if not verdict.allowed:
        return limits.too_many(verdict)
    return _kept(request, public_id)


def _tag(request: HttpRequest, public_id: uuid.UUID) -> str | None:
    """The digest; a cache that has it is answered without reading the picture."""
    found = _shown(public_id).values_list("digest", flat=True).first()
    return f'"{found[:32]}"' if found else None


@condition(etag_func=_tag)
def _kept(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    content = _shown(public_id).values_list("content", flat=True).first()
    if content is None:
        raise Http404
    response = HttpResponse(bytes(content), content_type=pictures.CONTENT_TYPE)
    response["Cache-Control"] = f"public, max-age={A_YEAR_S}, immutable"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _shown(public_id: uuid.UUID) -> QuerySet[Picture]:
    """The row behind an address, of whichever hotel: what is asked for is public, and nothing else can be reached."""
    return Picture._base_manager.filter(public_id=public_id, tenant__is_active=True)
