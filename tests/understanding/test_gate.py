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
pytestmark = pytest.mark.timeout(400)


def load(language: str) -> list[evaluate.Gold]:
    path = SETS / f"{language}.jsonl"
    if not path.exists():
        pytest.skip(f"{path.name} has not been written yet")
    return evaluate.read_gold(path)


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_no_figure_falls_by_more_than_a_point(language: str, engine: EmbeddedEngine) -> None:
    gold = load(language)
    baseline = json.loads(BASELINE.read_text(encoding="utf-8"))
    report = evaluate.measure(language, gold, evaluate.predict(engine, gold), engine.thresholds)
    assert evaluate.falls(baseline[language], report) == {}


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_nothing_grave_is_mistaken(language: str, engine: EmbeddedEngine) -> None:
    gold = load(language)
    report = evaluate.measure(language, gold, evaluate.predict(engine, gold), engine.thresholds)
    assert report.counts["cancel_reservation>make_reservation"] == 0
    assert report.counts["deny>affirm"] == 0
