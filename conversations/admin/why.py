"""Why the agent said something (promise 9): what was heard, the rule, the facts, the quote, what it asked and did.

Read for one message at a time, when somebody asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Prefetch

from conversations.admin import words
from conversations.models import Message, OutboundMessage, TrainingExample, Turn
from conversations.wording.texts import catalogue
from reservations.models import Quote, QuoteOption
from tenants.models import Fact


@dataclass(frozen=True)
class Asked:
    """A question the policy asked while deciding, and what it heard."""

    question: str
    about: dict[str, Any]
    answer: str
    content: dict[str, Any]


@dataclass(frozen=True)
class Heard:
    """A guest's words as they were understood."""

    text: str
    chips: list[str]
    """Likeliest intents with their score, language, mood."""
    entities: list[tuple[str, str]]
    message: Message | None = None
    """The row itself, where it can be corrected."""
    corrected: list[str] = field(default_factory=list)
    """What a person said it means."""


@dataclass(frozen=True)
class Why:
    """Everything behind one sentence (promise 9)."""

    stored: dict[str, Any]
    turn: Turn | None
    texts: list[tuple[str, str]]
    facts: list[Fact]
    quotes: list[Quote]
    commands: list[tuple[str, dict[str, Any]]]
    heard: list[Heard]
    asked: list[Asked]

    @property
    def intent(self) -> str:
        """What the guest was understood to want, in words."""
        return words.label(str(self.stored.get("intent") or ""))

    @property
    def score(self) -> int | None:
        """The engine's confidence in percent; None where nothing was understood (a tap, a stay event)."""
        confidence = self.stored.get("confidence")
        return round(float(confidence) * 100) if self.stored.get("intent") and confidence is not None else None


def with_options(quotes: Any) -> Any:
    """Quotes with their options in order, as `offered`."""
    options = QuoteOption.objects.select_related("room_type", "rate_plan").order_by("position")
    return quotes.prefetch_related(Prefetch("options", queryset=options, to_attr="offered"))


def explain(row: OutboundMessage) -> Why:
    """Why `row` was said. Inside the tenant's scope; a fixed number of queries."""
    return _Reasons([row]).of(row)


class _Reasons:
    """The facts and quotes named by messages, read at once."""

    def __init__(self, rows: list[OutboundMessage]) -> None:
        facts = {int(one) for row in rows for one in row.why.get("fact_ids", ()) if str(one).isdecimal()}
        quotes = {str(one) for row in rows for one in row.why.get("quote_ids", ())}
        self._facts = {fact.pk: fact for fact in Fact.objects.filter(pk__in=facts)} if facts else {}
        self._quotes = (
            {str(quote.public_id): quote for quote in with_options(Quote.objects.filter(public_id__in=quotes))}
            if quotes
            else {}
        )
        self._texts = catalogue()

    def of(self, row: OutboundMessage) -> Why:
        why = row.why
        turn = row.turn
        return Why(
            stored=why,
            turn=turn,
            texts=[(key, self._text(key, row.language)) for key in dict.fromkeys(why.get("keys", ()))],
            facts=[self._facts[int(one)] for one in why.get("fact_ids", ()) if self._known(one)],
            quotes=[self._quotes[one] for one in map(str, why.get("quote_ids", ())) if one in self._quotes],
            commands=[_named(command) for command in why.get("commands", ())],
            heard=_understood(turn) if turn is not None else [],
            asked=[_asked(one) for one in turn.observations] if turn is not None else [],
        )

    def _known(self, fact_id: Any) -> bool:
        return str(fact_id).isdecimal() and int(fact_id) in self._facts

    def _text(self, key: str, language: str) -> str:
        texts = self._texts.get(key, {})
        return texts.get(language) or texts.get("es", "")


def _named(record: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    return str(record.get("record", "")), {name: value for name, value in record.items() if name != "record" and value}


def _asked(observation: Mapping[str, Any]) -> Asked:
    question, about = _named(observation.get("query") or {})
    answer, content = _named(observation.get("answer") or {})
    return Asked(question, about, answer, content)


def _understood(turn: Turn) -> list[Heard]:
    messages = {
        message.provider_id: message
        for message in turn.messages.prefetch_related(
            Prefetch("examples", TrainingExample.objects.order_by("-id"), to_attr="corrections")
        )
    }
    found = []
    for record in turn.heard if isinstance(turn.heard, list) else ():
        understanding = record.get("understanding")
        if not understanding:
            continue
        chips = [
            f"{words.label(one['name'])} {one['confidence']:.0%}" for one in understanding.get("candidates", ())[:3]
        ]
        chips += [str(understanding[name]) for name in ("language", "sentiment") if understanding.get(name)]
        entities = [
            (words.label(name), _value(value))
            for name, value in (understanding.get("entities") or {}).items()
            if value not in (None, "", [], {})
        ]
        message = messages.get(str(record.get("message_id", "")))
        corrected = next(iter(message.corrections), None) if message is not None else None
        found.append(
            Heard(
                text=str(understanding.get("text") or record.get("text", "")),
                chips=chips,
                entities=entities,
                message=message,
                corrected=[words.label(name) for name in corrected.intents] if corrected else [],
            )
        )
    return found


def _value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
