"""The desk's check of a guest's QR code: genuine or not, and the stay it stands for."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext

from hotel_agent.common.money import written
from reservations.services import deposits, stay_page
from tenants.back_office.access import hotels_of
from tenants.back_office.pages import rendered
from tenants.scoping import every_tenant, tenant_scope

LONGEST = 600


def desk_check(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Look a scanned code up among the person's own hotels. A forged, altered or foreign code shows nothing."""
    given = request.GET.get("code", "")
    code = scanned(given)
    stay = stay_page.read_desk_code(code, tenants=list(hotels_of(request))) if code else None
    shown: dict[str, Any] = {**context, "title": gettext("Check a guest's code"), "asked": bool(given), "stay": stay}
    if stay is not None:
        with tenant_scope(stay.tenant):
            payment = deposits.paid(stay)
        if payment is not None:
            shown |= {"paid": written(payment.price, "es"), "rest": written(stay.price - payment.price, "es")}
        shown["total"] = written(stay.price, "es")
    with every_tenant():  # the sidebar counts over the person's hotels
        return rendered(TemplateResponse(request, "admin/reservations/desk.html", shown))


def scanned(text: str) -> str:
    """The code itself, whether the scanner gave it or the whole address it is in."""
    text = text.strip()[:LONGEST]
    if "://" not in text:
        return text
    try:
        return parse_qs(urlsplit(text).query).get("code", [""])[0]
    except ValueError:
        return ""
