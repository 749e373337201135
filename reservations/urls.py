"""Doors of the reservations room. Both forms of a webhook's path are accepted: providers are configured by hand."""

from __future__ import annotations

from django.urls import re_path

from reservations.views import webhooks

urlpatterns = [
    re_path(r"^webhooks/stripe/?$", webhooks.stripe, name="stripe-webhook"),
    re_path(r"^webhooks/stripe/(?P<account_key>[0-9a-f-]{36})/?$", webhooks.stripe, name="stripe-account-webhook"),
]
