"""Pages a guest opens from the chat: paying a deposit, and a stay. Whoever has the address was given it.

Nothing here is cached, framed, indexed or sent on as a referrer, and no script runs. Tries are limited per address.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from babel.dates import format_date, format_datetime, format_time
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_GET, require_POST

from hotel_agent.common import clock, limits
from hotel_agent.common.money import Money, written
from reservations import selectors
from reservations.models import Payment, Reservation
from reservations.services import calendar_file, demo_payments, deposits, payments, stay_page
from reservations.services.qr import qr_svg
from tenants.models import Tenant
from tenants.scoping import tenant_scope

OPEN_RATE = "60/m"
UNKNOWN_RATE = "20/m"
"""An address that asks for pages that do not exist is guessing."""
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
UNTIL = {"es": "'el' EEEE d 'de' MMMM, HH:mm", "en": "EEEE d MMMM, HH:mm", "pt": "EEEE d 'de' MMMM, HH:mm"}
LOCALES = {"es": "es_AR", "en": "en_GB", "pt": "pt_BR"}


# -- paying -----------------------------------------------------------------------------------------------------------


@require_GET
def pay(request: HttpRequest, token: str) -> HttpResponse:
    """`/pay/<token>`: what is to be paid, until when, and where; later, what became of it."""
    if (refusal := _too_many(request)) is not None:
        return refusal
    payment = _payment(token)
    if payment is None:
        return _unknown(request)
    with tenant_scope(payment.tenant), translation.override(payment.reservation.language):
        if "back" in request.GET and payment.status == Payment.Status.OPEN:
            payments.wake(payment)  # the guest comes back from the provider: somebody looks now
        return _page(request, "guest/pay.html", _pay_context(request, payment))


@require_POST
def pay_demo(request: HttpRequest, token: str) -> HttpResponse:
    """The button of the demo's page. Answers 404 for any other provider."""
    if (refusal := _too_many(request)) is not None:
        return refusal
    payment = _payment(token)
    if payment is None or payment.account is None or payment.account.kind != "demo":
        return _unknown(request)
    with tenant_scope(payment.tenant):
        if request.POST.get("answer") == "pay":
            demo_payments.pay(tenant=payment.tenant, checkout_id=payment.checkout_id)
            payments.wake(payment)
        else:
            payments.give_up(payment=payment)
    return _sealed(HttpResponseRedirect(f"/pay/{token}?back=1", status=303))


def _payment(token: str) -> Payment | None:
    # The token decides the hotel.
    rows = Payment._base_manager.select_related("tenant", "account", "reservation__room_type", "reservation__tenant")
    return rows.filter(token=token).first()


def _pay_context(request: HttpRequest, payment: Payment) -> dict[str, Any]:
    reservation, tenant = payment.reservation, payment.tenant
    language = reservation.language
    view = _pay_view(payment, returning="back" in request.GET)
    return {
        **_stay_context(reservation, tenant),
        "view": view,
        "amount": _said(payment.price, language),
        "rest": _rest(reservation.price, payment.price, language),
        "until": _moment(payment.link_expires_at, tenant, language),
        "checkout_url": payment.checkout_url,
        "is_demo": payment.account is not None and payment.account.kind == "demo",
        "token": payment.token,
        "refresh": 4 if view in {"preparing", "checking", "booking"} else 0,
        "stay_url": f"/stay/{reservation.page_token}" if view == "booked" else "",
    }


def _pay_view(payment: Payment, *, returning: bool) -> str:
    """Which of the page's faces a guest sees."""
    status, stay = payment.status, payment.reservation.state
    if status == Payment.Status.REQUESTED:
        return "preparing"
    if status == Payment.Status.OPEN:
        if clock.now() >= payment.link_expires_at or payment.given_up_at is not None:
            return "over"
        return "checking" if returning else "open"
    if status in {Payment.Status.EXPIRED, Payment.Status.FAILED}:
        return "over"
    if status == Payment.Status.LATE:
        return "late"
    if stay in {Reservation.State.PENDING, Reservation.State.UNKNOWN}:
        return "booking"
    if payment.refunds.exists():
        return "refunded"
    return "booked" if stay in stay_page.SHOWN else "booking"


def _rest(total: Money, paid: Money, language: str) -> str:
    rest = total - paid
    return _said(rest, language) if rest.amount > 0 else ""


# -- a stay -----------------------------------------------------------------------------------------------------------


@require_GET
def stay(request: HttpRequest, token: str) -> HttpResponse:
    """`/stay/<token>`: the stay as its guest needs it on the way and at the desk."""
    if (refusal := _too_many(request)) is not None:
        return refusal
    reservation = _stay(token)
    if reservation is None:
        return _unknown(request)
    tenant, language = reservation.tenant, reservation.language
    with tenant_scope(tenant), translation.override(language):
        payment = deposits.paid(reservation)
        paid = payment.price if payment is not None else None
        terms = reservation.cancellation_terms
        context = {
            **_stay_context(reservation, tenant),
            "is_cancelled": reservation.state == Reservation.State.CANCELLED,
            "paid": _said(paid, language) if paid else "",
            "rest": _rest(reservation.price, paid, language) if paid else "",
            "breakfast": reservation.option.breakfast_included,
            "taxes": reservation.option.taxes_included,
            "free_until": _moment(terms.free_until, tenant, language) if terms.free_until else "",
            "is_free": terms.free_until is not None and terms.free_until > clock.now(),
            "fee": _said(terms.fee_after, language),
            "fee_now": _said(terms.fee_at(clock.now()), language),
            "qr": qr_svg(stay_page.desk_url(reservation)),
            "map_url": _map_url(tenant),
            "token": token,
        }
        return _page(request, "guest/stay.html", context)


@require_GET
def stay_calendar(request: HttpRequest, token: str) -> HttpResponse:
    """`/stay/<token>/stay.ics`: the stay for the guest's calendar."""
    if (refusal := _too_many(request)) is not None:
        return refusal
    reservation = _stay(token)
    if reservation is None:
        return _unknown(request)
    with tenant_scope(reservation.tenant), translation.override(reservation.language):
        body = calendar_file.of_stay(reservation)
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{reservation.code}.ics"'
    return _sealed(response)


def _stay(token: str) -> Reservation | None:
    # The token decides the hotel.
    rows = Reservation._base_manager.select_related("tenant", "room_type", "rate_plan", "option")
    found = rows.filter(page_token=token).first()
    return found if found is not None and stay_page.is_shown(found) else None


def _stay_context(reservation: Reservation, tenant: Tenant) -> dict[str, Any]:
    """What both pages say of a stay. In the guest's language."""
    language = reservation.language
    return {
        "language": language,
        "hotel": tenant,
        "code": reservation.code,
        "guest_name": reservation.guest_name,
        "room": selectors.rooms_named(tenant, reservation.stay, reservation.room_type, language),
        "rooms": 1 if reservation.stay.is_mixed else reservation.rooms,  # the names say how many
        "parties": [(int(party["adults"]), list(party["children_ages"])) for party in reservation.parties],
        "nights": reservation.nights,
        "check_in": _day(reservation.check_in, language),
        "check_out": _day(reservation.check_out, language),
        "check_in_from": _clock(tenant.check_in_from, language),
        "check_out_until": _clock(tenant.check_out_until, language),
        "total": _said(reservation.price, language),
    }


def _said(money: Money, language: str) -> str:
    """An amount that a narrow screen does not tear apart."""
    return written(money, language).replace(" ", "\N{NO-BREAK SPACE}")


def _day(day: dt.date, language: str) -> str:
    return str(format_date(day, "full", locale=LOCALES[language]))


def _clock(time: dt.time, language: str) -> str:
    return str(format_time(time, "HH:mm", locale=LOCALES[language]))


def _moment(at: dt.datetime, tenant: Tenant, language: str) -> str:
    """An instant on the hotel's wall clock, to follow "until": the time when it is today, else day and time."""
    local, today = tenant.local(at), tenant.local(clock.now()).date()
    if local.date() == today:
        return ("las " if language == "es" else "") + _clock(local.time(), language)
    return str(format_datetime(local, UNTIL[language], tzinfo=tenant.zone, locale=LOCALES[language]))


def _map_url(tenant: Tenant) -> str:
    if tenant.latitude is None or tenant.longitude is None:
        return ""
    return f"https://www.google.com/maps/search/?api=1&query={tenant.latitude},{tenant.longitude}"


# -- what every page does ---------------------------------------------------------------------------------------------


def _too_many(request: HttpRequest) -> HttpResponse | None:
    limit = limits.check("guest-page", limits.client_address(request), OPEN_RATE)
    return None if limit.allowed else _sealed(limits.too_many(limit))


def _unknown(request: HttpRequest) -> HttpResponse:
    """No such page, or one that has ended: the same answer for both."""
    limit = limits.check("guest-page-unknown", limits.client_address(request), UNKNOWN_RATE)
    if not limit.allowed:
        return _sealed(limits.too_many(limit))
    language = translation.get_language_from_request(request)
    with translation.override(language):
        return _page(request, "guest/gone.html", {"language": language[:2]}, status=404)


def _page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return _sealed(render(request, template, context, status=status))


def _sealed(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store, private"
    response["Content-Security-Policy"] = POLICY
    # Not "no-referrer": a browser then hides the origin of our own forms too, which the CSRF check needs.
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
