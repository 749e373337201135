"""`tether.py <command…>`: become the command, tied to the supervisor that started it.

Two things supervisord does not do. When the supervisor is killed, the kernel sends this program SIGTERM. When this
program's predecessor was killed, its orphans (a Celery pool, web workers that still hold the port) are ended first.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(command: list[str]) -> None:
    if ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0) != 0:
        sys.exit("cannot ask the kernel to end this program with its supervisor")
    if os.getppid() == 1 and os.environ.get("SUPERVISOR_ENABLED"):
        sys.exit("the supervisor is gone already")
    end_predecessors()
    os.execv(command[0], command)  # noqa: S606 - the supervisor's own configuration


def end_predecessors() -> None:
    """Kill what an earlier process of this program left behind: same run, same program name."""
    marks = {f"{name}={os.environ.get(name, '')}".encode() for name in ("HOTEL_AGENT_RUN", "SUPERVISOR_PROCESS_NAME")}
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            with open(f"/proc/{entry}/environ", "rb") as file:
                if marks <= set(file.read().split(b"\0")):
                    os.kill(int(entry), signal.SIGKILL)
        except OSError:
            continue  # ended meanwhile, or not ours


if __name__ == "__main__":
    main(sys.argv[1:])
