"""`python -m hotel_agent.embedded {start,stop,status,run}`: the project's own servers by hand."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys

from . import processes
from .errors import ServicesError
from .leases import ensure, guarded, running, used
from .places import Place, place_of


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 fine, 1 not running, 2 could not; for `run`, the code of the command."""
    parser = argparse.ArgumentParser(prog="python -m hotel_agent.embedded", description=__doc__)
    parser.add_argument(
        "--environment",
        choices=("development", "test"),
        default=os.environ.get("ENVIRONMENT", "").strip() or "development",
        help="which pair of servers (default: ENVIRONMENT, or development)",
    )
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("start", help="start them and leave them running until `stop`")
    actions.add_parser("stop", help="stop them, whoever uses them")
    actions.add_parser("status", help="say what runs, and its URLs")
    run = actions.add_parser("run", help="run a command with DATABASE_URL and REDIS_URL set")
    run.add_argument("command", nargs=argparse.REMAINDER, metavar="-- command …")
    options = parser.parse_args(arguments)
    try:
        place = place_of(options.environment)
        match options.action:
            case "start":
                return start(place)
            case "stop":
                return stop(place)
            case "status":
                return status(place)
            case _:
                return run_command(place, [part for i, part in enumerate(options.command) if i or part != "--"])
    except ServicesError as error:
        say(str(error), to_error=True)
        return 2


def start(place: Place) -> int:
    lease = ensure(place.environment)
    place.keep.touch()
    lease.release(wait=False)
    return status(place)


def stop(place: Place) -> int:
    place.keep.unlink(missing_ok=True)
    if not guarded(place):
        say("No servers run from this checkout.")
        return 0
    pid = _guardian_pid(place)
    if pid:
        processes.send(pid, signal.SIGTERM)
    if not processes.until(lambda: not guarded(place), 40):
        raise ServicesError(f"The servers do not stop; see the pids in {place.state}.")
    say("Stopped.")
    return 0


def status(place: Place) -> int:
    services = running(place)
    if services is None:
        say("No servers run from this checkout.")
        return 1
    say(f"DATABASE_URL={services.database_url}\nREDIS_URL={services.redis_url}")
    say("In use." if used(place) else "Not in use.", to_error=True)
    return 0


def run_command(place: Place, command: list[str]) -> int:
    if not command:
        raise ServicesError("Say which command to run, after `--`.")
    with ensure(place.environment) as lease:
        urls = {"DATABASE_URL": lease.services.database_url, "REDIS_URL": lease.services.redis_url}
        environment = {**os.environ, "ENVIRONMENT": place.environment, **urls}
        # Ctrl-C and SIGTERM are for the command; we leave when it does.
        child = subprocess.Popen(command, env=environment)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda number, _: child.send_signal(number))
        code = child.wait()
        return code if code >= 0 else 128 - code


def say(text: str, *, to_error: bool = False) -> None:
    stream = sys.stderr if to_error else sys.stdout
    stream.write(text + "\n")
    stream.flush()


def _guardian_pid(place: Place) -> int:
    import json

    try:
        return int(json.loads(place.state.read_text(encoding="utf-8"))["guardian"])
    except (OSError, ValueError, KeyError):
        return 0


if __name__ == "__main__":
    sys.exit(main())
