"""What `make run` is made of: the port, the supervisor, the merged output, the installation."""

from __future__ import annotations

import io
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotel_agent.embedded import ServicesError, processes
from hotel_agent.embedded.places import PROJECT
from hotel_agent.env import BadEnvironment
from hotel_agent.launch.install import entry_of
from hotel_agent.launch.output import MergedOutput
from hotel_agent.launch.programs import RUN_MARK, Program, log_of, programs, supervisor_configuration
from hotel_agent.launch.run import reserve_port

# --- the port --------------------------------------------------------------------------------------------------------


def listener(port: int = 0, *, shared: bool = False) -> socket.socket:
    sock = socket.socket()
    if shared:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind(("127.0.0.1", port))
    sock.listen()
    return sock


@pytest.mark.parametrize("shared", [False, True])
def test_a_given_port_in_use_is_refused_in_one_sentence(shared: bool) -> None:
    with listener(shared=shared) as other:
        port = other.getsockname()[1]
        with pytest.raises(BadEnvironment, match=rf"PORT={port} cannot be used .*leave PORT unset\.$"):
            reserve_port(str(port))


@pytest.mark.parametrize("given", ["abc", "0", "65536", "-1", "8000.5"])
def test_a_port_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(BadEnvironment, match=r"PORT is .* must be a number"):
        reserve_port(given)


def test_without_a_port_the_next_free_one_from_8000_is_taken() -> None:
    with reserve_port("") as first, reserve_port("") as second:
        assert 8000 <= first.getsockname()[1] < second.getsockname()[1] <= 8099


def test_a_reserved_port_is_for_the_web_server_only() -> None:
    with reserve_port("") as held:
        port = held.getsockname()[1]
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port))
        with pytest.raises(BadEnvironment):
            reserve_port(str(port))
        with listener(port, shared=True) as web, socket.create_connection(("127.0.0.1", port), timeout=5):
            web.accept()[0].close()  # connections reach the one that listens, not the one that holds


# --- the programs ----------------------------------------------------------------------------------------------------


def test_every_program_of_an_installation_is_supervised(tmp_path: Path) -> None:
    running = programs(port=8123, stream_port=8124)
    text = supervisor_configuration(running, directory=tmp_path)
    assert [program.name for program in running] == ["web", "stream", "worker", "beat", "sweep"]
    for program in running:
        assert f"[program:{program.name}]" in text
    assert '"--port" "8123"' in text


@pytest.mark.parametrize("character", list('%";#'))
def test_a_path_the_supervisor_cannot_read_is_refused(tmp_path: Path, character: str) -> None:
    with pytest.raises(ServicesError, match="move it"):
        supervisor_configuration((), directory=tmp_path / f"a{character}b")


class Supervised:
    """supervisord with our configuration and one program that has a child, as the Celery worker has."""

    program = (
        "import subprocess, sys, time, os\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'])\n"
        "print('started', os.getpid(), child.pid, flush=True)\n"
        "time.sleep(300)\n"
    )

    def __init__(self, directory: Path) -> None:
        self.log = log_of("odd", directory)
        self.log.parent.mkdir(parents=True)
        self.mark = f"{RUN_MARK}=test-{os.getpid()}-{directory.name}"
        script = directory / "odd program.py"
        script.write_text(self.program)
        odd = Program("odd", (sys.executable, str(script)), patience=1)
        (directory / "supervisord.conf").write_text(supervisor_configuration((odd,), directory=directory))
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(directory / "supervisord.conf")]
        environment = {**os.environ, RUN_MARK: self.mark.removeprefix(f"{RUN_MARK}=")}
        self.process = subprocess.Popen(command, cwd=directory, env=environment, stderr=subprocess.DEVNULL)

    def starts(self) -> list[list[str]]:
        """Per start: pid of the program, pid of its child."""
        if not self.log.exists():
            return []
        whole = self.log.read_text().rpartition("\n")[0].splitlines()  # the last line may still be being written
        return [line.split()[1:] for line in whole if line.startswith("started")]

    def started(self, times: int) -> list[str]:
        assert processes.until(lambda: len(self.starts()) >= times, 30)
        return self.starts()[times - 1]

    def left(self) -> list[int]:
        return processes.with_environment(self.mark)


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    made = Supervised(tmp_path / "a directory")
    yield made
    made.process.kill()
    made.process.wait()
    processes.end(made.left(), first=signal.SIGKILL, patience=0)


def test_a_dead_program_is_started_again_without_its_orphans(supervised: Supervised) -> None:
    main, child = supervised.started(1)
    os.kill(int(main), signal.SIGKILL)

    again, _ = supervised.started(2)
    assert again != main
    assert not processes.alive(int(child))


def test_programs_do_not_survive_a_killed_supervisor(supervised: Supervised) -> None:
    main, _ = supervised.started(1)
    supervised.process.kill()
    assert processes.wait_gone([int(main)], 20)


def test_asked_to_stop_the_supervisor_takes_everything_with_it(supervised: Supervised) -> None:
    main, _ = supervised.started(1)
    supervised.process.terminate()
    assert supervised.process.wait(20) == 0
    assert not processes.alive(int(main))


# --- the output ------------------------------------------------------------------------------------------------------


def test_output_is_merged_by_whole_lines(tmp_path: Path) -> None:
    stream = io.StringIO()
    output = MergedOutput({"web": tmp_path / "web.log", "worker": tmp_path / "worker.log"}, stream)
    output.pump()  # no log yet
    (tmp_path / "web.log").write_bytes(b"one\ntw")
    (tmp_path / "worker.log").write_bytes("mañana\n\xff".encode("latin-1"))
    output.pump()
    assert stream.getvalue().splitlines() == ["web    | one", "worker | ma�ana"]
    with (tmp_path / "web.log").open("ab") as log:
        log.write(b"o\n")
    output.pump()
    assert stream.getvalue().splitlines()[2:] == ["web    | two"]
    output.close()


def test_output_survives_the_rotation_of_a_log(tmp_path: Path) -> None:
    stream = io.StringIO()
    log = tmp_path / "web.log"
    log.write_text("1\n")
    output = MergedOutput({"web": log}, stream)
    output.pump()
    with log.open("a") as file:
        file.write("2\n")
    log.rename(tmp_path / "web.log.1")
    output.pump()
    log.write_text("3\n")
    output.pump()
    assert stream.getvalue() == "web | 1\nweb | 2\nweb | 3\n"
    output.close()


def test_of_the_supervisor_only_news_is_shown(tmp_path: Path) -> None:
    stream = io.StringIO()
    (tmp_path / "s.log").write_text("INFO spawned: 'web'\nWARN exited: web (terminated by SIGKILL; not expected)\n")
    output = MergedOutput({"supervisor": tmp_path / "s.log"}, stream)
    output.pump()
    output.close()
    assert stream.getvalue() == "supervisor | WARN exited: web (terminated by SIGKILL; not expected)\n"


def test_a_reader_that_went_away_is_no_error(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    (tmp_path / "web.log").write_text("to nobody\n")
    with os.fdopen(writing, "w") as stream:
        output = MergedOutput({"web": tmp_path / "web.log"}, stream)
        output.pump()
        output.say("still here")
        output.close()


# --- the installation ------------------------------------------------------------------------------------------------


@pytest.fixture
def bare_checkout(tmp_path: Path) -> Path:
    """The installer alone, with a lock file that asks for nothing."""
    (tmp_path / "hotel_agent" / "launch").mkdir(parents=True)
    shutil.copy(PROJECT / "hotel_agent" / "launch" / "install.py", tmp_path / "hotel_agent" / "launch")
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "dev.txt").write_text("# nothing\n")
    return tmp_path


def install(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    script = checkout / "hotel_agent" / "launch" / "install.py"
    return subprocess.run(
        [sys.executable, str(script)], env={**os.environ, **environment},
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_the_installer_works_once_and_says_what_failed(bare_checkout: Path) -> None:
    first = install(bare_checkout)
    assert first.returncode == 0, first.stderr
    assert "Making the virtual environment" in first.stdout

    again = install(bare_checkout)
    assert (again.returncode, again.stdout) == (0, "")

    (bare_checkout / "requirements" / "dev.txt").write_text("./nowhere-to-be-found\n")
    failed = install(bare_checkout)
    assert failed.returncode == 1
    assert failed.stderr.strip().splitlines()[-1].startswith("The packages could not be installed")
    assert install(bare_checkout).returncode == 1  # and it does not take the failure for done

    (bare_checkout / ".venv" / "bin" / "python").unlink()
    (bare_checkout / "requirements" / "dev.txt").write_text("# nothing\n")
    repaired = install(bare_checkout)
    assert repaired.returncode == 0
    assert "Making the virtual environment" in repaired.stdout


def put_uv(checkout: Path, *, code: int) -> Path:
    """A program in the place of uv that writes down what it is asked for; where."""
    orders = checkout / "orders"
    program = checkout / ".venv" / "bin" / "uv"
    program.write_text(f'#!/bin/sh\necho "$@" >>"{orders}"\nexit {code}\n')
    program.chmod(0o755)
    return orders


@pytest.mark.slow
def test_uv_installs_and_pip_where_uv_cannot_or_may_not(bare_checkout: Path) -> None:
    assert install(bare_checkout).returncode == 0
    lock = bare_checkout / "requirements" / "dev.txt"
    orders = put_uv(bare_checkout, code=0)
    lock.write_text("./nowhere-to-be-found\n")  # pip would fail
    assert install(bare_checkout, PIP_CONFIG_FILE="/dev/null").returncode == 0
    assert f"--require-hashes --requirement {lock}" in orders.read_text()

    for failing, environment in ((True, {}), (False, {"PIP_INDEX_URL": "https://mirror.hotel.example/simple"})):
        orders.unlink()
        put_uv(bare_checkout, code=int(failing))
        lock.write_text(f"# nothing, {failing}\n")
        done = install(bare_checkout, PIP_CONFIG_FILE="/dev/null", **environment)
        assert done.returncode == 0, done.stderr
        assert orders.exists() == failing, "who told pip of a mirror wants nothing from elsewhere"
        assert ("pip tries" in done.stdout) == failing


def test_one_packages_lines_of_the_lock() -> None:
    lock = (PROJECT / "requirements" / "dev.txt").read_text()
    lines = entry_of("uv", lock).splitlines()
    assert lines[0].startswith("uv==")
    assert len(lines) > 1
    assert all(line.strip().startswith("--hash=sha256:") for line in lines[1:])
    assert not lines[-1].endswith("\\")
    assert entry_of("uv", "uvloop==1 \\\n    --hash=sha256:00\n") == ""
