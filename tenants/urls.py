"""Doors of the room: `/api/v1/`, where both forms of a path are accepted, and the pictures of hotels."""

from __future__ import annotations

from django.urls import path, re_path

from tenants.views import facts, hotels, pictures, tokens

urlpatterns = [
    re_path(r"^auth/token/?$", tokens.TokenView.as_view(), name="api-token"),
    re_path(r"^auth/token/refresh/?$", tokens.RefreshView.as_view(), name="api-token-refresh"),
    re_path(r"^tenants/?$", hotels.TenantsView.as_view(), name="api-tenants"),
    re_path(r"^tenants/refresh/?$", hotels.RefreshTenantsView.as_view(), name="api-tenants-refresh"),
    re_path(r"^tenants/(?P<slug>[a-z0-9-]{2,50})/?$", hotels.TenantView.as_view(), name="api-tenant"),
    re_path(r"^facts/?$", facts.FactsView.as_view(), name="api-facts"),
    re_path(r"^facts/(?P<fact_id>[0-9]{1,18})/?$", facts.FactView.as_view(), name="api-fact"),
]

public = [path("<uuid:public_id>.jpg", pictures.picture, name="picture")]
