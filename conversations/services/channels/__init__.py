"""How an outbox row leaves by its channel: one module per channel, one row in `SENDERS`.

A sender takes a claimed row (with its conversation and account) and keeps the promise of `ChannelAdapter.send`: a
`SendResult` when the provider accepted it, one of that method's errors otherwise. It records nothing; `sending` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from conversations.models import OutboundMessage
from conversations.services.channels import email, webchat, whatsapp
from hotel_agent.common.exceptions import Permanent
from integrations.channels.base import SendResult
from tenants.models import Channel

Sender = Callable[[OutboundMessage], SendResult]

SENDERS: Mapping[str, Sender] = {
    Channel.WHATSAPP: whatsapp.send,
    Channel.EMAIL: email.send,
    Channel.WEBCHAT: webchat.send,
}


def send(row: OutboundMessage) -> SendResult:
    """Send a claimed row through its account's channel.

    Raises:
        Permanent: nothing can be sent by this channel; and whatever the channel's sender raises.
    """
    channel = row.conversation.account.channel
    sender = SENDERS.get(channel)
    if sender is None:
        raise Permanent(f"channel {channel} cannot send")
    return sender(row)
