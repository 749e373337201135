"""A conversation as a person reads it: bubbles by day, with why each of the hotel's was said.

Built from rows with a fixed number of queries, whatever the thread's length. Inside the tenant's scope.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Prefetch

from conversations.admin import beside, words
from conversations.models import Conversation, Handoff, Message, OutboundMessage, Turn
from conversations.services.staff import RULE as STAFF_RULE
from conversations.wording.texts import catalogue
from reservations.models import Quote, QuoteOption, Reservation
from reservations.selectors import of_guest
from tenants.models import Fact

SHOWN = 120
"""Bubbles of a page; older ones come with "show everything" up to `MOST`."""
MOST = 1000


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


@dataclass(frozen=True)
class Bubble:
    """One line of the thread."""

    key: str
    side: str
    """guest, agent, staff or note."""
    at: dt.datetime
    text: str
    label: str = ""
    choices: tuple[Mapping[str, Any], ...] = ()
    button: str = ""
    footer: str = ""
    is_tap: bool = False
    state: str = ""
    state_text: str = ""
    trouble: str = ""
    resent: bool = False
    transactional: bool = False
    files: tuple[beside.Attached, ...] = ()
    notes: tuple[str, ...] = ()
    """What else a person should know of the message: forwarded, edited, from an ad, how sure the transcript is."""
    why: Why | None = None


@dataclass(frozen=True)
class Day:
    """The bubbles of one date of the hotel."""

    date: dt.date
    bubbles: list[Bubble]


@dataclass
class Thread:
    """A conversation's page."""

    days: list[Day]
    has_earlier: bool
    handoffs: list[Handoff] = field(default_factory=list)
    stays: list[Reservation] = field(default_factory=list)
    last_quote: Quote | None = None
    fingerprint: str = ""


def build(conversation: Conversation, *, limit: int = SHOWN) -> Thread:
    """The last `limit` messages of each side, what explains them, the guest's stays and open handoffs."""
    inbound = list(
        Message.objects.filter(conversation=conversation).prefetch_related("files").order_by("-id")[: limit + 1]
    )
    outbound = list(
        OutboundMessage.objects.filter(conversation=conversation)
        .select_related("turn", "author")
        .order_by("-id")[: limit + 1]
    )
    has_earlier = len(inbound) > limit or len(outbound) > limit
    inbound, outbound = inbound[:limit], outbound[:limit]
    handoffs = list(
        Handoff.objects.filter(conversation=conversation).select_related("assignee").order_by("-opened_at")[:30]
    )
    reasons = _Reasons(outbound)
    bubbles = [
        *(_heard(message) for message in inbound),
        *(_said(row, reasons) for row in outbound),
        *_notes(handoffs),
    ]
    bubbles.sort(key=lambda bubble: (bubble.at, bubble.key))
    if has_earlier and bubbles:
        floor = max([rows[-1] for rows in (_times(inbound, limit), _times(outbound, limit)) if rows], default=None)
        bubbles = [bubble for bubble in bubbles if floor is None or bubble.at >= floor]
    return Thread(
        days=_by_day(bubbles, conversation),
        has_earlier=has_earlier,
        handoffs=[one for one in handoffs if one.state != Handoff.State.CLOSED],
        stays=list(
            Reservation.objects.filter(of_guest(str(conversation.guest.public_id)))
            .select_related("room_type", "rate_plan")
            .order_by("-created_at")[:10]
        ),
        last_quote=_with_options(Quote.objects.filter(conversation_key=conversation.public_id))
        .order_by("-created_at")
        .first(),
        fingerprint=_fingerprint(conversation, inbound, outbound, handoffs),
    )


def _times(rows: list[Any], limit: int) -> list[dt.datetime]:
    """Instants of one side, newest first, when that side was cut at the limit."""
    return [getattr(row, "created_at", None) or row.received_at for row in rows] if len(rows) >= limit else []


def _fingerprint(
    conversation: Conversation, inbound: list[Message], outbound: list[OutboundMessage], handoffs: list[Handoff]
) -> str:
    parts = [conversation.owner]
    parts += [f"in{row.pk}{row.state}{len(row.text)}{sorted(row.metadata)}" for row in inbound]
    parts += [f"file{file.pk}{file.state}{bool(file.path)}" for row in inbound for file in row.files.all()]
    parts += [f"out{row.pk}{row.state}" for row in outbound]
    parts += [f"{handoff.pk}{handoff.state}{handoff.urgent}" for handoff in handoffs]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


def _by_day(bubbles: list[Bubble], conversation: Conversation) -> list[Day]:
    days: dict[dt.date, list[Bubble]] = {}
    for bubble in bubbles:
        days.setdefault(conversation.tenant.local(bubble.at).date(), []).append(bubble)
    return [Day(date, entries) for date, entries in days.items()]


def _heard(message: Message) -> Bubble:
    return Bubble(
        key=f"in-{message.pk}",
        side="guest",
        at=message.received_at,
        text=message.text,
        label="" if message.text and message.kind == "text" else words.kind(message.kind),
        files=tuple(beside.attached(file) for file in message.files.all()),
        notes=tuple(beside.notes(message)),
        is_tap=message.kind == "button",
        state=message.state,
        state_text=str(words.MESSAGE_STATES.get(message.state, "")),
        trouble=message.last_error if message.state == Message.State.DEAD else "",
    )


def _said(row: OutboundMessage, reasons: _Reasons) -> Bubble:
    body = row.body or {}
    staff = row.purpose == OutboundMessage.Purpose.STAFF
    ended = row.state in {OutboundMessage.State.FAILED, OutboundMessage.State.DEAD}
    return Bubble(
        key=f"out-{row.pk}",
        side="staff" if staff else "agent",
        at=row.created_at,
        text=str(body.get("body") or row.text),
        label=_author(row) if staff else "",
        choices=tuple(body.get("choices", ())) if body.get("kind") in {"buttons", "options"} else (),
        button=str(body.get("button", "")),
        footer=str(body.get("footer", "")),
        files=beside.sent_file(body),
        state=row.state,
        state_text=str(words.STATES.get(row.state, row.state)),
        trouble=row.last_error if ended else "",
        resent=row.resent,
        transactional=row.purpose == OutboundMessage.Purpose.TRANSACTIONAL,
        why=None if staff else reasons.of(row),
    )


def _author(row: OutboundMessage) -> str:
    if row.author is not None:
        return row.author.get_full_name() or row.author.get_username()
    return "" if row.why.get("rule") == STAFF_RULE else str(row.why.get("rule", ""))


def _notes(handoffs: Iterable[Handoff]) -> list[Bubble]:
    return [
        Bubble(
            key=f"handoff-{one.pk}",
            side="note",
            at=one.opened_at,
            text=words.reason(one.reason),
            state="urgent" if one.urgent else one.state,
        )
        for one in handoffs
    ]


def _with_options(quotes: Any) -> Any:
    options = QuoteOption.objects.select_related("room_type", "rate_plan").order_by("position")
    return quotes.prefetch_related(Prefetch("options", queryset=options, to_attr="offered"))


class _Reasons:
    """The facts and quotes named by a page's messages, read at once."""

    def __init__(self, rows: Iterable[OutboundMessage]) -> None:
        rows = list(rows)
        facts = {int(one) for row in rows for one in row.why.get("fact_ids", ()) if str(one).isdecimal()}
        quotes = {str(one) for row in rows for one in row.why.get("quote_ids", ())}
        self._facts = {fact.pk: fact for fact in Fact.objects.filter(pk__in=facts)} if facts else {}
        self._quotes = (
            {str(quote.public_id): quote for quote in _with_options(Quote.objects.filter(public_id__in=quotes))}
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
            heard=_understood(turn.heard) if turn is not None else [],
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


def _understood(heard: Iterable[Mapping[str, Any]]) -> list[Heard]:
    found = []
    for record in heard:
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
        found.append(Heard(str(understanding.get("text") or record.get("text", "")), chips, entities))
    return found


def _value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
