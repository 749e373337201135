"""What `/proc` tells about processes: who is alive, where it works, which run it belongs to."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path

PR_SET_PDEATHSIG = 1


def alive(pid: int) -> bool:
    """Whether the process runs; a zombie that waits for its parent does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    return stat.rpartition(b")")[2].split()[0] not in (b"Z", b"X")


def works_in(pid: int, directory: Path) -> bool:
    """Whether the process is alive and has `directory` as its working directory, as both servers have."""
    try:
        return alive(pid) and Path(f"/proc/{pid}/cwd").samefile(directory)
    except OSError:
        return False


def working_in(directory: Path, program: str) -> list[int]:
    """Every living process of that program name whose working directory is `directory`."""
    return [pid for pid in all_pids() if _name(pid) == program and works_in(pid, directory)]


def with_environment(*settings: str) -> list[int]:
    """Every living process, but this one, that was started with all of these `NAME=value` settings."""
    wanted = [setting.encode() for setting in settings]
    found = []
    for pid in all_pids():
        if pid == os.getpid() or not alive(pid):
            continue
        try:
            given = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if all(setting in given for setting in wanted):
            found.append(pid)
    return found


def all_pids() -> Iterable[int]:
    return (int(name) for name in os.listdir("/proc") if name.isdigit())


def end(pids: Iterable[int], *, first: signal.Signals, patience: float) -> None:
    """Ask with `first`, wait up to `patience` seconds, then kill. Processes already gone are no error."""
    left = list(pids)
    for pid in left:
        send(pid, first)
    if not wait_gone(left, patience):
        for pid in left:
            send(pid, signal.SIGKILL)
        wait_gone(left, 5)


def send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def wait_gone(pids: Iterable[int], patience: float) -> bool:
    """Whether all of them ended within `patience` seconds."""
    return until(lambda: not any(alive(pid) for pid in pids), patience)


def until(condition: Callable[[], bool], patience: float, pause: float = 0.05) -> bool:
    """Whether the condition came true within `patience` seconds."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def die_with_parent(number: signal.Signals) -> None:
    """Have the kernel send `number` to this process when its parent dies, however that happens (Linux only).

    Call it in the child, after any change of user: the kernel forgets the wish when the user changes.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
