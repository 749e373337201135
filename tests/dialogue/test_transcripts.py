"""Each transcript is said word by word as it is written; a change of wording or behaviour shows as a difference."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from conversations.dialogue.effects import RequestBooking
from tests.dialogue.script import play, transcripts


@pytest.mark.parametrize("path", transcripts(), ids=lambda path: path.stem)
def test_is_said_as_written(path: Path) -> None:
    text = path.read_text()
    now = "\n".join(play(text).lines) + "\n"
    if os.environ.get("REWRITE_TRANSCRIPTS"):
        path.write_text(now)
    assert now == path.read_text()


@pytest.mark.parametrize("path", transcripts(), ids=lambda path: path.stem)
def test_first_contact_is_said_once(path: Path) -> None:
    text = "\n".join(play(path.read_text()).lines)
    told = ("asistente automático del Hotel Río Claro; si", "assistant at Hotel Río Claro; if",
            "assistente automático do Hotel Río Claro; se")  # fmt: skip
    assert sum(text.count(words) for words in told) == 1


def test_every_language_books_a_stay() -> None:
    booked = set()
    for path in transcripts():
        conversation = play(path.read_text()).conversation
        assert conversation is not None
        for command in conversation.world.commands:
            if isinstance(command, RequestBooking):
                booked.add(command.language)
    assert booked == {"es", "en", "pt"}
