"""Steady traffic with time running faster, and the slopes of everything that must not grow.

    make soak                                      ten minutes
    make soak ARGS="--minutes 120 --write"         the release's: two hours, in which thirty pass for holds

Exit 0: memory of every process, file descriptors, threads and metric files are flat after the warm-up, and tables hold
no more bytes for a row than at its end. Short runs judge memory by a looser limit, because a slope needs time.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import statistics
import sys
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import tests.bench.setup  # noqa: F401 - models are imported below
from conversations.understanding import artefact
from hotel_agent.embedded.places import PROJECT
from tests.chaos.crowd import Crowd, Guest
from tests.chaos.system import SCALE, System
from tests.conversations.guests import envelope, text_message
from tests.stand_ins.graph import GraphStandIn

REPORT = PROJECT / "docs" / "soak.md"
SAMPLE_S = 5.0
WARM_UP = 0.3
"""Share of the run that is not judged: caches fill, processes import what they need."""
MB_PER_HOUR = 1.0
SHORT_MB = 15.0
"""A run shorter than an hour may grow by so much in all: noise of the allocator."""
QUESTIONS = ("¿A qué hora es el desayuno?", "Do you have parking?", "Tem piscina?", "¿Tienen wifi?")


@dataclass
class Series:
    """One figure of one process over time."""

    at: list[float] = field(default_factory=list)
    value: list[float] = field(default_factory=list)

    def add(self, at: float, value: float) -> None:
        self.at.append(at)
        self.value.append(value)

    def after(self, start: float) -> Series:
        """Without the warm-up."""
        kept = [(at, value) for at, value in zip(self.at, self.value, strict=True) if at >= start]
        return Series([at for at, _ in kept], [value for _, value in kept])

    def slope(self) -> float:
        """Growth an hour by a linear fit."""
        return statistics.linear_regression(self.at, self.value).slope * 3600 if len(set(self.at)) > 1 else 0.0


class Watch:
    """Samples every process of the installation, its metric files and its tables."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.begun = time.monotonic()
        self.memory: dict[tuple[str, int], Series] = defaultdict(Series)
        self.files: dict[tuple[str, int], Series] = defaultdict(Series)
        self.threads: dict[tuple[str, int], Series] = defaultdict(Series)
        self.metric_files = Series()
        self.metric_bytes = Series()
        self.tables: list[tuple[float, dict[str, tuple[int, int]]]] = []

    def sample(self) -> None:
        """One look at everything."""
        now = time.monotonic() - self.begun
        sessions = {process.pid: name for name, process in self.system.running.items()}
        for directory in Path("/proc").iterdir():
            if not directory.name.isdecimal():
                continue
            try:
                session = int((directory / "stat").read_text().rpartition(")")[2].split()[3])
                if session not in sessions:
                    continue
                key = (sessions[session], int(directory.name))
                status = (directory / "status").read_text()
                memory, threads = _number(status, "VmRSS:") / 1024, _number(status, "Threads:")
                files = len(list((directory / "fd").iterdir()))
            except (OSError, ValueError):
                continue
            self.memory[key].add(now, memory)
            self.threads[key].add(now, threads)
            self.files[key].add(now, files)
        found = list((self.system.home / "metrics").glob("*/*.db"))
        self.metric_files.add(now, len(found))
        self.metric_bytes.add(now, sum(path.stat().st_size for path in found if path.exists()))

    def measure_tables(self) -> None:
        """Rows and bytes of each table."""
        rows = self.system.rows(
            "SELECT relname, n_live_tup, pg_total_relation_size(relid) FROM pg_stat_user_tables WHERE n_live_tup > 0"
        )
        now = time.monotonic() - self.begun
        self.tables.append((now, {name: (int(live), int(size)) for name, live, size in rows}))


def _number(status: str, name: str) -> float:
    """Raises ValueError where the line is missing: a process that has just ended has no memory any more."""
    for line in status.splitlines():
        if line.startswith(name):
            return float(line.split()[1])
    raise ValueError(f"no {name}")


@dataclass
class Verdict:
    """The report's lines and whether all are good."""

    lines: list[str] = field(default_factory=list)
    good: bool = True

    def say(self, good: bool, text: str) -> None:
        self.good = self.good and good
        self.lines.append(f"- {'ok' if good else 'GROWS'}: {text}")


def judge(watch: Watch, seconds: float) -> Verdict:
    """Slopes after the warm-up. Processes that were recycled meanwhile are judged when they lived half of the rest."""
    verdict = Verdict()
    start = seconds * WARM_UP
    limit = MB_PER_HOUR if seconds >= 3600 else SHORT_MB * 3600 / seconds
    for title, found, most in (
        ("memory MB", watch.memory, limit), ("file descriptors", watch.files, None), ("threads", watch.threads, None),
    ):  # fmt: skip
        by_program: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
        for (name, _), series in found.items():
            rest = series.after(start)
            if len(rest.at) > 3 and rest.at[-1] - rest.at[0] >= (seconds - start) / 2:
                by_program[name].append((rest.slope(), rest.value[0], rest.value[-1]))
        for name, slopes in sorted(by_program.items()):
            slope, first, last = max(slopes)
            # Counts breathe with traffic (connections are opened and closed by age): a leak rises on and on.
            good = slope <= most if most is not None else last <= first + 6
            verdict.say(
                good, f"{name}: {title} {first:.0f} → {last:.0f}, {slope:+.1f} an hour (worst of {len(slopes)})"
            )
    counts = watch.metric_files.after(start).value
    sizes = watch.metric_bytes.after(start).value
    verdict.say(
        max(counts) <= counts[0] + 24, f"metric files {counts[0]:.0f} → {counts[-1]:.0f}, at most {max(counts):.0f}"
    )
    verdict.say(
        sizes[-1] <= sizes[0] * 1.5 + 2**20, f"metric bytes {sizes[0] / 2**20:.1f} → {sizes[-1] / 2**20:.1f} MB"
    )
    (_, middle), (_, end) = watch.tables[-2], watch.tables[-1]
    for name, (live, size) in sorted(end.items(), key=lambda one: -one[1][1])[:10]:
        before_live, before_size = middle.get(name, (0, 0))
        each, each_before = size / max(live, 1), before_size / max(before_live, 1)
        good = size < 4 * 2**20 or not before_live or each <= each_before * 1.5
        verdict.say(
            good, f"table {name}: {live} rows, {size / 2**20:.1f} MB, {each:.0f} bytes a row (middle {each_before:.0f})"
        )
    return verdict


def traffic(system: System, crowd: Crowd, rate: float, stop: threading.Event) -> None:
    """Questions at a steady rate from a few hundred guests."""
    number, begun = 0, time.monotonic()
    while not stop.wait(max(0.0, begun + number / rate - time.monotonic())):
        number += 1
        text = QUESTIONS[number % len(QUESTIONS)]
        body = envelope([text_message(f"5491163{number % 400:06d}", text)])
        if system.deliver(body) != 200:
            crowd.statuses.append(0)


def bookers(crowd: Crowd, stop: threading.Event, done: list[str]) -> None:
    """One guest after the other books."""
    number = 0
    while not stop.is_set():
        arrival = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=20 + number * 3 % 300)
        done.append(Guest(crowd, f"5491164{number:06d}").book(arrival))
        number += 1
        stop.wait(2)


def main() -> int:
    """The soak; 0 when nothing grows."""
    parser = argparse.ArgumentParser(prog="make soak ARGS=…", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=float, default=8, help="messages a second")
    parser.add_argument("--write", action="store_true", help=f"keep the report as {REPORT.relative_to(PROJECT)}")
    given = parser.parse_args()
    seconds = given.minutes * 60
    artefact.ensure(artefact.model_directory())
    booked: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with GraphStandIn(directory / "graph.jsonl") as graph, System(directory, graph) as system:
            system.start("beat")
            graph.control.auto_statuses()
            crowd, stop, watch = Crowd(system), threading.Event(), Watch(system)
            working = [threading.Thread(target=traffic, args=(system, crowd, given.rate, stop)),
                       threading.Thread(target=bookers, args=(crowd, stop, booked))]  # fmt: skip
            for one in working:
                one.start()
            half = False
            while (passed := time.monotonic() - watch.begun) < seconds:
                watch.sample()
                if passed > seconds / 2 and not half:
                    watch.measure_tables()
                    half = True
                time.sleep(SAMPLE_S)
            stop.set()
            for one in working:
                one.join(120)
            system.until(system.drained, 300)
            time.sleep(1)  # PostgreSQL tells its counts once a second
            watch.measure_tables()
            verdict = judge(watch, seconds)
            messages = system.rows("SELECT count(*) FROM conversations_message")[0][0]
    verdict.say(not crowd.statuses.count(0), f"{messages} messages taken in and answered, {len(booked)} stays booked")
    text = "\n".join(verdict.lines)
    sys.stdout.write(text + "\n")
    if given.write:
        REPORT.write_text(
            f"# Soak\n\n{dt.datetime.now(dt.UTC):%Y-%m-%d}, {os.cpu_count()} processors, {given.rate:g} messages a"
            f' second, waiting times {SCALE} times shorter: `make soak ARGS="{" ".join(sys.argv[1:])}"`'
            f"\n\nSlopes are linear fits after the first {WARM_UP:.0%}.\n\n{text}\n",
            encoding="utf-8",
        )
    return 0 if verdict.good else 1


if __name__ == "__main__":
    sys.exit(main())
