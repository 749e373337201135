"""Voice notes as phones make them: spoken by espeak-ng, packed by ffmpeg into what WhatsApp sends."""

from __future__ import annotations

import functools
import subprocess
import tempfile
from pathlib import Path

CODECS = {
    "ogg": ["-c:a", "libopus", "-ac", "1", "-b:a", "16k"],
    "m4a": ["-c:a", "aac"],
    "mp3": ["-c:a", "libmp3lame"],
}


@functools.cache
def spoken(words: str, *, voice: str = "es", container: str = "ogg", slower: int = 1) -> bytes:
    """The words as a voice note. Needs espeak-ng and ffmpeg."""
    with tempfile.TemporaryDirectory() as folder:
        wav, packed = Path(folder) / "said.wav", Path(folder) / f"note.{container}"
        subprocess.run(["espeak-ng", "-v", voice, "-s", str(160 // slower), "-w", str(wav), words], check=True)
        _ffmpeg(["-i", str(wav), *CODECS[container], str(packed)])
        return packed.read_bytes()


@functools.cache
def silence(seconds: int) -> bytes:
    """A voice note in which nobody speaks. Needs ffmpeg."""
    with tempfile.TemporaryDirectory() as folder:
        packed = Path(folder) / "note.ogg"
        _ffmpeg(["-f", "lavfi", "-t", str(seconds), "-i", "anullsrc=r=16000:cl=mono", *CODECS["ogg"], str(packed)])
        return packed.read_bytes()


def _ffmpeg(arguments: list[str]) -> None:
    subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", *arguments], check=True)
