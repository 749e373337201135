"""The trained engine: what it must never mistake, what context changes, and how a model is kept."""

# ruff: noqa: E501 - word tables and patterns read better unbroken

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import pytest

from conversations.understanding import artefact, classifier
from conversations.understanding.decision import decide, right_for
from conversations.understanding.engine import EmbeddedEngine, load_engine
from conversations.understanding.rules import KeywordRules
from conversations.understanding.types import Engine, Entities, Scored, Situation, Understanding

TODAY = dt.date(2026, 11, 23)
PROJECT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.timeout(400)


def primary(engine: Engine, text: str, slot: str | None = None) -> str | None:
    return engine.understand(text, Situation(today=TODAY, expected_slot=slot)).primary


@pytest.mark.parametrize(
    "text",
    [
        "no quiero cancelar",
        "no me cancelen la reserva",
        "please don't cancel my booking",
        "não quero cancelar",
        "i don't want to cancel",
        "não cancele minha reserva por favor",
    ],
)
def test_not_cancelling_is_no_cancellation(text: str, engine: EmbeddedEngine) -> None:
    for one in (engine, KeywordRules()):
        understood = one.understand(text, Situation(today=TODAY))
        assert understood.primary != "cancel_reservation" or decide(understood).action != "act", one.name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("quiero cancelar mi reserva", "cancel_reservation"),
        ("please cancel my booking", "cancel_reservation"),
        ("quero cancelar minha reserva", "cancel_reservation"),
        ("hola", "greeting"),
        ("muito obrigada", "thanks"),
        ("cuál es la clave del wifi?", "ask_amenities"),
        ("what time is breakfast?", "ask_dining"),
        ("aceitam cachorro?", "ask_policies"),
        ("quiero hablar con una persona", "talk_to_human"),
    ],
)
def test_plain_messages_are_plain(text: str, expected: str, engine: EmbeddedEngine) -> None:
    assert primary(engine, text) == expected
    assert primary(KeywordRules(), text) == expected


@pytest.mark.parametrize(
    ("slot", "text", "expected"),
    [
        ("guests", "4", "provide_details"),
        ("confirmation", "sí, confirmo", "affirm"),
        ("confirmation", "no", "deny"),
        ("cancel_confirmation", "yes", "affirm"),
        ("guest_name", "ana pérez", "provide_details"),
        ("dates", "del 3 al 7 de enero", "provide_details"),
    ],
)
def test_an_answer_is_heard_as_the_answer(slot: str, text: str, expected: str, engine: EmbeddedEngine) -> None:
    assert primary(engine, text, slot) == expected


def test_a_conversation_keeps_its_language_until_evidence_is_clear(engine: EmbeddedEngine) -> None:
    def language(text: str, current: str) -> str:
        return engine.understand(text, Situation(today=TODAY, language=current)).language  # type: ignore[arg-type]

    assert language("ok", "pt") == "pt"
    assert language("late checkout", "es") == "es"
    assert language("2 adultos", "pt") == "pt"
    assert language("sorry, could we switch to english please? I don't speak spanish", "es") == "en"
    assert language("desculpe, vocês falam português? não entendo espanhol", "es") == "pt"


def test_the_same_text_is_understood_the_same(engine: EmbeddedEngine) -> None:
    situation = Situation(today=TODAY)
    assert engine.understand("hola, tienen lugar mañana?", situation) == engine.understand(
        "hola, tienen lugar mañana?", situation
    )


def _said(confidence: float, name: str = "ask_price") -> Understanding:
    ranked = (Scored(name, confidence), Scored("ask_payment", 0.2), Scored("ask_dining", 0.1), Scored("thanks", 0.07))
    return Understanding(
        text="x", language="es", language_confidence=1, intents=ranked[:1], candidates=ranked, entities=Entities()
    )


def test_acting_asking_and_handing_over_follow_the_thresholds() -> None:
    thresholds = {"act": 0.8, "act_grave": 0.95, "ask": 0.3}
    assert decide(_said(0.85), thresholds).action == "act"
    assert decide(_said(0.85, "cancel_reservation"), thresholds).action == "clarify"
    asked = decide(_said(0.5), thresholds)
    assert (asked.action, len(asked.candidates)) == ("clarify", 3)
    assert decide(_said(0.1), thresholds).action == "hand_over"


def test_nothing_grave_counts_as_interchangeable() -> None:
    for grave in ("cancel_reservation", "modify_reservation", "deny"):
        assert not any(right_for(grave, (other,)) for other in ("make_reservation", "affirm", "check_reservation"))
    assert not right_for("make_reservation", ("cancel_reservation",))
    assert not right_for("affirm", ("deny",))


def test_a_damaged_model_is_refused_and_rules_answer(model_directory: Path, tmp_path: Path) -> None:
    version = json.loads((model_directory / "current.json").read_text())["version"]
    for name in ("current.json", f"{version}.json"):
        (tmp_path / name).write_bytes((model_directory / name).read_bytes())
    arrays = bytearray((model_directory / f"{version}.npz").read_bytes())
    arrays[len(arrays) // 2] ^= 0xFF
    (tmp_path / f"{version}.npz").write_bytes(arrays)
    with pytest.raises(classifier.ModelUnusableError, match="checksum"):
        classifier.load(tmp_path)
    assert isinstance(load_engine(tmp_path, train=False), KeywordRules)


def test_no_model_and_no_training_means_rules(tmp_path: Path) -> None:
    engine = load_engine(tmp_path / "none", train=False)
    assert engine.name == "rules"
    assert engine.understand("hola", Situation(today=TODAY)).primary == "greeting"


def test_a_model_of_other_data_is_stale(model_directory: Path, tmp_path: Path) -> None:
    assert artefact.is_fresh(model_directory)
    manifest = dict(classifier.read_manifest(model_directory))
    manifest["fingerprint"] = "0" * 64
    (tmp_path / "current.json").write_text(json.dumps({"version": manifest["version"]}))
    (tmp_path / f"{manifest['version']}.json").write_text(json.dumps(manifest))
    assert not artefact.is_fresh(tmp_path)


def test_serving_imports_no_training_library(model_directory: Path) -> None:
    code = (
        "import sys, datetime as dt\nfrom pathlib import Path\n"
        "from conversations.understanding.engine import EmbeddedEngine\n"
        "from conversations.understanding.types import Situation\n"
        f"engine = EmbeddedEngine.from_directory(Path({str(model_directory)!r}))\n"
        "for language in ('es', 'en', 'pt'):\n"
        "    engine.understand('3 al 7 de enero, ana@x.com, 11 5555-1234', Situation(today=dt.date(2026, 11, 23), language=language))\n"
        "from conversations.understanding.evaluate import memory_mb\n"
        "print(memory_mb(), 'sklearn' in sys.modules, 'scipy' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    memory, sklearn, scipy = done.stdout.split()
    assert (sklearn, scipy) == ("False", "False")
    assert float(memory) < 160
