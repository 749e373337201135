"""The network between the product and its servers is slow, silent or breaks; PostgreSQL is full or slow."""

from __future__ import annotations

import contextlib
import datetime as dt
import http.cookiejar
import os
import random
import re
import string
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.chaos.crowd import Crowd, Guest
from tests.chaos.history import check
from tests.chaos.system import System
from tests.conversations.guests import envelope, spoken, text_message
from tests.stand_ins.graph import GraphStandIn

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

AT_ONCE = 3
PATIENT_S = 5.0
SMALL_BYTES = 4 * 1024 * 1024


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """One installation for this file, with a proxy before each of its servers."""
    directory = tmp_path_factory.mktemp("network")
    with GraphStandIn(directory / "graph.jsonl") as graph, System(directory, graph, proxied=True) as running:
        yield running


def booking(crowd: Crowd, pool: ThreadPoolExecutor, first: int) -> list[Future[str]]:
    """Guests who book, each their own nights."""
    today = dt.datetime.now(dt.UTC).date()
    return [
        pool.submit(Guest(crowd, f"54911920000{n:02d}").book, today + dt.timedelta(days=20 + 3 * n))
        for n in range(first, first + AT_ONCE)
    ]


def settled(system: System, crowd: Crowd, codes: list[str]) -> None:
    system.until(system.drained, 120)
    assert len(set(codes)) == len(codes)
    check(system, crowd.acked)


@pytest.mark.parametrize(("first", "name", "seconds"), [(0, "postgresql", 0.02), (3, "redis", 0.05), (6, "graph", 1.0)])
def test_a_slow_way_to_a_server_loses_and_doubles_nothing(
    system: System, first: int, name: str, seconds: float
) -> None:
    crowd = Crowd(system)
    with system.proxies[name].slow(seconds), ThreadPoolExecutor(AT_ONCE) as pool:
        codes = [one.result() for one in booking(crowd, pool, first)]
    assert set(crowd.statuses) == {200}
    settled(system, crowd, codes)


@pytest.mark.parametrize(("first", "name"), [(9, "postgresql"), (12, "redis"), (15, "graph")])
def test_connections_to_a_server_are_reset_again_and_again(system: System, first: int, name: str) -> None:
    """At most a 503 that is sent again, never a 500; of Redis and Graph not even that."""
    crowd = Crowd(system)
    broken = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        booked = booking(crowd, pool, first)
        for _ in range(6):
            time.sleep(1.5)
            broken += system.proxies[name].reset()
        codes = [one.result() for one in booked]
    assert broken or name == "graph"  # between two sends there is no connection to Graph
    assert set(crowd.statuses) <= ({200, 503} if name == "postgresql" else {200})
    settled(system, crowd, codes)


@contextlib.contextmanager
def silent_for(
    system: System, name: str, seconds: float, first: int, then: Callable[[], None] = lambda: None
) -> Iterator[Crowd]:
    """Guests book while a server is reached and does not answer for a while; afterwards everything is looked at.

    Args:
        then: done while it is still silent.
    """
    crowd = Crowd(system)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        booked = booking(crowd, pool, first)
        time.sleep(1)
        with system.proxies[name].silent():
            time.sleep(seconds)
            then()
        codes = [one.result() for one in booked]
    yield crowd
    settled(system, crowd, codes)


def test_redis_is_silent(system: System) -> None:
    """Nobody is told that it is gone, and acknowledgements are in time all the same."""
    with silent_for(system, "redis", 12, first=18) as crowd:
        assert set(crowd.statuses) == {200}
        assert crowd.slowest_s < PATIENT_S


def test_postgresql_is_silent(system: System) -> None:
    """Nobody waits for it without an end: refused in time, threads free for others, and all goes on by itself."""

    def threads_are_free() -> None:
        # Whoever was asking when it fell silent has given up; one thread of a process looks whether it is back.
        bodies = [envelope([text_message(f"54911921000{n:02d}", "Hola")]) for n in range(12)]
        with ThreadPoolExecutor(12) as pool:
            refused = [pool.submit(system.deliver, body) for body in bodies]
            assert [system.get("/health/live") for _ in range(12)] == [200] * 12
            assert {one.result() for one in refused} == {503}

    with silent_for(system, "postgresql", 12, first=21, then=threads_are_free) as crowd:
        assert set(crowd.statuses) <= {200, 503}, "nobody was left without an answer"


def test_graph_takes_messages_and_its_answers_are_lost(system: System) -> None:
    """[25] Nothing is sent again blindly: the receipt says that it arrived."""
    crowd = Crowd(system)
    with system.proxies["graph"].losing_answers(), ThreadPoolExecutor(AT_ONCE) as pool:
        codes = [one.result() for one in booking(crowd, pool, 24)]
    assert system.proxies["graph"].broken > 0
    settled(system, crowd, codes)
    system.until(lambda: system.get("/health/ready") == 200, 60)


@contextlib.contextmanager
def small_disk(system: System) -> Iterator[Path]:
    """A file system of a few megabytes that PostgreSQL may write to."""
    directory = system.home / "small"
    directory.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SMALL_BYTES}", "tmpfs", str(directory)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a small file system")
    try:
        os.chown(directory, Path(f"/proc/{system.postgresql.pid}").stat().st_uid, -1)
        yield directory
    finally:
        subprocess.run(["umount", "--lazy", str(directory)], check=True)


def test_the_disk_of_postgresql_is_full(system: System, rng: random.Random) -> None:
    """[16] Refused with 503 and not acknowledged; what was acknowledged is there; more room is all it needs."""
    crowd = Crowd(system)
    deliveries = "ALTER TABLE conversations_inbounddelivery SET TABLESPACE"
    with small_disk(system) as directory:
        system.change("CREATE TABLESPACE small LOCATION '" + str(directory) + "'")
        system.change(f"{deliveries} small")
        try:
            refused: set[int] = set()
            for number in range(400):
                words = "".join(rng.choices(string.ascii_letters, k=60_000))  # nothing to compress
                message = text_message(f"54911930{number:05d}", words)
                status = system.deliver(envelope([message]))
                refused.add(status)
                if status != 200:
                    break
                crowd.acked.append(message["id"])
            assert refused == {200, 503}
            assert system.get("/health/live") == 200
        finally:
            system.change(f"{deliveries} pg_default")
            system.change("DROP TABLESPACE small")
    guest = Guest(crowd, "5491193999999")
    guest.say("¿Tienen wifi?")
    assert "wifi" in spoken(guest.hear()).lower()
    settled(system, crowd, [])


SLOW_PEOPLE = """
ALTER TABLE auth_user RENAME TO auth_user_there;
CREATE VIEW auth_user WITH (security_barrier) AS SELECT * FROM auth_user_there WHERE pg_sleep(30) IS NOT NULL
"""
PEOPLE_AGAIN = "DROP VIEW auth_user; ALTER TABLE auth_user_there RENAME TO auth_user"


def test_a_statement_of_the_back_office_takes_too_long(system: System) -> None:
    """[17] After five seconds a page that says so, and the thread and its connection serve the next one."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    address = f"http://127.0.0.1:{system.port}/admin/login/"

    def log_in() -> tuple[int, float]:
        page = browser.open(address, timeout=20).read().decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert token
        form = {"csrfmiddlewaretoken": token.group(1), "username": "demo", "password": "not the one"}
        started = time.monotonic()
        try:
            with browser.open(address, urllib.parse.urlencode(form).encode(), timeout=25) as answer:
                status = int(answer.status)
        except urllib.error.HTTPError as error:
            status = int(error.code)
        return status, time.monotonic() - started

    for statement in SLOW_PEOPLE.split(";"):
        system.change(statement)
    try:
        status, took = log_in()
    finally:
        for statement in PEOPLE_AGAIN.split(";"):
            system.change(statement)
    assert status == 503
    assert 4.5 < took < 20, "the server's own limit ended it"
    assert log_in()[0] == 200
