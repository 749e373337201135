"""What the provider says became of a message: states move forward only, in whatever order receipts come."""

from __future__ import annotations

import datetime as dt
import uuid

import structlog

from conversations.models import Conversation, OutboundMessage
from conversations.services import handoffs
from hotel_agent.common import clock, dispatch
from hotel_agent.common.exceptions import DependencyDown
from integrations.channels.whatsapp import identity
from integrations.channels.whatsapp.errors import error_of
from integrations.channels.whatsapp.pacing import pair_backoff
from integrations.events import Receipt, ReceiptStatus
from integrations.exceptions import AccountRefused, OtherFormMayWork, RecipientThrottled, WindowClosed
from tenants.models import ChannelAccount
from tenants.scoping import tenant_scope
from tenants.services import pause_account

log = structlog.get_logger(__name__)

State = OutboundMessage.State
REFUSED_AS = "refused_as"
"""Key in `why`: the provider's id of a try that failed; its late receipts say nothing about the next try."""
PRICE = ["billable", "price_category", "country"]
PAUSED_RETRY_S = 900.0
MAX_AGAIN = 3
"""Transient failures reported minutes later were already retried by the provider itself: a few tries are enough."""

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
        if row is None or (receipt.message_id and receipt.message_id == row.why.get(REFUSED_AS)):
            return False
        priced = _note_price(row, receipt)
        if receipt.status is ReceiptStatus.FAILED:
            return _failed(account, row, receipt)
        reached = _REACHED.get(receipt.status)
        if reached is None or OutboundMessage.RANK[reached] <= OutboundMessage.RANK.get(State(row.state), 0):
            if priced:
                row.save(update_fields=PRICE)
            return priced
        at = dt.datetime.fromisoformat(receipt.timestamp_iso)
        row.state = reached
        row.provider_id = row.provider_id or receipt.message_id
        row.lease_until = None
        row.sent_at = row.sent_at or at
        if reached in {State.DELIVERED, State.READ}:
            row.delivered_at = row.delivered_at or at
            _remember_form(row)
        if reached == State.READ:
            row.read_at = row.read_at or at
        row.save(update_fields=["state", "provider_id", "lease_until", "sent_at", "delivered_at", "read_at", *PRICE])
        return True


def _find(account: ChannelAccount, receipt: Receipt) -> OutboundMessage | None:
    rows = (
        OutboundMessage.objects.select_for_update(no_key=True, of=("self",))
        .select_related("conversation")
        .filter(conversation__account=account)
    )
    try:
        return rows.filter(public_id=uuid.UUID(receipt.reference)).first()
    except ValueError:
        return rows.filter(provider_id=receipt.message_id).first() if receipt.message_id else None


def _note_price(row: OutboundMessage, receipt: Receipt) -> bool:
    """What the provider says about the price, once: `sent` and one of the later receipts repeat it."""
    if row.billable is not None or (receipt.billable is None and not receipt.category):
        return False
    row.billable = receipt.billable
    row.price_category = receipt.category
    row.country = _country(row)
    return True


def _country(row: OutboundMessage) -> str:
    recipient = row.conversation.recipient
    number, user_id = str(recipient.get("wa_id", "")), str(recipient.get("bsuid", ""))
    return identity.country(number) or user_id[:2]


def _remember_form(row: OutboundMessage) -> None:
    """The other written form of the number reached the guest: it is used from now on."""
    conversation = row.conversation
    if row.send_to and conversation.recipient.get("send_to") != row.send_to:
        conversation.recipient = {**conversation.recipient, "send_to": row.send_to}
        Conversation.objects.filter(pk=conversation.pk).update(recipient=conversation.recipient)


def _failed(account: ChannelAccount, row: OutboundMessage, receipt: Receipt) -> bool:
    """A late failure ends a message that was only accepted; one that was delivered stays delivered.

    "Failed" is certain: nothing reached the guest. So what may pass is sent again, as after a refusal at the door.
    """
    if row.state in {State.DELIVERED, State.READ, State.FAILED}:
        return False
    error = error_of(receipt.error_code, receipt.error_title)
    row.error_code = str(receipt.error_code or "")
    row.last_error = receipt.error_title[:500]
    match error:
        case OtherFormMayWork() if (form := _other_form(row)) is not None:
            row.send_to = form
            return _again(row, receipt, clock.seconds(0))
        case AccountRefused():
            pause_account(account, reason=str(error))
            return _again(row, receipt, clock.seconds(PAUSED_RETRY_S))
        case RecipientThrottled():
            row.throttles += 1
            return _again(row, receipt, clock.seconds(pair_backoff(row.throttles)))
        case DependencyDown() if row.failures < MAX_AGAIN:
            row.failures += 1
            return _again(row, receipt, clock.backoff(row.failures))
    row.state = State.FAILED
    row.lease_until = None
    row.save(update_fields=["state", "lease_until", "error_code", "last_error", *PRICE])
    reason = "window_closed" if isinstance(error, WindowClosed) else "send_failed"
    handoffs.open_handoff(row.conversation, reason=reason, summary=row.text[:500])
    log.warning("send_failed_by_receipt", outbound_id=row.pk, provider_code=row.error_code)
    return True


def _other_form(row: OutboundMessage) -> str | None:
    """The other written form of the number that was refused; None when there is none or it was tried already."""
    recipient = row.conversation.recipient
    return None if row.send_to else identity.other_form(str(recipient.get("send_to") or recipient.get("wa_id") or ""))


def _again(row: OutboundMessage, receipt: Receipt, delay: dt.timedelta) -> bool:
    """Queue a message that certainly did not arrive; receipts of the refused try no longer count."""
    row.why = {**row.why, REFUSED_AS: receipt.message_id or row.provider_id}
    row.state = State.QUEUED
    row.provider_id = ""
    row.sent_at = None
    row.lease_until = None
    row.not_before = clock.now() + delay
    row.save(
        update_fields=[
            "why", "state", "provider_id", "sent_at", "lease_until", "not_before", "send_to", "throttles", "failures",
            "error_code", "last_error",
        ]
    )  # fmt: skip
    dispatch.after_commit("conversations.deliver", row.conversation_id)
    log.info("send_again_after_receipt", outbound_id=row.pk, provider_code=row.error_code)
    return True
