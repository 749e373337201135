"""The training messages under `data/<language>/<intent>.txt` and what they say (docs/adding-a-language.md)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conversations.understanding.types import INTENTS, LANGUAGES, Language

DATA: Final = Path(__file__).parent / "data"
_SLOT: Final = re.compile(r"^\[slot=([a-z_]+)\] ?")
_INTENT_LIST: Final = re.compile(r"\s=>\s*([a-z_, ]+)$")


class CorpusError(ValueError):
    """A line of the training data that cannot be used; names file, line and reason."""


@dataclass(frozen=True, slots=True)
class Example:
    """One training message."""

    text: str
    language: Language
    intents: tuple[str, ...]
    """The complete list, primary first."""
    slot: str | None
    """What the agent had just asked for."""
    source: str
    """`language/intent.txt:line`."""


def parse_line(line: str, *, language: Language, intent: str, source: str) -> Example | None:
    """The example on a line; None for blank lines and comments. Raises `CorpusError` for anything else unusable."""
    line = line.strip()
    if not line or line.startswith("#"):
        return None
    slot: str | None = None
    found = _SLOT.match(line)
    if found:
        slot, line = found[1], line[found.end() :]
    intents: tuple[str, ...] = (intent,)
    listed = _INTENT_LIST.search(line)
    if listed:
        intents = tuple(dict.fromkeys(name.strip() for name in listed[1].split(",") if name.strip()))
        line = line[: listed.start()].rstrip()
    unknown = [name for name in intents if name not in INTENTS]
    if unknown:
        raise CorpusError(f"{source}: unknown intent {', '.join(unknown)}")
    if not line:
        raise CorpusError(f"{source}: no message")
    return Example(text=line, language=language, intents=intents, slot=slot, source=source)


def files(root: Path = DATA) -> list[Path]:
    """All data files in a fixed order."""
    return [path for language in LANGUAGES for path in sorted((root / language).glob("*.txt"))]


def load(root: Path = DATA) -> list[Example]:
    """Every example, in file order. Raises `CorpusError` naming the first line that is wrong."""
    return list(_examples(root))


def _examples(root: Path) -> Iterator[Example]:
    for path in files(root):
        intent = path.stem
        if intent not in INTENTS:
            raise CorpusError(f"{path.parent.name}/{path.name}: no such intent")
        language = next(known for known in LANGUAGES if known == path.parent.name)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            found = parse_line(line, language=language, intent=intent, source=f"{language}/{path.name}:{number}")
            if found is not None:
                yield found


def fingerprint(root: Path = DATA, additions: Path | None = None) -> str:
    """A hash of the data, of an installation's own additions and of the code: any change makes a model stale."""
    digest = hashlib.sha256()
    code = Path(__file__).parent
    sources = [
        code / name
        for name in (
            "features.py",
            "concepts.py",
            "context.py",
            "train.py",
            "decision.py",
            "corpus.py",
            "augment.py",
            "text.py",
            "classifier.py",
        )
    ]
    for path in [*files(root), *sources, *sorted((code / "entities").glob("*.py"))]:
        if path.exists():
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
    if additions is not None:
        digest.update(additions.read_bytes())
    return digest.hexdigest()
