"""PostgreSQL is reached and says nothing: every wait of ours ends by itself. One without an end hangs its test."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import OperationalError, connection, connections, models, transaction

from hotel_agent.postgresql import base
from hotel_agent.postgresql.base import DatabaseWrapper
from tests.chaos.proxy import Proxy

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(60)]

ALIAS = "by_way_of_a_proxy"


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with Proxy(os.environ["DATABASE_URL"]) as proxy:
        yield proxy


@pytest.fixture
def database(proxy: Proxy) -> Iterator[DatabaseWrapper]:
    """The same database by way of the proxy, with an impatient connection."""
    port = urlsplit(proxy.url).port
    options = connection.settings_dict["OPTIONS"] | {"patience_s": 1.0, "connect_timeout": 2}
    wrapper = DatabaseWrapper({**connection.settings_dict, "PORT": str(port), "OPTIONS": options}, ALIAS)
    connections[ALIAS] = wrapper
    ask(wrapper)
    yield wrapper
    with contextlib.suppress(OperationalError):
        wrapper.close()
    del connections[ALIAS]


def ask(database: DatabaseWrapper) -> int:
    with database.cursor() as cursor:
        cursor.execute("SELECT 1")
        return int(cursor.fetchone()[0])


def test_an_answer_is_not_waited_for_for_ever_and_the_next_one_is_not_the_last_ones(
    proxy: Proxy, database: DatabaseWrapper
) -> None:
    with proxy.silent(), pytest.raises(OperationalError, match="said nothing"):
        ask(database)
    assert database.connection.closed
    database.close_if_unusable_or_obsolete()  # as Django does between two requests
    time.sleep(base.REST_S)
    assert ask(database) == 1


def test_a_transaction_that_meets_silence_ends_too(proxy: Proxy, database: DatabaseWrapper) -> None:
    """Its ROLLBACK has nobody to go to; nothing of it stays."""

    def write(silence: contextlib.ExitStack) -> None:
        with transaction.atomic(using=ALIAS), database.cursor() as cursor:
            cursor.execute("INSERT INTO hotel_agent_heartbeat (name, at) VALUES ('silent', now())")
            silence.enter_context(proxy.silent())
            ask(database)

    # Django wants a new connection at the end of a broken transaction: not waited for either.
    with contextlib.ExitStack() as silence, pytest.raises(OperationalError, match="another thread looks"):
        write(silence)
    database.close_if_unusable_or_obsolete()
    time.sleep(base.REST_S)
    with database.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM hotel_agent_heartbeat WHERE name = 'silent'")
        assert cursor.fetchone() == (0,)


def test_a_kept_connection_is_looked_at_with_less_patience_than_work_has(
    proxy: Proxy, database: DatabaseWrapper
) -> None:
    database.connection.patience_s = 3600.0
    assert database.is_usable()
    assert database.connection.patience_s == 3600.0
    database.connection.heard_at -= base.FRESH_S
    with proxy.silent():
        assert not database.is_usable()
    database.close()
    assert ask(database) == 1, "a forgotten connection is no word against the server"


def test_a_connection_that_just_answered_is_not_asked_again(proxy: Proxy, database: DatabaseWrapper) -> None:
    ask(database)
    with proxy.silent():
        assert database.is_usable(), "it was asked"
        with pytest.raises(OperationalError, match="said nothing"):
            ask(database)
        assert not database.is_usable(), "however lately it answered: it is closed"


def test_a_silent_server_holds_one_thread_that_looks_and_no_other(proxy: Proxy, database: DatabaseWrapper) -> None:
    database.close()
    with proxy.silent():
        with pytest.raises(OperationalError, match="timeout"):
            database.ensure_connection()
        with pytest.raises(OperationalError, match="another thread looks"):
            database.ensure_connection()
        time.sleep(base.REST_S)
        with pytest.raises(OperationalError, match="timeout"):
            database.ensure_connection()
    time.sleep(base.REST_S)
    assert ask(database) == 1
    database.close()
    assert ask(database) == 1, "everybody may connect again"


def test_a_server_that_refuses_is_asked_by_everybody(proxy: Proxy, database: DatabaseWrapper) -> None:
    """A refusal takes no time; nobody is kept from finding out at once that it is back."""
    database.close()
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    there = database.settings_dict["PORT"]
    database.settings_dict["PORT"] = str(port)
    for _ in range(3):
        with pytest.raises(OperationalError, match="refused"):
            database.ensure_connection()
    database.settings_dict["PORT"] = there
    assert ask(database) == 1


def test_the_kernel_gives_up_on_packets_that_arrive_nowhere(database: DatabaseWrapper) -> None:
    """Our own loopback never loses one: what can be shown here is that the kernel was told."""
    with socket.socket(fileno=os.dup(database.connection.fileno())) as ours:
        told = {
            name: ours.getsockopt(socket.IPPROTO_TCP, getattr(socket, name))
            for name in ("TCP_USER_TIMEOUT", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT")
        }
        assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    assert told == {"TCP_USER_TIMEOUT": 10_000, "TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}


def test_to_django_the_driver_is_psycopg(database: DatabaseWrapper) -> None:
    """Django asks it for exceptions by name, and for `Binary` when bytes are written."""
    driver = database.Database
    for name in ("Error", "DataError", "OperationalError", "IntegrityError", "InternalError", "ProgrammingError",
                 "NotSupportedError", "DatabaseError", "InterfaceError", "Binary"):  # fmt: skip
        assert getattr(driver, name) is getattr(psycopg, name)
    assert database.connection.__class__ is driver.PatientConnection
    assert isinstance(models.BinaryField().get_db_prep_value(b"\0", database), psycopg.Binary)


def test_what_psycopg_is_given_is_psycopgs(database: DatabaseWrapper) -> None:
    with psycopg.connect(**database.get_connection_params()) as plain:
        assert plain.execute("SELECT 1").fetchone() == (1,)
