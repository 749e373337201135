"""A conversation as a person reads it: bubbles by day.

Built from rows with a fixed number of queries, whatever the thread's length; what explains a sentence is read when
somebody asks (`why`), what stands beside the thread is in `sidebar`. Inside the tenant's scope.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from conversations.admin import beside, words
from conversations.models import Conversation, Handoff, MediaFile, Message, OutboundMessage, StaffNote
from conversations.services.staff import RULE as STAFF_RULE
from conversations.services.staff import Seen

SHOWN = 120
"""Bubbles of a page; older ones come with "show everything" up to `MOST`."""
MOST = 1000
WATCHED = 40
"""Of so many newest rows the open page notices changes."""

State = OutboundMessage.State


@dataclass(frozen=True)
class Bubble:
    """One line of the thread."""

    key: str
    side: str
    """guest, agent, staff, note (a colleague's) or event (a person was asked for)."""
    at: dt.datetime
    text: str
    pk: int = 0
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
    explained: bool = False
    """Whether there is something to read under "why did it say that"."""
    fits: bool = True
    """Of a suggestion: whether it may still be sent."""
    files: tuple[beside.Attached, ...] = ()
    notes: tuple[str, ...] = ()
    """What else a person should know of the message: forwarded, edited, from an ad, how sure the transcript is."""

    @property
    def is_suggestion(self) -> bool:
        """Whether it waits for a person."""
        return self.state == State.SUGGESTED


@dataclass(frozen=True)
class Day:
    """The bubbles of one date of the hotel."""

    date: dt.date
    bubbles: list[Bubble]


@dataclass
class Thread:
    """A conversation's bubbles."""

    days: list[Day]
    has_earlier: bool
    seen: Seen
    handoffs: list[Handoff] = field(default_factory=list)
    fingerprint: str = ""


def build(conversation: Conversation, *, limit: int = SHOWN) -> Thread:
    """The last `limit` messages of each side, the desk's notes and the handoffs. Five queries."""
    inbound = list(
        Message.objects.filter(conversation=conversation).prefetch_related("files").order_by("-id")[: limit + 1]
    )
    outbound = list(
        OutboundMessage.objects.filter(conversation=conversation)
        .select_related("turn", "author")
        .defer("turn__heard", "turn__caller", "turn__state_before", "turn__observations", "turn__decision")
        .defer("turn__state_after")
        .order_by("-id")[: limit + 1]
    )
    has_earlier = len(inbound) > limit or len(outbound) > limit
    inbound, outbound = inbound[:limit], outbound[:limit]
    handoffs = list(
        Handoff.objects.filter(conversation=conversation).select_related("assignee").order_by("-opened_at")[:30]
    )
    notes = list(StaffNote.objects.filter(conversation=conversation).select_related("author").order_by("-id")[:limit])
    bubbles = [
        *(_heard(message) for message in inbound),
        *(_said(row, conversation) for row in outbound),
        *_events(handoffs),
        *(_note(one) for one in notes),
    ]
    bubbles.sort(key=lambda bubble: (bubble.at, bubble.key))
    if has_earlier and bubbles:
        floor = max([rows[-1] for rows in (_times(inbound, limit), _times(outbound, limit)) if rows], default=None)
        bubbles = [bubble for bubble in bubbles if floor is None or bubble.at >= floor]
    files = [file for row in inbound[:WATCHED] for file in row.files.all()]
    return Thread(
        days=_by_day(bubbles, conversation),
        has_earlier=has_earlier,
        seen=Seen(message=inbound[0].pk if inbound else 0, outbound=outbound[0].pk if outbound else 0),
        handoffs=[one for one in handoffs if one.state != Handoff.State.CLOSED],
        fingerprint=_fingerprint(
            conversation,
            [(row.pk, row.state) for row in inbound[:WATCHED]],
            [(row.pk, row.state) for row in outbound[:WATCHED]],
            sorted((file.pk, file.state, bool(file.path)) for file in files),
            [(one.pk, one.state, one.urgent) for one in handoffs],
            notes[0].pk if notes else 0,
        ),
    )


def fingerprint(conversation: Conversation) -> str:
    """The same as a built thread's, from five small queries: what an open page asks every few seconds."""
    inbound = list(
        Message.objects.filter(conversation=conversation).order_by("-id").values_list("pk", "state")[:WATCHED]
    )
    outbound = list(
        OutboundMessage.objects.filter(conversation=conversation).order_by("-id").values_list("pk", "state")[:WATCHED]
    )
    files = MediaFile.objects.filter(message__in=[pk for pk, _ in inbound]).values_list("pk", "state", "path")
    handoffs = Handoff.objects.filter(conversation=conversation).order_by("-opened_at")
    last_note = StaffNote.objects.filter(conversation=conversation).order_by("-id").values_list("pk", flat=True)
    return _fingerprint(
        conversation,
        inbound,
        outbound,
        sorted((pk, state, bool(path)) for pk, state, path in files),
        list(handoffs.values_list("pk", "state", "urgent")[:30]),
        last_note.first() or 0,
    )


def _fingerprint(conversation: Conversation, *parts: Any) -> str:
    about = (conversation.owner, conversation.epoch, conversation.assignee_id, conversation.reply_mode,
             str(conversation.snoozed_until), str(conversation.resolved_at))  # fmt: skip
    return hashlib.sha256(repr((about, parts)).encode()).hexdigest()[:16]


def _times(rows: list[Any], limit: int) -> list[dt.datetime]:
    """Instants of one side, newest first, when that side was cut at the limit."""
    return [getattr(row, "created_at", None) or row.received_at for row in rows] if len(rows) >= limit else []


def _by_day(bubbles: list[Bubble], conversation: Conversation) -> list[Day]:
    days: dict[dt.date, list[Bubble]] = {}
    for bubble in bubbles:
        days.setdefault(conversation.tenant.local(bubble.at).date(), []).append(bubble)
    return [Day(date, entries) for date, entries in days.items()]


def _heard(message: Message) -> Bubble:
    return Bubble(
        key=f"in-{message.pk}",
        pk=message.pk,
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


def _said(row: OutboundMessage, conversation: Conversation) -> Bubble:
    body = row.body or {}
    staff = row.purpose == OutboundMessage.Purpose.STAFF
    ended = row.state in {State.FAILED, State.DEAD}
    suggested = row.state == State.SUGGESTED
    return Bubble(
        key=f"out-{row.pk}",
        pk=row.pk,
        side="staff" if staff else "agent",
        at=row.created_at,
        text=str(body.get("body") or row.text),
        label=_author(row),
        choices=tuple(body.get("choices", ())) if body.get("kind") in {"buttons", "options"} else (),
        button=str(body.get("button", "")),
        footer=str(body.get("footer", "")),
        files=beside.sent_file(body),
        state=row.state,
        state_text=str(words.STATES.get(row.state, row.state)),
        trouble=row.last_error if ended else "",
        resent=row.resent,
        transactional=row.purpose == OutboundMessage.Purpose.TRANSACTIONAL,
        explained=not staff,
        fits=not suggested or (row.turn is not None and row.turn.epoch == conversation.epoch),
    )


def _author(row: OutboundMessage) -> str:
    if row.author is not None:
        return row.author.get_full_name() or row.author.get_username()
    if row.purpose != OutboundMessage.Purpose.STAFF or row.why.get("rule") == STAFF_RULE:
        return ""
    return str(row.why.get("rule", ""))


def _events(handoffs: Iterable[Handoff]) -> list[Bubble]:
    return [
        Bubble(
            key=f"handoff-{one.pk}",
            side="event",
            at=one.opened_at,
            text=words.reason(one.reason),
            state="urgent" if one.urgent else one.state,
        )
        for one in handoffs
    ]


def _note(row: StaffNote) -> Bubble:
    author = row.author.get_full_name() or row.author.get_username() if row.author is not None else ""
    return Bubble(key=f"note-{row.pk}", side="note", at=row.created_at, text=row.text, label=author)
