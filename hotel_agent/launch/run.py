"""One run of the product from a checkout: its steps, its supervised programs, and ending all of it."""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from hotel_agent import env
from hotel_agent.embedded import Lease, processes
from hotel_agent.embedded.places import PROJECT, Place
from hotel_agent.launch.output import MergedOutput
from hotel_agent.launch.programs import RUN_MARK, log_of, programs, supervisor_configuration

DEMO_WIDGET = "demo-bahia-serena"
FIRST_PORT, PORTS_TRIED = 8000, 100
READY_WARNING_S = 60.0
STOP_PATIENCE_S = 13.0
"""Longer than the slowest program's patience; with the servers' own stop it stays under 20 s."""


class StopAsked(BaseException):
    """Ctrl-C, SIGTERM or a closed terminal."""


class AlreadyRunning(Exception):  # noqa: N818 - reads as the sentence it prints
    """This checkout already runs; the text says where."""


class StepFailed(Exception):  # noqa: N818 - reads as the sentence it prints
    """A step before the programs failed; the text says which and what to do."""


class Run:
    """Holds the checkout's run lock from entry to exit, so that there is one run per environment."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._mark = secrets.token_hex(8)
        self._lock: IO[str] | None = None
        self._supervisor: subprocess.Popen[bytes] | None = None
        self._logs = ("web", "stream", "worker", "beat", "sweep", "supervisor")
        self._output = MergedOutput({name: log_of(name, place.directory) for name in self._logs})
        self.lease: Lease | None = None

    def __enter__(self) -> Self:
        lock = self._place.lock("run").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise AlreadyRunning(self._who_runs()) from None
        self._lock = lock
        os.environ[RUN_MARK] = self._mark
        self._end_orphans_of_last_run()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._output.close()
        self._note_file.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()

    def note(self, port: int) -> None:
        """Leave word for a second start, and for a clean-up after this run was killed."""
        about = {"pid": os.getpid(), "port": port, "mark": self._mark}
        self._note_file.write_text(json.dumps(about), encoding="ascii")

    def say(self, text: str) -> None:
        self._output.say(text)

    # --- steps -------------------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Everything the programs expect to find.

        Raises:
            StepFailed: migrations or the demo hotel could not be made.
        """
        self._step("Bringing the database up to date …", "migrate", "--no-input", "--verbosity", "0")
        if has_command("train_nlu") and not self._model_is_fresh():
            try:
                self._step("Training the language model (first start, or its data changed) …", "train_nlu")
            except StepFailed as error:
                self.say(f"{error} The agent starts with keyword rules instead.")
        if has_command("seed_demo"):
            self._step("Making the demo hotel …", "seed_demo")

    def _step(self, title: str, *command: str) -> None:
        self.say(title)
        done = subprocess.run([sys.executable, str(PROJECT / "manage.py"), *command], cwd=PROJECT, check=False)
        if done.returncode != 0:
            raise StepFailed(
                f"`manage.py {command[0]}` failed (see above): mend what it says and start again; to begin with an "
                f"empty development database, delete {self._place.directory}."
            )

    def _model_is_fresh(self) -> bool:
        question = "from conversations.understanding import artefact as a; exit(not a.is_fresh(a.model_directory()))"
        return subprocess.run([sys.executable, "-c", question], cwd=PROJECT, check=False).returncode == 0

    # --- programs ----------------------------------------------------------------------------------------------------

    def start_programs(self, port: int, stream_port: int) -> None:
        """Write the supervisor's configuration and start it."""
        directory = self._place.directory
        log_of("web", directory).parent.mkdir(exist_ok=True)
        for name in self._logs:
            log = log_of(name, directory)
            if log.exists():
                log.replace(log.with_suffix(".log.1"))
        (PROJECT / ".local" / "static").mkdir(parents=True, exist_ok=True)  # may be empty: files come from the apps
        metrics = directory / "metrics"
        shutil.rmtree(metrics, ignore_errors=True)  # numbers of processes that are gone
        metrics.mkdir()
        configuration = directory / "supervisord.conf"
        text = supervisor_configuration(programs(port=port, stream_port=stream_port), directory=directory)
        configuration.write_text(text, encoding="utf-8")
        self._launch_supervisor(configuration)

    def _launch_supervisor(self, configuration: Path) -> None:
        self._supervisor = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "supervisor.supervisord", "-c", str(configuration)],
            cwd=PROJECT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            process_group=0,  # the terminal's Ctrl-C is ours to pass on
            preexec_fn=lambda: processes.die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one thread
        )

    def watch(self, port: int) -> None:
        """Show what the programs say until asked to stop; tell the addresses once everything is ready."""
        started, told, warned = time.monotonic(), False, False
        while True:
            self._output.pump()
            self._revive_supervisor()
            if not told:
                status, about = readiness(port)
                if status == 200:
                    told = True
                    self.say(self._welcome(port))
                elif not warned and time.monotonic() - started > READY_WARNING_S:
                    warned = True
                    self.say(f"Not ready after {READY_WARNING_S:.0f} s, still trying: {about} (see {self._log_hint})")
            time.sleep(0.3 if told else 1)

    def _revive_supervisor(self) -> None:
        if self._supervisor is not None and self._supervisor.poll() is not None:
            self.say("The supervisor ended; starting it and the programs again.")
            self._end_programs(self._mark)
            time.sleep(1)
            self._launch_supervisor(self._place.directory / "supervisord.conf")

    def _welcome(self, port: int) -> str:
        site = f"http://127.0.0.1:{port}"
        lines = ["", "Hotel Agent is ready.", f"  Site       {site}/", f"  Admin      {site}/admin/"]
        if env.read().environment == "development":
            lines.append(f"  Simulator  {site}/simulator/   (write to the hotel as a guest)")
            lines.append(f"  Web chat   {site}/webchat/{DEMO_WIDGET}/   (the chat of the hotel's own site)")
        if has_command("seed_demo"):
            lines.append("  Login      demo / demo")
        return "\n".join([*lines, "Ctrl-C stops everything.", ""])

    # --- the end -----------------------------------------------------------------------------------------------------

    def stop(self) -> None:
        """End the programs, then the servers when nobody else uses them. At most 20 seconds."""
        if self._supervisor is not None:
            self.say("Stopping …")
            if self._supervisor.poll() is None:
                self._supervisor.terminate()
                deadline = time.monotonic() + STOP_PATIENCE_S
                while self._supervisor.poll() is None and time.monotonic() < deadline:
                    self._output.pump()
                    time.sleep(0.1)
                if self._supervisor.poll() is None:
                    self._supervisor.kill()
                    self._supervisor.wait()
            self._supervisor = None
            self._end_programs(self._mark)
            self._output.pump()
        if self.lease is not None:
            self.lease.release()
            self.lease = None

    def _end_programs(self, mark: str) -> None:
        left = processes.with_environment(f"{RUN_MARK}={mark}")
        if left:
            processes.end(left, first=signal.SIGTERM, patience=2)

    def _end_orphans_of_last_run(self) -> None:
        """A run that was killed outright may have left programs; they would work on beside ours."""
        try:
            mark = str(json.loads(self._note_file.read_text(encoding="ascii"))["mark"])
        except (OSError, ValueError, KeyError):
            return
        self._end_programs(mark)

    def _who_runs(self) -> str:
        try:
            about = json.loads(self._note_file.read_text(encoding="ascii"))
            where = f"http://127.0.0.1:{about['port']}/ (pid {about['pid']})"
        except (OSError, ValueError, KeyError):
            where = "it is still starting"
        return f"Hotel Agent already runs from this checkout: {where}. Stop that one with Ctrl-C first."

    @property
    def _note_file(self) -> Path:
        return self._place.directory / "run.json"

    @property
    def _log_hint(self) -> str:
        return f"{self._place.directory / 'logs'}/*.log"


def reserve_port(given: str) -> socket.socket:
    """The port of the web server, held from now on: `PORT` when given, else 8000 or the next free one.

    The result is bound and never listens: nobody else can take the port while the web server starts or restarts, and
    the web server can, because both allow the port to be shared (SO_REUSEPORT) and belong to one user.

    Raises:
        BadEnvironment: `PORT` is not a port, or somebody listens there.
    """
    if given:
        if not given.isdigit() or not 1 <= int(given) <= 65535:
            raise env.BadEnvironment(f"PORT is {given!r}; it must be a number from 1 to 65535.")
        held = _reserved(int(given))
        if held is None:
            raise env.BadEnvironment(
                f"PORT={given} cannot be used (another program listens there, or it needs root): "
                "end that program, choose another port, or leave PORT unset."
            )
        return held
    for port in range(FIRST_PORT, FIRST_PORT + PORTS_TRIED):
        held = _reserved(port)
        if held is not None:
            return held
    raise env.BadEnvironment(f"No free port from {FIRST_PORT} to {FIRST_PORT + PORTS_TRIED - 1}: set PORT.")


def _reserved(port: int) -> socket.socket | None:
    # Shared among equals only: first make sure that nobody is there who shares as well, another run for instance.
    with socket.socket() as alone:
        alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of an ended run do not count
        held = socket.socket()
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            alone.bind(("127.0.0.1", port))
            alone.listen()
            alone.close()
            held.bind(("127.0.0.1", port))
        except OSError:
            held.close()
            return None
        return held


def readiness(port: int) -> tuple[int, str]:
    """Status and text of /health/ready; 0 while nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=3)
    try:
        connection.request("GET", "/health/ready")
        response = connection.getresponse()
        return response.status, response.read(2000).decode("utf-8", "replace").strip()
    except (OSError, http.client.HTTPException):
        return 0, "the web server does not answer yet"
    finally:
        connection.close()


def has_command(name: str) -> bool:
    """Whether an installed app brings this management command."""
    return any(PROJECT.glob(f"*/management/commands/{name}.py"))
