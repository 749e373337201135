"""What a message and a reservation cost: processor time by program and bytes on disk. `python -m tests.bench.costs`.

Processor time, not elapsed time: it hardly depends on what else the machine does. The figures of docs/scaling.md.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import tempfile
import time
from pathlib import Path

import tests.bench.setup  # noqa: F401 - models are imported below
from conversations.understanding import artefact
from tests.chaos.crowd import Crowd, Guest
from tests.chaos.system import System
from tests.conversations.guests import envelope, text_message
from tests.stand_ins.graph import GraphStandIn

MESSAGES, STAYS, PER_S = 300, 12, 10
QUESTIONS = ("¿A qué hora es el desayuno?", "Do you have parking?", "Tem piscina?", "¿Tienen wifi?")
TICKS = os.sysconf("SC_CLK_TCK")


def processor(system: System) -> dict[str, float]:
    """Seconds used so far by each program's session, ended children included."""
    own = {process.pid: name for name, process in system.running.items()}
    own |= {system.postgresql.pid: "PostgreSQL", system.redis.pid: "Redis"}
    used: dict[str, float] = dict.fromkeys(own.values(), 0.0)
    parents: dict[int, int] = {}
    times: dict[int, float] = {}
    for directory in Path("/proc").iterdir():
        if directory.name.isdecimal():
            try:
                fields = (directory / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(directory.name)] = int(fields[1])
            times[int(directory.name)] = sum(map(int, fields[11:15])) / TICKS
    for pid, seconds in times.items():
        ancestor = pid
        while ancestor not in own and ancestor in parents:
            ancestor = parents[ancestor]
        if ancestor in own:
            used[own[ancestor]] += seconds
    return used


def size(system: System) -> int:
    """Bytes of the database."""
    system.change("CHECKPOINT")
    (row,) = system.rows("SELECT pg_database_size(current_database())")
    return int(row[0])


def tell(title: str, count: int, before: dict[str, float], after: dict[str, float], grown: int) -> None:
    """One line a program, then the sum and the bytes."""
    sys.stdout.write(f"{title}: {count}\n")
    for name in sorted(after):
        sys.stdout.write(f"  {name:<11} {(after[name] - before[name]) * 1000 / count:7.1f} ms\n")
    total = sum(after.values()) - sum(before.values())
    sys.stdout.write(f"  {'all':<11} {total * 1000 / count:7.1f} ms   {grown / count / 1024:.1f} KB on disk\n")


def main() -> None:
    """Idle first, then messages, then reservations."""
    artefact.ensure(artefact.model_directory())
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with GraphStandIn(directory / "graph.jsonl") as graph, System(directory, graph, scale=1) as system:
            graph.control.auto_statuses("sent", "delivered", "read")
            crowd = Crowd(system)
            Guest(crowd, "5491199000000").say("Hola")
            system.until(system.drained, 60)

            begun, before = time.monotonic(), processor(system)
            time.sleep(10)
            after, lasted = processor(system), time.monotonic() - begun
            idle = {program: (after[program] - before[program]) / lasted for program in after}
            sys.stdout.write(f"idle: {sum(idle.values()) * 100:.1f} % of a processor\n")

            for title, count in (("messages with their answer and three receipts", MESSAGES), ("stays booked", STAYS)):
                begun, before, bytes_before = time.monotonic(), processor(system), size(system)
                if count == MESSAGES:
                    for number in range(MESSAGES):
                        time.sleep(max(0.0, begun + number / PER_S - time.monotonic()))
                        text = QUESTIONS[number % len(QUESTIONS)]
                        assert system.deliver(envelope([text_message(f"5491199{number:06d}", text)])) == 200
                else:
                    for number in range(STAYS):
                        arrival = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=20 + 3 * number)
                        Guest(crowd, f"5491198{number:06d}").book(arrival)
                system.until(system.drained, 300)
                lasted = time.monotonic() - begun
                after = processor(system)
                working = {program: after[program] - idle[program] * lasted for program in after}
                tell(title, count, before, working, size(system) - bytes_before)


if __name__ == "__main__":
    main()
