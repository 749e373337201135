"""PostgreSQL and Redis as child processes: prepare, start, wait until they answer, stop.

Both listen on a free port of 127.0.0.1 with a password, so that one URL works for every client and no Unix socket path
can be too long. They are children of whoever calls `start` and get a stop signal from the kernel when it dies.
"""

from __future__ import annotations

import abc
import os
import random
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from . import processes
from .errors import ServicesError
from .places import Place, postgresql_programs, redis_program
from .privileges import becoming, server_user

START_PATIENCE = 60.0
STOP_PATIENCE = 10.0
_PORT_ATTEMPTS = 3
_LOG_LIMIT = 5 * 1024 * 1024
_CLEAN_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C"}


class Server(abc.ABC):
    """One server of one place. `start` and `stop` are safe to call twice."""

    name: str
    program: str
    """The process's name in /proc."""
    stop_signal: signal.Signals
    data: Path

    def __init__(self, place: Place) -> None:
        self.place = place
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    @property
    @abc.abstractmethod
    def url(self) -> str:
        """The URL clients use; valid after `start`."""

    @abc.abstractmethod
    def prepare(self) -> None:
        """Make the data directory ready."""

    @abc.abstractmethod
    def answers(self) -> bool:
        """Whether the server takes work."""

    @abc.abstractmethod
    def _launch(self, log: int) -> subprocess.Popen[bytes]:
        """Start the program on `self.port`."""

    def start(self) -> None:
        """Start and wait until it answers.

        Raises:
            ServicesError: it does not start; the text carries the last line of its log.
        """
        if self.running():
            return
        self._end_leftovers()
        self.prepare()
        log = self.place.log(self.name)
        if log.exists() and log.stat().st_size > _LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
        for _ in range(_PORT_ATTEMPTS):
            # The port of last time when it is free, so that an address noted somewhere stays right.
            self.port = free_port(prefer=self.port or _remembered(self._port_note))
            with log.open("ab") as file:
                self._process = self._launch(file.fileno())
            processes.until(lambda: not self.running() or self.answers(), START_PATIENCE)
            if self.running() and self.answers():
                self._port_note.write_text(str(self.port), encoding="ascii")
                return
            self.stop()
            self.port = 0
        raise ServicesError(f"{self.name} does not start: {last_line(log)} (see {log}).")

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Stop politely; kill after `STOP_PATIENCE` seconds."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(self.stop_signal)
            try:
                self._process.wait(STOP_PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None

    def _end_leftovers(self) -> None:
        """End processes that an earlier, killed run left on the same data directory."""
        left = processes.working_in(self.data, self.program) if self.data.exists() else []
        if left:
            processes.end(left, first=self.stop_signal, patience=STOP_PATIENCE)

    @property
    def _port_note(self) -> Path:
        return self.place.directory / f"{self.name}.port"


class PostgreSQL(Server):
    """A cluster with one superuser and one database, both named hotel_agent; no extension needed."""

    name = "postgresql"
    program = "postgres"
    stop_signal = signal.SIGINT  # fast shutdown: clients are disconnected, the data is written

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._major, self._programs = postgresql_programs()
        self.data = place.postgresql_data(self._major)
        self._user = server_user(place.directory, self._programs)

    @property
    def url(self) -> str:
        return f"postgresql://hotel_agent:{self.place.password()}@127.0.0.1:{self.port}/hotel_agent"

    def prepare(self) -> None:
        """Create the cluster. It gets its name only when complete, so a killed first start is simply begun again."""
        if not (self.data / "PG_VERSION").exists():
            self._create_cluster()
        stale = self.data / "postmaster.pid"
        if stale.exists() and not processes.working_in(self.data, self.program):
            # PostgreSQL would refuse to start when another process has got the number meanwhile.
            stale.unlink()

    def answers(self) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0].strip() == str(self.pid) and lines[7].strip() == "ready"

    def _launch(self, log: int) -> subprocess.Popen[bytes]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "shared_buffers": "64MB",
            "max_connections": "150",
            "jit": "off",
            "log_min_messages": "warning",
            "log_checkpoints": "off",
            "log_line_prefix": "%m [%p] %a ",
        }
        if self.place.environment == "test":
            # A power cut may lose test data; a killed process still loses nothing.
            settings |= {"fsync": "off", "full_page_writes": "off"}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return self._run([str(self._programs / "postgres"), "-D", str(self.data), *options], log)

    def _run(self, command: list[str], log: int, *, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            stdin=stdin,
            stdout=log,
            stderr=log,
            cwd="/",
            env=_CLEAN_ENVIRONMENT,
            start_new_session=True,
            preexec_fn=becoming(self._user, self.stop_signal),  # noqa: PLW1509 - the guardian has one thread
        )

    def _create_cluster(self) -> None:
        draft = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if self._user is not None:
            self._user.own(draft)
        # The built-in C.UTF-8 sorts and compares the same on every machine and needs no locale installed.
        locale = (
            ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            if self._major >= 17
            else ["--locale=C"]
        )
        base = ["-D", str(draft)]
        self._complete("initdb", [*base, "--username=hotel_agent", "--encoding=UTF8", "--auth=trust", *locale])
        # Trust was only for the two statements below, in single-user mode; connections need the password.
        (draft / "pg_hba.conf").write_text("host all all 127.0.0.1/32 scram-sha-256\n", encoding="ascii")
        statements = f"ALTER ROLE hotel_agent PASSWORD '{self.place.password()}'\nCREATE DATABASE hotel_agent\n"
        self._complete("postgres", ["--single", *base, "postgres"], statements)
        draft.rename(self.data)

    def _complete(self, program: str, arguments: list[str], statements: str = "") -> None:
        log = self.place.log(self.name)
        with log.open("ab") as file:
            process = self._run([str(self._programs / program), *arguments], file.fileno(), stdin=subprocess.PIPE)
            try:
                process.communicate(statements.encode(), START_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if process.returncode != 0:
            raise ServicesError(f"A new PostgreSQL data directory cannot be made: {last_line(log)} (see {log}).")


class Redis(Server):
    """A Redis with an append-only file that never evicts: it carries the task queue as well as the cache."""

    name = "redis"
    program = "redis-server"
    stop_signal = signal.SIGTERM
    databases = 64

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._path = redis_program()
        self.data = place.redis_data

    @property
    def url(self) -> str:
        return f"redis://:{self.place.password()}@127.0.0.1:{self.port}/0"

    def prepare(self) -> None:
        self.data.mkdir(mode=0o700, exist_ok=True)

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.place.password()}\r\nPING\r\n".encode())
                reply = b""
                while reply.count(b"\r\n") < 2:
                    part = connection.recv(256)
                    if not part:
                        break
                    reply += part
        except OSError:
            return False
        return reply == b"+OK\r\n+PONG\r\n"  # "-LOADING …" while it reads its file

    def _launch(self, log: int) -> subprocess.Popen[bytes]:
        configuration = self.place.directory / "redis.conf"
        quoted = str(self.data).replace("\\", "\\\\").replace('"', '\\"')
        with os.fdopen(os.open(configuration, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(
                f"bind 127.0.0.1\nport {self.port}\nrequirepass {self.place.password()}\ndaemonize no\n"
                f'dir "{quoted}"\ndatabases {self.databases}\nappendonly yes\nappendfsync everysec\nsave ""\n'
                # A file cut short by a kill is repaired at the next start instead of refused.
                "aof-load-truncated yes\nmaxmemory-policy noeviction\nloglevel warning\n"
            )
        return subprocess.Popen(
            [str(self._path), str(configuration)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=_CLEAN_ENVIRONMENT,
            start_new_session=True,
            preexec_fn=becoming(None, self.stop_signal),  # noqa: PLW1509 - the guardian has one thread
        )


SERVER_PORTS = range(20_000, 32_768)
"""Below those of outgoing connections (Linux: from 32768), which may take a free port before its server does."""
TRIES = 20


def free_port(*, prefer: int = 0, host: str = "127.0.0.1") -> int:
    """A port nobody listens on at the moment, `prefer` when that one is free."""
    chosen = random.SystemRandom().sample(SERVER_PORTS, TRIES)
    for port in ([prefer] if prefer else []) + [*chosen, 0]:
        with socket.socket() as candidate:
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                candidate.bind((host, port))
            except OSError:
                continue
            return int(candidate.getsockname()[1])
    raise ServicesError(f"No free port on {host}: end a program that uses many, and start again.")


def last_line(log: Path) -> str:
    """The last line of a log that says something, for an error message."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "it wrote no log"
    telling = [line for line in lines[-30:] if "FATAL" in line or "error" in line.lower() or "fail" in line.lower()]
    return (telling or [line for line in lines if line.strip()] or ["it wrote nothing"])[-1].strip()


def _remembered(note: Path) -> int:
    try:
        port = int(note.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0
    return port if 1024 <= port <= 65535 else 0
