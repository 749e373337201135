"""WhatsApp: through the number's Graph client, behind the number's breaker."""

from __future__ import annotations

from django.conf import settings

from conversations.models import MediaFile, OutboundMessage
from conversations.services import files
from integrations import breakers
from integrations.channels import outgoing
from integrations.channels.base import SendResult
from integrations.channels.whatsapp import media
from integrations.channels.whatsapp.client import WhatsAppClient
from integrations.exceptions import FileRefused
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
    recipient = {**row.conversation.recipient, **({"send_to": row.send_to} if row.send_to else {})}

    def call() -> SendResult:
        return graph.send(
            recipient,
            message,
            reference=str(row.public_id),
            reply_to=row.reply_to or None,
            pair_refusals=row.throttles,
            media_id=_uploaded(graph, row, message) if isinstance(message, outgoing.Attachment) else "",
        )

    return breakers.call(breakers.Service.WHATSAPP, account.external_id, call)


def _uploaded(graph: WhatsAppClient, row: OutboundMessage, message: outgoing.Attachment) -> str:
    """Meta's id of the file of an attachment.

    Raises:
        FileRefused: the file is not kept any more.
    """
    file = MediaFile.objects.filter(conversation_id=row.conversation_id, public_id=message.file_id).first()
    if file is None:
        raise FileRefused("there is no such file in the conversation", reason="gone")
    return media.upload(graph, files.read(file), content_type=message.content_type, filename=message.filename)
