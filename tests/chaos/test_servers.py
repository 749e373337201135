"""Each part dies or hangs once while guests write; one installation lives through all of it.

The quick half of the fault tests: it runs in CI. Numbers in brackets are the fault cases of docs/hardening.md.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import random
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import redis

from tests.chaos.crowd import Crowd, Guest
from tests.chaos.history import check
from tests.chaos.system import System
from tests.conversations.guests import envelope, spoken, text_message
from tests.stand_ins.graph import GraphStandIn

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

AT_ONCE = 4
PATIENT_S = 5.0
"""No acknowledgement may take longer, whatever hangs behind it."""


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """One installation for this file."""
    directory = tmp_path_factory.mktemp("servers")
    with GraphStandIn(directory / "graph.jsonl") as graph, System(directory, graph) as running:
        yield running


def arrival(number: int) -> dt.date:
    return dt.datetime.now(dt.UTC).date() + dt.timedelta(days=20 + 3 * number)


def settled(system: System, crowd: Crowd) -> None:
    """Everything is done, and nothing was lost, doubled or out of order."""
    system.until(system.drained, 90)
    check(system, crowd.acked)


def test_web_is_killed_between_insert_and_commit(system: System) -> None:
    """[2] The client sees a broken connection, nothing is half stored, and the repetition is one row."""
    crowd = Crowd(system)
    guest = Guest(crowd, "5491181000001")
    message = text_message(guest.wa_id, "¿Tienen wifi?")
    body = envelope([message])
    digest = hashlib.sha256(body).hexdigest()
    with psycopg.connect(system.postgresql.url) as other, ThreadPoolExecutor(1) as pool:
        # Somebody holds the same key and has not committed: our INSERT is done but must wait.
        other.execute(
            "INSERT INTO conversations_inbounddelivery (route, app_key, body, sha256, received_at, correlation_id,"
            " state, claim, failures, deaths, not_before, last_error)"
            " VALUES ('whatsapp', '', '', %s, now(), '', 'done', 0, 0, 0, now(), '')",
            [digest],
        )
        sending = pool.submit(system.deliver, body)
        waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND strpos(query, 'inbounddelivery') > 0"
        system.until(lambda: bool(system.rows(waits)) or sending.done(), 10)
        system.kill("web")
        status = sending.result()
        other.rollback()
    system.start("web")
    crowd.send(message)
    assert status == 0, "the connection broke"
    assert "wifi" in spoken(guest.hear()).lower()
    settled(system, crowd)
    # PostgreSQL may have finished the statement of a client that was gone: the row is whole, the repetition the same.
    stored = "SELECT octet_length(body) FROM conversations_inbounddelivery WHERE sha256 = %s"
    assert system.rows(stored, [digest]) == [(len(body),)]
    assert len(guest.received()) == 1


def test_redis_hangs(system: System) -> None:
    """[5] Acknowledgements go on; workers resume; nothing is lost or said twice."""
    crowd = Crowd(system)
    guests = [Guest(crowd, f"54911820000{n:02d}") for n in range(12)]
    os.kill(system.redis.pid, signal.SIGSTOP)
    try:
        for guest in guests:
            guest.say("Hola, ¿a qué hora es el desayuno?")
    finally:
        os.kill(system.redis.pid, signal.SIGCONT)
    assert set(crowd.statuses) == {200}
    assert crowd.slowest_s < PATIENT_S
    assert all("7" in spoken(guest.hear()) for guest in guests)
    settled(system, crowd)
    assert all(len(guest.received()) == 1 for guest in guests)


def test_redis_is_killed_with_everything_that_was_queued(system: System) -> None:
    """[6] The queue is a hint: what PostgreSQL has is answered, each exactly once."""
    crowd = Crowd(system)
    system.kill("worker")
    guests = [Guest(crowd, f"5491183000{n:03d}") for n in range(60)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda guest: guest.say("Hola, ¿tienen wifi?"), guests))
    os.kill(system.redis.pid, signal.SIGKILL)
    time.sleep(0.5)
    system.redis.start()
    with redis.Redis.from_url(system.redis.url) as client:
        client.flushall()  # no append-only file
    system.start("worker")
    assert all("wifi" in spoken(guest.hear()).lower() for guest in guests)
    settled(system, crowd)
    assert all(len(guest.received()) == 1 for guest in guests)


def test_redis_is_emptied_while_guests_book(system: System) -> None:
    """[7] Tasks, limits, breakers and cache are gone at once; bookings go through."""
    crowd = Crowd(system)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        booking = [pool.submit(Guest(crowd, f"549118400000{n}").book, arrival(n)) for n in range(4)]
        for _ in range(5):
            time.sleep(1)
            with redis.Redis.from_url(system.redis.url) as client:
                client.flushall()
        codes = [one.result() for one in booking]
    settled(system, crowd)
    assert len(set(codes)) == 4


def test_single_processes_of_the_worker_are_killed(system: System, rng: random.Random) -> None:
    """[9] Each time the work is done again, and the death is counted nowhere as a failure of the guest's message."""
    crowd = Crowd(system)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        booking = [pool.submit(Guest(crowd, f"549118500000{n}").book, arrival(10 + n)) for n in range(4)]
        kills = 0
        while not all(one.done() for one in booking):
            time.sleep(rng.uniform(0.3, 2.0))
            pid = system.running["worker"].pid
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(rng.choice(children)), signal.SIGKILL)
            kills += 1
        codes = [one.result() for one in booking]
    settled(system, crowd)
    assert kills >= 1
    assert len(set(codes)) == 4
    assert system.rows("SELECT count(*) FROM conversations_message WHERE state = 'dead'") == [(0,)]


def test_postgresql_is_killed(system: System) -> None:
    """[13] 503 meanwhile; everything acknowledged is there afterwards; nobody has to do anything."""
    crowd = Crowd(system)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        booking = [pool.submit(Guest(crowd, f"549118600000{n}").book, arrival(20 + n)) for n in range(4)]
        time.sleep(1.5)
        os.kill(system.postgresql.pid, signal.SIGKILL)
        # A session that has not yet noticed the death of its parent may still commit for a moment.
        for _ in range(40):
            refused = system.deliver(envelope([text_message("5491186000009", "Hola")]))
            if refused != 200:
                break
            time.sleep(0.05)
        time.sleep(1)
        system.postgresql.start()
        codes = [one.result() for one in booking]
    settled(system, crowd)
    assert refused == 503
    assert set(crowd.statuses) <= {200, 503}
    assert len(set(codes)) == 4


def test_every_connection_to_postgresql_is_ended_again_and_again(system: System) -> None:
    """[14] At most a 503 that is sent again; no 500."""
    crowd = Crowd(system)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        booking = [pool.submit(Guest(crowd, f"549118700000{n}").book, arrival(30 + n)) for n in range(4)]
        for _ in range(8):
            time.sleep(1.5)
            system.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        codes = [one.result() for one in booking]
    settled(system, crowd)
    assert set(crowd.statuses) <= {200, 503}
    assert len(set(codes)) == 4


def test_a_hot_table_is_locked(system: System) -> None:
    """[15] 503 when two seconds of waiting are over, and the threads are free again for others."""
    crowd = Crowd(system)
    guest = Guest(crowd, "5491188000001")
    with psycopg.connect(system.postgresql.url) as other:
        other.execute("LOCK TABLE conversations_inbounddelivery IN ACCESS EXCLUSIVE MODE")
        with ThreadPoolExecutor(8) as pool:
            bodies = [envelope([text_message(f"549118800001{n}", "Hola")]) for n in range(8)]
            assert set(pool.map(system.deliver, bodies)) == {503}
        assert system.get("/health/live") == 200
        other.rollback()
    guest.say("¿Tienen wifi?")
    assert "wifi" in spoken(guest.hear()).lower()
    settled(system, crowd)
