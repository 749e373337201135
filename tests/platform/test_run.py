"""`make run` as a whole: ready, hard to hurt, and gone when it is asked to go."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from conversations.understanding import artefact
from hotel_agent.embedded import processes
from hotel_agent.embedded.leases import guarded
from hotel_agent.embedded.places import PROJECT, Place
from hotel_agent.launch.programs import RUN_MARK
from hotel_agent.launch.run import readiness

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(500)]

READY_S = 400.0
"""The language model may have to be trained first, on a busy machine."""


@dataclass
class Running:
    process: subprocess.Popen[bytes]
    directory: Path
    environment: dict[str, str]

    @property
    def place(self) -> Place:
        return Place("development", self.directory / "development")

    @property
    def output(self) -> str:
        return (self.directory / "output").read_text(encoding="utf-8", errors="replace")

    @property
    def port(self) -> int:
        found = re.search(r"Site +http://127\.0\.0\.1:(\d+)/", self.output)
        assert found, self.output[-2000:]
        return int(found.group(1))

    def told(self, text: str, patience: float) -> bool:
        return processes.until(lambda: text in self.output or self.process.poll() is not None, patience, pause=0.2)

    def ready(self) -> bool:
        return readiness(self.port)[0] == 200

    def programs(self, name: str = "") -> list[int]:
        import json

        mark = json.loads((self.place.directory / "run.json").read_text())["mark"]
        wanted = [f"{RUN_MARK}={mark}", f"SUPERVISOR_PROCESS_NAME={name}"]
        return sorted(processes.with_environment(*wanted[: 2 if name else 1]))

    def again(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "hotel_agent.launch"],
            cwd=PROJECT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.endswith("_URL") and name not in {"PORT", "DJANGO_SETTINGS_MODULE", "MAKELEVEL"}
    }
    trained = artefact.model_directory()
    artefact.ensure(trained)  # a training of its own would take a minute of two processors
    environment = {
        **kept, "ENVIRONMENT": "development", "HOTEL_AGENT_LOCAL_DIR": str(tmp_path), "NLU_MODEL_DIR": str(trained),
    }  # fmt: skip
    with (tmp_path / "output").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "hotel_agent.launch"],
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    made = Running(process, tmp_path, environment)
    yield made
    if process.poll() is None:
        process.terminate()
        process.wait(30)


def test_it_gets_ready_heals_and_goes(running: Running) -> None:
    assert running.told("Ctrl-C stops everything.", READY_S), running.output[-2000:]
    assert running.ready()
    assert "demo / demo" in running.output

    # One run per checkout.
    second = running.again()
    assert second.returncode == 1
    assert f"http://127.0.0.1:{running.port}/" in second.stderr

    # Numbers of every process come out of whichever web process is asked.
    with urllib.request.urlopen(f"http://127.0.0.1:{running.port}/metrics", timeout=10) as answer:
        assert b"django_http_requests_total_by_method_total" in answer.read()

    # Whatever dies comes back, and nothing of the dead stays.
    before = {name: running.programs(name) for name in ("web", "stream", "worker", "beat", "sweep")}
    for pids in before.values():
        assert pids
        os.kill(pids[0], signal.SIGKILL)
    dead = [pid for pids in before.values() for pid in pids]
    assert processes.wait_gone(dead, 40)
    assert processes.until(lambda: all(running.programs(name) for name in before), 40)
    assert processes.until(running.ready, 60, pause=0.5), readiness(running.port)

    # Asked as a terminal asks: the whole group gets SIGINT.
    everybody = running.programs()
    asked = time.monotonic()
    os.killpg(running.process.pid, signal.SIGINT)
    assert running.process.wait(25) == 0
    assert time.monotonic() - asked < 20
    assert not [pid for pid in everybody if processes.alive(pid)]
    assert not guarded(running.place)
    assert running.output.rstrip().endswith("Stopped.")
