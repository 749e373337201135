"""Every route of the product. API and webhooks have no trailing slash; both forms are accepted on POST."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

import conversations.urls
from hotel_agent import health

urlpatterns = [
    path("webhooks/", include("conversations.urls")),
    path("webchat/", include(conversations.urls.webchat_pages)),
    path("api/v1/webchat/", include(conversations.urls.webchat_api)),
    path("", include("reservations.urls")),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("metrics", health.metrics),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
]

if settings.SIMULATOR:
    urlpatterns.append(path("simulator/", include("hotel_agent.simulator.urls")))
