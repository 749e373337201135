"""The admin site: ours, so that it can demand more than Django's."""

from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class HotelAdminConfig(AdminConfig):
    """Makes `hotel_agent.admin_site.HotelAdminSite` the default site."""

    default_site = "hotel_agent.admin_site.HotelAdminSite"
