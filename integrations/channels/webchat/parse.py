"""What a web-chat page posted, as it was stored: one message of one visitor.

The envelope is our own, written by `envelope` after the request was checked, so it is strict: an unknown version, key
or type is `BadInput`. It is read again from the stored bytes, which may be old or damaged.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from typing import Any

from hotel_agent.common.exceptions import BadInput
from integrations.channels.whatsapp.reading import load
from integrations.events import Delivery, MessageType, UnifiedMessage

CHANNEL = "webchat"
VERSION = 1
MAX_TEXT = 4096
MAX_CHOICE = 200
MAX_TITLE = 400
MAX_NAME = 120
MAX_IDENTIFIER = 160
LANGUAGES = ("es", "en", "pt")

_KEYS = frozenset({"v", "widget", "visitor", "id", "at", "text", "choice", "language", "identifier", "name"})
_WIDGET = re.compile(r"[A-Za-z0-9_-]{4,64}")
_VISITOR = re.compile(r"[A-Za-z0-9_-]{16,64}")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]{2,}")


@dataclass(frozen=True, slots=True)
class Post:
    """One message of a visitor. `message_id` is the page's own UUID: the same id again is the same message."""

    widget: str
    visitor: str
    message_id: str
    at: dt.datetime
    text: str
    choice_id: str = ""
    language: str = ""
    identifier: str = ""
    """The visitor's name at the hotel's own site, vouched for by its signature."""
    name: str = ""


def envelope(post: Post) -> bytes:
    """The stored form of a post; `parse` reads it."""
    values: dict[str, Any] = {
        "v": VERSION,
        "widget": post.widget,
        "visitor": post.visitor,
        "id": post.message_id,
        "at": post.at.isoformat(),
    }
    if post.choice_id:
        values["choice"] = {"id": post.choice_id, "title": post.text}
    else:
        values["text"] = post.text
    extra = {"language": post.language, "identifier": post.identifier, "name": post.name}
    return json.dumps(values | {name: value for name, value in extra.items() if value}, ensure_ascii=False).encode()


def message_id_of(visitor: str, message_id: str) -> str:
    """The provider id of a visitor's message: ids are made by pages, so they count within one visitor only."""
    return f"{visitor}.{message_id}"


def parse(body: bytes) -> Delivery:
    """The one message of a stored post. Pure: the same bytes give the same result.

    Raises:
        BadInput: the bytes are no envelope of ours; nothing else is ever raised.
    """
    values = load(body)
    if not isinstance(values, dict) or values.get("v") != VERSION or isinstance(values["v"], bool):
        raise BadInput("not a web-chat envelope of this version")
    if unknown := set(values) - _KEYS:
        raise BadInput(f"a web-chat envelope has unknown keys: {len(unknown)}")
    widget = _matching(values, "widget", _WIDGET)
    visitor = _matching(values, "visitor", _VISITOR)
    page_id = _matching(values, "id", _ID)
    language = _text(values, "language", 2)
    if language and language not in LANGUAGES:
        raise BadInput("a web-chat envelope has a language we do not speak")
    text, choice_id = _said(values)
    identifier = _text(values, "identifier", MAX_IDENTIFIER)
    aliases = [["visitor", visitor]]
    if _ADDRESS.fullmatch(identifier):
        # The hotel's server signed this address: the same person as the one who writes from it.
        aliases.append(["email", identifier.lower()])
    metadata: dict[str, Any] = {"account": widget, "aliases": aliases}
    metadata |= {"language": language} if language else {}
    metadata |= {"reply_id": choice_id} if choice_id else {}
    metadata |= {"identifier": identifier} if identifier else {}
    if name := _text(values, "name", MAX_NAME):
        metadata["profile_name"] = name
    message = UnifiedMessage(
        message_id=message_id_of(visitor, page_id),
        canal=CHANNEL,
        user_id=visitor,
        timestamp_iso=_instant(values),
        tipo=MessageType.BUTTON if choice_id else MessageType.TEXT,
        texto=text,
        metadata=metadata,
    )
    return Delivery(messages=(message,))


def _said(values: dict[str, Any]) -> tuple[str, str]:
    """The words and, for a tap, the id of what was tapped."""
    if ("text" in values) == ("choice" in values):
        raise BadInput("a web-chat envelope carries either a text or a choice")
    if "text" in values:
        return _filled(values, "text", MAX_TEXT), ""
    choice = values["choice"]
    if not isinstance(choice, dict) or set(choice) != {"id", "title"}:
        raise BadInput("a web-chat envelope has a choice without id or title")
    return _filled(choice, "title", MAX_TITLE), _filled(choice, "id", MAX_CHOICE)


def _text(values: dict[str, Any], key: str, longest: int) -> str:
    value = values.get(key, "")
    if not isinstance(value, str) or len(value) > longest:
        raise BadInput(f"a web-chat envelope's {key} is no text of at most {longest} characters")
    return value


def _filled(values: dict[str, Any], key: str, longest: int) -> str:
    value = _text(values, key, longest)
    if not value.strip():
        raise BadInput(f"a web-chat envelope has no {key}")
    return value


def _matching(values: dict[str, Any], key: str, pattern: re.Pattern[str]) -> str:
    value = values.get(key)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise BadInput(f"a web-chat envelope has no usable {key}")
    return value


def _instant(values: dict[str, Any]) -> str:
    try:
        at = dt.datetime.fromisoformat(_text(values, "at", 40))
        return at.astimezone(dt.UTC).isoformat()
    except (ValueError, OverflowError):
        raise BadInput("a web-chat envelope has no usable time") from None
