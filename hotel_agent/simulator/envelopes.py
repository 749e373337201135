"""WhatsApp deliveries as Meta would write and sign them, for the simulated guest."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import uuid
from typing import Any

from django.conf import settings


def message(
    *, phone_number_id: str, wa_id: str, name: str, text: str = "", reply: dict[str, str] | None = None
) -> dict[str, Any]:
    """A text, or a tap on a button or list row (`reply`: kind `button_reply` or `list_reply`, id, title)."""
    content: dict[str, Any] = {
        "from": wa_id,
        "id": f"wamid.SIM{uuid.uuid4().hex}",
        "timestamp": str(int(time.time())),
    }
    if reply is None:
        content |= {"type": "text", "text": {"body": text}}
    else:
        kind = "list_reply" if reply.get("kind") == "list_reply" else "button_reply"
        tapped = {"id": reply.get("id", ""), "title": reply.get("title", "")}
        content |= {"type": "interactive", "interactive": {"type": kind, kind: tapped}}
    return _envelope(
        phone_number_id, {"contacts": [{"profile": {"name": name}, "wa_id": wa_id}], "messages": [content]}
    )


def status(*, phone_number_id: str, wa_id: str, message_id: str, reference: str, state: str) -> dict[str, Any]:
    """What Meta reports about a message we sent: sent, delivered or read."""
    entry = {
        "id": message_id,
        "status": state,
        "timestamp": str(int(time.time())),
        "recipient_id": wa_id,
        "biz_opaque_callback_data": reference,
    }
    return _envelope(phone_number_id, {"statuses": [entry]})


def _envelope(phone_number_id: str, value: dict[str, Any]) -> dict[str, Any]:
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550000000", "phone_number_id": phone_number_id},
        **value,
    }
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "0", "changes": [{"field": "messages", "value": value}]}],
    }


def signed(envelope: dict[str, Any]) -> tuple[str, str]:
    """The body to post and the value of its signature header, by the installation's current app secret."""
    body = json.dumps(envelope, ensure_ascii=True, separators=(",", ":"))
    secret = settings.WHATSAPP_APP_SECRETS[0]
    return body, "sha256=" + hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()
