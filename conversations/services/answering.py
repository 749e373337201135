"""What the hotel itself can answer: its facts, and whether a person is at the desk."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from conversations.dialogue import effects
from conversations.dialogue.values import Localised
from conversations.services.profile import folded
from hotel_agent.common.money import Money
from tenants import desk_hours
from tenants.models import Fact, Tenant
from tenants.selectors import current_facts

MAX_FACTS = 3
INTENT_TOPICS: dict[str, tuple[str, ...]] = {
    "ask_checkin_checkout": ("check_in", "check_out", "luggage", "late_arrival"),
    "early_late_request": ("early_check_in", "late_check_out"),
    "ask_dining": ("breakfast", "restaurant", "bar"),
    "ask_payment": ("payment", "deposit", "invoice"),
    "ask_cancellation_policy": ("cancellation",),
    "ask_policies": ("pets", "children", "smoking", "visitors"),
    "ask_location": ("location", "address"),
    "ask_transport": ("transfer", "airport", "taxi"),
    "ask_local_info": ("attractions", "tours", "weather"),
    "room_service": ("room_service",),
    "book_service": ("spa", "restaurant"),
    "events_groups": ("events", "groups"),
}
"""Where to look when the guest named no topic."""

_WORD = re.compile(r"[a-z0-9]{3,}")


def find_facts(
    tenant: Tenant, query: effects.FindFacts, among: Sequence[Fact] | None = None
) -> tuple[effects.FactView, ...]:
    """Facts true on the day that answer the question, best first, at most three.

    A fact is found by the topics the guest named, else by its keywords in the guest's words, else by the intent.
    `among`: the facts to look through, instead of the hotel's.
    """
    facts = current_facts(tenant, query.day) if among is None else among
    words = set(_WORD.findall(folded(query.question)))
    wanted = {folded(topic).replace(" ", "_") for topic in query.topics}
    by_intent = INTENT_TOPICS.get(query.intent, ())
    scored = []
    for position, fact in enumerate(facts):
        score = _score(fact, wanted, words, by_intent)
        if score:
            scored.append((-score, position, fact))
    best = sorted(scored, key=lambda entry: entry[:2])
    if best:
        # Weaker matches beside a strong one would bury the answer.
        best = [entry for entry in best if entry[0] <= best[0][0] / 2]
    return tuple(_view(fact) for _, _, fact in best[:MAX_FACTS])


def _score(fact: Fact, wanted: set[str], words: set[str], by_intent: tuple[str, ...]) -> float:
    score = 0.0
    if fact.topic in wanted:
        score += 4
    keywords = set(_WORD.findall(folded(f"{fact.keywords} {fact.topic.replace('_', ' ')}")))
    score += 2 * len(keywords & words)
    if not wanted and fact.topic in by_intent:
        score += 1.5 - by_intent.index(fact.topic) * 0.1
    return score


def _view(fact: Fact) -> effects.FactView:
    return effects.FactView(
        fact_id=str(fact.pk or "draft"),
        topic=fact.topic,
        text=Localised(fact.text_es, fact.text_en, fact.text_pt),
        amount=Money(fact.amount, fact.currency) if fact.amount is not None else None,
        opens=fact.opens,
        closes=fact.closes,
    )


def staff_presence(tenant: Tenant, at: dt.datetime) -> effects.StaffPresence:
    """Whether somebody is at the desk by the hotel's hours and holidays; a hotel without hours is always open."""
    if desk_hours.is_open(tenant, at):
        return effects.StaffPresence(open_now=True)
    return effects.StaffPresence(open_now=False, opens_at=desk_hours.next_opening(tenant, at), on_call=tenant.on_call)
