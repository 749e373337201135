"""Sound files made readable by ffmpeg, in a temporary directory that is removed however the work ends.

The file comes from a stranger: its format is forced to what its bytes say (a playlist would make ffmpeg open other
files), only local files may be opened, and length and time are bounded.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from hotel_agent.common.exceptions import Misconfigured
from integrations.exceptions import FileRefused

log = structlog.get_logger(__name__)

PREFIX = "voice-"
RATE = 16_000
"""What speech recognisers are trained on."""
TIME_LIMIT_S = 60
LEFT_OVER_AFTER_S = 600.0
"""A directory this old belongs to a process that died: no conversion and recognition take so long."""

_DEMUXERS = {
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/aac": "aac",
    "audio/amr": "amr",
    "audio/mp4": "mov",
    "video/mp4": "mov",
    "video/3gpp": "mov",
}


@contextmanager
def readable(content: bytes, content_type: str, *, directory: Path, max_seconds: float) -> Iterator[Path]:
    """A 16 kHz mono WAV file of the sound, there while the context lasts.

    Args:
        content_type: what the bytes are (sniffed, not declared).
        directory: where temporary directories are made; `sweep` looks there.

    Raises:
        FileRefused: "unreadable" for what is no sound, "too_long" beyond `max_seconds`.
        Misconfigured: ffmpeg is not installed.
    """
    demuxer = _DEMUXERS.get(content_type)
    if demuxer is None:
        raise FileRefused(f"{content_type or 'the file'} is not a sound we read")
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=directory))
    try:
        source, target = folder / "in", folder / "out.wav"
        source.write_bytes(content)
        _convert(source, target, demuxer, max_seconds)
        yield target
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _convert(source: Path, target: Path, demuxer: str, max_seconds: float) -> None:
    program = shutil.which("ffmpeg")
    if program is None:
        raise Misconfigured("ffmpeg is not installed; voice notes cannot be read")
    command = [
        program, "-nostdin", "-hide_banner", "-loglevel", "error", "-protocol_whitelist", "file",
        "-f", demuxer, "-i", str(source), "-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1",
        "-ac", "1", "-ar", str(RATE), "-t", str(max_seconds + 1), "-f", "wav", str(target),
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, timeout=TIME_LIMIT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise FileRefused("the sound took too long to convert") from error
    if done.returncode != 0 or not target.exists():
        raise FileRefused(f"ffmpeg: {done.stderr.decode('utf-8', 'replace').strip()[-200:]}")
    seconds = length(target)
    if seconds > max_seconds:
        raise FileRefused(f"longer than {max_seconds:.0f} seconds", reason="too_long")
    if seconds == 0:
        raise FileRefused("no sound in it")


def length(wav: Path) -> float:
    """Seconds of a WAV file."""
    with wave.open(str(wav)) as sound:
        return float(sound.getnframes() / sound.getframerate())


def sweep(directory: Path, *, older_than_s: float = LEFT_OVER_AFTER_S) -> int:
    """Remove what processes that died left in `directory`; returns how many. Safe at any time."""
    removed = 0
    for folder in directory.glob(f"{PREFIX}*"):
        try:
            left_over = time.time() - folder.stat().st_mtime > older_than_s
        except FileNotFoundError:
            continue
        if left_over:
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    if removed:
        log.warning("voice_left_overs_removed", count=removed)
    return removed
