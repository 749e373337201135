"""Own servers in a temporary directory, used by processes that can be killed one by one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
import redis

from hotel_agent.embedded import processes
from hotel_agent.embedded.leases import guarded, state_of
from hotel_agent.embedded.places import PROJECT, Place

# The package under its short name, as the guardian imports it: without Celery, which `hotel_agent` brings.
USER = f"""
import sys
sys.path.append({str(PROJECT / "hotel_agent")!r})
from embedded import ensure
lease = ensure("test")
print(lease.services.database_url, lease.services.redis_url, flush=True)
sys.stdin.read()
lease.release()
"""
PATIENCE = 30.0


@dataclass
class User:
    """A process that uses the servers until it is told to leave, or killed."""

    process: subprocess.Popen[str]
    database_url: str = ""
    redis_url: str = ""

    def joined(self) -> User:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the user process ended: see its standard error"
        self.database_url, self.redis_url = line.split()
        return self

    def leave(self) -> None:
        self.process.communicate(timeout=PATIENCE)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=PATIENCE)


@dataclass
class Checkout:
    """Stands for a checkout: a directory for the servers' files and the processes that use them."""

    directory: Path
    users: list[User] = field(default_factory=list)

    @property
    def place(self) -> Place:
        return Place("test", self.directory / "test")

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
        return {**kept, "HOTEL_AGENT_LOCAL_DIR": str(self.directory), "ENVIRONMENT": "test"}

    def new_user(self) -> User:
        """Start a user process; `joined` waits until it has its URLs."""
        process = subprocess.Popen(
            [sys.executable, "-c", USER],
            cwd=PROJECT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        user = User(process)
        self.users.append(user)
        return user

    def command(self, *arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """`python -m hotel_agent.embedded …`"""
        return subprocess.run(
            [sys.executable, "-m", "hotel_agent.embedded", *arguments],
            cwd=PROJECT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def pid(self, server: str) -> int:
        return int(str(state_of(self.place)[server]["pid"]))

    def guardian(self) -> int:
        import json

        return int(json.loads(self.place.state.read_text())["guardian"])

    def server_processes(self) -> list[int]:
        """Every process that works inside the directory: all of PostgreSQL's, and Redis."""
        found = []
        for pid in processes.all_pids():
            try:
                where = os.readlink(f"/proc/{pid}/cwd")
            except OSError:
                continue
            if where.startswith(str(self.directory)) and processes.alive(pid):
                found.append(pid)
        return found

    def nothing_left(self) -> bool:
        return processes.until(lambda: not self.server_processes() and not guarded(self.place), PATIENCE)


@pytest.fixture(scope="session")
def started_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a checkout whose servers ran once and ended in order: the first start is the slow one."""
    made = Checkout(tmp_path_factory.mktemp("started-before") / "local")
    made.new_user().joined().leave()
    assert made.nothing_left()
    return made.directory


@pytest.fixture
def checkout(tmp_path: Path, started_before: Path) -> Iterator[Checkout]:
    made = Checkout(tmp_path / "local")
    subprocess.run(["cp", "--archive", str(started_before), str(made.directory)], check=True)
    yield made
    for user in made.users:
        if user.process.poll() is None:
            user.kill()
    gone = made.nothing_left()
    for pid in made.server_processes():
        processes.send(pid, signal.SIGKILL)
    assert gone, "servers were left behind"


def remember(user: User, word: str) -> None:
    """Write a word into both servers."""
    with psycopg.connect(user.database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS remembered (word text)")
        connection.execute("INSERT INTO remembered VALUES (%s)", [word])
    with redis.Redis.from_url(user.redis_url) as client:
        client.set("remembered", word)


def remembered(user: User) -> list[str]:
    """What PostgreSQL remembers."""
    with psycopg.connect(user.database_url) as connection:
        return [row[0] for row in connection.execute("SELECT word FROM remembered ORDER BY word")]
