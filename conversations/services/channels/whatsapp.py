"""WhatsApp: through the number's Graph client, behind the number's breaker."""

from __future__ import annotations

from django.conf import settings

from conversations.models import OutboundMessage
from integrations import breakers
from integrations.channels import outgoing
from integrations.channels.base import SendResult
from integrations.channels.whatsapp.client import WhatsAppClient
from tenants.models import ChannelAccount


def client(account: ChannelAccount) -> WhatsAppClient:
    """The Graph client of a number, with its own token."""
    return WhatsAppClient(
        phone_number_id=account.external_id,
        access_token=account.credentials.get("access_token", ""),
        api_url=settings.WHATSAPP_API_URL,
        version=settings.WHATSAPP_API_VERSION,
    )


def send(row: OutboundMessage) -> SendResult:
    """Hand the row to Graph with its public id as the reference receipts carry.

    Raises:
        As `WhatsAppClient.send`; `DependencyDown` too when the breaker is open.
    """
    account = row.conversation.account
    message = outgoing.from_dict(row.body)
    graph = client(account)
    return breakers.call(
        breakers.Service.WHATSAPP,
        account.external_id,
        lambda: graph.send(
            row.conversation.recipient,
            message,
            reference=str(row.public_id),
            reply_to=row.reply_to or None,
            pair_refusals=row.throttles,
        ),
    )
