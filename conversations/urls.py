"""Doors of the channels. Both forms of a webhook's or API's path are accepted: providers are configured by hand."""

from __future__ import annotations

from django.urls import path, re_path

from conversations.views import threads, webchat, webchat_page
from conversations.views.gmail import GmailWebhook
from conversations.views.whatsapp import WhatsAppWebhook

UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
WIDGET = r"(?P<key>[A-Za-z0-9_-]{4,64})"

urlpatterns = [
    re_path(r"^gmail/?$", GmailWebhook.as_view(), name="gmail-webhook"),
    re_path(r"^whatsapp/?$", WhatsAppWebhook.as_view(), {"app_key": ""}, name="whatsapp-webhook"),
    re_path(r"^whatsapp/(?P<app_key>[a-z0-9-]{1,40})/?$", WhatsAppWebhook.as_view(), name="whatsapp-app-webhook"),
]
webchat_api = [
    re_path(rf"^{WIDGET}/session/?$", webchat.SessionView.as_view(), name="webchat-session"),
    re_path(rf"^{WIDGET}/messages/?$", webchat.MessagesView.as_view(), name="webchat-messages"),
    re_path(rf"^{WIDGET}/files/(?P<token>[\w:.-]{{10,300}})/?$", webchat.FileView.as_view(), name="webchat-file"),
    re_path(rf"^{WIDGET}/read/?$", webchat.ReadView.as_view(), name="webchat-read"),
]
webchat_pages = [
    path("embed.js", webchat_page.embed, name="webchat-embed"),
    re_path(rf"^{WIDGET}/?$", webchat_page.page, name="webchat-page"),
]
_CONVERSATION = rf"(?P<conversation_id>{UUID})"
_MEDIA = rf"(?P<media_id>{UUID})"
api = [
    re_path(r"^conversations/?$", threads.ConversationsView.as_view(), name="api-conversations"),
    re_path(rf"^conversations/{_CONVERSATION}/?$", threads.ConversationView.as_view(), name="api-conversation"),
    re_path(r"^messages/?$", threads.MessagesView.as_view(), name="api-messages"),
    re_path(r"^media/?$", threads.MediaListView.as_view(), name="api-media"),
    re_path(rf"^media/{_MEDIA}/?$", threads.MediaView.as_view(), name="api-media-file"),
    re_path(rf"^media/{_MEDIA}/content/?$", threads.MediaContentView.as_view(), name="api-media-content"),
]
