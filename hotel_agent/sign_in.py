"""Signing in to the back office: failed tries counted, a second factor, and sessions that end.

- Five failed tries of one name from one address in 15 minutes shut both out for 15 (django-axes, in PostgreSQL); sixty
  tries of any names from one address are met with 429.
- In production nobody passes without a second factor (django-otp: an authenticator app, or a recovery code), and sets
  one up at the first sign-in. Elsewhere it is asked of those who have one.
- A session ends eight hours after signing in, and after half an hour without a page that a person opened. The latter
  is kept in a signed cookie: it costs no statement, and a page that polls by itself does not count.
- Changing secrets or people, and forgetting a guest, needs the password again when it was last given ten minutes ago.
"""

from __future__ import annotations

import ipaddress
import time
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import logout
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from hotel_agent.common import limits

IDLE_MINUTES = 30
SESSION_HOURS = 8
CONFIRMED_MINUTES = 10
TRIES_FROM_ONE_ADDRESS = "60/15m"
LOCKED_OUT_S = 900
SEEN_EVERY_S = 60
SEEN_COOKIE = "ha_seen"
_SALT = "back-office.seen"
BEGAN, CONFIRMED, SECOND_FACTOR_DUE = "began", "confirmed", "second_factor_due"
OPEN_PAGES = frozenset({"login", "logout", "jsi18n", "second_factor"})
"""Pages of the site that come before the second factor."""


def began(request: HttpRequest, user: Any) -> None:
    """A person signed in: note when, and whether a second factor is still to come. In the sign-in's own session save.

    Called by Django's own notice of a sign-in, so that no way to sign in is without it.
    """
    from django_otp import user_has_device

    request.session[BEGAN] = request.session[CONFIRMED] = int(time.time())
    if settings.SECOND_FACTOR_REQUIRED or user_has_device(user):
        request.session[SECOND_FACTOR_DUE] = True


def stopped(request: HttpRequest, page: str) -> HttpResponse | None:
    """What a signed-in person's request gets instead of the page: the sign-in, or the second factor; None: the page."""
    if page in OPEN_PAGES and page != "second_factor":
        return None
    if is_over(request):
        logout(request)
        return HttpResponseRedirect(
            f"{reverse('admin:login')}?{urlencode({'next': request.get_full_path()}, safe='/')}"
        )
    due = settings.SECOND_FACTOR_REQUIRED or request.session.get(SECOND_FACTOR_DUE)
    if page not in OPEN_PAGES and due and not _is_verified(request):
        return HttpResponseRedirect(_with_next(reverse("admin:second_factor"), request))
    return None


def _is_verified(request: HttpRequest) -> bool:
    user: Any = request.user
    return bool(user.is_verified())


def is_over(request: HttpRequest) -> bool:
    """Whether the session has ended by its age, or by nobody having been there."""
    now = time.time()
    began_at = request.session.get(BEGAN)
    if not isinstance(began_at, int) or now - began_at > SESSION_HOURS * 3600:
        return True
    return now - max(began_at, _seen(request)) > IDLE_MINUTES * 60


def seen(request: HttpRequest, response: HttpResponse) -> None:
    """Note in the browser that a person was there; at most once a minute, and not for what a page asks by itself."""
    by_itself = request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate" and request.method == "GET"
    if by_itself or time.time() - _seen(request) < SEEN_EVERY_S or not request.session.session_key:
        return
    value = signing.dumps({"s": _name_of_session(request), "t": int(time.time())}, salt=_SALT)
    response.set_cookie(
        SEEN_COOKIE, value, max_age=SESSION_HOURS * 3600, httponly=True, samesite="Lax", path=reverse("admin:index"),
        secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip


def _seen(request: HttpRequest) -> int:
    try:
        value = signing.loads(request.COOKIES.get(SEEN_COOKIE, ""), salt=_SALT)
    except signing.BadSignature:
        return 0
    return int(value["t"]) if value.get("s") == _name_of_session(request) else 0


def _name_of_session(request: HttpRequest) -> str:
    """The cookie of one session says nothing about another."""
    return f"{request.session.get('_auth_user_id')}:{request.session.get(BEGAN)}"


# --- the password again ----------------------------------------------------------------------------------------------


def is_confirmed(request: HttpRequest) -> bool:
    """Whether the password was given within the last minutes."""
    at = request.session.get(CONFIRMED)
    return isinstance(at, int) and time.time() - at < CONFIRMED_MINUTES * 60


def ask_password(request: HttpRequest) -> HttpResponse:
    """To the page that asks for the password and leads back."""
    return HttpResponseRedirect(_with_next(reverse("admin:confirm_password"), request))


def next_page(request: HttpRequest) -> str:
    """Where the person wanted to go, within the back office."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    inside = wanted.startswith(reverse("admin:index"))
    if inside and url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return reverse("admin:index")


def _with_next(url: str, request: HttpRequest) -> str:
    # What was posted is gone: lead back to where it was posted from.
    wanted = request.get_full_path() if request.method == "GET" else request.path
    return f"{url}?{urlencode({'next': wanted}, safe='/')}"


# --- failed tries ----------------------------------------------------------------------------------------------------


def address_of(request: HttpRequest) -> str:
    """The client's address for django-axes: one address, of an IPv6 network its first."""
    written = limits.client_address(request)
    try:
        return str(ipaddress.ip_network(written, strict=False).network_address)
    except ValueError:
        return "0.0.0.0"  # noqa: S104 - no usable address; nothing listens there  # nosec B104


def may_try(request: HttpRequest) -> limits.Limit:
    """Whether one more try may come from this address; counts it."""
    return limits.check("admin-login", limits.client_address(request), TRIES_FROM_ONE_ADDRESS)


def locked_out(request: HttpRequest, response: Any = None, credentials: Any = None) -> HttpResponse:
    """The answer to a name and address that are shut out (django-axes asks for it), or to too many tries."""
    if not request.path.startswith(reverse("admin:index")):
        return limits.too_many(limits.Limit(allowed=False, retry_after=LOCKED_OUT_S))
    context = {**admin.site.each_context(request), "minutes": LOCKED_OUT_S // 60, "title": _("Too many tries")}
    answer = TemplateResponse(request, "admin/locked_out.html", context, status=429)
    answer.headers["Retry-After"] = str(LOCKED_OUT_S)
    return answer.render()
