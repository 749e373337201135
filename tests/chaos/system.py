"""The whole product as real processes on free ports, with own servers that a test may stop, and truth kept outside.

Web, worker and sweeper are started as `make run` starts them, each in its own session so that its whole tree can be
killed. The Graph stand-in runs in the test's process; its append-only log says what reached guests. Every waiting time
is `SCALE` times shorter.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from hotel_agent.embedded.places import PROJECT, Place
from hotel_agent.embedded.servers import PostgreSQL, Redis, free_port
from hotel_agent.launch.programs import METRICS_VARIABLE, metrics_of, programs
from integrations.channels.whatsapp.signature import sign
from tests.chaos.proxy import Proxy
from tests.conversations.guests import APP_SECRET, NUMBER, VERIFY_TOKEN
from tests.stand_ins.graph import GraphStandIn

SCALE = 15


@dataclass
class System:
    """One installation. Use as a context manager; nothing it started survives it."""

    directory: Path
    graph: GraphStandIn
    scale: int = SCALE
    proxied: bool = False
    """The programs reach PostgreSQL, Redis and Graph through `self.proxies`, the test itself directly."""
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # As root the servers run as another user, who must reach the directory: not pytest's private one.
        self.home = PROJECT / ".local" / f"chaos-{os.getpid()}-{time.monotonic_ns()}"
        self.home.mkdir(parents=True)
        place = Place("test", self.home)
        self.postgresql, self.redis = PostgreSQL(place), Redis(place)
        self.port = free_port()
        self.proxies: dict[str, Proxy] = {}

    def __enter__(self) -> System:
        try:
            self.postgresql.start()
            self.redis.start()
            self.manage("migrate", "-v0")
            self.manage("seed_demo")
            if self.proxied:
                for name in ("postgresql", "redis", "graph"):
                    self.proxies[name] = Proxy(self._direct(name)).__enter__()
            for name in ("web", "worker", "sweep"):
                self.start(name)
            self.until(lambda: self.get("/health/ready") == 200, 90)
        except BaseException:
            self.__exit__()
            raise
        self.graph.control.callback(f"http://127.0.0.1:{self.port}/webhooks/whatsapp", APP_SECRET)
        self.graph.control.auto_statuses("sent", "delivered")
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self.running):
            self.kill(name)
        for proxy in self.proxies.values():
            proxy.__exit__()
        self.redis.stop()
        self.postgresql.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def _direct(self, name: str) -> str:
        return {"postgresql": self.postgresql.url, "redis": self.redis.url, "graph": self.graph.url}[name]

    def _reached_at(self, name: str) -> str:
        return self.proxies[name].url if name in self.proxies else self._direct(name)

    @property
    def environment(self) -> dict[str, str]:
        """What every process of the installation is given."""
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
        redis = self._reached_at("redis")
        broker = redis.rpartition("/")[0] + "/1"
        return {
            **kept,
            "ENVIRONMENT": "development",
            "DJANGO_SETTINGS_MODULE": "hotel_agent.settings",
            "DATABASE_URL": self._reached_at("postgresql"),
            "REDIS_URL": redis,
            "CELERY_BROKER_URL": broker,
            "WHATSAPP_API_URL": self._reached_at("graph"),
            "WHATSAPP_APP_SECRET": APP_SECRET,
            "WHATSAPP_VERIFY_TOKEN": VERIFY_TOKEN,
            "WHATSAPP_PHONE_NUMBER_ID": NUMBER,
            "WHATSAPP_ACCESS_TOKEN": "chaos-token-0001",
            "HOTEL_AGENT_TIME_SCALE": str(self.scale),
            "LOG_LEVEL": "WARNING",
            "PORT": str(self.port),
        }

    def manage(self, *arguments: str) -> None:
        """Run a `manage.py` command to its end."""
        subprocess.run(
            [sys.executable, str(PROJECT / "manage.py"), *arguments],
            env=self.environment, cwd=PROJECT, check=True, timeout=400, stdout=subprocess.DEVNULL,
        )  # fmt: skip

    def start(self, name: str) -> None:
        """Start one program in a session of its own."""
        program = next(one for one in programs(port=self.port, stream_port=0) if one.name == name)
        with (self.home / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                program.command,
                env={**self.environment, METRICS_VARIABLE: str(metrics_of(name, self.home))},
                cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def restart_worker(self) -> None:
        """Kill the worker's tree, start another, and return once it takes tasks."""
        self.kill("worker")
        self.change("DELETE FROM hotel_agent_heartbeat WHERE name = 'worker'")
        self.start("worker")
        self.until(lambda: bool(self.rows("SELECT 1 FROM hotel_agent_heartbeat WHERE name = 'worker'")), 60)

    def kill(self, name: str) -> None:
        """`kill -9` of a program's whole tree."""
        process = self.running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def log(self, name: str) -> str:
        """What a program printed."""
        return (self.home / f"{name}.log").read_text(errors="replace")

    # --- the doors ---------------------------------------------------------------------------------------------------

    def get(self, path: str) -> int:
        """The status of a GET, 0 when nobody answers."""
        return self._status(urllib.request.Request(f"http://127.0.0.1:{self.port}{path}"))

    def deliver(self, body: bytes) -> int:
        """Deliver a signed webhook; the status, 0 when nobody answers."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/webhooks/whatsapp",
            data=body,
            headers={"Content-Type": "application/json", "X-Hub-Signature-256": sign(body, APP_SECRET)},
        )
        return self._status(request)

    @staticmethod
    def _status(request: urllib.request.Request) -> int:
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return int(error.code)
        except OSError:
            return 0

    # --- truth -------------------------------------------------------------------------------------------------------

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of a query on the installation's database."""
        with psycopg.connect(self.postgresql.url, autocommit=True) as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    def change(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Change rows, as a manager would."""
        with psycopg.connect(self.postgresql.url, autocommit=True) as connection:
            connection.execute(statement.encode(), parameters)

    @staticmethod
    def until(condition: Any, timeout: float) -> None:
        """Wait until it holds.

        Raises:
            AssertionError: it does not within `timeout` seconds.
        """
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if condition():
                return
            time.sleep(0.1)
        raise AssertionError(f"not within {timeout} s")

    def drained(self) -> bool:
        """Whether nothing is left to do."""
        return self.rows(
            "SELECT (SELECT count(*) FROM conversations_inbounddelivery WHERE state IN ('waiting', 'working'))"
            " + (SELECT count(*) FROM conversations_message WHERE state = 'waiting')"
            " + (SELECT count(*) FROM conversations_outboundmessage WHERE state IN ('queued', 'sending', 'ambiguous'))"
            " + (SELECT count(*) FROM reservations_stayevent WHERE state IN ('waiting', 'working'))"
        ) == [(0,)]
