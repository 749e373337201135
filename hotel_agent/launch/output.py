"""The programs' logs as one readable stream: every line once, prefixed with who wrote it."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

# supervisord tells every start; what a reader needs is what ended or could not be started.
_SUPERVISOR_NEWS = re.compile(r"exited|FATAL|gave up|CRIT|ERR|WARN")


@dataclass
class Followed:
    """A log file being read while it grows and is rotated (renamed to `.1`, begun anew)."""

    name: str
    path: Path
    only: re.Pattern[str] | None = None
    _file: IO[bytes] | None = field(default=None, repr=False)
    _rest: bytes = b""

    def new_lines(self) -> list[str]:
        """Complete lines written since the last call."""
        lines = self._read()
        if self._file is not None and self._rotated():
            lines += self._read()
            self.close()
            lines += self._read()
        return [line for line in lines if self.only is None or self.only.search(line)]

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _read(self) -> list[str]:
        if self._file is None:
            try:
                self._file = self.path.open("rb")
            except FileNotFoundError:
                return []
        self._rest += self._file.read()
        *complete, self._rest = self._rest.split(b"\n")
        return [line.decode("utf-8", "replace").rstrip("\r") for line in complete]

    def _rotated(self) -> bool:
        try:
            return self._file is not None and self.path.stat().st_ino != _inode(self._file)
        except FileNotFoundError:
            return False  # between the rename and the new file; looked at again next time


class MergedOutput:
    """Prints what several logs say, line by line. A reader that went away is not an error."""

    def __init__(self, logs: dict[str, Path], stream: IO[str] = sys.stdout) -> None:
        self._logs = [
            Followed(name, path, _SUPERVISOR_NEWS if name == "supervisor" else None) for name, path in logs.items()
        ]
        self._width = max(len(name) for name in logs)
        self._stream: IO[str] | None = stream

    def pump(self) -> None:
        """Print everything new."""
        text = "".join(f"{log.name:<{self._width}} | {line}\n" for log in self._logs for line in log.new_lines())
        if text:
            self.say(text, end="")

    def close(self) -> None:
        """Let go of the logs."""
        for log in self._logs:
            log.close()

    def say(self, text: str, end: str = "\n") -> None:
        """Print our own words."""
        if self._stream is None:
            return
        try:
            self._stream.write(text + end)
            self._stream.flush()
        except OSError:
            _give_to_nobody(self._stream)
            self._stream = None


def _give_to_nobody(stream: IO[str]) -> None:
    """What is still buffered would fail once more when the stream is closed, at the latest when Python ends."""
    nobody = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nobody, stream.fileno())
    os.close(nobody)


def _inode(file: IO[bytes]) -> int:
    return os.fstat(file.fileno()).st_ino
