"""The environment reader and the deploy checks: each wrong value is named in one sentence."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from hotel_agent.env import BadEnvironment, Env, read

PROJECT = Path(__file__).resolve().parents[2]
GOOD = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "k3Jx92hdkLs8ajhdQpw71nbVzAqw01kfhhsuYtr-77Gq0pLm2NcRb5",
    "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    "DATABASE_URL": "postgres://hotel:u7Gq0pLm2NcR@db.example:5432/hotel",
    "REDIS_URL": "redis://redis.example:6379/0",
    "ALLOWED_HOSTS": "agent.example.com",
    "PUBLIC_BASE_URL": "https://agent.example.com",
    "WHATSAPP_APP_SECRET": "9f8e7d6c5b4a",
    "WHATSAPP_VERIFY_TOKEN": "q1w2e3r4t5y6",
}


def _check(**changes: str) -> tuple[int, str]:
    env = {**{name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}}, **GOOD, **changes}
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=PROJECT, env=env, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_good_production_settings_pass() -> None:
    code, out = _check()
    assert code == 0, out


def test_a_weak_setting_fails_the_check_with_its_id() -> None:
    code, out = _check(SECRET_KEY="changeme")  # each setting: tests/wiring/test_deploy_checks.py
    assert code != 0
    assert "hotel_agent.E003" in out


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "REDIS_URL", "WHATSAPP_VERIFY_TOKEN"])
def test_production_names_what_is_missing(name: str) -> None:
    with pytest.raises(BadEnvironment, match=name):
        read({key: value for key, value in GOOD.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENVIRONMENT", "staging"),
        ("DATABASE_URL", "mysql://x/y"),
        ("REDIS_URL", "http://x"),
        ("PMS_TYPE", "opera"),
        ("DATABASE_POOL", "maybe"),
        ("LOG_LEVEL", "loud"),
        ("STT_PROVIDER", "parrot"),
        ("HOTEL_AGENT_TIME_SCALE", "fast"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str) -> None:
    with pytest.raises(BadEnvironment, match=name):
        read({"ENVIRONMENT": "development", name: value})


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"STT_PROVIDER": "openai", "STT_MODEL": "whisper-1"}, "STT_URL"),
        ({"STT_PROVIDER": "openai", "STT_URL": "https://stt.example"}, "STT_MODEL"),
        ({"STT_PROVIDER": "faster-whisper"}, "STT_MODEL"),
    ],
)
def test_a_recogniser_without_its_address_or_model_is_refused(given: dict[str, str], missing: str) -> None:
    with pytest.raises(BadEnvironment, match=missing):
        read({"ENVIRONMENT": "development", **given})


@pytest.mark.parametrize("value", ["0", "101", "1.5", "many"])
def test_the_calls_one_pms_may_hold_are_a_whole_number(value: str) -> None:
    assert read({**GOOD, "PMS_CONCURRENT_CALLS": "6"}).pms_concurrent_calls == 6
    with pytest.raises(BadEnvironment, match="PMS_CONCURRENT_CALLS"):
        read({**GOOD, "PMS_CONCURRENT_CALLS": value})


def test_production_does_not_shorten_time() -> None:
    with pytest.raises(BadEnvironment, match="HOTEL_AGENT_TIME_SCALE"):
        read({**GOOD, "HOTEL_AGENT_TIME_SCALE": "2"})


def test_the_broker_defaults_to_another_database() -> None:
    assert read(GOOD).celery_broker_url == "redis://redis.example:6379/1"


def test_every_variable_is_documented() -> None:
    documented = set(re.findall(r"^([A-Z_]+)=", (PROJECT / ".env.example").read_text(), flags=re.MULTILINE))
    fields = {name.upper() for name in Env.__dataclass_fields__} - {"TIME_SCALE"}
    assert fields <= documented
    assert documented <= fields | {"PORT", "PROMETHEUS_MULTIPROC_DIR"}  # read by the launcher and by prometheus_client
