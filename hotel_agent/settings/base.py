"""Settings shared by every environment. Values come from `hotel_agent.env`; the other modules only tighten."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import sys
from pathlib import Path

import environ
from celery.schedules import crontab

from hotel_agent import error_reports
from hotel_agent.common import metric_files
from hotel_agent.common.logging import logging_config
from hotel_agent.env import BASE_DIR, read
from hotel_agent.postgresql.driver import PatientConnection
from hotel_agent.settings.back_office import LOGIN_REDIRECT_URL, LOGIN_URL, UNFOLD  # noqa: F401 - settings

ENV = read()

ENVIRONMENT = ENV.environment
SECRET_KEY = ENV.secret_key
FIELD_ENCRYPTION_KEYS = list(ENV.field_encryption_keys)
DEBUG = False
ALLOWED_HOSTS = list(ENV.allowed_hosts)
PUBLIC_BASE_URL = ENV.public_base_url or f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
CSRF_TRUSTED_ORIGINS = list(ENV.csrf_trusted_origins)
TRUSTED_IP_HEADER = ENV.trusted_ip_header
TIME_SCALE = ENV.time_scale

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",  # its default would put its own site in the place of ours
    "unfold.contrib.filters",
    "hotel_agent.admin_config.HotelAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "corsheaders",
    "django_prometheus",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "axes",
    "hotel_agent",
    "tenants",
    "reservations",
    "conversations",
]

MIDDLEWARE = [
    # The order matters: everything below has an id, nothing too large or unframed goes further, every answer from there
    # on has its headers and is logged and counted.
    "hotel_agent.middleware.CorrelationIdMiddleware",
    "hotel_agent.middleware.RequestSizeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "hotel_agent.middleware.SecurityHeadersMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "hotel_agent.middleware.RequestLogMiddleware",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.common.CommonMiddleware",
    # Only where people are, and therefore together: a webhook passes them by in one step.
    "hotel_agent.middleware.CorsMiddleware",
    "hotel_agent.middleware.StaticFilesMiddleware",
    "hotel_agent.middleware.SessionMiddleware",
    "hotel_agent.middleware.LocaleMiddleware",
    "hotel_agent.middleware.CsrfMiddleware",
    "hotel_agent.middleware.AuthenticationMiddleware",
    "hotel_agent.middleware.SecondFactorMiddleware",
    "hotel_agent.middleware.MessageMiddleware",
    "hotel_agent.middleware.LockoutMiddleware",
    "hotel_agent.middleware.RequestMetricsMiddleware",
]

ROOT_URLCONF = "hotel_agent.urls"
WSGI_APPLICATION = "hotel_agent.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- PostgreSQL: the truth -------------------------------------------------------------------------------------------

STATEMENT_TIMEOUT_MS = 5_000
LONG_STATEMENT_TIMEOUT_MS = 300_000


def _database(statement_timeout_ms: int) -> dict[str, object]:
    if not ENV.database_url:
        # No server known: commands that need none (train_nlu, --help, check) still load; a query says what to give.
        return {"ENGINE": "hotel_agent.postgresql", "NAME": "hotel_agent", "HOST": "/nonexistent"}
    config: dict[str, object] = dict(environ.Env.db_url_config(ENV.database_url))
    config["ENGINE"] = "hotel_agent.postgresql"
    options: dict[str, object] = dict(config.get("OPTIONS") or {})  # type: ignore[call-overload]
    options |= {
        "application_name": f"hotel_agent_{ENVIRONMENT}",
        "server_side_binding": True,
        "prepare_threshold": 5,
        # A server that falls silent ends nothing by itself. Three ends, for web, workers, beat, sweeper and commands:
        # 1. A new connection: until it may be used, by psycopg. Not the resolver's time, when the host is a name.
        "connect_timeout": 3,
        # 2. Packets that arrive nowhere (machine gone, cable, firewall), by this machine's kernel: bytes nobody
        #    acknowledges for 10 s end the connection; while we wait for an answer, or keep a connection unused, it is
        #    probed after 10 s and given up once nothing was heard for 10 s more. Matters most where 3 is long.
        "tcp_user_timeout": 10_000,  # ms
        "keepalives": 1,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        # 3. Bytes somebody acknowledges and nobody answers (stopped process, hung disk, pooler): hotel_agent.postgresql
        #    closes the connection. Longer than the server may take: it ends what is slow, and the connection stays.
        "patience_s": statement_timeout_ms / 1000 + 3,
        "options": (
            f"-c statement_timeout={statement_timeout_ms} -c lock_timeout=2000"
            " -c idle_in_transaction_session_timeout=15000 -c jit=off"
        ),
    }
    if ENV.database_pool:
        # pool: 10 + 10, recycled after 1800 s; connections of a pool cannot also be kept by age.
        options["pool"] = {
            "min_size": 10, "max_size": 20, "timeout": 3, "max_lifetime": 1800, "max_idle": 300,
            "connection_class": PatientConnection,
        }  # fmt: skip
    return config | {
        "OPTIONS": options,
        "CONN_MAX_AGE": 0 if ENV.database_pool else 60,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }


# Commands, exports and migrations may take minutes; what answers guests, the sweeper too, may not.
IS_COMMAND = Path(sys.argv[0]).name == "manage.py" and sys.argv[1:2] != ["sweep"]
DATABASES = {"default": _database(LONG_STATEMENT_TIMEOUT_MS if IS_COMMAND else STATEMENT_TIMEOUT_MS)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis: a hint, a cache, shared limits ---------------------------------------------------------------------------

REDIS_URL = ENV.redis_url
REDIS_CLIENT_NAME = f"hotel_agent_{ENVIRONMENT}"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "ha",
        "OPTIONS": {
            "max_connections": 20,
            "health_check_interval": 30,
            "socket_keepalive": True,
            "socket_timeout": 5,
            "socket_connect_timeout": 5,
            "client_name": REDIS_CLIENT_NAME,
        },
    },
    # Limits and breaker sharing must never make a request wait: 100 ms and no retry.
    "limits": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "hal",
        "OPTIONS": {
            "max_connections": 20,
            "socket_timeout": 0.1,
            "socket_connect_timeout": 0.1,
            "client_name": REDIS_CLIENT_NAME,
        },
    },
}
if not REDIS_URL:
    CACHES = {alias: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"} for alias in CACHES}
RATELIMIT_USE_CACHE = "limits"
SILENCED_SYSTEM_CHECKS = [
    "django_ratelimit.W001",  # Django's own RedisCache has atomic increments; the check does not know it
    "security.W003",  # hotel_agent.middleware.CsrfMiddleware is the middleware; the check knows only Django's own name
    "axes.W002",  # hotel_agent.middleware.LockoutMiddleware is its middleware; the check knows only the name
    *([] if REDIS_URL else ["django_ratelimit.E003"]),  # commands without services never limit anything
]
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# --- Signing in (hotel_agent.sign_in) --------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
SECOND_FACTOR_REQUIRED = False  # production asks everybody; here those who have one
SESSION_COOKIE_AGE = 8 * 3600
OTP_TOTP_ISSUER = "Hotel Agent"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = dt.timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # a stranger must not be able to keep somebody out for good
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "hotel_agent.sign_in.address_of"
AXES_LOCKOUT_CALLABLE = "hotel_agent.sign_in.locked_out"
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# --- Celery: measured in docs/adr/0003 -------------------------------------------------------------------------------

CELERY_BROKER_URL = ENV.celery_broker_url or "memory://"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 100
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 300_000  # KiB
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,  # > 3 x task_time_limit: a running task is never handed out twice
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 1,
    "socket_connect_timeout": 1,
    "client_name": REDIS_CLIENT_NAME,
    # Getting a channel retries by itself (measured: 6 s with a dead broker) unless told not to; rows wait, guests not.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
CELERY_TASK_DEFAULT_QUEUE = "work"
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "purge-sessions": {"task": "conversations.purge_sessions", "schedule": 600.0},
    "business-gauges": {"task": "reservations.refresh_gauges", "schedule": 60.0},
    "voice-left-overs": {"task": "conversations.sweep_voice", "schedule": 600.0},
    "resume-erasures": {"task": "conversations.resume_erasures", "schedule": 600.0},
    "retention": {"task": "conversations.apply_retention", "schedule": 3600.0},
    "read-calendars": {"task": "reservations.read_calendars", "schedule": 900.0},
    "reminders": {"task": "reservations.plan_reminders", "schedule": 900.0},
    "payment-retention": {"task": "reservations.apply_retention", "schedule": 3600.0},
    "figures": {"task": "conversations.count_days", "schedule": crontab(minute=7)},
    "spent-tokens": {"task": "tenants.forget_spent_tokens", "schedule": crontab(hour=3, minute=40)},
    "api-inquiries": {"task": "reservations.forget_inquiries", "schedule": 3600.0},
    "gmail-watches": {"task": "conversations.renew_watches", "schedule": crontab(hour="*/6", minute=20)},
    "pms-drift": {"task": "reservations.report_drift", "schedule": crontab(hour=4, minute=15)},
}
CELERY_BEAT_SCHEDULER = "hotel_agent.beat:OneBeat"

# --- HTTP in ---------------------------------------------------------------------------------------------------------

DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024  # the real limits, by route, are RequestSizeMiddleware's
CORS_ALLOWED_ORIGINS = list(ENV.cors_allowed_origins)
CORS_ALLOW_CREDENTIALS = True  # for these origins only; the sites of a widget get none (hotel_agent.cors)
CORS_ALLOW_METHODS = ["GET", "POST", "PATCH", "DELETE", "OPTIONS"]
CORS_ALLOW_HEADERS = ["authorization", "content-type", "idempotency-key", "x-correlation-id", "x-tenant",
                      "x-visitor-token"]  # fmt: skip
CORS_EXPOSE_HEADERS = ["location", "retry-after", "x-correlation-id"]
CORS_PREFLIGHT_MAX_AGE = 600
CORS_URLS_REGEX = r"^/api/.*$"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"], "img-src": ["'self'", "data:"], "style-src": ["'self'"], "script-src": ["'self'"],
        "object-src": ["'none'"], "base-uri": ["'none'"], "form-action": ["'self'"], "frame-ancestors": ["'none'"],
    }
}  # fmt: skip
ADMIN_SECURITY_POLICY = {
    "DIRECTIVES": {
        **CONTENT_SECURITY_POLICY["DIRECTIVES"],
        "img-src": ["'self'", "data:", "blob:"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "script-src": ["'self'", "'unsafe-inline'", "'unsafe-eval'"],  # the theme's Alpine build evaluates expressions
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["hotel_agent.common.api.BoundedJSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["tenants.views.bearer.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "hotel_agent.common.api.answer_error",
    "UNAUTHENTICATED_USER": None,
    "COERCE_DECIMAL_TO_STRING": True,
    "UPLOADED_FILES_USE_URL": False,
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": dt.timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": dt.timedelta(days=14),
    "ALGORITHM": "HS256",
    # A key of its own: what signs tokens signs nothing else.
    "SIGNING_KEY": hashlib.sha256(b"api-token:" + SECRET_KEY.encode()).hexdigest(),
    "AUDIENCE": "hotel-agent-api",
    "ISSUER": "hotel-agent",
    "USER_ID_CLAIM": "sub",
    "CHECK_REVOKE_TOKEN": True,
    "UPDATE_LAST_LOGIN": False,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Hotel Agent API",
    "DESCRIPTION": (
        "Availability, quotes, reservations, conversations and facts of the hotels you work at. "
        "`POST /api/v1/auth/token` gives a bearer token; `X-Tenant` names the hotel. See docs/api.md."
    ),
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "PREPROCESSING_HOOKS": ["hotel_agent.openapi.only_ours"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "hotel_agent.openapi.say_errors",
    ],
    "ENUM_NAME_OVERRIDES": {
        "LanguageEnum": ["es", "en", "pt"],
        "ChannelEnum": "tenants.models.Channel",
        "OwnerEnum": "conversations.models.thread.Conversation.Owner",
        "ReservationStateEnum": "reservations.models.stays.Reservation.State",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- The channels, the PMS, understanding ----------------------------------------------------------------------------

WEBCHAT_STREAM_URL = ENV.webchat_stream_url
WHATSAPP_APP_SECRETS = list(ENV.whatsapp_app_secret)
WHATSAPP_VERIFY_TOKEN = ENV.whatsapp_verify_token
WHATSAPP_API_URL = ENV.whatsapp_api_url
WHATSAPP_API_VERSION = ENV.whatsapp_api_version
GMAIL_PUBSUB_AUDIENCE = ENV.gmail_pubsub_audience
GMAIL_PUBSUB_SERVICE_ACCOUNT = ENV.gmail_pubsub_service_account
GMAIL_PUBSUB_TOPIC = ENV.gmail_pubsub_topic
GMAIL_API_URL = ENV.gmail_api_url
GMAIL_PUBSUB_JWKS_URL = ENV.gmail_pubsub_jwks_url
STRIPE_API_URL = ENV.stripe_api_url
STRIPE_WEBHOOK_SECRET = ENV.stripe_webhook_secret
NLP_PROVIDER = ENV.nlp_provider
NLP_URL = ENV.nlp_url
NLP_API_KEY = ENV.nlp_api_key
NLP_MODEL = ENV.nlp_model
STT_PROVIDER = ENV.stt_provider
STT_URL = ENV.stt_url
STT_API_KEY = ENV.stt_api_key
STT_MODEL = ENV.stt_model
VOICE_DIR = BASE_DIR / ".local" / ENVIRONMENT / "voice"  # temporary; swept
METRICS_TOKEN = ENV.metrics_token
PMS_CONCURRENT_CALLS = ENV.pms_concurrent_calls  # per hotel, of all workers
PRIVATE_NETWORKS = list(ENV.private_networks)
NLU_MODEL_DIR = BASE_DIR / ".local" / "models" / "nlu"

# --- Languages, static files, logs -----------------------------------------------------------------------------------

FORMS_URLFIELD_ASSUME_HTTPS = True
LANGUAGE_CODE = "en"
LANGUAGES = [("es", "Español"), ("en", "English"), ("pt-br", "Português")]  # our own words for it are in locale/pt
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LOCALE_PATHS = [BASE_DIR / "hotel_agent" / "locale"]

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / ".local" / "static"
# Guests' files: outside the static files and under no URL; shown by views that ask who looks.
MEDIA_ROOT = ENV.media_root
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"allow_overwrite": True},  # a file fetched again after a crash is the same file
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
metric_files.prepare()
PROMETHEUS_EXPORT_MIGRATIONS = False
PROMETHEUS_LATENCY_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15, 30)

LOGGING = logging_config(level=ENV.log_level, json=True)
error_reports.start(dsn=ENV.sentry_dsn, environment=ENVIRONMENT)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
