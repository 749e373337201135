"""Run everything once, print a table, keep a line in docs/benchmarks.md. `--back-office` measures its pages instead."""

from __future__ import annotations

import datetime as dt
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import tests.bench.setup  # noqa: F401 - models are imported below
from conversations.understanding import artefact
from hotel_agent.embedded.places import PROJECT
from hotel_agent.embedded.servers import free_port
from hotel_agent.launch.programs import WEB_THREADS, WEB_WORKERS
from tests.bench.load import acks_per_second
from tests.chaos.system import System
from tests.conversations.guests import NUMBER, envelope, text_message
from tests.stand_ins.graph import GraphStandIn

ROUNDS = 5
ROUND_S = 4.0
MESSAGES_PER_S = 20
RUN_IN_S = 3
STEADY_S = 20
DEBOUNCE_S = 1.0
QUESTIONS = (
    "¿A qué hora es el desayuno?",
    "Do you have parking?",
    "Tem piscina?",
    "¿Tienen una doble del 3 al 7 de enero para 2?",
)
HISTORY = PROJECT / "docs" / "benchmarks.md"


def acks(system: System) -> tuple[float, float, float]:
    """Median acks per second of ours and of the bare app, in alternating rounds on the same servers, and the median of
    the rounds' ratios: a round is compared with the one right after it, since a busy machine slows both."""
    system.change("CREATE TABLE bare_delivery (id bigserial PRIMARY KEY, body bytea NOT NULL)")
    port = free_port()
    bare = subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
         "--workers", str(WEB_WORKERS), "--blocking-threads", str(WEB_THREADS), "--no-ws", "--http", "1",
         "--log-level", "warning", "tests.bench.bare:application"],
        env=system.environment, cwd=PROJECT, start_new_session=True,
    )  # fmt: skip
    ours, theirs = [], []
    try:
        time.sleep(3)
        for _ in range(ROUNDS):
            ours.append(acks_per_second(system.port, "/webhooks/whatsapp", ROUND_S))
            theirs.append(acks_per_second(port, "/", ROUND_S))
    finally:
        bare.terminate()
        bare.wait(20)
    ratios = [our / their for our, their in zip(ours, theirs, strict=True)]
    return statistics.median(ours), statistics.median(theirs), statistics.median(ratios)


def turn_latency(system: System) -> list[float]:
    """Seconds from due to accepted by the Graph API, for each of a steady stream of messages.

    The first seconds after the start of all processes at once are not yet steady: all are answered, not all measured.
    """
    total = MESSAGES_PER_S * (RUN_IN_S + STEADY_S)
    started = time.monotonic()
    senders = []
    for number in range(total):
        pause = started + number / MESSAGES_PER_S - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        body = envelope([text_message(f"549117{number:07d}", QUESTIONS[number % len(QUESTIONS)])])
        sender = threading.Thread(target=system.deliver, args=(body,))
        sender.start()
        senders.append(sender)
    for sender in senders:
        sender.join()
    system.until(system.drained, 60)
    rows = system.rows(
        "SELECT extract(epoch FROM o.sent_at - m.received_at)::float8 FROM conversations_outboundmessage o"
        " JOIN conversations_message m ON m.turn_id = o.turn_id WHERE o.sent_at IS NOT NULL ORDER BY m.received_at"
    )
    assert len(rows) == total, f"{len(rows)} of {total} were answered"
    return sorted(seconds - DEBOUNCE_S for (seconds,) in rows[MESSAGES_PER_S * RUN_IN_S :])


def memory(system: System) -> dict[str, list[float]]:
    """Proportional set size in MB of each process, by program, largest first."""
    found: dict[str, list[float]] = {}
    for name, process in system.running.items():
        for directory in Path("/proc").iterdir():
            if directory.name.isdecimal() and _session(directory) == process.pid:
                found.setdefault(name, []).append(_pss(directory))
    return {name: sorted(values, reverse=True) for name, values in found.items()}


def _session(directory: Path) -> int:
    try:
        return int((directory / "stat").read_text().rpartition(")")[2].split()[3])
    except OSError:
        return 0


def _pss(directory: Path) -> float:
    try:
        lines = (directory / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def statements(system: System) -> dict[str, int]:
    """SQL statements per ack and per turn."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.statements", NUMBER],
        env=system.environment, cwd=PROJECT, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    counted: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return counted


def main() -> None:
    """Measure, print, keep."""
    if sys.argv[1:2] == ["--back-office"]:
        program = [sys.executable, "-m", "tests.bench.back_office", *sys.argv[2:]]
        # Another database: it needs a process that has read no settings.
        sys.exit(subprocess.run(program, check=False).returncode)
    artefact.ensure(artefact.model_directory())
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory) / "graph.jsonl"
        with GraphStandIn(log) as graph, System(Path(directory), graph, scale=1) as system:
            # Receipts would be measured too, on the same two cores as the stand-in that sends them.
            graph.control.auto_statuses()
            latency = turn_latency(system)
            used = memory(system)
            system.kill("worker")
            system.kill("sweep")
            counted = statements(system)
            ours, bare, ratio = acks(system)
    p50, p95, p99 = (latency[int(len(latency) * share)] * 1000 for share in (0.50, 0.95, 0.99))
    ack = max(count for name, count in counted.items() if name.startswith("ack"))
    turn = max(count for name, count in counted.items() if name.startswith("turn"))
    worker = max(used["worker"])
    rows = [
        ("durable acks per second, beside a bare app", f"{ours:.0f} / {bare:.0f} = {ratio:.2f}", "≥ 0.40"),
        (f"turn latency at {MESSAGES_PER_S}/s, due to sent, p50 / p95 / p99 ms",
         f"{p50:.0f} / {p95:.0f} / {p99:.0f}", "p95 < 200"),
        ("SQL statements per ack / per turn with its send", f"{ack} / {turn}", "≤ 3 / ≤ 25"),
        ("PSS MB: web, worker, sweeper (largest process)",
         f"{max(used['web']):.0f}, {worker:.0f}, {max(used['sweep']):.0f}", "worker < 200"),
    ]  # fmt: skip
    width = max(len(name) for name, *_ in rows)
    for name, figure, floor in rows:
        sys.stdout.write(f"{name:<{width}}  {figure:<24} {floor}\n")
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=PROJECT, capture_output=True, text=True)  # noqa: PLW1510
    day = dt.datetime.now(dt.UTC).date().isoformat()
    line = f"| {day} | {commit.stdout.strip()} | {os.cpu_count()} | " + " | ".join(figure for _, figure, _ in rows)
    with HISTORY.open("a", encoding="utf-8") as file:
        file.write(line + " |\n")


if __name__ == "__main__":
    main()
