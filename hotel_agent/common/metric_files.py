"""The numbers of many processes. Each writes files of its own; whoever is asked for /metrics adds them up.

`PROMETHEUS_MULTIPROC_DIR` is the directory of one *program* (web, worker, sweep …). Programs' directories lie side by
side, so that process ids of different containers never meet, and one reader finds all of them.

A process that ended leaves its files behind: counters must not fall. Workers are recycled all day, so whoever starts
folds the files of the dead beside it into one. Reading and folding exclude each other; only a crash between two lines
of `fold_dead` could count what a dead process did twice.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
ANNOUNCING = "web"
FOLDED = "0"
"""Stands in a file's name where a process id stands: no process has it."""


def own_directory() -> Path | None:
    """Where this process writes its numbers; None when it keeps them to itself (tests, commands)."""
    given = os.environ.get(VARIABLE)
    return Path(given) if given else None


def prepare() -> None:
    """Make the directory before the first metric wants to write there."""
    directory = own_directory()
    if directory is not None:
        directory.mkdir(parents=True, exist_ok=True)


def announces() -> bool:
    """Whether this process names every series there can be, at 0, before anything happened.

    One program does it for all: the one that is asked. Thousands of zeros in the files of every process would only be
    read and added up at each scrape.
    """
    directory = own_directory()
    return directory is None or directory.name == ANNOUNCING


class EveryProgram:
    """A collector over the files of every program beside ours."""

    def __init__(self, directory: Path) -> None:
        self._root = directory.parent

    def collect(self) -> Iterator[Metric]:
        """Every metric, added up; nothing is folded meanwhile."""
        with ExitStack() as stack:
            files: list[str] = []
            for directory in sorted(path for path in self._root.iterdir() if path.is_dir()):
                stack.enter_context(_locked(directory, fcntl.LOCK_SH))
                files += [str(path) for path in directory.glob("*.db")]
            yield from MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]


def registry() -> CollectorRegistry | None:
    """A registry of what every process counted; None when processes do not share their numbers."""
    directory = own_directory()
    if directory is None:
        return None
    found = CollectorRegistry()
    found.register(EveryProgram(directory))
    return found


def fold_dead() -> int:
    """Add the files of ended processes of this program into one, per kind; returns how many files went away.

    Called by every process that starts. Safe to call at any time, by several at once.
    """
    directory = own_directory()
    if directory is None or not directory.is_dir():
        return 0
    with _locked(directory, fcntl.LOCK_EX):
        dead: dict[str, list[Path]] = {}
        for path in directory.glob("*.db"):
            kind, _, pid = path.stem.rpartition("_")
            if pid != FOLDED and pid.isdecimal() and not _alive(int(pid)):
                dead.setdefault(kind, []).append(path)
        for kind, paths in dead.items():
            if not kind.startswith("gauge_live"):
                _fold(directory / f"{kind}_{FOLDED}.db", paths, latest=kind.startswith("gauge"))
            for path in paths:
                path.unlink(missing_ok=True)
    return sum(len(paths) for paths in dead.values())


def _fold(into: Path, paths: list[Path], *, latest: bool) -> None:
    values: dict[str, tuple[float, float]] = {}
    for path in ([into] if into.exists() else []) + paths:
        read: Any = MmapedDict.read_all_values_from_file(str(path))  # type: ignore[no-untyped-call]
        for key, value, at, _ in read:
            before, before_at = values.get(key, (0.0, 0.0))
            if not latest:
                values[key] = (before + value, 0.0)
            elif at >= before_at:
                values[key] = (value, at)
    unfinished = into.with_suffix(".tmp")
    unfinished.unlink(missing_ok=True)
    written: Any = MmapedDict(str(unfinished))  # type: ignore[no-untyped-call]
    for key, (value, at) in values.items():
        written.write_value(key, value, at)
    written.close()
    unfinished.replace(into)


@contextmanager
def _locked(directory: Path, how: int) -> Iterator[None]:
    with (directory / ".lock").open("a") as file:
        fcntl.flock(file, how)
        yield


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
