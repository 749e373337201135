"""The process that owns the two servers of one place: starts them, restarts a dead one, stops them with the last user.

It runs apart from every terminal (own session), so that Ctrl-C reaches the program first and the servers last.
Users are shared locks on `users.lock`: when the guardian gets the exclusive lock nobody is left, and nobody can join
while it stops the servers. When the guardian itself is killed, the kernel stops the servers.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from .errors import ServicesError
from .places import Place
from .servers import PostgreSQL, Redis, Server

LOOK_AGAIN = 0.2
RESTART_PAUSE = 1.0


class Guardian:
    """Owns the servers from `run` until the last user left or a stop was asked for."""

    def __init__(self, place: Place, servers: tuple[Server, ...]) -> None:
        self._place = place
        self._servers = servers
        self._asked_to_stop = False
        self._not_before = 0.0

    def run(self) -> None:
        """Start, say so on standard output, watch, stop.

        Raises:
            ServicesError: a server does not start; the other one has been stopped.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop_soon)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self._place.keep.unlink(missing_ok=True)
        try:
            for server in self._servers:
                server.start()
            self._write_state()
            _report({"ready": True})
            with self._place.lock("users").open("a") as users:
                self._watch(users.fileno())
                self._stop_servers()
        finally:
            self._stop_servers()
            self._place.state.unlink(missing_ok=True)

    def _watch(self, users: int) -> None:
        while not self._asked_to_stop:
            time.sleep(LOOK_AGAIN)
            if not self._place.directory.exists():
                return  # the checkout was deleted under us
            if not self._place.keep.exists() and _nobody_left(users):
                return
            self._restart_the_dead()

    def _restart_the_dead(self) -> None:
        dead = [server for server in self._servers if not server.running()]
        if not dead or time.monotonic() < self._not_before:
            return
        self._not_before = time.monotonic() + RESTART_PAUSE
        for server in dead:
            _log(f"{server.name} ended by itself; starting it again")
            try:
                server.start()
            except (ServicesError, OSError) as error:
                _log(str(error))
        self._write_state()

    def _write_state(self) -> None:
        """Pids and URLs; a port stays the same over a restart unless somebody else took it meanwhile."""
        state: dict[str, object] = {"guardian": os.getpid()}
        for server in self._servers:
            state[server.name] = {"pid": server.pid, "data": str(server.data), "url": server.url}
        draft = self._place.state.with_suffix(".new")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(state, file)
        draft.replace(self._place.state)

    def _stop_servers(self) -> None:
        for server in reversed(self._servers):
            server.stop()

    def _stop_soon(self, _number: int, _frame: FrameType | None) -> None:
        self._asked_to_stop = True


def main(arguments: list[str]) -> int:
    """`guardian <environment> <directory>`: report on standard output, one JSON object, then run."""
    environment, directory = arguments
    place = Place(environment, Path(directory))
    with place.lock("guardian").open("a") as own:
        try:
            fcntl.flock(own, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _report({"error": "Another guardian already runs for this directory."})
            return 1
        try:
            Guardian(place, (PostgreSQL(place), Redis(place))).run()
        except ServicesError as error:
            _report({"error": str(error)})
            return 1
        except OSError as error:
            _report({"error": f"{error.filename or directory}: {error.strerror or error}."})
            return 1
    return 0


def _nobody_left(users: int) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _report(message: dict[str, object]) -> None:
    """Tell whoever started us; it stops listening after the first line."""
    try:
        os.write(1, json.dumps(message).encode() + b"\n")
    except OSError:
        return
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.close(silence)


def _log(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n")
    sys.stderr.flush()
