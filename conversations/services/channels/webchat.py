"""Web chat: read by its guest, so what is recorded as sent is there to be fetched."""

from __future__ import annotations

from conversations.models import OutboundMessage
from conversations.services.webchat import hints
from integrations.channels.base import SendResult


def send(row: OutboundMessage) -> SendResult:
    """Always accepted; the page fetches it."""
    return SendResult(message_id=str(row.public_id), recipient_id="", sent_to="")


def tell(row: OutboundMessage) -> None:
    """Let an open page know at once, instead of at its next question."""
    hints.publish(row.conversation.recipient.get("visitor", ""))
