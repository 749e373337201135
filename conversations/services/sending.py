"""Sending what the outbox holds, through the conversation's channel. No transaction is open during a call."""

from __future__ import annotations

import structlog

from conversations.models import Conversation, OutboundMessage
from conversations.services import channels, outbox
from conversations.services.outbox import Next, Verdict
from hotel_agent.common import clock, metrics
from hotel_agent.common.exceptions import (
    DependencyDown,
    LostClaim,
    Misconfigured,
    Permanent,
    Retryable,
    UnknownOutcome,
)
from integrations.channels.base import SendResult
from integrations.exceptions import RecipientThrottled
from tenants.services import clear_account_pause, pause_account

log = structlog.get_logger(__name__)

PAUSED_RETRY_S = 900.0
MAX_IN_ONE_GO = 20


def deliver(conversation_id: int, *, claimed: Next | None = None) -> int:
    """Send what the conversation's outbox holds and may go now; returns how many were accepted by the provider.

    Begins with `claimed`, if the caller has claimed a message already. Inside the tenant's scope. Safe to call at any
    time by any number of workers: one message is in flight at once.
    """
    sent = 0
    for _ in range(MAX_IN_ONE_GO):
        found, claimed = claimed or outbox.claim_next(conversation_id), None
        if found.verdict is Verdict.AGAIN:
            continue
        if found.row is None:
            break
        try:
            if not _send(found.row):
                break
            sent += 1
        except LostClaim:
            break
        if not found.more:
            break  # what was queued meanwhile is found by the sweeper's next tick
    return sent


def _send(row: OutboundMessage) -> bool:
    conversation = row.conversation
    account = conversation.account
    channel = conversation.channel
    with structlog.contextvars.bound_contextvars(outbound_id=row.pk, correlation_id=row.correlation_id):
        try:
            result = channels.send(row)
        except UnknownOutcome as error:
            outbox.record_ambiguous(row, str(error))
            outcome = "ambiguous"
        except Misconfigured as error:
            pause_account(account, reason=str(error))
            outbox.record_postponed(row, delay=clock.seconds(PAUSED_RETRY_S), error=str(error))
            outcome = "account_paused"
        except Permanent as error:
            outbox.record_failed(row, error=str(error), code=error.code)
            outcome = "failed"
        except RecipientThrottled as error:
            outbox.record_throttled(row, delay=clock.seconds(error.retry_after or 1), error=str(error))
            outcome = "throttled"
        except Retryable as error:
            delay = clock.seconds(error.retry_after) if error.retry_after else clock.backoff(row.claim)
            outbox.record_postponed(row, delay=delay, error=str(error))
            outcome = "postponed"
            if not isinstance(error, DependencyDown):
                log.warning("send_retried", error=str(error))
        except Exception as error:  # one bad row must not stop the conversation's worker
            log.exception("send_broke", error_type=type(error).__name__)
            outbox.record_own_failure(row, error)
            outcome = "broken"
        else:
            outbox.record_sent(row, provider_id=result.message_id)
            channels.tell(row)
            if not row.send_to:
                _remember_form(conversation, result)
            if account.paused_at is not None:
                clear_account_pause(account)
            if row.asked_at is not None:
                metrics.response_time.labels(channel).observe((clock.now() - row.asked_at).total_seconds())
            metrics.messages_by_channel.labels(channel, "out").inc()
            outcome = "sent"
        metrics.outbound_messages.labels(channel, outcome).inc()
        log.info("outbound", state=outcome, conversation_id=conversation.pk)
    return outcome == "sent"


def _remember_form(conversation: Conversation, result: SendResult) -> None:
    """Where only the number's other written form was accepted, use it from now on.

    After a failed receipt acceptance proves nothing: then the delivery does (`receipts`).
    """
    known = conversation.recipient.get("send_to") or conversation.recipient.get("wa_id")
    if result.sent_to and known and result.sent_to != known:
        conversation.recipient = {**conversation.recipient, "send_to": result.sent_to}
        conversation.save(update_fields=["recipient"])
