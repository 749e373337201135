"""The training data can be used as it lies there, and holds nothing it must not."""

from __future__ import annotations

import collections
import json
import re
from pathlib import Path

import pytest

from conversations.understanding import corpus
from conversations.understanding.corpus import CorpusError, Example, parse_line
from conversations.understanding.text import fold_plain
from conversations.understanding.types import INTENTS, LANGUAGES

PROJECT = Path(__file__).resolve().parents[2]
MINIMUM = 60
"""Different phrasings of each intent in each language."""
ALIKE = 0.6
"""Share of common letter quadruples from which two messages are one phrasing."""


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return corpus.load()


def pieces(text: str) -> frozenset[str]:
    """Overlapping quadruples of a text's letters, numbers as one: what two phrasings share."""
    plain = f" {re.sub(r'[0-9]+', '0', fold_plain(text))} "
    return frozenset(plain[at : at + 4] for at in range(max(1, len(plain) - 3)))


def different(texts: list[str], wanted: int) -> int:
    """How many texts are no near copy of an earlier one; counting ends when enough are found."""
    kept: list[frozenset[str]] = []
    for text in texts:
        own = pieces(text)
        if all(len(own & other) < ALIKE * len(own | other) for other in kept):
            kept.append(own)
        if len(kept) >= wanted:
            break
    return len(kept)


def test_every_intent_has_enough_different_phrasings_in_every_language(examples: list[Example]) -> None:
    said: dict[tuple[str, str], list[str]] = collections.defaultdict(list)
    for example in examples:
        said[example.language, example.source.split("/")[1].split(".")[0]].append(example.text)
    short = {
        (language, intent): found
        for language in LANGUAGES
        for intent in INTENTS
        if (found := different(said[language, intent], MINIMUM)) < MINIMUM
    }
    assert short == {}


def test_one_sentence_with_many_dates_is_one_phrasing() -> None:
    assert different([f"tienen lugar del {day} al {day + 3} de enero?" for day in range(1, 25)], MINIMUM) == 1
    assert different(["hola, tienen lugar?", "holaa, tienen lugar??", "queda alguna libre para el finde?"], 9) == 2


def test_training_data_and_gate_sets_are_disjoint(examples: list[Example]) -> None:
    # Words of courtesy are the same whoever writes them; from four words on equality is copying.
    trained = {fold_plain(example.text) for example in examples if len(example.text.split()) >= 4}
    gate: set[str] = set()
    for path in sorted((PROJECT / "tests" / "nlu").rglob("*.jsonl")):
        gate |= {
            fold_plain(json.loads(line)["text"])
            for line in path.read_text(encoding="utf-8").splitlines()
            if line.strip()
        }
    assert trained & gate == set()


@pytest.mark.needs_corpus
def test_training_data_holds_no_development_message(examples: list[Example], corpus: Path) -> None:
    folder = corpus.parent / "nlu"
    trained = {fold_plain(example.text) for example in examples if len(example.text.split()) >= 5}
    copied: set[str] = set()
    for path in sorted(folder.glob("*.jsonl")):
        rows = [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        copied |= trained & {fold_plain(text) for text in rows}
    assert len(copied) <= 3, copied  # short everyday requests two people write alike


def test_a_line_says_slot_message_and_intents() -> None:
    found = parse_line(
        "[slot=guests] somos 4, gracias => provide_details, thanks",
        language="es",
        intent="provide_details",
        source="x:1",
    )
    assert found == Example("somos 4, gracias", "es", ("provide_details", "thanks"), "guests", "x:1")
    assert parse_line("# formal", language="es", intent="greeting", source="x:2") is None
    assert parse_line("   ", language="es", intent="greeting", source="x:3") is None


@pytest.mark.parametrize("line", ["hola => saludar", "[slot=guests] ", "hola => greeting, dance"])
def test_an_unusable_line_is_named(line: str) -> None:
    with pytest.raises(CorpusError, match="x:7"):
        parse_line(line, language="es", intent="greeting", source="x:7")


def test_a_file_of_no_intent_is_named(tmp_path: Path) -> None:
    (tmp_path / "es").mkdir()
    (tmp_path / "es" / "dancing.txt").write_text("bailemos\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"es/dancing\.txt"):
        corpus.load(tmp_path)
