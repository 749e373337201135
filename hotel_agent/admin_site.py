"""The back office site: Unfold's, open to every person with a role at a hotel."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, cast

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite


class HotelAdminSite(UnfoldAdminSite):
    """The site hotel staff log in to; what they see there is decided per hotel by `tenants.back_office.access`."""

    site_title = "Hotel Agent"
    site_header = "Hotel Agent"
    index_title = _("Needs you now")

    def has_permission(self, request: HttpRequest) -> bool:
        """Active staff accounts only."""
        return bool(request.user.is_active and request.user.is_staff)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Every table a person may read, put together only when a page shows it.

        The menu is `UNFOLD["SIDEBAR"]`; asking for the permissions on sixty tables took a quarter of each page's time.
        """
        return cast("list[Any]", SimpleLazyObject(lambda: super(HotelAdminSite, self).get_app_list(request, app_label)))

    def get_urls(self) -> list[Any]:
        """Pages that are about no one table first, and those of the second factor."""
        from conversations.admin import insight, stay_lines  # models are not loaded when the site is made
        from hotel_agent import second_factor
        from reservations.admin import calendar

        def page(view: Callable[..., HttpResponse]) -> Callable[..., Any]:
            return self.admin_view(lambda request: view(request, self.each_context(request)))

        return [
            path("second-factor/", page(second_factor.page), name="second_factor"),
            path("second-factor/recovery/", page(second_factor.recovery), name="second_factor_recovery"),
            path("confirm-password/", page(second_factor.confirm_password), name="confirm_password"),
            *calendar.urls(self),
            *insight.urls(self),
            *stay_lines.urls(self),
            *super().get_urls(),
        ]

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        """Every page of the back office asks for a living, verified session and the table of permissions first."""

        @functools.wraps(view)
        def asked_first(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            from hotel_agent import sign_in  # models are not loaded when the site is made
            from tenants.back_office.access import asks_password, refuse_page

            name = (request.resolver_match.url_name if request.resolver_match else None) or ""
            stopped = sign_in.stopped(request, name)
            if stopped is not None:
                return stopped
            refuse_page(request, self._registry)
            if asks_password(request, self._registry) and not sign_in.is_confirmed(request):
                return sign_in.ask_password(request)
            response = view(request, *args, **kwargs)
            sign_in.seen(request, response)
            return response

        return super().admin_view(asked_first, cacheable)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Name and password; too many tries from one address are refused before they are looked at."""
        from hotel_agent import sign_in

        if request.method == "POST":
            if not sign_in.may_try(request).allowed:
                return sign_in.locked_out(request)
        elif request.user.is_authenticated and sign_in.is_over(request):
            logout(request)  # else Django would lead back to the page that led here
        response: HttpResponse = super().login(request, extra_context)
        return response

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """What needs a person now, in the time of their hotel."""
        from hotel_agent.front_desk import needs_you_now  # models are not loaded when the site is made
        from tenants.back_office.access import zones_of
        from tenants.back_office.pages import rendered

        zones = zones_of(request)
        with timezone.override(zones[0] if len(zones) == 1 else "UTC"):
            return rendered(super().index(request, {**needs_you_now(request), **(extra_context or {})}))
