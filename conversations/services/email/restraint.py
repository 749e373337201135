"""When the agent leaves a guest's mail to people although a person seems to have written it."""

from __future__ import annotations

from conversations.models import Conversation, OutboundMessage
from hotel_agent.common import clock
from integrations.events import UnifiedMessage

ANSWERS_PER_HOUR = 12
ANSWERS_PER_DAY = 40
"""To one address. A booking takes five letters; two machines that hide what they are write for ever."""
REPEATS = 3
"""The same words for the third time running: no person writes like that."""


def reason_to_leave(conversation: Conversation, message: UnifiedMessage) -> str:
    """Why a person should answer this mail, as a handoff reason; "" when the agent may.

    Inside the tenant's scope, with the conversation locked. The counts are of sent rows: they need no Redis.
    """
    if message.metadata.get("suspect"):
        return "suspect_sender"
    now = clock.now()
    sent = conversation.outbound.filter(purpose=OutboundMessage.Purpose.ANSWER)
    if sent.filter(created_at__gt=now - clock.hours(1)).count() >= ANSWERS_PER_HOUR:
        return "mail_loop"
    if sent.filter(created_at__gt=now - clock.hours(24)).count() >= ANSWERS_PER_DAY:
        return "mail_loop"
    words = message.texto.strip()
    last = list(conversation.messages.order_by("-id").values_list("text", flat=True)[: REPEATS - 1])
    # One or two digits choose an option, and may well come again.
    if len(words) > 2 and len(last) == REPEATS - 1 and all(text.strip() == words for text in last):
        return "mail_loop"
    return ""
