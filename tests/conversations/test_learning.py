"""Corrections: masked, approved by a person, trained beside the model in use, switched on and back by hand."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.management import call_command

from conversations.models import Message, TrainingExample
from conversations.services import learning, listening
from conversations.understanding import additions, artefact, classifier
from conversations.understanding.additions import Addition
from conversations.understanding.corpus import CorpusError
from conversations.understanding.engine import EmbeddedEngine
from tenants.scoping import tenant_scope
from tests.conversations.guests import WhatsAppGuest
from tests.factories.reservations import Hotel


@pytest.fixture
def manager(installation: None) -> User:
    return get_user_model().objects.create_user("manager")


@pytest.fixture
def said(hotel: Hotel, guest: WhatsAppGuest) -> Message:
    guest.say("soy Ana Gómez, mi mail ana@example.com, quiero el zumba libre del hotel")
    return Message._base_manager.select_related("conversation__tenant", "turn").latest("id")


def run(*arguments: str) -> tuple[int, dict[str, Any]]:
    out = io.StringIO()
    code = 0
    try:
        call_command("learn_nlu", *arguments, "--json", stdout=out, stderr=out)
    except SystemExit as end:
        code = int(end.code or 0)
    return code, json.loads(out.getvalue())


def test_a_correction_is_masked_and_waits(hotel: Hotel, said: Message, manager: User) -> None:
    with tenant_scope(hotel.tenant):
        example = learning.propose(said, intents=["ask_amenities"], by=manager)
        assert example.state == "pending"
        assert "Ana" not in example.text
        assert "example.com" not in example.text
        assert "zumba" in example.text
        again = learning.propose(said, intents=["book_service"], by=manager)
        assert again.pk == example.pk, "a second opinion replaces the first"
    assert learning.approved() == [], "nothing is learnt before approval"


@pytest.mark.parametrize("intents", [[], ["order_pizza"], ["ask_amenities", "drop_table"]])
def test_only_our_own_intents_are_taken(hotel: Hotel, said: Message, manager: User, intents: list[str]) -> None:
    with tenant_scope(hotel.tenant), pytest.raises(learning.UnknownIntent):
        learning.propose(said, intents=intents, by=manager)
    assert not TrainingExample._base_manager.exists()


def test_a_decision_is_made_once(hotel: Hotel, said: Message, manager: User) -> None:
    with tenant_scope(hotel.tenant):
        example = learning.propose(said, intents=["ask_amenities"], by=manager)
    assert run("approve", str(example.pk), "--user", "manager")[0] == 0
    code, answer = run("reject", str(example.pk), "--user", "manager")
    assert code == 2
    assert "not pending" in answer["error"]
    assert [one.intents for one in learning.approved()] == [("ask_amenities",)]


def test_nothing_approved_trains_nothing(installation: None) -> None:
    code, answer = run("train")
    assert code == 2
    assert "no example" in answer["error"]


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory of models of its own with the trained one in it."""
    source = artefact.model_directory()
    version = classifier.history(source)[0]
    directory = tmp_path / "models"
    directory.mkdir()
    for suffix in (".npz", ".json"):
        (directory / f"{version}{suffix}").write_bytes((source / f"{version}{suffix}").read_bytes())
    classifier.activate(directory, version)
    monkeypatch.setenv("NLU_MODEL_DIR", str(directory))
    listening.forget_engine()
    yield directory
    listening.forget_engine()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_approved_correction_becomes_a_model_that_is_switched_on_and_back(
    models: Path, hotel: Hotel, said: Message, manager: User
) -> None:
    before = classifier.history(models)[0]
    with tenant_scope(hotel.tenant):
        example = learning.propose(said, intents=["ask_amenities"], by=manager)
        learning.decide(example, approve=True, by=manager)
    code, trial = run("train", "--gold")
    assert (trial["current"], trial["examples"], trial["right_after"]) == (before, 1, 1)
    assert code == (0 if trial["right_after"] >= trial["right_before"] else 1)
    candidate = trial["candidate"]
    assert classifier.history(models) == [before], "a candidate is not in use"
    assert listening.current_engine().version == before
    assert EmbeddedEngine.from_directory(models, candidate).version == candidate

    assert run("activate", candidate)[0] == 0
    assert artefact.is_fresh(models), "a restart does not throw the additions away"
    listening.forget_engine()
    assert listening.current_engine().version == candidate
    code, answer = run("rollback")
    assert (code, answer["current"]) == (0, before)
    assert classifier.history(models) == [before, candidate]


def test_a_candidate_without_a_good_trial_needs_insisting(models: Path) -> None:
    before = classifier.history(models)[0]
    for suffix in (".npz", ".json"):
        (models / f"worse{suffix}").write_bytes((models / f"{before}{suffix}").read_bytes())
    manifest = json.loads((models / "worse.json").read_text())
    (models / "worse.json").write_text(json.dumps({**manifest, "version": "worse"}))
    assert run("activate", "worse")[0] == 2
    additions.note_trial(models, "worse", json.dumps({"better": False, "fell": {"es": {"top1": [99, 90]}}}))
    assert run("activate", "worse")[0] == 2
    assert classifier.history(models) == [before]
    assert run("activate", "worse", "--insist")[0] == 0
    assert run("activate", "nowhere", "--insist")[0] == 2
    assert classifier.history(models) == ["worse", before]


def test_additions_are_the_same_bytes_whatever_their_order_in_the_database(tmp_path: Path) -> None:
    added = [Addition("¿hay zumba?", "es", ("ask_amenities",)), Addition("4", "en", ("provide_details",), "guests")]
    path = tmp_path / "a.jsonl"
    path.write_text(additions.as_text(added), encoding="utf-8")
    examples = additions.read(path)
    assert [(one.text, one.slot) for one in examples] == [("¿hay zumba?", None), ("4", "guests")]
    path.write_text('{"text": "x", "lang": "fr", "intents": ["greeting"], "slot": null}\n')
    with pytest.raises(CorpusError):
        additions.read(path)
