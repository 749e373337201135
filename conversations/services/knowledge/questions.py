"""Questions the agent had no fact for: kept by the turn that could not answer, decided by a manager."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connection

from conversations.models import Turn, UnansweredQuestion
from conversations.services.profile import folded
from conversations.understanding.remote import masked
from conversations.understanding.types import Span
from hotel_agent.common import clock

if TYPE_CHECKING:
    from django.contrib.auth.models import User

State = UnansweredQuestion.State
FROM_SETTINGS = frozenset({"ask_checkin_checkout"})
"""Answered from the hotel's settings when no fact does."""
KEY_WORDS = 3
MAX_EXAMPLE = 300
SHOWN = 40

_WORD = re.compile(r"[a-z0-9]{3,}")
_COMMON = frozenset(
    """
    que cual como donde cuando cuanto cuantos hay tiene tienen tenes puedo pueden podria quisiera quiero saber para por
    con los las del una uno unos este esta ese esa hotel hola buenas buenos dias tardes noches gracias favor porfa
    ustedes nosotros nuestro habitacion cuesta sale valor precio cerca algun alguna usan dan hacen ofrecen incluye
    the and for with you your have has there any what which where when how much many does can could would like know want
    are this that please hello thanks good morning room rooms cost price near some offer include our
    voces tem onde quando quanto quantos posso podem poderia gostaria queria uma com dos das nos isso ola boa bom dia
    tarde noite obrigado obrigada favor quarto custa valor preco perto alguma oferecem inclui meu minha
    """.split()  # noqa: SIM905 - a list of words reads better as words
)
"""Words that say nothing about the subject."""

UPSERT = """
INSERT INTO conversations_unansweredquestion AS known
    (tenant_id, key, language, intent, topic, example, asked_in_id, count, first_asked_at, last_asked_at, state)
VALUES (%s, %s, %s, %s, %s, %s, %s, 1, %s, %s, 'open')
ON CONFLICT (tenant_id, key, language) DO UPDATE SET
    count = known.count + 1, example = EXCLUDED.example, asked_in_id = EXCLUDED.asked_in_id,
    last_asked_at = EXCLUDED.last_asked_at,
    state = CASE WHEN known.state = 'answered' THEN 'open' ELSE known.state END
"""


def record(turn: Turn) -> int:
    """Keep what this turn was asked and no fact answered; returns how many questions. Inside the turn's transaction.

    One statement for each question, and only in turns that say "I don't know". The guest's words are kept masked.
    """
    now = clock.now()
    named = _topics_heard(turn)
    topic = named[0][:40] if named else ""
    rows = {(_key(query, topic), str(query.get("language") or "es")[:2]): query for query in _unanswered(turn)}
    example = _example(turn)
    with connection.cursor() as cursor:
        for (key, language), query in rows.items():
            intent = str(query["intent"])[:40]
            values = (
                turn.tenant_id, key, language, intent, topic, example or intent, turn.conversation_id, now, now,
            )  # fmt: skip
            cursor.execute(UPSERT, values)
    return len(rows)


def _unanswered(turn: Turn) -> list[Mapping[str, Any]]:
    """The turn's questions to the facts that came back empty."""
    pairs = [(one["query"], one["answer"]) for one in turn.observations]
    return [
        query
        for query, answer in pairs
        if query.get("record") == "FindFacts" and not answer.get("facts") and query["intent"] not in FROM_SETTINGS
    ]


def _understood(turn: Turn) -> list[Mapping[str, Any]]:
    return [event.get("understanding") or {} for event in turn.heard if isinstance(event, dict)]


def _topics_heard(turn: Turn) -> list[str]:
    return [str(topic) for said in _understood(turn) for topic in (said.get("entities") or {}).get("topic") or ()]


def _key(query: Mapping[str, Any], topic: str) -> str:
    """What a question is about: the subject the guest named, else the intent and the words that carry meaning."""
    if topic:
        return f"topic:{topic}"
    words = {_stem(word) for word in _WORD.findall(folded(str(query.get("question", "")))) if word not in _COMMON}
    longest = sorted(sorted(words), key=len, reverse=True)[:KEY_WORDS]
    return f"{query.get('intent')}:{' '.join(sorted(longest))}"[:120]


def _stem(word: str) -> str:
    """Singular and plural are one question."""
    return word[:-1] if len(word) > 4 and word.endswith("s") else word


def _example(turn: Turn) -> str:
    """The guest's words without what identifies anybody."""
    parts = []
    for said in _understood(turn):
        spans = [Span(one["entity"], one["start"], one["end"]) for one in said.get("spans") or ()]
        parts.append(masked(str(said.get("text") or ""), spans))
    return " ".join(" / ".join(part for part in parts if part).split())[:MAX_EXAMPLE]


@dataclass
class Asked:
    """One question in all its languages."""

    key: str
    intent: str
    topic: str
    count: int = 0
    languages: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    last_asked_at: Any = None


def open_questions(*, limit: int = SHOWN) -> list[Asked]:
    """What guests asked in vain and nobody has decided about, most asked first. Inside the tenant's scope."""
    found: dict[str, Asked] = {}
    for row in UnansweredQuestion.objects.filter(state=State.OPEN).order_by("-count", "-last_asked_at")[: limit * 3]:
        asked = found.setdefault(row.key, Asked(row.key, row.intent, row.topic))
        asked.count += row.count
        asked.languages[row.language] = row.count
        asked.examples[row.language] = row.example
        asked.last_asked_at = max(asked.last_asked_at or row.last_asked_at, row.last_asked_at)
    return sorted(found.values(), key=lambda one: -one.count)[:limit]


def asked_about() -> dict[str, dict[str, int]]:
    """How often guests asked in vain about a topic, by topic and language. Inside the tenant's scope."""
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    rows = UnansweredQuestion.objects.filter(state=State.OPEN).exclude(topic="")
    for topic, language, count in rows.values_list("topic", "language", "count"):
        counts[topic][language] = counts[topic].get(language, 0) + count
    return counts


def decide(key: str, *, state: str, by: User | None) -> int:
    """Dismiss a question, or mark it answered, in all its languages; returns how many rows changed.

    Inside the tenant's scope. Safe to repeat.
    """
    rows = UnansweredQuestion.objects.filter(key=key).exclude(state=state)
    return rows.update(state=state, decided_by=by, decided_at=clock.now())
