"""A channel's halves: how a stored delivery is read (`READERS`, by route), how an outbox row leaves (`SENDERS`).

One module and one row per channel (docs/adding-a-channel.md). A sender takes a claimed row (with its conversation and
account) and keeps the promise of `ChannelAdapter.send`: a `SendResult` when the provider accepted it, one of that
method's errors otherwise. It records nothing; `sending` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from conversations.models import OutboundMessage
from conversations.services import proofs
from conversations.services.channels import email, webchat, whatsapp
from hotel_agent.common.exceptions import Permanent
from integrations.channels.base import SendResult
from integrations.channels.webchat import parse as webchat_posts
from integrations.channels.whatsapp import parse as whatsapp_deliveries
from integrations.events import Delivery
from tenants.models import Channel


@dataclass(frozen=True, slots=True)
class Reader:
    """Who understands the deliveries of a route, and whose accounts they are for."""

    channel: Channel
    parse: Callable[[bytes], Delivery]
    """Raises `BadInput` and nothing else."""


READERS: Mapping[str, Reader] = {
    "whatsapp": Reader(Channel.WHATSAPP, whatsapp_deliveries.parse),
    "webchat": Reader(Channel.WEBCHAT, webchat_posts.parse),
}

Sender = Callable[[OutboundMessage], SendResult]

SENDERS: Mapping[str, Sender] = {
    Channel.WHATSAPP: whatsapp.send,
    Channel.EMAIL: email.send,
    Channel.WEBCHAT: webchat.send,
}

TELLERS: Mapping[str, Callable[[OutboundMessage], None]] = {Channel.WEBCHAT: webchat.tell}
"""Channels that are read rather than sent to: how whoever reads is told that a row is there now."""


def send(row: OutboundMessage) -> SendResult:
    """Send a claimed row through its account's channel.

    Raises:
        Permanent: nothing can be sent by this channel; and whatever the channel's sender raises.
    """
    channel = row.conversation.account.channel
    sender = SENDERS.get(channel)
    if sender is None:
        raise Permanent(f"channel {channel} cannot send")
    row.body = proofs.revealed(row)  # in this process only: what is stored keeps the code hidden
    return sender(row)


def tell(row: OutboundMessage) -> None:
    """What a channel wants to know once a row is committed as sent. Never raises, never waits long."""
    teller = TELLERS.get(row.conversation.channel)
    if teller is not None:
        teller(row)
