"""Doors of the reservations room. Both forms of a webhook's path are accepted: providers are configured by hand."""

from __future__ import annotations

from django.urls import path, re_path, register_converter

from reservations.views import inquiries, pages, stays, webhooks


class TokenConverter:
    """What `secrets.token_urlsafe(24)` writes."""

    regex = r"[A-Za-z0-9_-]{32}"

    def to_python(self, value: str) -> str:
        """As it is."""
        return value

    def to_url(self, value: str) -> str:
        """As it is."""
        return value


register_converter(TokenConverter, "token")

UUID = r"(?P<quote_id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
CODE = r"(?P<code>[A-Za-z0-9-]{6,12})"

urlpatterns = [
    re_path(r"^webhooks/stripe/?$", webhooks.stripe, name="stripe-webhook"),
    path("pay/<token:token>", pages.pay, name="pay"),
    path("pay/<token:token>/demo", pages.pay_demo, name="pay-demo"),
    path("stay/<token:token>", pages.stay, name="stay"),
    path("stay/<token:token>/stay.ics", pages.stay_calendar, name="stay-calendar"),
    re_path(r"^webhooks/stripe/(?P<account_key>[0-9a-f-]{36})/?$", webhooks.stripe, name="stripe-account-webhook"),
]
api = [
    re_path(r"^availability/?$", inquiries.AvailabilityView.as_view(), name="api-availability"),
    re_path(r"^quotes/?$", inquiries.QuotesView.as_view(), name="api-quotes"),
    re_path(rf"^quotes/{UUID}/?$", inquiries.QuoteView.as_view(), name="api-quote"),
    re_path(r"^reservations/?$", stays.ReservationsView.as_view(), name="api-reservations"),
    re_path(rf"^reservations/{CODE}/?$", stays.ReservationView.as_view(), name="api-reservation"),
    re_path(rf"^reservations/{CODE}/cancel/?$", stays.CancelView.as_view(), name="api-reservation-cancel"),
]
