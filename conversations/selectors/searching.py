"""Finding threads by what was written in them, by whom, and by the code of a stay.

Every question is bounded: words that are in every thread are looked for among the newest messages first, and only
words that are rare there are looked for in all of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection

from conversations.selectors.folding import prefix_query

CODE: Final = re.compile(r"[A-Za-z]{2}-?[A-Za-z0-9]{0,6}")
NUMBER: Final = re.compile(r"[\d\s()+.\-]{4,}")
NEWEST: Final = 50_000
"""Messages looked through for words that are everywhere."""
ENOUGH: Final = 100
MOST: Final = 400
MOST_RARE: Final = 5000
SNIPPET: Final = 160

_RECENT: Final = """
    SELECT id, conversation_id, left(text, %(snippet)s) FROM (
        SELECT id, conversation_id, text, tenant_id, words FROM conversations_message
        WHERE id > (SELECT coalesce(max(id), 0) - %(newest)s FROM conversations_message)
        ORDER BY id DESC OFFSET 0  -- read as they came: by the words the planner would fetch every thread's
    ) AS newest
    WHERE tenant_id = ANY(%(hotels)s) AND words @@ %(query)s::tsquery
    ORDER BY id DESC LIMIT %(most)s"""
_ALL: Final = """
    WITH found AS MATERIALIZED (
        SELECT id, conversation_id, text FROM conversations_message
        WHERE tenant_id = ANY(%(hotels)s) AND words @@ %(query)s::tsquery LIMIT %(most_rare)s
    ) SELECT id, conversation_id, left(text, %(snippet)s) FROM found ORDER BY id DESC LIMIT %(most)s"""
_BY_STAFF: Final = """
    WITH found AS MATERIALIZED (
        SELECT id, conversation_id, text FROM conversations_outboundmessage
        WHERE tenant_id = ANY(%(hotels)s) AND purpose = 'staff' AND words @@ %(query)s::tsquery LIMIT %(most_rare)s
    ) SELECT id, conversation_id, left(text, %(snippet)s) FROM found ORDER BY id DESC LIMIT %(most)s"""
_DIGITS: Final = "regexp_replace(g.phone, '[^0-9]', '', 'g')"
_GUESTS: Final = """
    SELECT c.id FROM conversations_conversation c
    JOIN (
        SELECT id FROM conversations_guest
        WHERE tenant_id = ANY(%(hotels)s) AND words @@ %(query)s::tsquery LIMIT %(most_rare)s
    ) g ON g.id = c.guest_id
    ORDER BY c.updated_at DESC LIMIT %(most)s"""
_BY_PHONE: Final = """
    SELECT c.id FROM conversations_conversation c JOIN conversations_guest g ON g.id = c.guest_id
    WHERE g.tenant_id = ANY(%(hotels)s)
      AND (DIGITS LIKE %(digits)s OR reverse(DIGITS) LIKE %(backwards)s)
    ORDER BY c.updated_at DESC LIMIT %(most)s""".replace("DIGITS", _DIGITS)
_BY_EMAIL: Final = """
    SELECT c.id FROM conversations_conversation c JOIN conversations_guest g ON g.id = c.guest_id
    WHERE g.tenant_id = ANY(%(hotels)s) AND lower(g.email) LIKE %(address)s
    ORDER BY c.updated_at DESC LIMIT %(most)s"""
_BY_CODE: Final = """
    SELECT c.id FROM conversations_conversation c JOIN reservations_reservation r
        ON r.conversation_key = c.public_id AND r.tenant_id = c.tenant_id
    WHERE r.tenant_id = ANY(%(hotels)s) AND r.code LIKE %(code)s
    ORDER BY c.updated_at DESC LIMIT %(most)s"""


@dataclass
class Found:
    """Threads that match, with the newest words that did where it was words."""

    ids: set[int] = field(default_factory=set)
    words: dict[int, str] = field(default_factory=dict)


def find(typed: str, *, hotels: Sequence[int]) -> Found:
    """Threads of these hotels for what somebody typed: a booking code, a phone's beginning or end, an e-mail's
    beginning, or words by their beginnings. At most a few hundred, the newest."""
    typed = typed.strip()[:100]
    found = Found()
    if not typed or not hotels:
        return found
    values: dict[str, Any] = {
        "hotels": list(hotels), "most": MOST, "most_rare": MOST_RARE, "newest": NEWEST, "snippet": SNIPPET,
    }  # fmt: skip
    if _is_code(typed) and (ids := _ids(_BY_CODE, {**values, "code": f"{_code(typed)}%"})):
        return Found(set(ids))
    if NUMBER.fullmatch(typed):
        digits = re.sub(r"\D", "", typed)
        if len(digits) >= 4:
            found.ids.update(_ids(_BY_PHONE, {**values, "digits": f"{digits}%", "backwards": f"{digits[::-1]}%"}))
    if "@" in typed:
        found.ids.update(_ids(_BY_EMAIL, {**values, "address": f"{_literal(typed.lower())}%"}))
    query = prefix_query(typed)
    if query:
        values["query"] = query
        if "@" not in typed:
            found.ids.update(_ids(_GUESTS, values))
        _add_words(found, values)
    return found


def _add_words(found: Found, values: dict[str, Any]) -> None:
    rows = _rows(_RECENT, values)
    if len(rows) < ENOUGH:
        rows = _rows(_ALL, values)
    for _, conversation_id, text in rows + _rows(_BY_STAFF, values):
        found.ids.add(conversation_id)
        found.words.setdefault(conversation_id, text)


def _is_code(typed: str) -> bool:
    return bool(CODE.fullmatch(typed)) and ("-" in typed or any(char.isdigit() for char in typed))


def _code(typed: str) -> str:
    bare = typed.upper().replace("-", "")
    return _literal(f"{bare[:2]}-{bare[2:]}")


def _literal(text: str) -> str:
    """Text as itself inside LIKE."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def _rows(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def _ids(sql: str, values: dict[str, Any]) -> list[int]:
    return [row[0] for row in _rows(sql, values)]
