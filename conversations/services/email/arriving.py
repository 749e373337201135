"""From a stored mail to its conversation: a guest's message, a mail of ours that came back, what staff wrote."""

from __future__ import annotations

import uuid

import structlog
from django.db import transaction

from conversations.models import Conversation, GuestIdentity, InboundDelivery, Message, OutboundMessage
from conversations.services import files, guests, ownership, receipts
from conversations.services.email import mailboxes, reading
from conversations.services.privacy import raw
from hotel_agent.common import claims, metrics
from hotel_agent.common.claims import WorkState
from integrations.channels.email.kinds import Kind
from integrations.channels.email.parse import Received, parse_inbox, parse_sent
from integrations.events import MessageType, StaffEcho, UnifiedMessage
from integrations.exceptions import FileRefused
from tenants.models import Channel, ChannelAccount
from tenants.scoping import every_tenant, tenant_scope

log = structlog.get_logger(__name__)


def process(row: InboundDelivery) -> None:
    """Take one stored mail in and finish its row, in one transaction. Taking it in twice changes nothing.

    Raises:
        BadInput: it is no mail; the caller quarantines it.
        LostClaim: somebody else has the row now.
    """
    account = _account(row)
    if account is None:
        metrics.orphan_deliveries.inc()
        claims.finish(row, state=WorkState.ORPHAN, error="its mailbox is gone or switched off")
        return
    received_at = row.provider_time or row.received_at
    raw = bytes(row.body)
    if row.route == reading.SENT_ROUTE:
        found = parse_sent(raw, account=account.external_id, received_at=received_at)
    else:
        found = parse_inbox(
            raw, account=account.external_id, received_at=received_at, own_addresses=mailboxes.own_addresses()
        )
        metrics.mails.labels(_label(found)).inc()
    with transaction.atomic(), tenant_scope(account.tenant):
        note = _sent(account, found, row) if row.route == reading.SENT_ROUTE else _arrived(account, found, row)
        claims.finish(row, error=note)


def _account(row: InboundDelivery) -> ChannelAccount | None:
    try:
        public_id = uuid.UUID(row.app_key)
    except ValueError:
        return None
    with every_tenant():  # the receiving mailbox decides the tenant
        return (
            ChannelAccount.objects.select_related("tenant")
            .filter(public_id=public_id, channel=Channel.EMAIL, is_active=True, tenant__is_active=True)
            .first()
        )


def _label(found: Received) -> str:
    return "ours" if found.is_ours else found.kind.value.replace("-", "_")


# --- arrived ---------------------------------------------------------------------------------------------------------


def _arrived(account: ChannelAccount, found: Received, row: InboundDelivery) -> str:
    """Record it; returns a note for the row when it went to no thread."""
    from conversations.services import intake  # intake hands mails to this module

    if found.is_ours:
        return "written by this installation"
    returned = [receipts.apply_receipt(account, receipt) for receipt in found.delivery.receipts]
    if found.kind is Kind.BOUNCE:
        return "" if any(returned) else "a report about no mail of ours"
    if not found.delivery.messages:
        return f"{found.kind.value}: nobody to answer"
    message = found.delivery.messages[0]
    if found.kind is not Kind.HUMAN and not _has_thread(account, message.user_id):
        return f"{found.kind.value} without a thread"
    recorded = intake.record_message(account, message, delivery=row)
    if recorded is None:
        return "a mail we already had"
    metrics.messages_by_channel.labels(account.channel, "in").inc()
    _keep_attachments(recorded, found)
    return ""


def _has_thread(account: ChannelAccount, address: str) -> bool:
    return Conversation.objects.filter(
        account=account, guest__identities__kind=GuestIdentity.Kind.EMAIL, guest__identities__value=address
    ).exists()


def _keep_attachments(message: Message, found: Received) -> None:
    """Keep what came with the mail in private storage; what is too large stays listed in the message's metadata."""
    for attachment in found.mail.attachments:
        main_type = attachment.mime_type.partition("/")[0]
        try:
            files.attach(
                message.conversation,
                attachment.content,
                filename=attachment.filename,
                declared_type=attachment.mime_type,
                message=message,
                kind=main_type if main_type in {"image", "audio", "video"} else "document",
            )
        except FileRefused as error:
            log.warning("attachment_not_kept", reason=error.reason, bytes=attachment.size)


# --- the Sent folder -------------------------------------------------------------------------------------------------


def _sent(account: ChannelAccount, found: Received, row: InboundDelivery) -> str:
    """A copy of ours is a receipt; anything else that a person sent takes the thread over (promise 6)."""
    for receipt in found.delivery.receipts:
        if OutboundMessage.objects.filter(public_id=receipt.reference, conversation__account=account).exists():
            receipts.apply_receipt(account, receipt)
            return "a copy of ours"
    if not found.delivery.echoes:
        return "nothing of staff's"
    for echo in found.delivery.echoes:
        if guests.was_erased(account, echo.message_id):
            raw.empty(row)
            return "a mail to a guest who was erased"
        _thread_with(account, echo)
        ownership.record_staff_echo(account, echo)
    return ""


def _thread_with(account: ChannelAccount, echo: StaffEcho) -> None:
    """The conversation staff wrote in, begun by them if need be: the answer to it is then theirs, not the agent's."""
    first = UnifiedMessage(
        message_id=echo.message_id,
        canal=Channel.EMAIL.value,
        user_id=echo.recipient_id,
        timestamp_iso=echo.timestamp_iso,
        tipo=MessageType.TEXT,
        metadata={"aliases": [list(alias) for alias in echo.aliases], "recipient": {"email": echo.recipient_id}},
    )
    guest = guests.resolve(account, first)
    guests.lock_conversation(account, guest, first)
