"""Tests: real PostgreSQL and Redis, fast password hashing, no simulator unless a test asks for it."""

from hotel_agent.settings.base import *  # noqa: F403

SIMULATOR = True
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
