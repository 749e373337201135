"""The five programs of a running installation and the supervisor's configuration for them."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from hotel_agent.embedded import ServicesError
from hotel_agent.embedded.places import PROJECT

WEB_WORKERS = 2
WEB_THREADS = 4
WORKER_PROCESSES = 4
"""More than cores: most of a turn's time in the world is waiting for the Graph API and the PMS."""
_UNFIT = re.compile(r"""[%";#\n]""")  # ; and # begin comments, % is expanded once or twice
METRICS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""hotel_agent.common.metric_files.VARIABLE; the launcher needs no package of ours to be there yet."""
RUN_MARK = "HOTEL_AGENT_RUN"
"""Environment variable by which every process of one run is recognised when the run is cleaned up."""


@dataclass(frozen=True, slots=True)
class Program:
    """One supervised program; `patience` is how long it may take to finish its work when asked to stop."""

    name: str
    command: tuple[str, ...]
    patience: int


def programs(
    *,
    port: int,
    stream_port: int,
    host: str = "127.0.0.1",
    web_workers: int = WEB_WORKERS,
    web_threads: int = WEB_THREADS,
    worker_processes: int = WORKER_PROCESSES,
) -> tuple[Program, ...]:
    """Web server, the web chat's streams, Celery worker, Celery beat and the sweeper."""
    python = sys.executable
    celery = (python, "-m", "celery", "--quiet", "-A", "hotel_agent")
    web = (
        *(python, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)),
        *("--workers", str(web_workers), "--blocking-threads", str(web_threads), "--no-ws", "--http", "1"),
        *("--respawn-failed-workers", "--workers-kill-timeout", "5", "--log-level", "warning"),
        *("--workers-lifetime", "6h", "--workers-max-rss", "400"),  # whatever leaks, leaks for so long and so much
        "hotel_agent.wsgi:application",
    )
    stream = (
        *(python, "-m", "granian", "--interface", "asginl", "--host", host, "--port", str(stream_port)),
        *("--workers", "1", "--no-ws", "--http", "1", "--respawn-failed-workers", "--workers-kill-timeout", "3"),
        *("--log-level", "warning", "hotel_agent.asgi:application"),
    )
    worker = (*celery, "worker", "-P", "prefork", "-c", str(worker_processes), "--loglevel", "INFO", "--without-mingle")
    beat = (*celery, "beat", "--pidfile", "")
    return (
        Program("web", web, patience=8),
        Program("stream", stream, patience=5),
        Program("worker", worker, patience=10),
        Program("beat", beat, patience=5),
        Program("sweep", (python, str(PROJECT / "manage.py"), "sweep"), patience=8),
    )


def supervisor_configuration(running: tuple[Program, ...], *, directory: Path) -> str:
    """The text of supervisord's configuration file: nothing gives up, everything has a log, no control socket.

    A program that dies is started again after 1 s, then 2 s, 3 s … when it keeps failing at once.

    Raises:
        ServicesError: a path has characters that supervisord's file format cannot carry.
    """
    for path in (str(PROJECT), str(directory), sys.executable):
        if _UNFIT.search(path):
            raise ServicesError(
                f'The path {path} has a character among % " ; # that the supervisor cannot read: move it.'
            )
    tether = Path(__file__).with_name("tether.py")
    lines = [
        "[supervisord]",
        "nodaemon=true",
        "silent=true",
        f"logfile={log_of('supervisor', directory)}",
        "logfile_maxbytes=5MB",
        "logfile_backups=1",
        f"pidfile={directory / 'supervisord.pid'}",
        f"directory={PROJECT}",
        *(["user=root"] if os.geteuid() == 0 else []),
    ]
    for program in running:
        command = " ".join(f'"{_quoted(part)}"' for part in (sys.executable, str(tether), *program.command))
        lines += [
            f"[program:{program.name}]",
            f"command={command}",
            f'environment={METRICS_VARIABLE}="{metrics_of(program.name, directory)}"',
            "autorestart=true",
            "startsecs=1",
            "startretries=100000",
            "stopsignal=TERM",
            f"stopwaitsecs={program.patience}",
            # TERM goes to the main process, which lets its children finish; KILL takes all of them.
            "killasgroup=true",
            "redirect_stderr=true",
            f"stdout_logfile={log_of(program.name, directory)}",
            "stdout_logfile_maxbytes=5MB",
            "stdout_logfile_backups=1",
        ]
    # One group, so that all of them are asked to stop at the same moment and not one after the other.
    lines += ["[group:hotel]", "programs=" + ",".join(program.name for program in running)]
    return "\n".join(lines) + "\n"


def metrics_of(name: str, directory: Path) -> Path:
    """Where a program's processes write their numbers."""
    return directory / "metrics" / name


def log_of(name: str, directory: Path) -> Path:
    return directory / "logs" / f"{name}.log"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
