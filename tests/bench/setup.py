"""Django for the measuring processes themselves; they touch no database of their own."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hotel_agent.settings.test")
django.setup()
