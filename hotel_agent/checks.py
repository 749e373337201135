"""What `manage.py check --deploy` refuses in production, each with an id and a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

MIN_LENGTH = 8
DUMMIES = frozenset(
    {
        "changeme", "change-me", "change_me", "secret", "password", "passw0rd", "12345678", "123456789", "test1234",
        "testtest", "dummy", "example", "placeholder", "your-secret-key", "your_secret_here", "insecure",
        "dummy-secret", "development",
    }
)  # fmt: skip
"""Compared whole: "test" is inside real words."""


def _secrets() -> dict[str, str]:
    env = settings.ENV
    named = {
        "SECRET_KEY": env.secret_key,
        "WHATSAPP_VERIFY_TOKEN": env.whatsapp_verify_token,
        "METRICS_TOKEN": env.metrics_token,
        "STRIPE_WEBHOOK_SECRET": env.stripe_webhook_secret,
    }
    named |= {f"FIELD_ENCRYPTION_KEYS[{number}]": key for number, key in enumerate(env.field_encryption_keys)}
    named |= {f"WHATSAPP_APP_SECRET[{number}]": key for number, key in enumerate(env.whatsapp_app_secret)}
    return named


REQUIRED = ("SECRET_KEY", "WHATSAPP_VERIFY_TOKEN", "FIELD_ENCRYPTION_KEYS[0]", "WHATSAPP_APP_SECRET[0]")


@register(Tags.security, deploy=True)
def check_secrets(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Missing, short, dummy and shared secrets."""
    found: list[CheckMessage] = []
    known = _secrets()
    for name in REQUIRED:
        if not known.get(name):
            found.append(Error(f"{name} is not set.", hint="Set it in the environment.", id="hotel_agent.E001"))
    seen: dict[str, str] = {}
    for name, value in known.items():
        if not value:
            continue
        if len(value) < MIN_LENGTH:
            found.append(Error(f"{name} is shorter than {MIN_LENGTH} characters.", id="hotel_agent.E002"))
        if value.lower() in DUMMIES or value.startswith("development-"):
            found.append(Error(f"{name} is a dummy value.", hint="Generate a random one.", id="hotel_agent.E003"))
        if value in seen:
            found.append(Error(f"{name} and {seen[value]} are the same secret.", id="hotel_agent.E004"))
        seen[value] = name
    return found


@register(Tags.security, deploy=True)
def check_exposure(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Debug pages, open hosts, the simulator and servers of our own."""
    found: list[CheckMessage] = []
    env = settings.ENV
    if settings.DEBUG:
        found.append(Error("DEBUG is on.", hint="ENVIRONMENT=production turns it off.", id="hotel_agent.E005"))
    if "*" in settings.ALLOWED_HOSTS or not settings.ALLOWED_HOSTS:
        found.append(Error("ALLOWED_HOSTS names no host or every host.", id="hotel_agent.E006"))
    if not settings.SECOND_FACTOR_REQUIRED:
        hint = "hotel_agent.settings.production requires it; do not turn it off."
        found.append(Error("The back office asks for no second factor.", hint=hint, id="hotel_agent.E030"))
    if settings.SIMULATOR:
        found.append(Error("The guest simulator is on.", id="hotel_agent.E007"))
    if not env.database_url or not env.redis_url:
        found.append(Error("DATABASE_URL and REDIS_URL must name real servers.", id="hotel_agent.E008"))
    if _inside(settings.MEDIA_ROOT, settings.STATIC_ROOT) or _inside(settings.STATIC_ROOT, settings.MEDIA_ROOT):
        hint = "Guests' files must not be under an address: give MEDIA_ROOT a directory of its own."
        found.append(Error("MEDIA_ROOT and STATIC_ROOT lie inside one another.", hint=hint, id="hotel_agent.E010"))
    if "*" in env.cors_allowed_origins:
        found.append(Error("CORS_ALLOWED_ORIGINS must list exact origins.", id="hotel_agent.E009"))
    return found


def _inside(path: str | Path, parent: str | Path) -> bool:
    return Path(path).resolve().is_relative_to(Path(parent).resolve())
