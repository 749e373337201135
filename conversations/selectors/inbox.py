"""The desk's list of threads: a page at a time, by key instead of by number, at a price that does not grow.

Every query is about hotels the caller names: whose they are is decided before (`tenants.back_office.access`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection

from conversations.models import Conversation, Handoff, OutboundMessage
from conversations.selectors import searching
from hotel_agent.common import clock

PAGE: Final = 30
MOST_WAITING: Final = 2000
"""Threads of one kind that can need a person before the oldest ones hide the newest; urgent ones are never hidden."""
COUNTED: Final = 100
"""More is written "99+"."""
VIEWS: Final = ("person", "mine", "unassigned", "open", "snoozed", "resolved")

# Who needs a person, since when: asked for one, wrote to a person who has not answered, or got a suggestion to send.
_NEEDS: Final = """
    SELECT conversation_id, bool_or(urgent) AS urgent, min(since) AS since FROM (
        (SELECT conversation_id, urgent, opened_at AS since FROM conversations_handoff
         WHERE state = 'open' AND tenant_id = ANY(%(hotels)s) ORDER BY opened_at LIMIT %(most)s)
        UNION ALL
        (SELECT conversation_id, urgent, opened_at FROM conversations_handoff
         WHERE state = 'open' AND urgent AND tenant_id = ANY(%(hotels)s) ORDER BY opened_at LIMIT %(most)s)
        UNION ALL
        (SELECT id, false, waiting_since FROM conversations_conversation
         WHERE waiting_since IS NOT NULL AND owner <> 'agent' AND tenant_id = ANY(%(hotels)s)
         ORDER BY waiting_since LIMIT %(most)s)
        UNION ALL
        (SELECT conversation_id, false, created_at FROM conversations_outboundmessage
         WHERE state = 'suggested' AND tenant_id = ANY(%(hotels)s) LIMIT %(most)s)
    ) AS reason GROUP BY conversation_id"""
_AWAKE: Final = "(c.snoozed_until IS NULL OR c.snoozed_until <= %(now)s)"
_UNDONE: Final = "c.resolved_at IS NULL"
_FILTERS: Final = {
    "channel": "c.channel = %(channel)s",
    "language": "c.language = %(language)s",
    "owner": "c.owner = %(owner)s",
}


@dataclass(frozen=True)
class Wanted:
    """What of the inbox somebody looks at. Empty means all."""

    view: str = "person"
    typed: str = ""
    channel: str = ""
    language: str = ""
    owner: str = ""
    after: str = ""
    """The last row of the page before: its key, as `Page.next_key` gave it."""


@dataclass
class Row:
    """One thread of the list."""

    conversation: Conversation
    since: dt.datetime | None = None
    """Since when a person is needed, or else the guest waits; None when nobody waits."""
    urgent: bool = False
    handoffs: list[Handoff] = field(default_factory=list)
    suggested: bool = False
    found: str = ""
    """The words that were searched for, where they were found in a message."""

    @property
    def needs_person(self) -> bool:
        """Whether somebody of the hotel has to act, not only to know."""
        return (
            bool(self.handoffs)
            or self.suggested
            or (self.conversation.waiting_since is not None and self.conversation.owner != Conversation.Owner.AGENT)
        )

    @property
    def is_unread(self) -> bool:
        """Whether the guest wrote since somebody at the desk last looked."""
        heard, seen = self.conversation.last_inbound_at, self.conversation.seen_at
        return heard is not None and (seen is None or seen < heard)


@dataclass
class Page:
    """Rows, and the key after which the next ones come ("" when there are none)."""

    rows: list[Row]
    next_key: str = ""


@dataclass(frozen=True)
class Counts:
    """How many threads need a person: all, mine, nobody's. Never more than `COUNTED`."""

    person: int = 0
    mine: int = 0
    unassigned: int = 0


def page(wanted: Wanted, *, hotels: Sequence[int], me: int) -> Page:
    """The wanted page of the inbox of these hotels, as `me` sees it. Four statements, six with a search."""
    values: dict[str, Any] = {
        "hotels": list(hotels), "now": clock.now(), "me": me, "most": MOST_WAITING, "limit": PAGE + 1,
        "channel": wanted.channel, "language": wanted.language, "owner": wanted.owner,
    }  # fmt: skip
    conditions = [sql for name, sql in _FILTERS.items() if values[name]]
    found: searching.Found | None = None
    if wanted.typed:
        found = searching.find(wanted.typed, hotels=hotels)
        values["ids"] = list(found.ids)
        keys = _latest("c.id = ANY(%(ids)s)", conditions, wanted.after, values) if found.ids else []
    elif wanted.view in {"person", "unassigned"}:
        if wanted.view == "unassigned":
            conditions.append("c.assignee_id IS NULL")
        keys = _waiting(conditions, wanted.after, values)
    else:
        keys = _in_view(wanted.view, conditions, wanted.after, values)
    rows = _filled([conversation_id for conversation_id, _ in keys[:PAGE]], found)
    return Page(rows, next_key=keys[PAGE - 1][1] if len(keys) > PAGE else "")


def counts(*, hotels: Sequence[int], me: int) -> Counts:
    """How many need a person now. One statement."""
    sql = f"""
        SELECT count(*), count(*) FILTER (WHERE c.assignee_id = %(me)s), count(*) FILTER (WHERE c.assignee_id IS NULL)
        FROM ({_NEEDS}) AS needs JOIN conversations_conversation c ON c.id = needs.conversation_id
        WHERE {_AWAKE}"""  # noqa: S608 - our own words
    values: dict[str, Any] = {"hotels": list(hotels), "now": clock.now(), "me": me, "most": COUNTED * 5}
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        person, mine, unassigned = cursor.fetchone() or (0, 0, 0)
    return Counts(min(person, COUNTED), min(mine, COUNTED), min(unassigned, COUNTED))


def _waiting(conditions: list[str], after: str, values: dict[str, Any]) -> list[tuple[int, str]]:
    """Who needs a person: urgent first, then whoever waits longest."""
    where = [_AWAKE, *conditions]
    key = _read_key(after, 3)
    if key is not None:
        calm, values["since"], values["id"] = key
        values["calm"] = calm == "1"
        where.append("(NOT needs.urgent, needs.since, c.id) > (%(calm)s, %(since)s::timestamptz, %(id)s::bigint)")
    sql = f"""
        SELECT c.id, NOT needs.urgent, needs.since
        FROM ({_NEEDS}) AS needs JOIN conversations_conversation c ON c.id = needs.conversation_id
        WHERE {" AND ".join(where)} ORDER BY 2, 3, 1 LIMIT %(limit)s"""  # noqa: S608 - our own words
    return [(pk, f"{int(calm)}~{since.isoformat()}~{pk}") for pk, calm, since in _rows(sql, values)]


def _in_view(view: str, conditions: list[str], after: str, values: dict[str, Any]) -> list[tuple[int, str]]:
    if view == "snoozed":
        return _by_moment("snoozed_until", "ASC", ["c.snoozed_until > %(now)s", *conditions], after, values)
    if view == "resolved":
        return _by_moment("resolved_at", "DESC", ["c.resolved_at IS NOT NULL", *conditions], after, values)
    if view == "mine":
        conditions = ["c.assignee_id = %(me)s", *conditions]
    return _by_moment("updated_at", "DESC", [_UNDONE, _AWAKE, *conditions], after, values)


def _latest(condition: str, conditions: list[str], after: str, values: dict[str, Any]) -> list[tuple[int, str]]:
    return _by_moment("updated_at", "DESC", [condition, *conditions], after, values)


def _by_moment(
    column: str, direction: str, conditions: list[str], after: str, values: dict[str, Any]
) -> list[tuple[int, str]]:
    """Each hotel's first rows by a moment, and of those the first: an index answers it for one hotel or many."""
    where = ["c.tenant_id = hotel.id", *conditions]
    key = _read_key(after, 2)
    if key is not None:
        values["moment"], values["id"] = key
        sign = "<" if direction == "DESC" else ">"
        where.append(f"(c.{column}, c.id) {sign} (%(moment)s::timestamptz, %(id)s::bigint)")
    sql = f"""
        SELECT found.id, found.{column}
        FROM unnest(%(hotels)s::bigint[]) AS hotel(id) CROSS JOIN LATERAL (
            SELECT c.id, c.{column} FROM conversations_conversation c WHERE {" AND ".join(where)}
            ORDER BY c.{column} {direction}, c.id {direction} LIMIT %(limit)s
        ) AS found ORDER BY 2 {direction}, 1 {direction} LIMIT %(limit)s"""  # noqa: S608 - our own words
    return [(pk, f"{moment.isoformat()}~{pk}") for pk, moment in _rows(sql, values)]


def _read_key(after: str, parts: int) -> tuple[Any, ...] | None:
    """A page's key as it was given out; None for the first page, and for anything else that was typed there."""
    found = after.split("~")
    if len(found) != parts or not found[-1].isdecimal() or len(found[-1]) > 18:
        return None
    try:
        dt.datetime.fromisoformat(found[-2])
    except ValueError:
        return None
    return tuple(found)


def _rows(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def _filled(ids: list[int], found: searching.Found | None) -> list[Row]:
    """The rows of a page in its order, with what their lines say."""
    if not ids:
        return []
    threads = Conversation._base_manager.select_related("guest", "tenant", "assignee").in_bulk(ids)
    rows = {pk: Row(threads[pk], found=found.words.get(pk, "") if found else "") for pk in ids if pk in threads}
    waiting = Handoff._base_manager.filter(conversation_id__in=ids, state=Handoff.State.OPEN).order_by("opened_at")
    for handoff in waiting:
        rows[handoff.conversation_id].handoffs.append(handoff)
    suggested = OutboundMessage._base_manager.filter(
        conversation_id__in=ids, state=OutboundMessage.State.SUGGESTED
    ).values_list("conversation_id", flat=True)
    for pk in suggested:
        rows[pk].suggested = True
    for row in rows.values():
        moments = [handoff.opened_at for handoff in row.handoffs]
        if row.conversation.waiting_since is not None:
            moments.append(row.conversation.waiting_since)
        row.since = min(moments, default=None)
        row.urgent = any(handoff.urgent for handoff in row.handoffs)
    return list(rows.values())
