"""Using the own servers: join what runs from this checkout, or start it."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from . import processes
from .errors import ServicesError
from .places import GIVE_URLS, PROJECT, Place, place_of

PATIENCE = 150.0
"""Seconds for a start on a slow disk, PostgreSQL's first one included."""

# The guardian imports this package under a shorter name, so that `hotel_agent/__init__` (and with it Celery) does not
# sit in its memory.
_GUARDIAN = "import sys; sys.path.append(sys.argv[1]); from embedded.guardian import main; sys.exit(main(sys.argv[2:]))"


@dataclass(frozen=True, slots=True)
class Services:
    """Addresses of a running pair."""

    database_url: str
    redis_url: str


class Lease:
    """The right to use the servers. They run at least until `release`, or until this process ends in any way."""

    def __init__(self, place: Place, users: IO[str], services: Services) -> None:
        self._place = place
        self._users = users
        self.services = services

    def release(self, *, wait: bool = True) -> None:
        """Leave. With `wait`, return only when the servers are gone or somebody else still uses them."""
        if self._users.closed:
            return
        self._users.close()
        if wait:
            processes.until(lambda: not guarded(self._place) or kept(self._place) or used(self._place), 40)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def ensure(environment: str) -> Lease:
    """Join the servers of this checkout's environment, starting them when nobody did.

    Raises:
        ServicesError: they cannot be started; the text is one sentence.
    """
    place = place_of(environment)
    try:
        with place.lock("start").open("a") as start:
            _lock(start, fcntl.LOCK_EX, place)
            users = place.lock("users").open("a")
            try:
                _lock(users, fcntl.LOCK_SH, place)
                if not guarded(place):
                    _start_guardian(place)
                return Lease(place, users, _services(place))
            except BaseException:
                users.close()
                raise
    except OSError as error:
        raise ServicesError(
            f"Cannot use {error.filename or place.directory} ({error.strerror}): it may belong to another user; "
            f"remove {place.directory} or run as its owner, {GIVE_URLS}."
        ) from None


_held: Lease | None = None


def ensure_environment(environ: MutableMapping[str, str] = os.environ) -> Lease | None:
    """Fill in `DATABASE_URL` and `REDIS_URL` where they are missing, for this process and its children.

    Does nothing when both are given or `ENVIRONMENT` is production (settings refuse that clearly). The lease is also
    kept for the life of the process, so that callers may drop the result.
    """
    global _held  # noqa: PLW0603 - one process, one lease
    environment = environ.get("ENVIRONMENT", "").strip() or "development"
    given = [name for name in ("DATABASE_URL", "REDIS_URL") if environ.get(name, "").strip()]
    if len(given) == 2 or environment == "production":
        return None
    lease = ensure(environment)
    if "DATABASE_URL" not in given:
        environ["DATABASE_URL"] = lease.services.database_url
    if "REDIS_URL" not in given:
        environ["REDIS_URL"] = lease.services.redis_url
    _held = lease
    return lease


def guarded(place: Place) -> bool:
    """Whether a guardian runs for this place."""
    return not _free(place, "guardian", fcntl.LOCK_SH)


def used(place: Place) -> bool:
    """Whether somebody holds a lease. A guardian on its way out, which locks everybody out, does not count."""
    return not _free(place, "users", fcntl.LOCK_EX) and _free(place, "users", fcntl.LOCK_SH)


def kept(place: Place) -> bool:
    """Whether the servers were asked to run without a user (`start` of the command line)."""
    return place.keep.exists()


def state_of(place: Place) -> dict[str, dict[str, object]]:
    """What the guardian wrote last: per server its pid, data directory and URL. Empty when nothing is known."""
    try:
        known = json.loads(place.state.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {name: value for name, value in known.items() if isinstance(value, dict)}


def running(place: Place) -> Services | None:
    """The addresses, when both processes are alive and work in this place's data directories."""
    state = state_of(place)
    if not guarded(place) or set(state) != {"postgresql", "redis"}:
        return None
    for server in state.values():
        if not processes.works_in(int(str(server["pid"])), Path(str(server["data"]))):
            return None
        if place.directory not in Path(str(server["data"])).parents:
            return None
    return Services(str(state["postgresql"]["url"]), str(state["redis"]["url"]))


def _services(place: Place) -> Services:
    # A server that just died is being restarted by its guardian: give it the time.
    found: list[Services] = []

    def look() -> bool:
        services = running(place)
        if services is not None:
            found.append(services)
        return services is not None

    if not processes.until(look, 30):
        raise ServicesError(
            f"The servers of this checkout do not answer: run `.venv/bin/python -m hotel_agent.embedded stop`, "
            f"look into {place.directory}/*.log, and start again."
        )
    return found[0]


def _start_guardian(place: Place) -> None:
    package = Path(__file__).resolve().parent
    with place.log("guardian").open("a") as log:
        guardian = subprocess.Popen(
            [sys.executable, "-c", _GUARDIAN, str(package.parent), place.environment, str(place.directory)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=PROJECT,
            # Nothing of ours leaks in: a run is recognised by its environment when leftovers are cleaned up.
            env={"PATH": os.environ.get("PATH", os.defpath), "PYTHONDONTWRITEBYTECODE": "1", **_measuring()},
            start_new_session=True,
        )
    line = b""
    if guardian.stdout is not None:
        with guardian.stdout as answer:
            line = answer.readline()
    try:
        said = json.loads(line)
    except ValueError:
        said = {"error": f"The servers' guardian ended without a word; see {place.log('guardian')}."}
    if not said.get("ready"):
        guardian.wait(60)
        raise ServicesError(str(said.get("error")))
    # Not our child to wait for: it outlives this process when others use the servers.
    guardian.returncode = 0


def _lock(file: IO[str], kind: int, place: Place) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise ServicesError(
                    f"Somebody else has been starting or stopping the servers in {place.directory} for "
                    f"{PATIENCE:.0f} s: look for a hanging process, end it, and start again."
                ) from None
            time.sleep(0.05)
        else:
            return


def _free(place: Place, name: str, kind: int) -> bool:
    try:
        with place.lock(name).open("a") as file:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except FileNotFoundError:
        return True
    return True


def _measuring() -> dict[str, str]:
    """Coverage of tests reaches into the guardian as well."""
    return {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
