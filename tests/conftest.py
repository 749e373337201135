"""Rules for every test: what may be skipped where, and the clock of nothing.

Markers are declared in `setup.cfg`. `needs_program(name, …)` skips with a reason when a program is missing, and fails
under `CI`, where `.ci/run` installs the programs. `needs_corpus` skips when the recorded payloads are not there.
`live` never runs in CI.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from pathlib import Path

import pytest
from django.db import connection
from django.test import TransactionTestCase
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests import services

PROJECT = Path(__file__).resolve().parent.parent
CORPUS = Path(os.environ.get("CORPUS_DIR") or PROJECT.parent / "shared" / "payloads")
ONE_AT_A_TIME = {"platform", "chaos"}
SECOND_BROWSER = {"test_accessibility.py", "test_calendar.py", "test_front_desk.py", "test_inbox.py", "test_sign_in.py"}
"""The browser tests of one running product; the other files share another, since one alone would take longest."""
LONG_FIRST = ("e2e", "platform", "conversations/test_learning.py", "admin", "deploy", "reservations/test_stateful.py")
"""What takes a process for minutes is handed out first: begun last, it would keep the whole run waiting."""
CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}


class Together(LoadScopeScheduling):
    """Which tests one process of several runs: files stay whole, because what a file's tests share is made once; what
    starts programs of its own, or would, does not meet others of its kind.

    xdist's own groups are written into ids of tests that pytest 9.2 no longer reads: each test went its own way.
    """

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.split("::", 1)[0]
        _, folder, *rest = path.split("/")
        if folder == "e2e":
            return "e2e, second browser" if rest[-1] in SECOND_BROWSER else "e2e"
        return folder if folder in ONE_AT_A_TIME else path


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    return Together(config, log)


@pytest.hookimpl(wrapper=True)  # the order after everybody else's
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None, None, None]:
    for item in items:
        folder = Path(item.path).relative_to(PROJECT / "tests").parts[0]
        if folder == "e2e":
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.needs_program("chromium"))
        if folder == "chaos":
            item.add_marker(pytest.mark.chaos)
    yield
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    path = Path(item.path).relative_to(PROJECT / "tests").as_posix()
    return next((turn for turn, start in enumerate(LONG_FIRST) if path.startswith(start)), len(LONG_FIRST))


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs_program"):
        missing = [name for name in marker.args if shutil.which(name) is None]
        if missing and CI:
            pytest.fail(f"not installed: {', '.join(missing)}; .ci/run has to install it", pytrace=False)
        if missing:
            pytest.skip(f"not installed: {', '.join(missing)}")
    if item.get_closest_marker("needs_corpus") and not CORPUS.is_dir():
        pytest.skip(f"no recorded payloads at {CORPUS} (set CORPUS_DIR)")
    if item.get_closest_marker("live") and (CI or not os.environ.get("RUN_LIVE")):
        pytest.skip("talks to a real outside service: set RUN_LIVE=1 (never in CI)")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The directory of recorded provider payloads; use with the marker `needs_corpus`."""
    return CORPUS


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request: pytest.FixtureRequest) -> None:
    """pytest-django names a database after each process, and migrates it; ours has one of its own, migrated already."""
    if not services.has_own_database():
        request.getfixturevalue("django_db_modify_db_settings_parallel_suffix")


KEPT = ("django_migrations", "django_content_type", "auth_permission")
"""What migrating wrote and no test changes."""


def _empty_tables(_: TransactionTestCase) -> None:
    """Empty what a test filled, and nothing else.

    Django's own way truncates every table and writes content types and permissions anew after each test that commits:
    half a second of ours a thousand times over. A connection that died in the test is not the next test's.
    """
    if connection.connection is not None and connection.connection.closed:
        connection.close()
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names(cursor) if name not in KEPT]
        filled = " UNION ALL ".join(
            f"SELECT '{name}' WHERE EXISTS (SELECT FROM {connection.ops.quote_name(name)})"  # noqa: S608 - our names
            for name in tables
        )
        cursor.execute(filled)
        names = [connection.ops.quote_name(name) for (name,) in cursor.fetchall()]
        if not names:
            return
        cursor.execute("SELECT current_setting('is_superuser')")
        if cursor.fetchone() == ("on",):
            # A few rows are deleted faster than files are replaced; no key needs checking where nothing is left.
            deletions = "; ".join(f"DELETE FROM {name}" for name in names)  # noqa: S608
            cursor.execute(
                f"SET session_replication_role = replica; {deletions}; SET session_replication_role = origin"
            )
        else:
            cursor.execute(f"TRUNCATE {', '.join(names)} CASCADE")


TransactionTestCase._fixture_teardown = _empty_tables  # type: ignore[attr-defined]  # missing in the stubs
