"""Sound from strangers: read when it is sound, refused when it is not, and nothing left behind either way."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from conversations.services.files import sniff
from hotel_agent.common.exceptions import Misconfigured
from integrations.exceptions import FileRefused
from integrations.speech import audio
from tests.factories.sound import silence, spoken

programs = pytest.mark.needs_program("ffmpeg", "espeak-ng")


@programs
@pytest.mark.parametrize("container", ["ogg", "m4a", "mp3"])
def test_a_phones_recording_becomes_what_recognisers_read(tmp_path: Path, container: str) -> None:
    note = spoken("Quiero una habitación para dos personas", container=container)
    with audio.readable(note, sniff(note), directory=tmp_path, max_seconds=60) as wav:
        assert 1 < audio.length(wav) < 10
        folder = wav.parent
        assert folder.stat().st_mode & 0o077 == 0, "nobody else on the machine reads it"
    assert not folder.exists()


@programs
def test_a_long_recording_is_refused_and_removed(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refused, audio.readable(
        silence(9), "audio/ogg", directory=tmp_path, max_seconds=5
    ):  # fmt: skip
        pass
    assert refused.value.reason == "too_long"
    assert not list(tmp_path.iterdir())


PLAYLIST = b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n"


@pytest.mark.needs_program("ffmpeg")
@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"OggS" + b"\0" * 400, "audio/ogg"),
        (b"", "audio/ogg"),
        (PLAYLIST, "audio/ogg"),
        (PLAYLIST, "audio/mpeg"),
        (PLAYLIST, "application/octet-stream"),
        (b"%PDF-1.7", "application/pdf"),
        (b"\xff\xfb" + os.urandom(3000), "audio/mpeg"),
        (b"\0\0\0\x20ftypM4A " + b"\0" * 64, "audio/mp4"),
    ],
)
def test_what_is_no_sound_is_refused_and_removed(tmp_path: Path, content: bytes, content_type: str) -> None:
    with pytest.raises(FileRefused), audio.readable(content, content_type, directory=tmp_path, max_seconds=60):
        pass
    assert not list(tmp_path.iterdir())


@programs
def test_the_file_is_removed_when_the_work_fails(tmp_path: Path) -> None:
    note = spoken("Hola")
    with pytest.raises(RuntimeError), audio.readable(note, "audio/ogg", directory=tmp_path, max_seconds=60):
        raise RuntimeError("the recogniser broke")
    assert not list(tmp_path.iterdir())


def test_without_ffmpeg_it_is_a_matter_of_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Misconfigured), audio.readable(b"OggS", "audio/ogg", directory=tmp_path, max_seconds=60):
        pass


def test_what_a_killed_worker_left_is_swept_and_what_is_in_use_stays(tmp_path: Path) -> None:
    left, used, other = (tmp_path / name for name in ("voice-left", "voice-used", "something-else"))
    for folder in (left, used, other):
        folder.mkdir()
        (folder / "in").write_bytes(b"sound")
    old = time.time() - audio.LEFT_OVER_AFTER_S - 1
    os.utime(left, (old, old))
    os.utime(other, (old, old))
    assert audio.sweep(tmp_path) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["something-else", "voice-used"]
    assert audio.sweep(tmp_path / "never-made") == 0
