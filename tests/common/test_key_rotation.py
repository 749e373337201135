"""Field keys rotate: every encrypted field, in steps a kill cannot spoil, never over a newer credential."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import Any

import psycopg
import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from hotel_agent.common import crypto, key_rotation
from hotel_agent.embedded.places import PROJECT
from tenants.models import ChannelAccount, MetaApp, PaymentAccount, PmsConnection
from tests.factories.reservations import HotelFactory

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
NUMBERS = 12


@pytest.fixture
def stored(settings: Settings, transactional_db: None) -> dict[int, str]:
    """Credentials under the old key, in every kind of row that has any."""
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    hotel = HotelFactory.create()
    secrets = {}
    for number in range(NUMBERS):
        account = ChannelAccount._base_manager.create(
            tenant=hotel, channel="whatsapp", external_id=str(number), credentials={"access_token": f"token-{number}"}
        )
        secrets[account.pk] = f"token-{number}"
    ChannelAccount._base_manager.create(tenant=hotel, channel="email", external_id="no-secret@example.com")
    MetaApp.objects.create(key="own", name="Own", credentials={"app_secret": "meta-secret"})
    PmsConnection._base_manager.create(tenant=hotel, credentials={"api_key": "pms-key"})
    PaymentAccount._base_manager.create(tenant=hotel, credentials={"secret_key": "sk"})
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    return secrets


def under(key: str) -> int:
    """How many values a key opens by itself."""
    count = 0
    for table, _, column in key_rotation.encrypted_columns():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT "{column}" FROM "{table}" WHERE "{column}" <> \'\'')  # noqa: S608 - our names
            for (value,) in cursor.fetchall():
                try:
                    Fernet(key).decrypt(value.removeprefix(crypto.PREFIX).encode())
                    count += 1
                except Exception:  # noqa: S112, BLE001, RUF100 - not this key
                    continue
    return count


def readable(secrets: dict[int, str]) -> bool:
    return all(ChannelAccount._base_manager.get(pk=pk).credentials["access_token"] == s for pk, s in secrets.items())


def command(*options: str) -> subprocess.Popen[str]:
    database = os.environ["DATABASE_URL"].rsplit("/", 1)[0] + "/" + str(connection.settings_dict["NAME"])
    env = {**os.environ, "DATABASE_URL": database, "FIELD_ENCRYPTION_KEYS": f"{NEW},{OLD}"}
    return subprocess.Popen(
        [sys.executable, "manage.py", "rotate_keys", "--json", *options],
        cwd=PROJECT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_every_encrypted_field_is_found() -> None:
    tables = {table for table, _, _ in key_rotation.encrypted_columns()}
    assert {"tenants_channelaccount", "tenants_metaapp", "tenants_pmsconnection", "tenants_paymentaccount"} <= tables


def test_all_go_under_the_newest_key_once(stored: dict[int, str], settings: Settings) -> None:
    total = NUMBERS + 3
    assert (under(OLD), under(NEW)) == (total, 0)
    done = key_rotation.rotate_all(batch=5)
    assert (done.rewritten, done.current, done.unreadable) == (total, 0, [])
    assert (under(OLD), under(NEW)) == (0, total)
    settings.FIELD_ENCRYPTION_KEYS = [NEW]  # the old key is out
    assert readable(stored)
    again = key_rotation.rotate_all()
    assert (again.rewritten, again.current) == (0, total)


def test_a_kill_in_the_middle_leaves_what_was_done_and_a_second_run_finishes(stored: dict[int, str]) -> None:
    halfway = sorted(stored)[NUMBERS // 2]
    with psycopg.connect(**connection.get_connection_params()) as other:
        # The run reaches this row and waits for it.
        other.execute("SELECT 1 FROM tenants_channelaccount WHERE id = %s FOR UPDATE", [halfway])
        run = command("--batch", "1")
        deadline = time.monotonic() + 60
        while under(NEW) < NUMBERS // 2 and time.monotonic() < deadline and run.poll() is None:
            time.sleep(0.02)
        run.send_signal(signal.SIGKILL)
        run.communicate(timeout=30)
        assert run.returncode == -signal.SIGKILL
        other.rollback()
    assert 0 < under(NEW) < NUMBERS + 3
    assert under(NEW) + under(OLD) == NUMBERS + 3
    assert readable(stored)

    out, _ = command().communicate(timeout=60)
    done = json.loads(out)
    assert done["ok"] is True
    assert done["rewritten"] + done["current"] == NUMBERS + 3
    assert done["current"] >= NUMBERS // 2
    assert (under(OLD), under(NEW)) == (0, NUMBERS + 3)
    assert readable(stored)


def test_a_credential_entered_meanwhile_stays(stored: dict[int, str], monkeypatch: pytest.MonkeyPatch) -> None:
    original = crypto.rotate

    def enter_first(written: str) -> str:
        monkeypatch.setattr(crypto, "rotate", original)
        with psycopg.connect(**connection.get_connection_params()) as other:
            other.execute("SET lock_timeout = 200")
            with pytest.raises(psycopg.errors.LockNotAvailable):  # it waits for the row and comes after, not between
                other.execute("UPDATE tenants_channelaccount SET credentials = 'newer'")
        return original(written)

    monkeypatch.setattr(crypto, "rotate", enter_first)
    key_rotation.rotate_all()
    assert readable(stored)


def test_a_value_no_key_opens_is_named_and_left(
    stored: dict[int, str], settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = sorted(stored)[0]
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    ChannelAccount._base_manager.filter(pk=lost).update(credentials={"access_token": "under a lost key"})
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    before = _raw(lost)
    with pytest.raises(SystemExit) as ended:
        call_command("rotate_keys", "--json")
    assert ended.value.code == 1
    said = json.loads(capsys.readouterr().out)
    assert said["unreadable"] == [f"tenants_channelaccount {lost}"]
    assert said["rewritten"] == NUMBERS + 2
    assert _raw(lost) == before


def _raw(pk: int) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT credentials FROM tenants_channelaccount WHERE id = %s", [pk])
        return cursor.fetchone()
