"""The back office site: Unfold's, open to every person with a role at a hotel."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite


class HotelAdminSite(UnfoldAdminSite):
    """The site hotel staff log in to; what they see there is decided per hotel by `tenants.admin_base`."""

    site_title = "Hotel Agent"
    site_header = "Hotel Agent"
    index_title = _("Needs you now")

    def has_permission(self, request: HttpRequest) -> bool:
        """Active staff accounts only."""
        return bool(request.user.is_active and request.user.is_staff)

    def get_urls(self) -> list[Any]:
        """Pages that are about no one table first."""
        from conversations.admin import insight, stay_lines  # models are not loaded when the site is made
        from reservations.admin import calendar

        return [*calendar.urls(self), *insight.urls(self), *stay_lines.urls(self), *super().get_urls()]

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        """Every page of the back office asks the table of permissions before it runs."""

        @functools.wraps(view)
        def asked_first(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            from tenants.admin_base import refuse_page  # models are not loaded when the site is made

            refuse_page(request, self._registry)
            return view(request, *args, **kwargs)

        return super().admin_view(asked_first, cacheable)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """What needs a person now, in the time of their hotel."""
        from hotel_agent.front_desk import needs_you_now  # models are not loaded when the site is made
        from tenants.admin_base import rendered, zones_of

        zones = zones_of(request)
        with timezone.override(zones[0] if len(zones) == 1 else "UTC"):
            return rendered(super().index(request, {**needs_you_now(request), **(extra_context or {})}))
