"""Read marks and the typing indicator: a courtesy to the guest while the answer is made."""

from __future__ import annotations

import structlog

from conversations.models import Message
from conversations.services.channels import whatsapp
from hotel_agent.common.exceptions import HotelAgentError
from integrations.events import MessageType
from tenants.models import Channel
from tenants.scoping import tenant_scope

log = structlog.get_logger(__name__)


def mark_read(message: Message) -> bool:
    """Tell the channel that a message, just taken in, was read and an answer is being written.

    A failure is only logged, and never tried again: a late mark would show typing after the answer. For the same
    reason a tap, whose answer comes at once, shows none. False when the channel did not take it.
    """
    account = message.account
    if account.channel != Channel.WHATSAPP or account.paused_at is not None:
        return True
    try:
        with tenant_scope(account.tenant):
            whatsapp.client(account).mark_read(message.provider_id, typing=message.kind != MessageType.BUTTON)
    except HotelAgentError as error:
        log.info("mark_read_failed", error_type=type(error).__name__)
        return False
    return True
