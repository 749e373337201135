"""PostgreSQL and Redis for one pytest run (a plugin, because pytest-django reads settings before any conftest).

Given `DATABASE_URL` and `REDIS_URL` are used as they are. Otherwise the run joins the checkout's own test servers and
takes a slot: its own database name and its own two Redis databases, so that several runs, and the processes of one,
work side by side. A slot's database is kept for the next run while the migrations are the same and the last run ended
in order.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import psycopg
import pytest
import redis

from hotel_agent.embedded import Lease, ServicesError, ensure
from hotel_agent.embedded.places import place_of

PROJECT = Path(__file__).resolve().parent.parent
SLOTS = 31
OWN_SLOT = "HOTEL_AGENT_TEST_SLOT"
_CLEAN, _IN_USE = "clean", "in use"
ANY_NUMBER = -1
"""PostgreSQL's connection limit of a database that may be used; one whose DROP was interrupted has another."""
_run: TestServices | None = None


class TestServices:
    """A joined pair of servers and the slot this run has taken on them."""

    __test__ = False

    def __init__(self) -> None:
        self._lease: Lease = ensure("test")
        self.slot, self._file = self._take_slot()
        self.database = f"slot{self.slot}_{_schema_version()}"
        self.reusable = self._file.read() == f"{_CLEAN} {self.database}"
        self._note(f"{_IN_USE} {self.database}")
        self.exit_in_order = False

    def prepare(self) -> None:
        """Set the environment that settings read, and leave nothing of an earlier run in this slot."""
        urls = self._lease.services
        own = urlsplit(urls.redis_url)
        os.environ["DATABASE_URL"] = urlsplit(urls.database_url)._replace(path=f"/{self.database}").geturl()
        os.environ["REDIS_URL"] = own._replace(path=f"/{2 * self.slot}").geturl()
        os.environ["CELERY_BROKER_URL"] = own._replace(path=f"/{2 * self.slot + 1}").geturl()
        for name in ("REDIS_URL", "CELERY_BROKER_URL"):
            with redis.Redis.from_url(os.environ[name]) as client:
                client.flushdb()
        with psycopg.connect(urls.database_url, autocommit=True) as connection:
            found = connection.execute(
                "SELECT datname, datconnlimit FROM pg_database WHERE datname LIKE %s", [rf"test\_slot{self.slot}\_%"]
            ).fetchall()
            kept = (f"test_{self.database}", ANY_NUMBER) if self.reusable else None
            for name, limit in found:
                if (name, limit) != kept:
                    connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            if kept not in found:
                self._copy_of_template(connection)

    def _copy_of_template(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        """Make the slot's database from one that was migrated once for all of them: migrating takes half a minute."""
        template = f"template_{_schema_version()}"
        with (place_of("test").directory / "template.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            made = connection.execute(
                r"SELECT datname FROM pg_database WHERE datname LIKE 'template\_%' OR datname = 'migrating'"
            ).fetchall()
            if (template,) not in made:
                for (name,) in made:
                    connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
                connection.execute("CREATE DATABASE migrating")
                url = urlsplit(self._lease.services.database_url)._replace(path="/migrating").geturl()
                subprocess.run(
                    [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
                    cwd=PROJECT, env={**os.environ, "DATABASE_URL": url}, check=True, timeout=600,
                )  # fmt: skip
                connection.execute(f"ALTER DATABASE migrating RENAME TO {template}")
            connection.execute(f'CREATE DATABASE "test_{self.database}" TEMPLATE {template}')

    def leave(self) -> None:
        """Give the slot back and stop the servers when nobody else uses them."""
        if self.exit_in_order:
            self._note(f"{_CLEAN} {self.database}")
        self._file.close()
        self._lease.release()

    def _take_slot(self) -> tuple[int, IO[str]]:
        directory = place_of("test").directory
        for slot in range(SLOTS):
            path = directory / f"slot-{slot}"
            path.touch()
            file = path.open("r+")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                continue
            return slot, file
        raise ServicesError(f"{SLOTS} test runs are already under way in this checkout: wait for one to end.")

    def _note(self, text: str) -> None:
        self._file.seek(0)
        self._file.truncate()
        self._file.write(text)
        self._file.flush()


def _schema_version() -> str:
    """What the database's tables follow from: our migrations and the versions of the packages that bring their own."""
    digest = hashlib.sha256()
    for path in sorted([*PROJECT.glob("*/migrations/*.py"), PROJECT / "requirements" / "base.txt"]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:10]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--only-prepare",
        action="store_true",
        help="Translate the tests and migrate the database the processes of a run copy theirs from; run nothing.",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """With `--only-prepare` everything is done by now."""
    return True if session.config.getoption("only_prepare") else None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> Generator[None, None, None]:
    """Runs before pytest-django loads the settings."""
    global _run  # noqa: PLW0603 - one process, one run
    os.environ["ENVIRONMENT"] = "test"
    only_looking = {"--help", "-h", "--version", "-V", "--markers", "--fixtures", "--collect-only", "--co"}
    given = os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")
    if os.environ.get("PYTEST_XDIST_WORKER") and os.environ.get(OWN_SLOT):
        given = None  # what was inherited is the slot of the process that hands out the tests
    if not given and not only_looking & set(args):
        try:
            _run = TestServices()
            _run.prepare()
            os.environ[OWN_SLOT] = str(_run.slot)
        except ServicesError as error:
            raise pytest.UsageError(str(error)) from None
    yield


def has_own_database() -> bool:
    """Whether this process made the database it uses, which no other process does."""
    return _run is not None


def pytest_configure(config: pytest.Config) -> None:
    """A database of unknown history is made anew; ours is known by its name."""
    if _run is None:
        config.option.create_db = True


def pytest_report_header() -> str:
    where = f"own servers, slot {_run.slot}" if _run else "DATABASE_URL and REDIS_URL as given"
    return f"services: {where}"


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Note whether the database may be reused; leaving itself waits until Django has let go of it."""
    if _run is not None:
        _run.exit_in_order = exitstatus in {0, 1, 5}


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    global _run  # noqa: PLW0603 - one process, one run
    if _run is not None:
        from django.db import connections

        connections.close_all()
        _run.leave()
        _run = None
