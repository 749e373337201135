"""Web chat: read by its guest, so what is recorded as sent is there to be fetched."""

from __future__ import annotations

from conversations.models import OutboundMessage
from integrations.channels.base import SendResult


def send(row: OutboundMessage) -> SendResult:
    """Always accepted; the page fetches it."""
    return SendResult(message_id=str(row.public_id), recipient_id="", sent_to="")
