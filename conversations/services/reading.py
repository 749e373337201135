"""Read marks and the typing indicator: a courtesy to the guest while the answer is made."""

from __future__ import annotations

import structlog

from conversations.models import Message
from conversations.services.channels import whatsapp
from hotel_agent.common.exceptions import HotelAgentError
from tenants.models import Channel

log = structlog.get_logger(__name__)


def mark_read(message_id: int) -> bool:
    """Tell the channel that a message was read and an answer is being written. Failures are only logged.

    Only while its answer is still to come: a late mark would show typing after the answer.
    """
    message = (
        Message.objects.select_related("account")
        .filter(
            pk=message_id,
            state__in=[Message.State.WAITING, Message.State.HEARING],
            account__channel=Channel.WHATSAPP,
        )
        .first()
    )
    if message is None or message.account.paused_at is not None:
        return False
    try:
        whatsapp.client(message.account).mark_read(message.provider_id, typing=True)
    except HotelAgentError as error:
        log.info("mark_read_failed", error_type=type(error).__name__)
        return False
    return True
