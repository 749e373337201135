"""The gate: on messages by other hands than the training data no figure may fall by more than a point.

`manage.py evaluate_nlu tests/nlu/*.jsonl --write-baseline tests/nlu/baseline.json` writes the figures; do that
when they rose or when the sets changed, and say so in the commit.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conversations.understanding import evaluate
from conversations.understanding.engine import EmbeddedEngine

SETS = Path(__file__).resolve().parents[1] / "nlu"
BASELINE = SETS / "baseline.json"
FLOOR = {"top1": 93, "top3": 98, "coverage": 75, "accuracy_acting": 95, "slot_f1": 95, "frame": 90, "language": 97}
"""What the sets of `second/` must keep; too small for a point to mean anything."""
pytestmark = pytest.mark.timeout(400)


Heard = dict[Path, tuple[list[evaluate.Gold], list[evaluate.Predicted]]]


@pytest.fixture(scope="module")
def heard(engine: EmbeddedEngine) -> Heard:
    """Every set, understood once."""
    sets = {path: evaluate.read_gold(path) for path in sorted(SETS.rglob("*.jsonl"))}
    return {path: (gold, evaluate.predict(engine, gold)) for path, gold in sets.items()}


each_language = pytest.mark.parametrize("language", ["es", "en", "pt"])


@each_language
def test_no_figure_falls_by_more_than_a_point(language: str, heard: Heard, engine: EmbeddedEngine) -> None:
    gold, said = heard[SETS / f"{language}.jsonl"]
    baseline = json.loads(BASELINE.read_text(encoding="utf-8"))
    report = evaluate.measure(language, gold, said, engine.thresholds)
    assert evaluate.falls(baseline[language], report) == {}


@each_language
def test_the_floor_holds_on_messages_of_another_style(language: str, heard: Heard, engine: EmbeddedEngine) -> None:
    gold, said = heard[SETS / "second" / f"{language}.jsonl"]
    report = evaluate.measure(language, gold, said, engine.thresholds)
    fallen = {name: report.figures[name] for name, floor in FLOOR.items() if report.figures[name] < floor}
    assert fallen == {}


@each_language
@pytest.mark.parametrize("folder", [".", "second"])
def test_nothing_grave_is_mistaken(language: str, folder: str, heard: Heard, engine: EmbeddedEngine) -> None:
    gold, said = heard[SETS / folder / f"{language}.jsonl"]
    report = evaluate.measure(language, gold, said, engine.thresholds)
    assert report.counts["cancel_reservation>make_reservation"] == 0
    assert report.counts["deny>affirm"] == 0
