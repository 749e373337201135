"""The production set as plain processes: nginx, web, stream, worker, beat, sweeper, Debian's PostgreSQL and two Redis.

With the files of deploy/ as they are: only ports, directories and passwords are filled in. Nothing started here
survives the context manager; everything is ended by the pid it was started with.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import re
import secrets
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from hotel_agent.embedded.places import PROJECT
from hotel_agent.embedded.servers import free_port
from integrations.channels.whatsapp.signature import sign
from tests.conversations.guests import NUMBER
from tests.stand_ins.graph import GraphStandIn

DEPLOY = PROJECT / "deploy"
NAME = "agent.example.com"
PROGRAMS = ("web", "stream", "worker", "beat", "sweep")


def postgresql_programs() -> Path | None:
    """Debian's directory of PostgreSQL's server programs, the newest version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


def as_server() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then it runs as its package's user."""
    return {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}


def rendered_nginx(directory: Path, **names: object) -> Path:
    """A complete nginx.conf around the template with its names filled in."""
    site = (DEPLOY / "nginx" / "hotel-agent.conf.template").read_text()
    for name, value in names.items():
        site = site.replace("${" + name + "}", str(value))
    assert not re.search(r"\$\{[A-Z_]+\}", site), "a name of the template is not filled in"
    site = site.replace("/dev/stdout", str(directory / "nginx-access.log")).replace(
        "/dev/stderr", str(directory / "nginx-error.log")
    )
    temporary = "\n".join(
        f"    {kind}_temp_path {directory}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user nobody nogroup;\n" if os.geteuid() == 0 else ""
    configuration = directory / "nginx.conf"
    configuration.write_text(
        f"{user}worker_processes 1;\ndaemon off;\npid {directory}/nginx.pid;\nerror_log {directory}/nginx-error.log;\n"
        "events { worker_connections 512; }\n"
        f"http {{\n    include /etc/nginx/mime.types;\n{temporary}\n{site}\n}}\n"
    )
    return configuration


def certificate(directory: Path) -> tuple[Path, Path]:
    """A certificate of our own for the host name."""
    chain, key = directory / "fullchain.pem", directory / "privkey.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", f"/CN={NAME}", "-keyout", str(key), "-out", str(chain)],
        check=True, capture_output=True,
    )  # fmt: skip
    return chain, key


@dataclass
class Answer:
    """Status, headers and body."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Installation:
    """One production installation. Use as a context manager."""

    def __init__(self, graph: GraphStandIn) -> None:
        self.graph = graph
        # /tmp: PostgreSQL's user and nginx's must be able to enter.
        self.directory = Path(tempfile.mkdtemp(prefix="hotel-agent-deploy-"))
        self.directory.chmod(0o755)
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        names = ("postgresql", "redis", "cache", "web", "stream", "http", "https")
        self.ports = {name: free_port() for name in names}
        self.password, self.redis_password, self.cache_password = (secrets.token_urlsafe(24) for _ in range(3))
        self.app_secret = secrets.token_urlsafe(24)
        self.metrics_token = secrets.token_urlsafe(24)
        fernet = base64.urlsafe_b64encode(os.urandom(32)).decode()
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
        self.environment = {
            **kept,
            "ENVIRONMENT": "production",
            "DJANGO_SETTINGS_MODULE": "hotel_agent.settings",
            "SECRET_KEY": secrets.token_urlsafe(48),
            "FIELD_ENCRYPTION_KEYS": fernet,
            "DATABASE_URL": self.database_url("hotel_agent"),
            "REDIS_URL": f"redis://:{self.cache_password}@127.0.0.1:{self.ports['cache']}/0",
            "CELERY_BROKER_URL": f"redis://:{self.redis_password}@127.0.0.1:{self.ports['redis']}/0",
            "ALLOWED_HOSTS": f"{NAME},127.0.0.1",
            "PUBLIC_BASE_URL": f"https://{NAME}",
            "CSRF_TRUSTED_ORIGINS": f"https://{NAME}",
            "TRUSTED_IP_HEADER": "X-Real-IP",
            "WHATSAPP_APP_SECRET": self.app_secret,
            "WHATSAPP_VERIFY_TOKEN": secrets.token_urlsafe(24),
            "WHATSAPP_PHONE_NUMBER_ID": NUMBER,
            "WHATSAPP_ACCESS_TOKEN": secrets.token_urlsafe(24),
            "WHATSAPP_API_URL": graph.url,
            "METRICS_TOKEN": self.metrics_token,
            "MEDIA_ROOT": str(self.directory / "media"),
            "LOG_LEVEL": "WARNING",
        }

    def database_url(self, name: str) -> str:
        """The address of a database on our server."""
        return f"postgresql://hotel_agent:{self.password}@127.0.0.1:{self.ports['postgresql']}/{name}"

    def __enter__(self) -> Installation:
        try:
            self._start_postgresql()
            self._start_redis("redis", "broker.conf")
            self._start_redis("cache", "cache.conf")
            self.manage("migrate", "--verbosity", "0")
            self.manage("seed_demo", ENVIRONMENT="development")  # a hotel with rooms and prices, and a widget
            for name in PROGRAMS:
                self.start(name)
            self._start_nginx()
            self.until(lambda: self.request("GET", "/health/ready").status == 200, 90)
        except BaseException:
            self.__exit__()
            raise
        self.graph.control.auto_statuses()
        return self

    def __exit__(self, *_: object) -> None:
        for name in reversed(list(self.running)):
            self.stop(name)
        shutil.rmtree(self.directory, ignore_errors=True)

    # --- servers -----------------------------------------------------------------------------------------------------

    def _start_postgresql(self) -> None:
        programs = postgresql_programs()
        assert programs is not None
        data = self.directory / "postgresql"
        data.mkdir(mode=0o700)
        password_file = self.directory / "pg-password"
        password_file.write_text(self.password)
        if os.geteuid() == 0:
            for path in (data, password_file):
                shutil.chown(path, "postgres", "postgres")
        subprocess.run(
            [str(programs / "initdb"), "-D", str(data), "-U", "hotel_agent", "--pwfile", str(password_file),
             "--auth=scram-sha-256", "--encoding=UTF8", "--data-checksums"],
            check=True, capture_output=True, cwd="/", **as_server(),
        )  # fmt: skip
        configuration = self.directory / "postgresql.conf"
        shutil.copy(DEPLOY / "postgresql" / "hotel-agent.conf", configuration)
        with (self.directory / "postgresql.log").open("ab") as log:
            self.running["postgresql"] = subprocess.Popen(
                [str(programs / "postgres"), "-D", str(data), "-c", f"config_file={configuration}",
                 "-p", str(self.ports["postgresql"]), "-k", str(data), "-c", "shared_buffers=64MB",
                 "-c", "listen_addresses=127.0.0.1", "-c", "max_wal_size=256MB"],
                stdout=log, stderr=log, cwd="/", **as_server(),
            )  # fmt: skip
        self.until(self._postgresql_answers, 30)
        with psycopg.connect(self.database_url("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE hotel_agent")

    def _postgresql_answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(self.database_url("postgres")):
            return True
        return False

    def _start_redis(self, name: str, configuration: str) -> None:
        place = self.directory / name
        place.mkdir()
        password = self.cache_password if name == "cache" else self.redis_password
        with (self.directory / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                ["redis-server", str(DEPLOY / "redis" / configuration), "--port", str(self.ports[name]),
                 "--bind", "127.0.0.1", "--dir", str(place), "--requirepass", password],
                stdout=log, stderr=log,
            )  # fmt: skip

    def _start_nginx(self) -> None:
        chain, key = certificate(self.directory)
        configuration = rendered_nginx(
            self.directory, SERVER_NAME=NAME, WEB=f"127.0.0.1:{self.ports['web']}",
            STREAM=f"127.0.0.1:{self.ports['stream']}", HTTP_PORT=f"127.0.0.1:{self.ports['http']}",
            HTTPS_PORT=f"127.0.0.1:{self.ports['https']}", TLS_CERTIFICATE=chain, TLS_KEY=key,
        )  # fmt: skip
        self.running["nginx"] = subprocess.Popen(["nginx", "-c", str(configuration), "-p", str(self.directory)])

    # --- programs ----------------------------------------------------------------------------------------------------

    def start(self, name: str) -> None:
        """One program, as the systemd unit and the image start it."""
        with (self.directory / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", "hotel_agent.launch.one", name, "--port", str(self.ports["web"]),
                 "--stream-port", str(self.ports["stream"]), "--worker-processes", "2",
                 "--directory", str(self.directory)],
                env=self.environment, cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def stop(self, name: str) -> None:
        """Ask, then end what is left of its session."""
        process = self.running.pop(name)
        process.send_signal(signal.SIGINT if name == "postgresql" else signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if name in PROGRAMS:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def children(self, name: str) -> list[int]:
        """Pids of a program's children."""
        found = Path(f"/proc/{self.running[name].pid}/task/{self.running[name].pid}/children").read_text().split()
        return [int(pid) for pid in found]

    def manage(self, *arguments: str, **environment: str) -> str:
        """Run a command to its end; returns what it printed."""
        return self.run([sys.executable, str(PROJECT / "manage.py"), *arguments], **environment).stdout

    def run(self, command: Sequence[str], **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a program in the installation's environment; it must end well."""
        done = self.try_to_run(command, **environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def try_to_run(self, command: Sequence[str], **environment: str) -> subprocess.CompletedProcess[str]:
        """The same, however it ends."""
        return subprocess.run(
            command, env={**self.environment, **environment}, cwd=PROJECT, capture_output=True, text=True, timeout=180,
            check=False,
        )  # fmt: skip

    # --- the doors ---------------------------------------------------------------------------------------------------

    def connection(self, timeout: float = 30) -> http.client.HTTPSConnection:
        """A connection to nginx."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection("127.0.0.1", self.ports["https"], timeout=timeout, context=context)

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """One request through nginx; status 0 when the connection broke."""
        connection = self.connection()
        try:
            connection.request(method, path, body, {"Host": NAME, **headers})
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        except (OSError, http.client.HTTPException):
            return Answer(0)
        finally:
            connection.close()

    def deliver(self, body: bytes) -> int:
        """A signed webhook through nginx."""
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": sign(body, self.app_secret)}
        return self.request("POST", "/webhooks/whatsapp", body, **headers).status

    def api(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """A JSON call through nginx."""
        data = json.dumps(body).encode() if body is not None else None
        answer = self.request(method, path, data, **{"Content-Type": "application/json", **headers})
        assert 200 <= answer.status < 300, answer
        return json.loads(answer.body)

    def metrics(self) -> dict[str, float]:
        """/metrics of the web server itself, as Prometheus reads it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["web"], timeout=10)
        connection.request("GET", "/metrics", headers={"Authorization": f"Bearer {self.metrics_token}"})
        text = connection.getresponse().read().decode()
        connection.close()
        lines = [line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#")]
        return {name: float(value) for name, _, value in lines}

    def rows(self, query: str, database: str = "hotel_agent") -> list[tuple[Any, ...]]:
        """Rows of a query."""
        with psycopg.connect(self.database_url(database), autocommit=True) as connection:
            return connection.execute(query.encode()).fetchall()

    @staticmethod
    def until(condition: Callable[[], object], timeout: float) -> None:
        """Wait until it holds, or fail."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if condition():
                return
            time.sleep(0.1)
        raise AssertionError(f"not within {timeout} s")
