"""Which user PostgreSQL runs as: it refuses to run as root.

An ordinary user runs it as himself. For root it is the owner of the checkout when that is somebody else, otherwise
`nobody`: no user is added to the machine and no directory's permissions are changed. When that user cannot reach the
project (a checkout under /root, which is 0700), the server gets one capability, CAP_DAC_OVERRIDE, to walk there.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .errors import ServicesError
from .places import GIVE_URLS, PROJECT
from .processes import die_with_parent

CAP_DAC_OVERRIDE, CAP_SETPCAP = 1, 8
_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP = 28, 1 << 2
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 47, 2
_CAPABILITY_VERSION_3 = 0x20080522


@dataclass(frozen=True, slots=True)
class ServerUser:
    """Who the server runs as; `override` means with CAP_DAC_OVERRIDE."""

    name: str
    uid: int
    gid: int
    override: bool

    def own(self, path: Path) -> None:
        """Give a file or directory to the server's user."""
        os.chown(path, self.uid, self.gid)


def server_user(*needed: Path) -> ServerUser | None:
    """The user for PostgreSQL, or None when it can run as we do.

    `needed` are the directories the server must get into.

    Raises:
        ServicesError: root without any way to run the server as somebody else.
    """
    if os.geteuid() != 0:
        return None
    owner = PROJECT.stat().st_uid
    try:
        entry = pwd.getpwuid(owner) if owner != 0 else pwd.getpwnam("nobody")
    except KeyError:
        raise ServicesError(
            "PostgreSQL does not run as root and this machine has no user for it: "
            f"run as an ordinary user, {GIVE_URLS}."
        ) from None
    override = not all(_reaches(entry, path) for path in needed)
    if override and not _holds(CAP_DAC_OVERRIDE, CAP_SETPCAP):
        raise ServicesError(
            f"PostgreSQL does not run as root and the user {entry.pw_name} cannot get into {PROJECT}: "
            f"move the project to a directory others may enter, run as an ordinary user, {GIVE_URLS}."
        )
    return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid, override)


def becoming(user: ServerUser | None, death_signal: signal.Signals) -> Callable[[], None]:
    """What a child does between fork and exec: become the server's user, and die with its parent."""

    def prepare() -> None:
        if user is not None:
            _become(user)
        die_with_parent(death_signal)

    return prepare


def _reaches(entry: pwd.struct_passwd, path: Path) -> bool:
    for directory in (path, *path.parents):
        mode = directory.stat()
        if mode.st_uid == entry.pw_uid:
            allowed = mode.st_mode & 0o500 == 0o500
        elif mode.st_gid == entry.pw_gid:
            allowed = mode.st_mode & 0o010 != 0
        else:
            allowed = mode.st_mode & 0o001 != 0
        if not allowed:
            return False
    return True


def _holds(*capabilities: int) -> bool:
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    line = next((line for line in status.splitlines() if line.startswith("CapPrm:")), "CapPrm: 0")
    held = int(line.split()[1], 16)
    return all(held & (1 << capability) for capability in capabilities)


def _become(user: ServerUser) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if user.override:
        # Capabilities then stay over the change of user, and access(2), with which PostgreSQL looks for its own
        # programs, respects them.
        _checked(libc.prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, 0, 0), "prctl(PR_SET_SECUREBITS)")
    os.setgroups([])
    os.setresgid(user.gid, user.gid, user.gid)
    os.setresuid(user.uid, user.uid, user.uid)
    if user.override:
        bit = 1 << CAP_DAC_OVERRIDE
        header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
        # effective, permitted, inheritable; then the same for capabilities 32 and up
        data = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
        _checked(libc.capset(header, data), "capset")
        _checked(libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0), "prctl(PR_CAP_AMBIENT)")


def _checked(result: int, call: str) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), call)
