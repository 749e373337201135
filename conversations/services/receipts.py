"""What the provider says became of a message: states move forward only, in whatever order receipts come."""

from __future__ import annotations

import datetime as dt
import uuid

import structlog

from conversations.models import OutboundMessage
from conversations.services import handoffs
from integrations.events import Receipt, ReceiptStatus
from tenants.models import ChannelAccount
from tenants.scoping import tenant_scope

log = structlog.get_logger(__name__)

State = OutboundMessage.State

_REACHED = {
    ReceiptStatus.SENT: State.SENT,
    ReceiptStatus.DELIVERED: State.DELIVERED,
    ReceiptStatus.READ: State.READ,
    ReceiptStatus.PLAYED: State.READ,
}


def apply_receipt(account: ChannelAccount, receipt: Receipt) -> bool:
    """Record a receipt inside the caller's transaction; False when it is about nothing of ours or says nothing new.

    A receipt that carries our reference settles an ambiguous send: the message exists, so it is not sent again.
    """
    with tenant_scope(account.tenant):
        row = _find(account, receipt)
        if row is None:
            return False
        if receipt.status is ReceiptStatus.FAILED:
            return _failed(row, receipt)
        reached = _REACHED.get(receipt.status)
        if reached is None or OutboundMessage.RANK[reached] <= OutboundMessage.RANK.get(State(row.state), 0):
            return False
        at = dt.datetime.fromisoformat(receipt.timestamp_iso)
        row.state = reached
        row.provider_id = row.provider_id or receipt.message_id
        row.lease_until = None
        row.sent_at = row.sent_at or at
        if reached in {State.DELIVERED, State.READ}:
            row.delivered_at = row.delivered_at or at
        if reached == State.READ:
            row.read_at = row.read_at or at
        row.save(update_fields=["state", "provider_id", "lease_until", "sent_at", "delivered_at", "read_at"])
        return True


def _find(account: ChannelAccount, receipt: Receipt) -> OutboundMessage | None:
    rows = OutboundMessage.objects.select_for_update(no_key=True).filter(conversation__account=account)
    try:
        return rows.filter(public_id=uuid.UUID(receipt.reference)).first()
    except ValueError:
        return rows.filter(provider_id=receipt.message_id).first() if receipt.message_id else None


def _failed(row: OutboundMessage, receipt: Receipt) -> bool:
    """A late failure ends a message that was only accepted; one that was delivered stays delivered."""
    if row.state in {State.DELIVERED, State.READ, State.FAILED}:
        return False
    row.state = State.FAILED
    row.lease_until = None
    row.error_code = str(receipt.error_code or "")
    row.last_error = receipt.error_title[:500]
    row.save(update_fields=["state", "lease_until", "error_code", "last_error"])
    handoffs.open_handoff(row.conversation, reason="send_failed", summary=row.text[:500])
    log.warning("send_failed_by_receipt", outbound_id=row.pk, provider_code=row.error_code)
    return True
