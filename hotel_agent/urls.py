"""Every route of the product. API and webhooks have no trailing slash; both forms are accepted on POST."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

import conversations.urls
import reservations.urls
import tenants.urls
from hotel_agent import health
from hotel_agent.api_docs import ApiDocsView

urlpatterns = [
    path("webhooks/", include("conversations.urls")),
    path("webchat/", include(conversations.urls.webchat_pages)),
    path("api/v1/webchat/", include(conversations.urls.webchat_api)),
    path("api/v1/", include("tenants.urls")),
    path("api/v1/", include(reservations.urls.api)),
    path("api/v1/", include(conversations.urls.api)),
    path("api/schema", SpectacularAPIView.as_view(authentication_classes=(), permission_classes=()), name="schema"),
    path("api/docs", ApiDocsView.as_view(), name="api-docs"),
    path("pictures/", include(tenants.urls.public)),
    path("", include("reservations.urls")),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("metrics", health.metrics),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
]

handler400 = "hotel_agent.refusals.bad_request"
handler403 = "hotel_agent.refusals.permission_denied"
handler404 = "hotel_agent.refusals.not_found"
handler500 = "hotel_agent.refusals.server_error"

if settings.SIMULATOR:
    urlpatterns.append(path("simulator/", include("hotel_agent.simulator.urls")))
