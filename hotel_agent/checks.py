"""What production refuses, each with an id and a sentence that says what to do.

`manage.py check --deploy` lists it; in production no program starts with an error of these.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from cryptography.fernet import Fernet
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured

from hotel_agent import env
from hotel_agent.embedded import places

MIN_LENGTH = 8
DUMMIES = frozenset(
    {
        "changeme", "change-me", "change_me", "secret", "password", "passw0rd", "12345678", "123456789", "test1234",
        "testtest", "dummy", "example", "placeholder", "your-secret-key", "your_secret_here", "insecure",
        "dummy-secret", "development",
    }
)  # fmt: skip
"""Compared whole: "test" is inside real words."""


DEVELOPMENT = frozenset(
    {
        env.DEVELOPMENT_SECRET_KEY, env.DEVELOPMENT_FIELD_KEY, env.DEVELOPMENT_APP_SECRET,
        env.DEVELOPMENT_VERIFY_TOKEN, env.DEVELOPMENT_ACCESS_TOKEN,
    }
)  # fmt: skip
"""Printed in this repository."""


def _secrets() -> dict[str, str]:
    """Everything secret in the environment by name; passwords inside addresses too."""
    given = settings.ENV
    named = {
        name: str(getattr(given, name.lower()))
        for name in (
            "SECRET_KEY", "WHATSAPP_VERIFY_TOKEN", "WHATSAPP_ACCESS_TOKEN", "GMAIL_APP_PASSWORD", "PMS_API_KEY",
            "NLP_API_KEY", "STT_API_KEY", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "METRICS_TOKEN",
        )
    }  # fmt: skip
    named |= {f"FIELD_ENCRYPTION_KEYS[{number}]": key for number, key in enumerate(given.field_encryption_keys)}
    named |= {f"WHATSAPP_APP_SECRET[{number}]": key for number, key in enumerate(given.whatsapp_app_secret)}
    for name in ("DATABASE_URL", "REDIS_URL", "IMAP_URL", "SMTP_URL"):
        named[f"The password in {name}"] = unquote(urlsplit(getattr(given, name.lower())).password or "")
    return named


REQUIRED = ("SECRET_KEY", "WHATSAPP_VERIFY_TOKEN", "FIELD_ENCRYPTION_KEYS[0]", "WHATSAPP_APP_SECRET[0]")
MAY_BE_SHARED = frozenset({"GMAIL_APP_PASSWORD", "The password in IMAP_URL", "The password in SMTP_URL"})
"""A mailbox has one password for reading and writing."""

TELLING = frozenset(
    {"check", "collectstatic", "compilemessages", "diffsettings", "evaluate_nlu", "findstatic", "help", "makemessages",
     "train_nlu", "version"}
)  # fmt: skip
"""Commands of `manage.py` that serve nobody and reach no data: any settings will do, `check` lists the faults."""


@register(Tags.security, deploy=True)
def check_secrets(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Missing, short, dummy, shared and unusable secrets."""
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
        if value.lower() in DUMMIES or value in DEVELOPMENT:
            found.append(Error(f"{name} is a dummy value.", hint="Generate a random one.", id="hotel_agent.E003"))
        if value in seen and not {name, seen[value]} <= MAY_BE_SHARED:
            found.append(Error(f"{name} and {seen[value]} are the same secret.", id="hotel_agent.E004"))
        seen.setdefault(value, name)
        if name.startswith("FIELD_ENCRYPTION_KEYS") and not _is_fernet_key(value):
            hint = "Make one: python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
            found.append(Error(f"{name} is no Fernet key.", hint=hint, id="hotel_agent.E011"))
    return found


def _is_fernet_key(value: str) -> bool:
    try:
        Fernet(value)
    except ValueError:
        return False
    return True


@register(Tags.security, deploy=True)
def check_exposure(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Debug pages, open hosts, the simulator and servers of our own."""
    found: list[CheckMessage] = []
    given = settings.ENV
    if settings.DEBUG:
        found.append(Error("DEBUG is on.", hint="ENVIRONMENT=production turns it off.", id="hotel_agent.E005"))
    if "*" in settings.ALLOWED_HOSTS or not settings.ALLOWED_HOSTS:
        found.append(Error("ALLOWED_HOSTS names no host or every host.", id="hotel_agent.E006"))
    if not settings.SECOND_FACTOR_REQUIRED:
        hint = "hotel_agent.settings.production requires it; do not turn it off."
        found.append(Error("The back office asks for no second factor.", hint=hint, id="hotel_agent.E030"))
    if settings.SIMULATOR:
        found.append(Error("The guest simulator is on.", id="hotel_agent.E007"))
    if not given.database_url or not given.redis_url or places.is_own(given.database_url, given.redis_url):
        found.append(Error("DATABASE_URL and REDIS_URL must name real servers.", id="hotel_agent.E008"))
    if _inside(settings.MEDIA_ROOT, settings.STATIC_ROOT) or _inside(settings.STATIC_ROOT, settings.MEDIA_ROOT):
        hint = "Guests' files must not be under an address: give MEDIA_ROOT a directory of its own."
        found.append(Error("MEDIA_ROOT and STATIC_ROOT lie inside one another.", hint=hint, id="hotel_agent.E010"))
    if any("*" in origin for origin in given.cors_allowed_origins):
        found.append(Error("CORS_ALLOWED_ORIGINS must list exact origins.", id="hotel_agent.E009"))
    if not settings.PUBLIC_BASE_URL.startswith("https://"):
        hint = "Guests' links and the pages of deposits begin with it: https://agent.example.com."
        found.append(Warning("PUBLIC_BASE_URL is not an https address.", hint=hint, id="hotel_agent.W001"))
    return found


def insist() -> None:
    """Refuse to start anything in production with settings that `check --deploy` calls errors: called by every
    process once the apps are loaded.

    Raises:
        ImproperlyConfigured: one sentence for each.
    """
    is_telling = Path(sys.argv[0]).name == "manage.py" and (sys.argv[1:2] == [] or sys.argv[1] in TELLING)
    if settings.ENVIRONMENT != "production" or is_telling:
        return
    errors = [one for one in (*check_secrets(None), *check_exposure(None)) if one.is_serious()]
    if errors:
        told = "; ".join(f"{one.msg} ({one.id})" for one in errors)
        raise ImproperlyConfigured(f"Production does not start like this: {told}")


def _inside(path: str | Path, parent: str | Path) -> bool:
    return Path(path).resolve().is_relative_to(Path(parent).resolve())
