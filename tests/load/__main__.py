"""Pass or fail on the webhook route, and a table of the whole mix at the highest rate that keeps the backlog bounded.

    make load-test                                 two minutes of webhooks, then the mix in steps of a minute
    make load-test ARGS="--seconds 15 --steps 10 20"

Exit 0: at least 100 webhooks a second were acknowledged, 95 % of them within 200 ms, none failed, everything was
answered and `manage.py audit` found nothing. The product, its servers and Meta's stand-in run on this machine too.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import tests.bench.setup  # noqa: F401 - models are imported below
from conversations.understanding import artefact
from hotel_agent.embedded.places import PROJECT
from tests.chaos.system import System
from tests.conversations.guests import APP_SECRET, NUMBER
from tests.stand_ins.graph import GraphStandIn

RATE, P95_MS = 100, 200
CONNECTIONS = 60
"""Each delivers 1.9 times a second: 114, so that 100 are reached although Locust shares the processors."""
MEAN_WAIT_S = 3.5
BACKLOG_S = 10.0
"""The backlog is bounded when nothing that is due at the end of a step has waited longer."""
REPORT = PROJECT / "docs" / "load-test.md"


def locust(system: System, user: str, users: int, seconds: int, directory: Path) -> dict[str, Any]:
    """Run Locust headless; returns its figures."""
    result = directory / "result.json"
    result.unlink(missing_ok=True)
    environment = {
        **os.environ, "LOAD_APP_SECRET": APP_SECRET, "LOAD_PHONE_NUMBER_ID": NUMBER, "LOAD_RESULT": str(result),
        "PYTHONPATH": str(PROJECT),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "locust", "-f", str(PROJECT / "tests/load/locustfile.py"), user, "--headless",
         "-H", f"http://127.0.0.1:{system.port}", "-u", str(users), "-r", str(max(users, 1)), "-t", f"{seconds}s",
         "--only-summary", "--loglevel", "WARNING", "--exit-code-on-error", "0", "--stop-timeout", "5"],
        env=environment, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=seconds + 120,
    )  # fmt: skip
    if not result.exists():
        raise SystemExit(f"Locust gave no result:\n{done.stdout}{done.stderr}")
    found: dict[str, Any] = json.loads(result.read_text())
    return found


def waited(system: System) -> float:
    """Seconds the oldest due piece of work has waited."""
    (row,) = system.rows(
        "SELECT greatest(coalesce(extract(epoch FROM clock_timestamp() - (SELECT min(due_at) FROM"
        " conversations_conversation WHERE owner = 'agent'))::float8, 0), coalesce(extract(epoch FROM clock_timestamp()"
        " - (SELECT min(not_before) FROM conversations_outboundmessage WHERE state IN ('queued', 'ambiguous')))"
        "::float8, 0), coalesce(extract(epoch FROM clock_timestamp() - (SELECT min(received_at) FROM"
        " conversations_inbounddelivery WHERE state IN ('waiting', 'working')))::float8, 0))"
    )
    return max(float(row[0]), 0.0)


def drain(system: System, patience: float) -> float:
    """Wait until nothing is left to do; returns how long that took."""
    begun = time.monotonic()
    system.until(system.drained, patience)
    return time.monotonic() - begun


def audit(system: System) -> bool:
    """Whether `manage.py audit` finds nothing."""
    done = subprocess.run(
        [sys.executable, str(PROJECT / "manage.py"), "audit"], env=system.environment, cwd=PROJECT,
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    sys.stdout.write(done.stdout[-2000:] + done.stderr[-500:])
    return done.returncode == 0


def table(figures: dict[str, Any]) -> str:
    """The routes as a Markdown table."""
    lines = ["| route | requests | failed | a second | p50 ms | p95 ms | p99 ms | longest |", "|---|" + "---:|" * 7]
    for name, one in sorted(figures["routes"].items()):
        lines.append(
            f"| {name} | {one['requests']} | {one['failures']} | {one['per_second']} | {one['p50_ms']:.0f} |"
            f" {one['p95_ms']:.0f} | {one['p99_ms']:.0f} | {one['max_ms']} |"
        )
    return "\n".join(lines)


def webhooks(system: System, seconds: int, directory: Path) -> tuple[bool, str]:
    """The webhook route; returns whether it passed, and the report."""
    found = locust(system, "Provider", CONNECTIONS, seconds, directory)
    route = found["routes"]["webhook"]
    took = drain(system, 600)
    clean = audit(system)
    stored = system.rows("SELECT count(*) FROM conversations_message")[0][0]
    passed = {
        f"{route['per_second']} a second (at least {RATE})": route["per_second"] >= RATE,
        f"p95 {route['p95_ms']:.0f} ms (below {P95_MS})": route["p95_ms"] < P95_MS,
        f"{route['failures']} failed (none)": route["failures"] == 0,
        f"{stored} messages stored of {route['requests']} acknowledged": stored >= route["requests"],
        "audit clean": clean,
    }
    lines = [f"- {'ok' if good else 'FAILED'}: {text}" for text, good in passed.items()]
    lines += [f"- everything was answered {took:.0f} s after the last delivery", *(f"- {e}" for e in found["errors"])]
    return all(passed.values()), "\n".join([table(found), "", *lines])


def mix(system: System, steps: list[int], seconds: int, directory: Path) -> tuple[bool, str]:
    """The whole mix, step by step; the table of the last step that kept up."""
    best, tried = "", []
    for rate in steps:
        found = locust(system, "HotelGuest", round(rate * MEAN_WAIT_S), seconds, directory)
        behind = waited(system)
        failed = sum(one["failures"] for one in found["routes"].values())
        kept_up = behind < BACKLOG_S and failed == 0
        tried.append(
            f"- {rate} a second: {'kept up' if kept_up else 'did not keep up'}, oldest due work {behind:.1f} s,"
            f" {failed} failed"
        )
        sys.stdout.write(tried[-1] + "\n")
        drain(system, 900)
        if not kept_up:
            break
        best = f"At {rate} requests a second ({round(rate * MEAN_WAIT_S)} guests):\n\n{table(found)}"
    clean = audit(system)
    tried.append(f"- {'ok: audit clean' if clean else 'FAILED: audit found violations'}")
    return clean and bool(best), "\n".join([best or "No step kept up.", "", *tried])


def main() -> int:
    """Both parts; 0 when they pass."""
    parser = argparse.ArgumentParser(prog="make load-test ARGS=…", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seconds", type=int, default=120, help="of the webhook part; a step of the mix takes half")
    parser.add_argument("--steps", type=int, nargs="*", default=[10, 20, 30, 40, 60, 80], help="mix, requests a second")
    parser.add_argument("--write", action="store_true", help=f"keep the report as {REPORT.relative_to(PROJECT)}")
    given = parser.parse_args()
    artefact.ensure(artefact.model_directory())
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with GraphStandIn(directory / "graph.jsonl") as graph, System(directory, graph, scale=1) as system:
            graph.control.auto_statuses()
            passed, first = webhooks(system, given.seconds, directory)
            sys.stdout.write(f"\nWebhooks, {given.seconds} s\n\n{first}\n\n")
            kept, second = (
                mix(system, given.steps, max(given.seconds // 2, 10), directory) if given.steps else (True, "")
            )
            sys.stdout.write(f"\nMix\n\n{second}\n")
    if given.write:
        command = f'make load-test ARGS="{" ".join(sys.argv[1:])}"'
        REPORT.write_text(
            f"# Load test\n\n{dt.datetime.now(dt.UTC):%Y-%m-%d}, {os.cpu_count()} processors for the product, its"
            f" servers, Meta's stand-in and Locust together. `{command}`\n\n## Webhooks\n\n{first}\n\n## The mix\n\n"
            "health 3, availability 10, booking 5, metrics 2, admin 1; two to five seconds between two of a guest.\n\n"
            f"{second}\n",
            encoding="utf-8",
        )
    return 0 if passed and kept else 1


if __name__ == "__main__":
    sys.exit(main())
