"""How much of what guests ask a hotel can answer, language by language. Inside the tenant's scope."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from conversations.services.knowledge import questions
from conversations.services.knowledge.topics import GROUPS, TOPICS, group_of
from tenants.models import Fact, Tenant

FROM_SETTINGS = frozenset({"check_in", "check_out"})
"""Topics the hotel's own settings answer in every language when there is no fact."""
SOON_DAYS = 14


@dataclass
class TopicState:
    """One topic as the hotel has it."""

    name: str
    weight: int
    facts: list[Fact] = field(default_factory=list)
    asked: dict[str, int] = field(default_factory=dict)
    """How often guests asked in vain, by language."""
    missing: list[str] = field(default_factory=list)
    """The hotel's languages in which nothing can be said."""

    @property
    def from_settings(self) -> bool:
        """Answered without a fact."""
        return not self.facts and self.name in FROM_SETTINGS

    @property
    def asked_in_all(self) -> int:
        """How often guests asked in vain."""
        return sum(self.asked.values())


@dataclass
class Completeness:
    """A hotel's knowledge, grouped by topic."""

    groups: dict[str, list[TopicState]]
    percent: dict[str, int]
    """Share of what guests ask that can be answered today, by language; what was asked in vain weighs more."""
    ending: list[Fact]
    """Facts that end within two weeks."""
    lapsed: list[Fact]
    """Facts that ended and are still switched on."""

    @property
    def missing(self) -> list[TopicState]:
        """Topics with nothing to say in some language, most asked for first."""
        found = [topic for group in self.groups.values() for topic in group if topic.missing]
        return sorted(found, key=lambda topic: (-topic.asked_in_all, -topic.weight, topic.name))


def measure(tenant: Tenant) -> Completeness:
    """The hotel's knowledge on its business day."""
    today = tenant.business_day()
    by_topic: dict[str, list[Fact]] = defaultdict(list)
    facts = Fact.objects.filter(tenant=tenant).select_related("picture").defer("picture__content")
    for fact in facts.order_by("topic", "id"):
        by_topic[fact.topic].append(fact)
    asked = questions.asked_about()
    names = [*TOPICS, *sorted((set(by_topic) | set(asked)) - set(TOPICS))]
    states = {name: _state(tenant, name, by_topic[name], asked.get(name, {}), today) for name in names}
    groups: dict[str, list[TopicState]] = {group: [] for group in (*GROUPS, "other")}
    for name, state in states.items():
        groups[group_of(name)].append(state)
    every = [fact for facts in by_topic.values() for fact in facts if fact.is_active]
    soon = today + dt.timedelta(days=SOON_DAYS)
    return Completeness(
        groups={name: topics for name, topics in groups.items() if topics},
        percent={language: _percent(states, language) for language in tenant.languages},
        ending=[fact for fact in every if fact.valid_until and today <= fact.valid_until <= soon],
        lapsed=[fact for fact in every if fact.valid_until and fact.valid_until < today],
    )


def _state(tenant: Tenant, name: str, facts: list[Fact], asked: dict[str, int], today: dt.date) -> TopicState:
    known = TOPICS.get(name)
    state = TopicState(name, known.weight if known else 1, facts, asked)
    if state.from_settings:
        return state
    current = [fact for fact in facts if is_current(fact, today)]
    state.missing = [
        language for language in tenant.languages if not any(getattr(fact, f"text_{language}") for fact in current)
    ]
    return state


def is_current(fact: Fact, day: dt.date) -> bool:
    """Whether the agent may say it on a day."""
    begun = fact.valid_from is None or fact.valid_from <= day
    return fact.is_active and begun and (fact.valid_until is None or day <= fact.valid_until)


def _percent(states: dict[str, TopicState], language: str) -> int:
    weights = {name: state.weight + state.asked.get(language, 0) for name, state in states.items()}
    had = sum(weight for name, weight in weights.items() if language not in states[name].missing)
    return round(100 * had / sum(weights.values()))
