"""Django app configuration."""

from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    """The conversations room."""

    name = "conversations"
