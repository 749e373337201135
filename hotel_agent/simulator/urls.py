"""Routes of the guest simulator; included only where `settings.SIMULATOR` is on (never in production)."""

from __future__ import annotations

from django.urls import path

from hotel_agent.simulator import views

urlpatterns = [
    path("", views.page, name="simulator"),
    path("envelope", views.envelope, name="simulator-envelope"),
    path("thread", views.thread, name="simulator-thread"),
    path("graph/<str:version>/<str:phone_number_id>", views.graph_number, name="simulator-graph-number"),
    path("graph/<str:version>/<str:phone_number_id>/media", views.graph_media, name="simulator-graph-media"),
    path("graph/<str:version>/<str:phone_number_id>/messages", views.graph_messages, name="simulator-graph"),
]
