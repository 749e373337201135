"""One program of the product in the foreground, for systemd, containers and other supervisors.

    python -m hotel_agent.launch.one web --host 0.0.0.0 --port 8000

Its command line is the one `make run` uses. The process becomes the program (exec): signals and exit codes are its own.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from hotel_agent.embedded.places import PROJECT
from hotel_agent.launch.programs import (
    METRICS_VARIABLE,
    WEB_THREADS,
    WEB_WORKERS,
    WORKER_PROCESSES,
    metrics_of,
    programs,
)

NAMES = ("web", "stream", "worker", "beat", "sweep")


def main() -> None:
    """Parse, prepare its directories, become it."""
    parser = argparse.ArgumentParser(
        prog="python -m hotel_agent.launch.one", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--host", default="127.0.0.1", help="address web and stream listen on")
    parser.add_argument("--port", type=int, default=8000, help="port of web; stream: the next one unless --stream-port")
    parser.add_argument("--stream-port", type=int)
    parser.add_argument("--web-workers", type=int, default=WEB_WORKERS, help="processes of web")
    parser.add_argument("--web-threads", type=int, default=WEB_THREADS, help="threads of each")
    parser.add_argument("--worker-processes", type=int, default=WORKER_PROCESSES, help="processes of worker")
    parser.add_argument(
        "--directory", type=Path, default=PROJECT / ".local" / os.environ.get("ENVIRONMENT", "development"),
        help="its own files: numbers for Prometheus (default: .local/<environment>)",
    )  # fmt: skip
    given = parser.parse_args()
    directory = given.directory.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    found = programs(
        port=given.port,
        stream_port=given.stream_port or given.port + 1,
        host=given.host,
        web_workers=given.web_workers,
        web_threads=given.web_threads,
        worker_processes=given.worker_processes,
    )
    command = next(program.command for program in found if program.name == given.name)
    os.environ.setdefault(METRICS_VARIABLE, str(metrics_of(given.name, directory)))
    os.chdir(PROJECT)
    os.execv(command[0], command)  # noqa: S606 - our own command line


if __name__ == "__main__":
    main()
