"""Gmail's push: a Pub/Sub envelope that says in which mailbox something changed, and nothing else.

Source: Cloud Pub/Sub, push subscriptions (envelope); Gmail API, push notifications (data). The history id is not used:
mail is read by IMAP from our own cursor, so a push can only wake, never lose.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from hotel_agent.common.exceptions import BadInput

MAX_BODY = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Push:
    """Something changed in this mailbox."""

    address: str
    """Lower case."""
    history_id: str
    message_id: str
    """Pub/Sub's id of the notification."""


def parse_push(body: bytes) -> Push:
    """What a push says.

    Raises:
        BadInput: it is no Pub/Sub envelope, or its data is not what Gmail publishes.
    """
    envelope = _object(_json(body[: MAX_BODY + 1] if len(body) <= MAX_BODY else b""), "the body")
    message = _object(envelope.get("message"), "message")
    data = message.get("data")
    if not isinstance(data, str) or not data:
        raise BadInput("the message has no data")
    content = _object(_json(_decoded(data)), "data")
    address = content.get("emailAddress")
    history = content.get("historyId")
    if not isinstance(address, str) or not 3 <= len(address) <= 190 or address.count("@") != 1 or "\x00" in address:
        raise BadInput("data names no mailbox")
    if isinstance(history, bool) or not isinstance(history, str | int):
        raise BadInput("data has no history id")
    message_id = message.get("messageId") or message.get("message_id") or ""
    push = Push(
        address=address.strip().lower(),
        history_id=str(history)[:40],
        message_id=str(message_id)[:100] if isinstance(message_id, str | int) else "",
    )
    try:
        "".join((push.address, push.history_id, push.message_id)).encode()
    except UnicodeEncodeError as error:  # JSON may escape half a character, which no database takes
        raise BadInput("data holds half a character") from error
    return push


def _decoded(data: str) -> bytes:
    """Base64 of either alphabet, padded or not."""
    letters = "".join(data.split()).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(letters + "=" * (-len(letters) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput("data is not base64") from error


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadInput("not JSON") from error


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadInput(f"{name} is not an object")
    return value
