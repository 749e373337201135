"""Numbers of several processes: added up over programs, kept when a process dies, folded when the next one starts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hotel_agent.common import metric_files
from hotel_agent.embedded.places import PROJECT

PROCESS = """
import sys
from hotel_agent.common import metric_files
metric_files.prepare()
metric_files.fold_dead()
from prometheus_client import Counter, Gauge, Histogram
counter = Counter("work_total", "x", ("kind",))
gauge = Gauge("level", "x", multiprocess_mode="mostrecent")
histogram = Histogram("took_seconds", "x", buckets=(1, 2))
for line in sys.stdin:
    value = float(line)
    counter.labels("a").inc(value)
    gauge.set(value)
    histogram.observe(value)
    print("done", flush=True)
"""


class Counting:
    """A process that counts what it is told to."""

    def __init__(self, directory: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROCESS], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, metric_files.VARIABLE: str(directory)},
        )  # fmt: skip

    def count(self, value: float) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{value}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.communicate()


def read(root: Path, name: str, **labels: str) -> float | None:
    samples = [
        sample.value
        for metric in metric_files.EveryProgram(root / "web").collect()
        for sample in metric.samples
        if sample.name == name and sample.labels == labels
    ]
    assert len(samples) <= 1
    return samples[0] if samples else None


def test_what_the_dead_counted_stays_in_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    web, worker = tmp_path / "web", tmp_path / "worker"
    living = Counting(web)
    living.count(0.5)
    for value in (1, 2, 3):
        child = Counting(worker)
        child.count(value)
        child.kill()
    assert read(tmp_path, "work_total", kind="a") == 6.5

    last = Counting(worker)
    last.count(4)
    # Three dead and a living one: of each kind a folded file and the living one's own.
    assert len(list(worker.glob("*.db"))) == 6
    assert read(tmp_path, "work_total", kind="a") == 10.5
    assert read(tmp_path, "took_seconds_bucket", le="2.0") == 3
    assert read(tmp_path, "took_seconds_count") == 5
    assert read(tmp_path, "level") == 4, "the latest, whoever wrote it"

    last.kill()
    living.count(1)
    monkeypatch.setenv(metric_files.VARIABLE, str(worker))
    assert metric_files.fold_dead() == 3
    assert metric_files.fold_dead() == 0
    assert read(tmp_path, "work_total", kind="a") == 11.5
    assert read(tmp_path, "took_seconds_count") == 6
    assert read(tmp_path, "level") == 1
    assert len(list(web.glob("*.db"))) == 3, "another program's processes are not ours to judge"
    living.kill()


def test_without_a_directory_nothing_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(metric_files.VARIABLE, raising=False)
    assert metric_files.registry() is None
    assert metric_files.fold_dead() == 0
