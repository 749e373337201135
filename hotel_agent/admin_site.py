"""The back office site: Unfold's, open to every person with a role at a hotel."""

from __future__ import annotations

from django.http import HttpRequest
from unfold.sites import UnfoldAdminSite


class HotelAdminSite(UnfoldAdminSite):
    """The site hotel staff log in to; what they see there is decided per hotel by `tenants.admin`."""

    site_title = "Hotel Agent"
    site_header = "Hotel Agent"

    def has_permission(self, request: HttpRequest) -> bool:
        """Active staff accounts only."""
        return bool(request.user.is_active and request.user.is_staff)
