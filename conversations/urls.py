"""Doors of the channels. Both forms of a path are accepted: providers are configured by hand."""

from __future__ import annotations

from django.urls import re_path

from conversations.views.gmail import GmailWebhook
from conversations.views.whatsapp import WhatsAppWebhook

urlpatterns = [
    re_path(r"^gmail/?$", GmailWebhook.as_view(), name="gmail-webhook"),
    re_path(r"^whatsapp/?$", WhatsAppWebhook.as_view(), {"app_key": ""}, name="whatsapp-webhook"),
    re_path(r"^whatsapp/(?P<app_key>[a-z0-9-]{1,40})/?$", WhatsAppWebhook.as_view(), name="whatsapp-app-webhook"),
]
