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
        say(f"Installing the locked packages of {lock.name} (the first time takes a minute or two) …")
        pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input"]
        # Not compiled: Python does that for the few modules that are used, when it meets them.
        options = ["-qq", "--no-compile", "--require-hashes", "--requirement", str(lock)]
        code = subprocess.call([*pip, "install", *options])
        if code != 0:
            return failed(
                "The packages could not be installed (see above): check the connection to the package index "
                "(PIP_INDEX_URL for a mirror) and free disk space, then run the same command again."
            )
        stamp.write_text(wanted, encoding="ascii")
    return 0


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
