"""Examples an installation adds to the training data, kept beside the model that was trained with them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from conversations.understanding.corpus import CorpusError, Example
from conversations.understanding.types import INTENTS, LANGUAGES


@dataclass(frozen=True, slots=True)
class Addition:
    """One example as it leaves the database: words, language, what they say, what had been asked for."""

    text: str
    language: str
    intents: tuple[str, ...]
    slot: str | None = None


def path_of(directory: Path, version: str) -> Path:
    """Where the additions of a version are; a version trained without any has no such file."""
    return directory / f"{version}.additions.jsonl"


def as_text(added: Sequence[Addition]) -> str:
    """One JSON object a line, in the order given: the same examples make the same bytes, so the same model."""
    lines = [
        json.dumps({"text": one.text, "lang": one.language, "intents": list(one.intents), "slot": one.slot},
                   ensure_ascii=False, sort_keys=True)
        for one in added
    ]  # fmt: skip
    return "".join(f"{line}\n" for line in lines)


def read(path: Path) -> list[Example]:
    """The additions of a file as training examples. Raises `CorpusError` naming the line that cannot be used."""
    out = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        source = f"{path.name}:{number}"
        try:
            row = json.loads(line)
            intents, language = tuple(row["intents"]), row["lang"]
            usable = intents and all(name in INTENTS for name in intents) and language in LANGUAGES and row["text"]
        except (ValueError, KeyError, TypeError) as error:
            raise CorpusError(f"{source}: {error}") from error
        if not usable:
            raise CorpusError(f"{source}: unknown language or intent, or no message")
        out.append(Example(row["text"], language, intents, row["slot"], source))
    return out


def note_trial(directory: Path, version: str, result: str) -> None:
    """Keep what a candidate's trial gave."""
    (directory / f"{version}.trial").write_text(result, encoding="utf-8")


def trial_of(directory: Path, version: str) -> dict[str, object] | None:
    """What a candidate's trial gave; None when it had none."""
    try:
        found = json.loads((directory / f"{version}.trial").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
