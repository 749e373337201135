"""ASGI entry point of the stream process: web chat's push, and nothing else."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hotel_agent.settings")
django.setup()

from conversations.views.webchat_stream import application  # noqa: E402 - needs the settings

__all__ = ["application"]
