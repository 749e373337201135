"""From "that was wrong" to a better model: proposed by staff, approved by a manager, trained, measured, switched on.

Nothing goes live by itself: a trained model is a candidate until somebody activates it, and the one before stays to go
back to. Examples are masked when they are proposed; what leaves the database for training carries no tenant.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import transaction

from conversations.models import Message, TrainingExample
from conversations.services.listening import current_engine
from conversations.understanding import additions, artefact, evaluate
from conversations.understanding.additions import Addition
from conversations.understanding.engine import EmbeddedEngine
from conversations.understanding.remote import masked
from conversations.understanding.types import INTENTS, LANGUAGES, Situation
from hotel_agent.common import clock
from hotel_agent.common.exceptions import BadInput

if TYPE_CHECKING:
    from django.contrib.auth.models import User

State = TrainingExample.State
MAX_TEXT = 500
"""A longer message says too many things to be an example of one."""


class UnknownIntent(BadInput):
    """A name that is no intent of ours, or none at all."""

    code = "unknown_intent"


class NothingToLearn(BadInput):
    """The message has no words, or too many."""

    code = "nothing_to_learn"


class AlreadyDecided(BadInput):
    """The example is approved or rejected."""

    code = "already_decided"


def propose(message: Message, *, intents: Sequence[str], by: User) -> TrainingExample:
    """Keep what a message really meant, masked, for approval. Inside the tenant's scope.

    A second correction of the same message replaces the first while that is pending.

    Raises:
        UnknownIntent, NothingToLearn: nothing was kept.
    """
    named = tuple(dict.fromkeys(intents))
    if not named or any(name not in INTENTS for name in named):
        raise UnknownIntent("name at least one of the agent's intents")
    if not message.text.strip() or len(message.text) > MAX_TEXT:
        raise NothingToLearn(f"only messages of 1 to {MAX_TEXT} characters teach anything")
    heard = _as_heard(message)
    language = str(heard.get("language") or message.conversation.language or "es")
    language = language if language in LANGUAGES else "es"
    today = message.conversation.tenant.business_day(message.sent_at)
    read = current_engine().understand(message.text, Situation(today=today, language=language))
    before = [one["name"] for one in heard.get("intents", ())]
    with transaction.atomic():
        example, _ = TrainingExample.objects.update_or_create(
            tenant_id=message.tenant_id,
            message=message,
            state=State.PENDING,
            defaults={
                "text": masked(message.text, read.spans),
                "language": language,
                "expected_slot": _asked_for(message),
                "intents": list(named),
                "understood_as": before[0] if before else "",
                "proposed_by": by,
                "proposed_at": clock.now(),
            },
        )
    return example


def decide(example: TrainingExample, *, approve: bool, by: User | None) -> TrainingExample:
    """Approve or reject a pending example. Inside the tenant's scope.

    Raises:
        AlreadyDecided: it is not pending any more.
    """
    changed = TrainingExample.objects.filter(pk=example.pk, state=State.PENDING).update(
        state=State.APPROVED if approve else State.REJECTED, decided_by=by, decided_at=clock.now()
    )
    if not changed:
        raise AlreadyDecided(f"example {example.pk} is not pending")
    example.refresh_from_db()
    return example


def approved() -> list[Addition]:
    """All approved examples of the installation, without their hotels, each once, in a fixed order."""
    rows = TrainingExample._base_manager.filter(state=State.APPROVED).order_by("text", "id")
    found = {
        (row.text, row.expected_slot): Addition(row.text, row.language, tuple(row.intents), row.expected_slot or None)
        for row in rows
    }
    return sorted(found.values(), key=lambda one: (one.language, one.text, one.slot or ""))


@dataclass(frozen=True, slots=True)
class Trial:
    """A candidate beside the model in use: what they get right of the approved examples, and what fell elsewhere."""

    version: str
    current: str
    examples: int
    right_before: int
    right_after: int
    fell: dict[str, dict[str, tuple[float, float]]]
    """Language to figure to (now in use, candidate), only figures that fell by more than the gate's tolerance."""

    @property
    def better(self) -> bool:
        """Whether it may be activated without insisting: nothing fell, and no approved example is lost."""
        return not self.fell and self.right_after >= self.right_before


def train(directory: Path, *, gold: Iterable[Path] = ()) -> Trial:
    """Train a candidate with the approved examples and measure it beside the current model. Changes nothing in use.

    Raises:
        NothingToLearn: nothing is approved.
        classifier.ModelUnusableError: training failed.
    """
    taught = approved()
    if not taught:
        raise NothingToLearn("no example is approved")
    current = EmbeddedEngine.from_directory(directory)
    version = artefact.train_candidate(directory, taught)
    candidate = EmbeddedEngine.from_directory(directory, version)
    trial = Trial(
        version=version,
        current=current.version,
        examples=len(taught),
        right_before=_right(current, taught),
        right_after=_right(candidate, taught),
        fell=_compare(current, candidate, gold),
    )
    additions.note_trial(directory, version, json.dumps({"better": trial.better, "fell": trial.fell}))
    return trial


def _right(engine: EmbeddedEngine, taught: Sequence[Addition]) -> int:
    today = clock.now().date()
    count = 0
    for one in taught:
        situation = Situation(today=today, language=one.language, expected_slot=one.slot)  # type: ignore[arg-type]
        count += engine.understand(one.text, situation).primary in one.intents
    return count


def _compare(
    current: EmbeddedEngine, candidate: EmbeddedEngine, files: Iterable[Path]
) -> dict[str, dict[str, tuple[float, float]]]:
    gold = [one for path in files for one in evaluate.read_gold(path)]
    if not gold:
        return {}
    before, after = evaluate.predict(current, gold), evaluate.predict(candidate, gold)
    fell = {}
    for language, places in evaluate.by_language(gold).items():
        asked = [gold[place] for place in places]
        then = evaluate.measure(language, asked, [before[place] for place in places], current.thresholds)
        now = evaluate.measure(language, asked, [after[place] for place in places], candidate.thresholds)
        fallen = evaluate.falls(evaluate.gate_figures(then), now)
        if fallen:
            fell[language] = fallen
    return fell


def _as_heard(message: Message) -> dict[str, Any]:
    """The understanding the message's turn recorded; empty when it had none."""
    for event in message.turn.heard if message.turn else ():
        if isinstance(event, dict) and event.get("message_id") == message.provider_id:
            return event.get("understanding") or {}
    return {}


def _asked_for(message: Message) -> str:
    state = message.turn.state_before if message.turn else {}
    return str((state or {}).get("expected_slot") or "")[:30]
