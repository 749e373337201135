"""The one reader of the process environment: typed, documented in `.env.example`, and refusing clearly.

Everything else asks `django.conf.settings`. A wrong value raises `EnvironmentError` subclass `BadEnvironment`
whose text is one sentence naming the variable, so that a failed start tells what to change.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

import environ

BASE_DIR = Path(__file__).resolve().parent.parent

Environment = Literal["development", "test", "production"]


class BadEnvironment(RuntimeError):  # noqa: N818 - reads as the sentence it prints
    """An environment variable is missing or unusable; the text says which and what is expected."""


@dataclass(frozen=True, slots=True)
class Env:
    """Every value the installation is configured with. Field names are the variables in lower case."""

    environment: Environment
    secret_key: str
    field_encryption_keys: tuple[str, ...]
    database_url: str
    redis_url: str
    celery_broker_url: str
    database_pool: bool
    allowed_hosts: tuple[str, ...]
    public_base_url: str
    csrf_trusted_origins: tuple[str, ...]
    trusted_ip_header: str
    cors_allowed_origins: tuple[str, ...]
    webchat_stream_url: str
    whatsapp_app_secret: tuple[str, ...]
    whatsapp_verify_token: str
    whatsapp_access_token: str
    whatsapp_phone_number_id: str
    whatsapp_business_account_id: str
    whatsapp_api_url: str
    whatsapp_api_version: str
    gmail_username: str
    gmail_app_password: str
    imap_url: str
    smtp_url: str
    gmail_pubsub_audience: str
    gmail_pubsub_service_account: str
    gmail_pubsub_topic: str
    gmail_api_url: str
    gmail_pubsub_jwks_url: str
    pms_type: Literal["builtin", "qloapps"]
    pms_base_url: str
    pms_api_key: str
    pms_hotel_id: str
    pms_concurrent_calls: int
    """How many calls to one hotel's PMS all workers together may hold: half of the worker's processes."""
    private_networks: tuple[str, ...]
    """Networks in which hotels may name an address of theirs; empty: public addresses only."""
    nlp_provider: Literal["embedded", "rasa", "openai"]
    nlp_url: str
    nlp_api_key: str
    nlp_model: str
    stt_provider: Literal["", "openai", "faster-whisper"]
    stt_url: str
    stt_api_key: str
    stt_model: str
    stripe_secret_key: str
    stripe_webhook_secret: str
    stripe_api_url: str
    media_root: str
    sentry_dsn: str
    metrics_token: str
    log_level: str
    debug: bool
    """Error pages with tracebacks, and every statement remembered; only in development, refused in production."""
    time_scale: float
    """Divides every waiting time of the product; 1 except in fault tests. Refused in production."""


# Only for development and tests; production refuses them (hotel_agent.checks).
DEVELOPMENT_SECRET_KEY = "development-only-secret-key-of-hotel-agent-0123456789"  # noqa: S105
DEVELOPMENT_FIELD_KEY = "ZGV2ZWxvcG1lbnQtb25seS1maWVsZC1rZXktMDEyMyE="
DEVELOPMENT_APP_SECRET = "development-app-secret"  # noqa: S105
DEVELOPMENT_VERIFY_TOKEN = "development-verify-token"  # noqa: S105
DEVELOPMENT_ACCESS_TOKEN = "development-access-token"  # noqa: S105
DEVELOPMENT_PHONE_NUMBER_ID = "100000000000001"


def read(source: Mapping[str, str] | None = None) -> Env:
    """Read and check the environment (and `.env` in the project's root, which never overrides it).

    Raises:
        BadEnvironment: a value is missing or malformed; the text names the variable.
    """
    if source is None:
        environ.Env.read_env(BASE_DIR / ".env", overwrite=False)
        source = os.environ
    values = _Reader(source)
    environment = cast(Environment, values.choice("ENVIRONMENT", ("development", "test", "production"), "development"))
    production = environment == "production"
    if values.text("PMS_TYPE") == "qloapps":
        for name in ("PMS_BASE_URL", "PMS_API_KEY", "PMS_HOTEL_ID"):
            if not values.text(name):
                raise BadEnvironment(f"{name} is not set; PMS_TYPE=qloapps needs it.")

    def secret(name: str, development: str) -> str:
        return values.text(name, "" if production else development, required=production)

    redis_url = values.url("REDIS_URL", ("redis", "rediss", "unix"), required=production)
    scale = values.number("HOTEL_AGENT_TIME_SCALE", 1.0)
    if scale <= 0 or (production and scale != 1):
        raise BadEnvironment("HOTEL_AGENT_TIME_SCALE shortens waiting times in tests; leave it unset in production.")
    provider = values.choice("NLP_PROVIDER", ("embedded", "rasa", "openai"), "embedded")
    if provider != "embedded" and not values.text("NLP_URL", ""):
        raise BadEnvironment(f"NLP_PROVIDER is {provider!r}; NLP_URL must say where that engine is.")
    if provider == "openai" and not values.text("NLP_MODEL", ""):
        raise BadEnvironment("NLP_PROVIDER is 'openai'; NLP_MODEL must name the model.")
    whatsapp_default = {"development": "", "test": "http://127.0.0.1:9", "production": "https://graph.facebook.com"}
    speech = values.choice("STT_PROVIDER", ("", "openai", "faster-whisper"), "")
    if speech == "openai" and not values.text("STT_URL"):
        raise BadEnvironment("STT_URL is not set; STT_PROVIDER=openai needs the address of the server.")
    if speech and not values.text("STT_MODEL"):
        raise BadEnvironment(
            f"STT_MODEL is not set; STT_PROVIDER={speech} needs a model (see docs/operations/voice.md)."
        )
    pms_calls = values.number("PMS_CONCURRENT_CALLS", 2)
    if pms_calls not in range(1, 101):
        raise BadEnvironment("PMS_CONCURRENT_CALLS is how many calls one PMS may hold: a whole number from 1 to 100.")
    return Env(
        environment=environment,
        secret_key=secret("SECRET_KEY", DEVELOPMENT_SECRET_KEY),
        field_encryption_keys=values.words("FIELD_ENCRYPTION_KEYS", () if production else (DEVELOPMENT_FIELD_KEY,)),
        database_url=values.url("DATABASE_URL", ("postgres", "postgresql"), required=production),
        redis_url=redis_url,
        celery_broker_url=values.text("CELERY_BROKER_URL", _other_database(redis_url)),
        database_pool=values.flag("DATABASE_POOL", False),
        allowed_hosts=values.words(
            "ALLOWED_HOSTS", () if production else ("localhost", "127.0.0.1", "[::1]", "testserver")
        ),
        public_base_url=values.text("PUBLIC_BASE_URL", "").rstrip("/"),
        csrf_trusted_origins=values.words("CSRF_TRUSTED_ORIGINS"),
        trusted_ip_header=values.text("TRUSTED_IP_HEADER", ""),
        cors_allowed_origins=values.words("CORS_ALLOWED_ORIGINS"),
        webchat_stream_url=values.url("WEBCHAT_STREAM_URL", ("http", "https")).rstrip("/"),
        whatsapp_app_secret=values.words("WHATSAPP_APP_SECRET", () if production else (DEVELOPMENT_APP_SECRET,)),
        whatsapp_verify_token=secret("WHATSAPP_VERIFY_TOKEN", DEVELOPMENT_VERIFY_TOKEN),
        whatsapp_access_token=values.text("WHATSAPP_ACCESS_TOKEN", "" if production else DEVELOPMENT_ACCESS_TOKEN),
        whatsapp_phone_number_id=values.text(
            "WHATSAPP_PHONE_NUMBER_ID", "" if production else DEVELOPMENT_PHONE_NUMBER_ID
        ),
        whatsapp_business_account_id=values.text("WHATSAPP_BUSINESS_ACCOUNT_ID", ""),
        whatsapp_api_url=values.url("WHATSAPP_API_URL", ("http", "https"), whatsapp_default[environment]).rstrip("/"),
        whatsapp_api_version=values.text("WHATSAPP_API_VERSION", "v25.0"),
        gmail_username=values.text("GMAIL_USERNAME", ""),
        gmail_app_password=values.text("GMAIL_APP_PASSWORD", ""),
        imap_url=values.url("IMAP_URL", ("imaps", "imap")),
        smtp_url=values.url("SMTP_URL", ("smtps", "smtp")),
        gmail_pubsub_audience=values.text("GMAIL_PUBSUB_AUDIENCE", ""),
        gmail_pubsub_service_account=values.text("GMAIL_PUBSUB_SERVICE_ACCOUNT", ""),
        gmail_pubsub_topic=values.text("GMAIL_PUBSUB_TOPIC", ""),
        gmail_api_url=values.url(
            "GMAIL_API_URL", ("http", "https"), "" if environment == "test" else "https://gmail.googleapis.com"
        ).rstrip("/"),
        gmail_pubsub_jwks_url=values.url(
            "GMAIL_PUBSUB_JWKS_URL",
            ("http", "https"),
            "" if environment == "test" else "https://www.googleapis.com/oauth2/v3/certs",
        ),
        pms_type=cast(Literal["builtin", "qloapps"], values.choice("PMS_TYPE", ("builtin", "qloapps"), "builtin")),
        pms_base_url=values.url("PMS_BASE_URL", ("http", "https")).rstrip("/"),
        pms_api_key=values.text("PMS_API_KEY", ""),
        pms_hotel_id=values.text("PMS_HOTEL_ID", ""),
        pms_concurrent_calls=int(pms_calls),
        private_networks=values.networks("PRIVATE_NETWORKS", () if production else ("127.0.0.0/8", "::1/128")),
        nlp_provider=cast(Literal["embedded", "rasa", "openai"], provider),
        nlp_url=values.url("NLP_URL", ("http", "https")).rstrip("/"),
        nlp_api_key=values.text("NLP_API_KEY", ""),
        nlp_model=values.text("NLP_MODEL", ""),
        stt_provider=cast(Literal["", "openai", "faster-whisper"], speech),
        stt_url=values.url("STT_URL", ("http", "https")).rstrip("/"),
        stt_api_key=values.text("STT_API_KEY", ""),
        stt_model=values.text("STT_MODEL", ""),
        stripe_secret_key=values.text("STRIPE_SECRET_KEY", ""),
        stripe_webhook_secret=values.text("STRIPE_WEBHOOK_SECRET", ""),
        stripe_api_url=values.url("STRIPE_API_URL", ("http", "https"), "https://api.stripe.com").rstrip("/"),
        media_root=values.text("MEDIA_ROOT", str(BASE_DIR / ".local" / environment / "media")),
        sentry_dsn=values.text("SENTRY_DSN", ""),
        metrics_token=values.text("METRICS_TOKEN", ""),
        log_level=values.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO"),
        debug=not production and values.flag("DEBUG", False),
        time_scale=scale,
    )


def _other_database(redis_url: str) -> str:
    """The broker's default: the same Redis, database 1, so that a cache flush never takes tasks with it."""
    if not redis_url:
        return ""
    parts = urlsplit(redis_url)
    if parts.scheme == "unix":
        return f"redis+socket://{parts.path}?virtual_host=1"
    return parts._replace(path="/1").geturl()


class _Reader:
    """Typed access to one mapping of strings, with sentences for what is wrong."""

    def __init__(self, source: Mapping[str, str]) -> None:
        self._source = source

    def text(self, name: str, default: str = "", *, required: bool = False) -> str:
        value = self._source.get(name, "").strip() or default
        if required and not value:
            raise BadEnvironment(f"{name} is not set; production needs it (see .env.example).")
        return value

    def words(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        raw = self._source.get(name, "")
        return tuple(word.strip() for word in raw.split(",") if word.strip()) or default

    def networks(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        found = self.words(name, default)
        for network in found:
            try:
                ipaddress.ip_network(network)
            except ValueError:
                raise BadEnvironment(f"{name} has {network!r}; it must list networks such as 10.20.0.0/16.") from None
        return found

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.text(name, default)
        if value not in allowed:
            raise BadEnvironment(f"{name} is {value!r}; it must be one of {', '.join(allowed)}.")
        return value

    def flag(self, name: str, default: bool) -> bool:
        value = self.text(name, "true" if default else "false").lower()
        if value not in {"true", "false", "1", "0", "yes", "no"}:
            raise BadEnvironment(f"{name} is {value!r}; it must be true or false.")
        return value in {"true", "1", "yes"}

    def number(self, name: str, default: float) -> float:
        value = self.text(name, str(default))
        try:
            return float(value)
        except ValueError:
            raise BadEnvironment(f"{name} is {value!r}; it must be a number.") from None

    def url(self, name: str, schemes: tuple[str, ...], default: str = "", *, required: bool = False) -> str:
        value = self.text(name, default, required=required)
        if value and urlsplit(value).scheme not in schemes:
            raise BadEnvironment(f"{name} is {value!r}; it must be a URL that starts with {' or '.join(schemes)}.")
        return value
