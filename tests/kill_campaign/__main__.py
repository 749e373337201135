"""Kill parts of the running product at random moments while guests book, and check the history after every round.

    make kill-campaign                             500 kills, about an hour on two processors
    make kill-campaign ARGS="--kills 20 --seed 7"

Exit 0: nothing acknowledged was lost, nothing happened twice (but flagged resends of plain text), stays and PMS agree.
The seed is printed and repeats the choices; the moments depend on the machine.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import tests.bench.setup  # noqa: F401 - models are imported below
from conversations.understanding import artefact
from hotel_agent.embedded.places import PROJECT
from hotel_agent.embedded.servers import Server
from tests.chaos.crowd import Crowd, Guest
from tests.chaos.history import check
from tests.chaos.system import System
from tests.stand_ins.graph import GraphStandIn

REPORT = PROJECT / "docs" / "kill-campaign.md"
GUESTS = 4
ROUND = 25
DAYS = 300
"""Arrivals wander through so many days, so that rooms never run out."""


@dataclass
class Campaign:
    """One installation, its guests and its killer."""

    system: System
    rng: random.Random
    crowd: Crowd = field(init=False)
    killed: Counter[str] = field(default_factory=Counter)
    codes: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)
    guests: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.crowd = Crowd(self.system)

    # --- guests ------------------------------------------------------------------------------------------------------

    def book_until(self, stop: threading.Event) -> None:
        """Book, one guest after the other."""
        while not stop.is_set():
            with self.lock:
                number = self.guests
                self.guests += 1
            arrival = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=20 + number * 3 % DAYS)
            try:
                code = Guest(self.crowd, f"5491162{number:06d}").book(arrival)
            except AssertionError as error:
                self.trouble.append(str(error)[:4000])
            else:
                self.codes.append(code)

    # --- kills -------------------------------------------------------------------------------------------------------

    def kill_one(self) -> None:
        """One kill -9 by chance, weighted by what dies in life; what nobody restarts by itself is started again."""
        kinds: list[tuple[int, str, Callable[[], None]]] = [
            (6, "worker process", lambda: self._child("worker")),
            (4, "worker, whole tree", lambda: self._tree("worker")),
            (3, "web process", lambda: self._child("web")),
            (2, "web, whole tree", lambda: self._tree("web")),
            (3, "sweeper", lambda: self._tree("sweep")),
            (1, "Redis", lambda: self._server(self.system.redis)),
            (1, "PostgreSQL", lambda: self._server(self.system.postgresql)),
        ]
        weights = [weight for weight, _, _ in kinds]
        _, name, act = self.rng.choices(kinds, weights)[0]
        act()
        self.killed[name] += 1
        self._supervise()

    def _child(self, program: str) -> None:
        pid = self.system.running[program].pid
        with contextlib.suppress(OSError):
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            if children:
                os.kill(int(self.rng.choice(children)), signal.SIGKILL)

    def _tree(self, program: str) -> None:
        self.system.kill(program)
        self.system.start(program)

    @staticmethod
    def _server(server: Server) -> None:
        os.kill(server.pid, signal.SIGKILL)
        time.sleep(0.5)
        server.start()

    def _supervise(self) -> None:
        """What systemd does: a program that ended is started again."""
        for program, process in list(self.system.running.items()):
            if process.poll() is not None:
                self._tree(program)

    # --- rounds ------------------------------------------------------------------------------------------------------

    def round(self, kills: int) -> None:
        """Kills under traffic, then rest, then the history is checked.

        Raises:
            AssertionError: a promise was broken.
        """
        stop = threading.Event()
        booking = [threading.Thread(target=self.book_until, args=(stop,)) for _ in range(GUESTS)]
        for one in booking:
            one.start()
        for _ in range(kills):
            time.sleep(self.rng.uniform(0.1, 3.0))
            self.kill_one()
        stop.set()
        for one in booking:
            while one.is_alive():
                one.join(1)
                self._supervise()
        self.system.until(self.system.drained, 180)
        assert not self.trouble, self.trouble
        assert len(set(self.codes)) == len(self.codes)
        check(self.system, self.crowd.acked)

    def report(self) -> str:
        """What happened, as Markdown."""
        acks = Counter(self.crowd.statuses)
        resent = self.system.rows("SELECT count(*) FROM conversations_outboundmessage WHERE resent")[0][0]
        lines = [
            "| | |", "|---|---:|",
            *(f"| kill -9: {name} | {count} |" for name, count in sorted(self.killed.items())),
            f"| **kills** | **{sum(self.killed.values())}** |",
            f"| bookings confirmed, each once in the PMS | {len(self.codes)} |",
            f"| messages acknowledged, each stored and answered once | {len(self.crowd.acked)} |",
            f"| deliveries refused or cut off and sent again | {sum(acks.values()) - acks[200]} |",
            f"| plain texts sent again, flagged | {resent} |",
            "| lost, doubled, out of order | 0 |",
        ]  # fmt: skip
        return "\n".join(lines)


def main() -> int:
    """The campaign; 0 when every round passes."""
    parser = argparse.ArgumentParser(prog="make kill-campaign ARGS=…", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--write", action="store_true", help=f"keep the report as {REPORT.relative_to(PROJECT)}")
    given = parser.parse_args()
    sys.stdout.write(f"seed {given.seed}\n")
    artefact.ensure(artefact.model_directory())
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with GraphStandIn(directory / "graph.jsonl") as graph, System(directory, graph) as system:
            campaign = Campaign(system, random.Random(given.seed))
            while (left := given.kills - sum(campaign.killed.values())) > 0:
                try:
                    campaign.round(min(left, ROUND))
                except AssertionError as error:
                    sys.stdout.write(f"{campaign.report()}\n\nBROKEN (seed {given.seed}): {error}\n")
                    return 1
                sys.stdout.write(f"{sum(campaign.killed.values())} kills, {len(campaign.codes)} bookings\n")
                sys.stdout.flush()
            text = campaign.report()
    took = (time.monotonic() - begun) / 60
    sys.stdout.write(f"\n{text}\n")
    if given.write:
        REPORT.write_text(
            f"# Kill campaign\n\n{dt.datetime.now(dt.UTC):%Y-%m-%d}, {os.cpu_count()} processors, {took:.0f} minutes:"
            f' `make kill-campaign ARGS="--kills {given.kills} --seed {given.seed} --write"`'
            "\n\nGuests book one after the other, four at a time, while parts are killed (`kill -9`) at random moments;"
            f" after each {ROUND} kills the whole history is checked (`tests/chaos/history.py`).\n\n{text}\n",
            encoding="utf-8",
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
