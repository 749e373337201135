"""Make `.venv` and put the locked packages into it: `python3 hotel_agent/launch/install.py [requirements/dev.txt]`.

Standard library only, and readable by old Pythons, so that a wrong one gets a sentence instead of a SyntaxError.
Does nothing when the environment already holds exactly this lock file.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"
SUPPORTED = ((3, 11), (3, 12))
PIP = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input"]
OWN_WAYS = {"index-url", "no-index", "proxy", "client-cert", "trusted-host"}
"""Settings of pip after which the packages are not to come from where they come from otherwise."""


def main(arguments):
    # type: (list[str]) -> int
    if sys.version_info[:2] not in SUPPORTED:
        return failed(
            "Python 3.11 or 3.12 is needed and this is {}.{}: install one of them, "
            "or name it as in `make run PYTHON=/usr/bin/python3.11`.".format(*sys.version_info[:2])
        )
    lock = PROJECT / (arguments[0] if arguments else "requirements/dev.txt")
    wanted = fingerprint(lock)
    stamp = VENV / "installed"
    if up_to_date(stamp, wanted):
        return 0
    local = PROJECT / ".local"
    local.mkdir(exist_ok=True)
    with open(str(local / "install.lock"), "w") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        if up_to_date(stamp, wanted):
            return 0
        if not usable():
            say("Making the virtual environment .venv …")
            if subprocess.call([sys.executable, "-m", "venv", "--clear", str(VENV)]) != 0:
                return failed(
                    "The virtual environment could not be made (see above): "
                    "on Debian and Ubuntu `apt install python3-venv` brings what is missing."
                )
        say(f"Installing the locked packages of {lock.name} (the first time takes up to a minute or two) …")
        if not (installed_by_uv(lock) or installed_by_pip(lock)):
            return failed(
                "The packages could not be installed (see above): check the connection to the package index "
                "(PIP_INDEX_URL for a mirror) and free disk space, then run the same command again."
            )
        stamp.write_text(wanted, encoding="ascii")
    return 0


def installed_by_pip(lock, *options):
    # type: (Path, *str) -> bool
    # Not compiled: Python does that for the few modules that are used, when it meets them.
    wanted = ["--no-compile", "--require-hashes", "--requirement", str(lock), *options]
    return subprocess.call([*PIP, "install", "-qq", *wanted]) == 0


def installed_by_uv(lock):
    # type: (Path) -> bool
    """Whether uv, itself one of the locked packages, did it: in half of pip's time. It checks the same hashes.

    False when pip has to: pip was told another way to the packages, which uv does not read, the lock has no uv, or uv
    failed.
    """
    uv = VENV / "bin" / "uv"
    if told_another_way() or not (uv.exists() or brought("uv", lock)):
        return False
    # Its cache would leave a second copy of everything, 900 MB, for what a checkout does once.
    order = [str(uv), "pip", "install", "-q", "--no-cache", "--python", str(PYTHON)]
    if subprocess.call([*order, "--require-hashes", "--requirement", str(lock)]) == 0:
        return True
    say("uv could not (see above); pip tries …")
    return False


def brought(package, lock):
    # type: (str, Path) -> bool
    """Whether pip installed this one package of the lock file."""
    entry = entry_of(package, lock.read_text(encoding="utf-8"))
    alone = PROJECT / ".local" / (package + ".txt")
    alone.write_text(entry, encoding="utf-8")
    return bool(entry) and installed_by_pip(alone, "--no-deps")


def entry_of(package, lock):
    # type: (str, str) -> str
    """The lines of one package in a lock file: its version and its hashes."""
    lines = []  # type: list[str]
    for line in lock.splitlines():
        if line.startswith(package + "==") or (lines and lines[-1].endswith("\\")):
            lines.append(line)
    return "\n".join(lines)


def told_another_way():
    # type: () -> bool
    """Whether pip's files or environment name a mirror, a proxy or the like."""
    told = subprocess.run([*PIP, "config", "list"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    names = {line.partition("=")[0].rpartition(".")[2] for line in told.stdout.decode().splitlines()}
    return told.returncode != 0 or not names.isdisjoint(OWN_WAYS)


def fingerprint(lock):
    # type: (Path) -> str
    """The lock file's content and the Python it was installed for."""
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    return "{} python{}.{}".format(digest, *sys.version_info[:2])


def up_to_date(stamp, wanted):
    # type: (Path, str) -> bool
    try:
        return stamp.read_text(encoding="ascii") == wanted and usable()
    except OSError:
        return False


def usable():
    # type: () -> bool
    """Whether `.venv` works and is of the Python that runs us; a moved checkout or an upgraded Python breaks it."""
    if not os.access(str(PYTHON), os.X_OK):
        return False
    question = "import sys, pip; print('%d.%d' % sys.version_info[:2])"
    answer = subprocess.run(
        [str(PYTHON), "-c", question], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False
    )
    return answer.stdout.decode().strip() == "{}.{}".format(*sys.version_info[:2])


def say(text):
    # type: (str) -> None
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def failed(text):
    # type: (str) -> int
    sys.stderr.write(text + "\n")
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        sys.exit(failed(f"{error.filename}: {error.strerror}; the project's directory must be writable."))
