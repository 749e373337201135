"""The whole production set behind real nginx, with Debian's PostgreSQL and Redis."""

from __future__ import annotations

import concurrent.futures
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from conversations.understanding import artefact
from hotel_agent.embedded.places import PROJECT
from hotel_agent.embedded.servers import free_port
from tests.conftest import CI
from tests.conversations.guests import envelope, spoken, text_message
from tests.deploy.installation import DEPLOY, NAME, Installation, postgresql_programs
from tests.stand_ins.graph import GraphStandIn

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.needs_program("nginx", "redis-server", "openssl", "pg_dump"),
]

WIDGET = "demo-bahia-serena"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    if postgresql_programs() is None:
        (pytest.fail if CI else pytest.skip)("Debian's PostgreSQL server is not installed")
    artefact.ensure(artefact.model_directory())
    log = tmp_path_factory.mktemp("graph") / "graph.jsonl"
    with GraphStandIn(log) as graph, Installation(graph) as running:
        yield running


def answered(installed: Installation, wa_id: str) -> list[str]:
    return [spoken(sent["body"]) for sent in installed.graph.control.messages(to="+" + wa_id)]


def status_of(installed: Installation, raw: bytes, patience: float = 20) -> int:
    """The status nginx answers to these very bytes; 0 when it closes without one."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    plain = socket.create_connection(("127.0.0.1", installed.ports["https"]), timeout=patience)
    with context.wrap_socket(plain) as connection:
        connection.sendall(raw)
        answer = connection.recv(200)
    return int(answer.split()[1]) if answer else 0


def test_a_signed_message_comes_in_and_its_answer_goes_out(installed: Installation) -> None:
    assert installed.deliver(envelope([text_message("5491133330001", "Hola, ¿tienen estacionamiento?")])) == 200
    installed.until(lambda: answered(installed, "5491133330001"), 30)
    assert "cochera" in answered(installed, "5491133330001")[0]


def test_the_settings_pass_their_own_check(installed: Installation) -> None:
    installed.manage("check", "--deploy", "--fail-level", "WARNING")


def test_bodies_without_a_length_or_too_large_are_refused_at_the_door(installed: Installation) -> None:
    chunked = (
        f"POST /webhooks/whatsapp HTTP/1.1\r\nHost: {NAME}\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"
    )
    assert status_of(installed, chunked.encode()) == 411
    nothing = f"POST /webhooks/whatsapp HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n"
    assert status_of(installed, nothing.encode()) == 411

    large = installed.request("POST", "/webhooks/whatsapp", b"x" * (4 * 1024 * 1024 + 1))
    assert large.status in {413, 0}  # nginx may close before the last byte is sent
    announced = f"POST /webhooks/whatsapp HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 5000000\r\n\r\n"
    assert status_of(installed, announced.encode()) == 413
    other = f"POST /webhooks/stripe HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 1500000\r\n\r\n"
    assert status_of(installed, other.encode()) == 413

    three = envelope([text_message("5491133330002", "Hola " + "x" * 3_000_000)])
    assert installed.deliver(three) == 200, "Meta sends up to 3 MB"


def test_who_may_see_what(installed: Installation) -> None:
    assert installed.request("GET", "/metrics").status == 404
    assert installed.request("GET", "/health/live").status == 200
    assert installed.request("POST", "/webhooks/whatsapp", b"{}").status == 401
    assert "max-age" in installed.request("GET", "/health/live").headers["strict-transport-security"]
    plain = urllib.request.Request(f"http://127.0.0.1:{installed.ports['http']}/admin/", headers={"Host": "elsewhere"})
    opener = urllib.request.build_opener(NoRedirect)
    assert opener.open(plain).headers["Location"] == f"https://{NAME}/admin/"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Shows redirects instead of following them."""

    def http_error_301(self, req, fp, code, msg, headers):
        return fp


def test_the_address_a_client_claims_counts_for_nothing(installed: Installation) -> None:
    statuses = set()
    for number in range(30):
        claimed = {"X-Real-IP": f"203.0.113.{number}", "X-Forwarded-For": f"203.0.113.{number}"}
        statuses.add(installed.request("POST", "/webhooks/stripe", b"{}", **claimed).status)
    assert 429 in statuses


def test_an_open_page_is_told_through_nginx_at_once(installed: Installation) -> None:
    token = installed.api("POST", f"/api/v1/webchat/{WIDGET}/session", {})["token"]
    connection = installed.connection()
    connection.request("GET", f"/api/v1/webchat/{WIDGET}/stream", headers={"Host": NAME, "X-Visitor-Token": token})
    stream = connection.getresponse()
    assert stream.status == 200
    assert stream.getheader("Content-Type", "").startswith("text/event-stream")
    said = {"id": str(uuid.uuid4()), "text": "¿Tienen wifi?"}
    installed.api("POST", f"/api/v1/webchat/{WIDGET}/messages", said, **{"X-Visitor-Token": token})
    begun = time.monotonic()
    while b"event: change" not in stream.readline():
        assert time.monotonic() - begun < 20
    connection.close()
    installed.until(
        lambda: (
            "wifi"
            in str(installed.api("GET", f"/api/v1/webchat/{WIDGET}/messages", **{"X-Visitor-Token": token})).lower()
        ),
        20,
    )


def test_slow_bodies_keep_nobody_waiting(installed: Installation) -> None:
    """Fault case 18: eighty clients that never finish their body; others are served, and the slow ones are ended."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    head = f"POST /webhooks/whatsapp HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 1000\r\n\r\n{{"
    stalled = []
    for number in range(80):
        own = (f"127.0.1.{1 + number // 8}", 0)  # eight from each of ten addresses
        nginx = ("127.0.0.1", installed.ports["https"])
        one = context.wrap_socket(socket.create_connection(nginx, timeout=20, source_address=own))
        one.sendall(head.encode())
        stalled.append(one)
    took = []
    for _ in range(20):
        begun = time.monotonic()
        assert installed.request("GET", "/health/live").status == 200
        took.append(time.monotonic() - begun)
    assert max(took) < 1
    try:
        answer = stalled[0].recv(200)
    except (ConnectionResetError, ssl.SSLEOFError):
        answer = b""
    assert answer == b"" or b" 408 " in answer, "ended after ten seconds, not waited for"
    for one in stalled:
        one.close()


def test_a_web_process_is_killed_under_traffic(installed: Installation) -> None:
    """Whoever was acknowledged is answered; whoever was not sends again, as Meta does."""
    guests = [f"549114444{n:04d}" for n in range(40)]
    statuses: list[int] = []

    def say(wa_id: str) -> None:
        body = envelope([text_message(wa_id, "¿Tienen wifi?")])
        for _ in range(30):
            status = installed.deliver(body)
            statuses.append(status)
            if status == 200:
                return
            time.sleep(0.2)
        raise AssertionError("never acknowledged")

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        sending = [pool.submit(say, wa_id) for wa_id in guests]
        time.sleep(0.5)
        # Once: a server whose processes die at once after their start gives up, and its supervisor starts it again.
        os.kill(installed.children("web")[-1], signal.SIGKILL)
        for one in sending:
            one.result()
    assert set(statuses) <= {0, 200, 502, 503}
    installed.until(lambda: all(answered(installed, wa_id) for wa_id in guests), 60)
    assert [len(answered(installed, wa_id)) for wa_id in guests] == [1] * len(guests)
    installed.until(lambda: installed.request("GET", "/health/ready").status == 200, 30)


def test_numbers_of_every_program_survive_their_processes(installed: Installation) -> None:
    assert installed.deliver(envelope([text_message("5491133330003", "¿Tienen wifi?")])) == 200
    installed.until(lambda: answered(installed, "5491133330003"), 30)
    before = installed.metrics()
    name = 'orchestrator_latency_seconds_count{intent="ask_amenities",status="ok"}'
    assert before[name] >= 1, "counted in a child of the worker"
    assert before['webhook_deliveries_total{result="stored",route="whatsapp"}'] >= 1, "counted in web"
    assert before['process_heartbeat_age_seconds{program="worker"}'] < 60
    installed.until(lambda: installed.metrics()["hotel_active_conversations"] >= 1, 20)  # written by the sweeper

    for pid in installed.children("worker"):
        os.kill(pid, signal.SIGKILL)
    installed.until((installed.directory / "metrics/worker/counter_0.db").exists, 20)
    after = installed.metrics()
    assert after[name] >= before[name]
    assert after['hotel_messages_by_channel_total{channel="whatsapp",direction="out"}'] >= 1


def test_health_checks_of_the_image(installed: Installation) -> None:
    alive = ["-m", "hotel_agent.launch.alive"]
    assert installed.try_to_run([sys.executable, *alive, "web", "--port", str(installed.ports["web"])]).returncode == 0
    assert installed.try_to_run([sys.executable, *alive, "web", "--port", str(free_port())]).returncode == 1
    assert installed.try_to_run([sys.executable, *alive, "worker"]).returncode == 0
    assert installed.try_to_run([sys.executable, *alive, "sweep"]).returncode == 0


@pytest.mark.needs_program("prometheus")
def test_prometheus_reads_it_with_its_own_configuration(installed: Installation, tmp_path: Path) -> None:
    token = tmp_path / "metrics_token"
    token.write_text(installed.metrics_token)
    text = (DEPLOY / "prometheus" / "prometheus.yml").read_text()
    text = text.replace("/run/secrets/metrics_token", str(token)).replace(
        "web:8000", f"127.0.0.1:{installed.ports['web']}"
    )
    (tmp_path / "prometheus.yml").write_text(text.replace("15s", "1s"))
    (tmp_path / "alerts.yml").write_text((DEPLOY / "prometheus" / "alerts.yml").read_text())
    port = free_port()
    command = ["prometheus", f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data",
               f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]  # fmt: skip
    with subprocess.Popen(command) as prometheus:
        try:

            def ask(path: str) -> dict[str, object]:
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/{path}", timeout=5) as answer:
                        found: dict[str, object] = json.load(answer)["data"]
                        return found
                except OSError:
                    return {}

            installed.until(lambda: '"1"' in json.dumps(ask("query?query=up")), 30)
            installed.until(
                lambda: "hotel_active_conversations" in str(ask("query?query=hotel_active_conversations")), 20
            )
            alerts = str(ask("rules"))
            assert "SweeperSilent" in alerts
            assert "'health': 'err'" not in alerts
        finally:
            prometheus.terminate()


def test_a_backup_is_restored_and_passes_the_audit(installed: Installation, tmp_path: Path) -> None:
    """The restore drill of docs/operations/backup.md."""
    media = Path(installed.environment["MEDIA_ROOT"])
    (media / "1").mkdir(parents=True, exist_ok=True)
    (media / "1" / "photo.jpg").write_bytes(b"\xff\xd8 a guest's photo")
    installed.deliver(envelope([text_message("5491155550000", "Hola")]))
    installed.until(lambda: installed.rows("SELECT count(*) FROM conversations_message")[0][0], 60)
    stop = threading.Event()

    def traffic() -> None:
        number = 0
        while not stop.is_set() and number < 40:
            number += 1
            installed.deliver(envelope([text_message(f"549115555{number:04d}", "Hola")]))

    writing = threading.Thread(target=traffic)
    writing.start()
    try:
        done = installed.run([str(DEPLOY / "backup/backup.sh")], BACKUP_DIRECTORY=str(tmp_path / "backups"))
    finally:
        stop.set()
        writing.join()
    dump = Path(done.stdout.strip())
    assert dump.stat().st_mode & 0o077 == 0, "for its owner only"
    assert 'process_heartbeat_age_seconds{program="backup"}' in installed.metrics()

    again = {"DATABASE_URL": installed.database_url("restored"), "MEDIA_ROOT": str(tmp_path / "media")}
    _create(installed, "restored")
    restore = str(DEPLOY / "backup/restore.sh")
    files = next((tmp_path / "backups").glob("media-*.tar"))
    assert "restored" in installed.run([restore, str(dump), str(files)], **again).stdout
    assert (tmp_path / "media" / "1" / "photo.jpg").read_bytes().startswith(b"\xff\xd8")
    assert "No migrations to apply" in installed.manage("migrate", **again)
    kept = "SELECT count(*) FROM reservations_roomnight"
    assert installed.rows(kept, "restored") == installed.rows(kept)
    assert installed.rows("SELECT count(*) FROM conversations_message", "restored")[0][0] >= 1

    # What was waiting or being done at the moment of the backup is done by the restored installation's sweeper,
    # without a broker. A backup is older than a lease (90 s) when somebody needs it: here it is seconds old.
    with psycopg.connect(installed.database_url("restored"), autocommit=True) as connection:
        connection.execute("UPDATE conversations_inbounddelivery SET lease_until = now() WHERE state = 'working'")
    waiting = "SELECT count(*) FROM conversations_inbounddelivery WHERE state IN ('waiting', 'working')"
    environment = {**installed.environment, **again, "CELERY_BROKER_URL": "redis://127.0.0.1:1/0"}
    with subprocess.Popen([sys.executable, str(PROJECT / "manage.py"), "sweep"], env=environment) as sweeper:
        try:
            installed.until(lambda: installed.rows(waiting, "restored") == [(0,)], 60)
        finally:
            sweeper.terminate()
    audit = installed.try_to_run([sys.executable, str(PROJECT / "manage.py"), "audit", "--json"], **again)
    found = json.loads(audit.stdout)
    assert [one for one in found["violations"] if one["promise"] in {2, 3, 4, 5}] == []

    second = installed.try_to_run([restore, str(dump)], **again)
    assert second.returncode == 2, "a database with tables is never overwritten"


def _create(installed: Installation, name: str) -> None:
    with psycopg.connect(installed.database_url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
