"""The outbox: what a guest is to read becomes a row first, is claimed one at a time per conversation, and is settled.

Whether it may still be sent (a person took over, the 24-hour window closed, the answer is stale) is decided when it is
claimed, not when it was composed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum, auto

import structlog
from django.db import transaction

from conversations.models import Conversation, OutboundMessage
from conversations.services import allowance, handoffs, lateness, standing, templates
from hotel_agent.common import clock, metrics
from hotel_agent.common.exceptions import LostClaim
from tenants.selectors import tenant_by_id

log = structlog.get_logger(__name__)

State = OutboundMessage.State
Purpose = OutboundMessage.Purpose

SEND_LEASE_S = 60.0
"""Longer than connect + read timeout of a send (35 s)."""
RECEIPT_WAIT_S = 90.0
"""How long an ambiguous send waits for its receipt before it is decided without one."""
MAX_FAILURES = 5


class Verdict(Enum):
    """What became of looking for the next message of a conversation."""

    SEND = auto()
    NOTHING = auto()
    AGAIN = auto()
    """Something was settled without sending: look once more."""


@dataclass(frozen=True, slots=True)
class Next:
    """The claimed row, when there is one to send."""

    verdict: Verdict
    row: OutboundMessage | None = None
    more: bool = False
    """Whether another message already waited behind the row when it was claimed."""


def claim_next(conversation_id: int) -> Next:
    """Claim the conversation's oldest unsettled message if it may go now. Commits before returning.

    Order is kept: a message that waits (backoff, ambiguous, in flight) holds back those after it.
    """
    with transaction.atomic():
        conversation = (
            Conversation.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
            .select_related("account")
            .filter(pk=conversation_id)
            .first()
        )
        if conversation is None:
            return Next(Verdict.NOTHING)
        waiting = list(conversation.outbound.filter(state__in=OutboundMessage.OPEN).order_by("id")[:2])
        if not waiting:
            return Next(Verdict.NOTHING)
        conversation.tenant = tenant_by_id(conversation.tenant_id)
        row = waiting[0]
        row.conversation = conversation
        now = clock.now()
        if row.state == State.SENDING:
            return _abandoned(row, now)
        if row.not_before > now:
            return Next(Verdict.NOTHING)
        if row.state == State.AMBIGUOUS and not _may_resend(row):
            return Next(Verdict.AGAIN)
        refusal = _refusal(row, conversation, now)
        if refusal is not None:
            return refusal
        _mark(row, now)
        row.save(update_fields=["state", "claim", "lease_until", "resent", "body", "text", "why"])
        return Next(Verdict.SEND, row, more=len(waiting) > 1)


def claim_new(rows: list[OutboundMessage], conversation: Conversation) -> Next | None:
    """Claim the first of a reply's rows, not yet written, if nothing keeps it from going at once; else None.

    For a caller who sends it when its own transaction is committed: the row need not be found and claimed again. With
    the conversation locked, its account and tenant at hand.
    """
    if not rows or conversation.outbound.filter(state__in=OutboundMessage.OPEN).order_by().exists():
        return None
    row, now = rows[0], clock.now()
    if row.state != State.QUEUED or conversation.owner != Conversation.Owner.AGENT:
        return None
    if allowance.window_closed(conversation, now) or allowance.pair_wait(conversation, now):
        return None
    if allowance.day_of(row, now) is not allowance.Day.OPEN:
        return None
    _mark(row, now)
    return Next(Verdict.SEND, row, more=len(rows) > 1)


def _mark(row: OutboundMessage, now: dt.datetime) -> None:
    row.state = State.SENDING
    row.claim += 1
    row.lease_until = now + clock.seconds(SEND_LEASE_S)


def _abandoned(row: OutboundMessage, now: dt.datetime) -> Next:
    """In flight. If its worker died, nobody knows whether the provider has it: wait for the receipt."""
    if row.lease_until is not None and row.lease_until < now:
        metrics.worker_deaths.labels("outbound").inc()
        row.state = State.AMBIGUOUS
        row.lease_until = None
        row.not_before = now + clock.seconds(RECEIPT_WAIT_S)
        row.save(update_fields=["state", "lease_until", "not_before"])
    return Next(Verdict.NOTHING)


def _may_resend(row: OutboundMessage) -> bool:
    """No receipt came in time: send once more, flagged; a second ambiguity goes to a person."""
    if not row.resent:
        row.resent = True
        return True
    _end(row, State.DEAD, "ambiguous twice")
    return False


def _refusal(row: OutboundMessage, conversation: Conversation, now: dt.datetime) -> Next | None:
    """Why the row may not go now, settled or postponed; None when it may."""
    if row.purpose == Purpose.ANSWER and conversation.owner != Conversation.Owner.AGENT:
        row.state = State.WITHHELD
        row.save(update_fields=["state"])
        return Next(Verdict.AGAIN)
    if allowance.window_closed(conversation, now) and not templates.put_into_template(row):
        _end(row, State.FAILED, "the 24-hour window is closed", code="window_closed")
        return Next(Verdict.AGAIN)
    day = allowance.day_of(row, now)
    if day is allowance.Day.OVER:
        _end(row, State.FAILED, "the day's limit of messages to this guest is reached", code="daily_limit")
        return Next(Verdict.AGAIN)
    if lateness.is_late(row, now) and not row.resent:
        if lateness.answer_afresh(row):
            return Next(Verdict.NOTHING)
        lateness.say_late(row)
    wait = allowance.pair_wait(conversation, now)
    if wait:
        row.not_before = now + wait
        row.save(update_fields=["not_before"])
        return Next(Verdict.NOTHING)
    if day is allowance.Day.LAST_WORD:
        handoffs.open_handoff(conversation, reason="daily_limit", summary=row.text[:500])
        allowance.say_last_word(row)
    return None


def _end(row: OutboundMessage, state: str, error: str, *, code: str = "") -> None:
    """Finish a message that will not reach the guest, and ask for a person."""
    row.state = state
    row.lease_until = None
    row.error_code = code
    row.last_error = error[:500]
    row.save(update_fields=["state", "lease_until", "error_code", "last_error"])
    handoffs.open_handoff(row.conversation, reason=code or "send_failed", summary=row.text[:500])
    log.warning("outbound_ended", outbound_id=row.pk, state=state, reason=code or error)


# --- recording what came of a send -----------------------------------------------------------------------------------


def record_sent(row: OutboundMessage, *, provider_id: str) -> None:
    """The provider accepted it. A receipt that was faster is not moved back.

    Raises:
        LostClaim: the lease lapsed and the row was settled differently.
    """
    now = clock.now()
    with transaction.atomic():
        ours = OutboundMessage.objects.filter(pk=row.pk, claim=row.claim, state=State.SENDING)
        if ours.update(
            state=State.SENT, provider_id=provider_id, sent_at=now, lease_until=None, last_error="", error_code=""
        ):
            Conversation.objects.filter(pk=row.conversation_id).update(
                last_outbound_at=now, **standing.spoke(row), **allowance.spent(row.conversation, now)
            )
            return
        fresh = OutboundMessage.objects.select_for_update(no_key=True).get(pk=row.pk)
        if fresh.state not in OutboundMessage.RANK:
            raise LostClaim(f"outbound {row.pk}")
        if not fresh.provider_id:
            OutboundMessage.objects.filter(pk=row.pk).update(provider_id=provider_id)


def record_ambiguous(row: OutboundMessage, error: str) -> None:
    """Nobody knows whether the provider has it: wait for a receipt."""
    _settle(row, state=State.AMBIGUOUS, not_before=clock.now() + clock.seconds(RECEIPT_WAIT_S), error=error)


def record_postponed(row: OutboundMessage, *, delay: dt.timedelta, error: str) -> None:
    """A dependency failed before anything was sent; costs no attempt. A re-send stays a re-send."""
    _settle(row, state=State.QUEUED, not_before=clock.now() + delay, error=error)


def record_throttled(row: OutboundMessage, *, delay: dt.timedelta, error: str) -> None:
    """Too many messages to this guest (131056): wait as long as was said; the wait grows with each refusal."""
    not_before = clock.now() + delay
    _settle(row, state=State.QUEUED, not_before=not_before, error=error, throttles=row.throttles + 1)


def record_failed(row: OutboundMessage, *, error: str, code: str) -> None:
    """The provider refuses this message for good: a person has to look."""
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update(no_key=True).get(pk=row.conversation_id)
        _settle(row, state=State.FAILED, error=error, error_code=code)
        row.conversation = conversation
        handoffs.open_handoff(conversation, reason="send_failed", summary=row.text[:500])


def record_own_failure(row: OutboundMessage, error: BaseException) -> None:
    """Our own fault with this message: retried with backoff, dead after `MAX_FAILURES`."""
    failures = row.failures + 1
    text = f"{type(error).__name__}: {error}"
    if failures >= MAX_FAILURES:
        _settle(row, state=State.DEAD, error=text, failures=failures)
    else:
        _settle(
            row, state=State.QUEUED, not_before=clock.now() + clock.backoff(failures), error=text, failures=failures
        )


def _settle(row: OutboundMessage, *, state: str, error: str, **fields: object) -> None:
    updated = OutboundMessage.objects.filter(pk=row.pk, claim=row.claim, state=State.SENDING).update(
        state=state, lease_until=None, last_error=error[:500], **fields
    )
    if not updated:
        raise LostClaim(f"outbound {row.pk}")


def due_conversations(limit: int) -> list[int]:
    """Conversations with a message that can be claimed or has to be settled now; across all tenants, ids only."""
    now = clock.now()
    rows = OutboundMessage._base_manager.filter(
        state__in=[State.QUEUED, State.AMBIGUOUS], not_before__lte=now
    ).values_list("conversation_id", flat=True)
    lapsed = OutboundMessage._base_manager.filter(state=State.SENDING, lease_until__lt=now).values_list(
        "conversation_id", flat=True
    )
    return list(dict.fromkeys([*lapsed[:limit], *rows.order_by("not_before")[:limit]]))
