"""Production refuses what is unsafe, setting by setting; programs refuse to start with it."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from typing import Any

import pytest
from cryptography.fernet import Fernet
from pytest_django import Settings

from hotel_agent import checks, env
from hotel_agent.embedded import places
from tests.wiring.test_settings import GOOD, PROJECT

SECRETS = (
    "SECRET_KEY", "WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN", "WHATSAPP_ACCESS_TOKEN", "GMAIL_APP_PASSWORD",
    "PMS_API_KEY", "NLP_API_KEY", "STT_API_KEY", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "METRICS_TOKEN",
    "FIELD_ENCRYPTION_KEYS",
)  # fmt: skip
ADDRESSES = ("DATABASE_URL", "REDIS_URL", "IMAP_URL", "SMTP_URL")
SCHEMES = {"DATABASE_URL": "postgres", "REDIS_URL": "redis", "IMAP_URL": "imaps", "SMTP_URL": "smtps"}


@pytest.fixture
def found(settings: Settings) -> Any:
    """Ids of what is refused when production is given this."""

    def look(**given: str) -> set[str]:
        settings.ENV = env.read({**GOOD, **given})
        settings.DEBUG = False
        settings.SIMULATOR = False
        settings.SECOND_FACTOR_REQUIRED = True
        settings.ALLOWED_HOSTS = list(settings.ENV.allowed_hosts)
        settings.PUBLIC_BASE_URL = settings.ENV.public_base_url
        found = [*checks.check_secrets(None), *checks.check_exposure(None)]
        assert all(one.msg.endswith(".") for one in found)
        assert not any("a1B2c3D" in one.msg for one in found)
        return {str(one.id) for one in found}

    return look


def test_good_settings_are_fine(found: Any) -> None:
    assert found() == set()


def test_there_are_eighteen_dummies() -> None:
    assert len(checks.DUMMIES) == 18
    assert all(dummy == dummy.lower() for dummy in checks.DUMMIES)


@pytest.mark.parametrize("name", SECRETS)
def test_every_secret_is_looked_at(found: Any, name: str) -> None:
    assert "hotel_agent.E002" in found(**{name: "a1B2c3D"})
    for dummy in checks.DUMMIES:
        assert "hotel_agent.E003" in found(**{name: dummy.upper()}), dummy
    # "test", "secret" and "password" are inside real words; only the whole value is compared.
    assert "hotel_agent.E003" not in found(**{name: "greatest-secretary-passwords"})
    shared = GOOD["WHATSAPP_VERIFY_TOKEN" if name != "WHATSAPP_VERIFY_TOKEN" else "WHATSAPP_APP_SECRET"]
    assert "hotel_agent.E004" in found(**{name: shared})


@pytest.mark.parametrize("name", ADDRESSES)
def test_passwords_inside_addresses_are_secrets_too(found: Any, name: str) -> None:
    for password, expected in (("short", "E002"), ("PassW0rd", "E003"), (GOOD["WHATSAPP_VERIFY_TOKEN"], "E004")):
        assert f"hotel_agent.{expected}" in found(**{name: f"{SCHEMES[name]}://u:{password}@host.example:1/x"})
    assert found(**{name: f"{SCHEMES[name]}://host.example:1/x"}) == set()


def test_a_mailbox_may_have_one_password(found: Any) -> None:
    urls = {name: f"{SCHEMES[name]}://ana:abcd-efgh-ijkl@mail.example" for name in ("IMAP_URL", "SMTP_URL")}
    assert found(GMAIL_APP_PASSWORD="abcd-efgh-ijkl", **urls) == set()
    assert found(STRIPE_SECRET_KEY="abcd-efgh-ijkl", **urls) == {"hotel_agent.E004"}


@pytest.mark.parametrize(
    "value",
    [env.DEVELOPMENT_SECRET_KEY, env.DEVELOPMENT_APP_SECRET, env.DEVELOPMENT_VERIFY_TOKEN, env.DEVELOPMENT_FIELD_KEY],
)
def test_what_is_printed_in_the_repository_is_no_secret(found: Any, value: str) -> None:
    assert "hotel_agent.E003" in found(METRICS_TOKEN=value)
    assert "hotel_agent.E003" in found(FIELD_ENCRYPTION_KEYS=value)


def test_field_keys_are_keys(found: Any) -> None:
    new, old = (Fernet.generate_key().decode() for _ in range(2))
    assert found(FIELD_ENCRYPTION_KEYS=f"{new},{old}") == set()
    assert found(FIELD_ENCRYPTION_KEYS=f"{new},{new}") == {"hotel_agent.E004"}
    assert found(FIELD_ENCRYPTION_KEYS=f"{new},not-a-key-at-all") == {"hotel_agent.E011"}


@pytest.mark.parametrize("name", ["FIELD_ENCRYPTION_KEYS", "WHATSAPP_APP_SECRET"])
def test_a_missing_list_is_named(found: Any, name: str) -> None:
    assert found(**{name: ","}) == {"hotel_agent.E001"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"ALLOWED_HOSTS": "*"}, "hotel_agent.E006"),
        ({"ALLOWED_HOSTS": ""}, "hotel_agent.E006"),
        ({"CORS_ALLOWED_ORIGINS": "*"}, "hotel_agent.E009"),
        ({"CORS_ALLOWED_ORIGINS": "https://*.hotel.example"}, "hotel_agent.E009"),
        ({"PUBLIC_BASE_URL": "http://agent.example.com"}, "hotel_agent.W001"),
        ({"PUBLIC_BASE_URL": ""}, "hotel_agent.W001"),
    ],
)
def test_what_is_too_open(found: Any, given: dict[str, str], expected: str) -> None:
    assert found(**given) == {expected}


def test_guests_files_lie_under_no_address(settings: Settings, found: Any) -> None:
    settings.MEDIA_ROOT = str(settings.STATIC_ROOT / "files")
    assert found() == {"hotel_agent.E010"}


def test_debug_the_simulator_and_own_servers(settings: Settings, found: Any) -> None:
    found()
    settings.DEBUG = settings.SIMULATOR = True
    settings.ENV = dataclasses.replace(settings.ENV, database_url="", redis_url="")
    assert {one.id for one in checks.check_exposure(None)} == {f"hotel_agent.E00{number}" for number in (5, 7, 8)}


def test_the_checkouts_own_servers_are_no_servers_for_production(found: Any, tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("HOTEL_AGENT_LOCAL_DIR", str(tmp_path))
    place = places.place_of("development")
    place.state.write_text(
        '{"pid": 1, "database_url": "postgres://u:x@127.0.0.1:5599/a", "redis_url": "redis://:x@127.0.0.1:6399/0"}'
    )
    assert found(DATABASE_URL="postgresql://other:u7Gq0pLm2NcR@127.0.0.1:5599/b") == {"hotel_agent.E008"}
    assert found(REDIS_URL="redis://127.0.0.1:6399/4") == {"hotel_agent.E008"}
    assert found(REDIS_URL="redis://127.0.0.1:6400/4") == set()


def start(*command: str, **changes: str) -> tuple[int, str]:
    given = {**{name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}}, **GOOD, **changes}
    done = subprocess.run(
        [sys.executable, *command], cwd=PROJECT, env=given, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    "command",
    [("-c", "import hotel_agent.wsgi"), ("-m", "celery", "-A", "hotel_agent", "worker"), ("manage.py", "sweep")],
    ids=["web", "worker", "sweeper"],
)  # fmt: skip
def test_no_program_starts_with_a_weak_secret(command: tuple[str, ...]) -> None:
    code, said = start(*command, WHATSAPP_VERIFY_TOKEN="changeme")
    assert code != 0
    assert "WHATSAPP_VERIFY_TOKEN is a dummy value. (hotel_agent.E003)" in said


def test_with_good_settings_the_web_server_starts() -> None:
    assert start("-c", "import hotel_agent.wsgi, hotel_agent.asgi; print('started')")[0] == 0
