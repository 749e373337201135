"""What a person needs to go on where the agent stopped: wishes, what was quoted, mood, the last lines.

Stored with the handoff when it is opened, so that it says what was known then, whatever happens to the session later.
"""

from __future__ import annotations

from typing import Any

from conversations.models import Conversation, Message, OutboundMessage, Session, Turn

LINES = 6
LINE_LENGTH = 200
SLOTS = ("check_in", "check_out", "nights", "rooms", "room_type", "guests", "adults", "children", "name", "notes")


def brief(conversation: Conversation, turn: Turn | None = None) -> dict[str, Any]:
    """The brief of a conversation as it stands. Inside the tenant's scope; three reads at most."""
    state = turn.state_after if turn is not None else _remembered(conversation)
    heard = list(turn.heard) if turn is not None and turn.kind == Turn.Kind.MESSAGES else []
    found = {
        "slots": _slots(state.get("draft") or {}),
        "quote": _quote(state),
        "code": state.get("last_code") or "",
        "room": state.get("room_number") or "",
        "asked": state.get("asked") or "",
        "mood": _mood(heard),
        "intent": turn.intent if turn is not None else "",
        "language": conversation.language,
        "lines": _lines(conversation),
    }
    return {name: value for name, value in found.items() if value}


def _remembered(conversation: Conversation) -> dict[str, Any]:
    session = Session.objects.filter(conversation=conversation, status=Session.Status.OPEN).first()
    return session.state if session is not None else {}


def _slots(draft: dict[str, Any]) -> dict[str, str]:
    """What was said about the stay, as words; a corrupt session gives what can be read of it."""
    found = {}
    for name in SLOTS:
        value = draft.get(name)
        if isinstance(value, dict):
            value = value.get("date") or value.get("value")
        if isinstance(value, list | tuple):
            value = " · ".join(map(str, value))
        if value not in (None, "", 0):
            found[name] = str(value)[:LINE_LENGTH]
    return found


def _quote(state: dict[str, Any]) -> str:
    """The quote that is on the table, by its id."""
    offers = state.get("offers") or []
    last = offers[-1] if offers else None
    return str(last.get("quote_id", "")) if isinstance(last, dict) else ""


def _mood(heard: list[dict[str, Any]]) -> list[str]:
    found = set()
    for one in heard:
        understanding = one.get("understanding") or {}
        if understanding.get("sentiment") not in (None, "", "neutral"):
            found.add(str(understanding["sentiment"]))
        if understanding.get("urgent"):
            found.add("urgent")
    return sorted(found)


def _lines(conversation: Conversation) -> list[dict[str, str]]:
    """The last lines of both sides, oldest first."""
    said = [
        (at, "guest", text or f"[{kind}]")
        for at, text, kind in Message.objects.filter(conversation=conversation)
        .order_by("-id")
        .values_list("received_at", "text", "kind")[:LINES]
    ]
    said += [
        (at, "staff" if purpose == OutboundMessage.Purpose.STAFF else "agent", text)
        for at, text, purpose in OutboundMessage.objects.filter(conversation=conversation)
        .order_by("-id")
        .values_list("created_at", "text", "purpose")[:LINES]
    ]
    last = sorted(said, key=lambda line: line[0])[-LINES:]
    return [{"who": who, "at": at.isoformat(), "text": text[:LINE_LENGTH]} for at, who, text in last]
