"""Telling guests what happened to their stays: `reservations` writes events, their conversation says them, once."""

from __future__ import annotations

import datetime as dt
import time

import structlog
from django.db import OperationalError, transaction

from conversations.dialogue import policy
from conversations.models import Conversation, Turn
from conversations.services import allowance, confirmations, handoffs, memory, payment_notes, recording, templates
from conversations.services.executor import Executor, drive
from conversations.services.profile import caller, hotel_profile
from conversations.services.views import happened
from hotel_agent.common import claims, clock, metrics
from hotel_agent.common.claims import WorkState
from hotel_agent.common.exceptions import LostClaim
from reservations.models import Reservation, StayEvent

log = structlog.get_logger(__name__)

BUSY_RETRY_S = 0.5
STAFF_ONLY = frozenset({StayEvent.Kind.NEEDS_PERSON})


def tell(event_id: int) -> int | None:
    """Say one stay event in its conversation; the conversation's id when a message may be waiting to go out.

    Inside the tenant's scope. The event is finished in the transaction that queues its message: never lost, never said
    twice. Results of bookings and cancellations go out also when a person owns the conversation.
    """
    event = claims.claim(StayEvent.objects.filter(pk=event_id))
    if event is None:
        return None
    with structlog.contextvars.bound_contextvars(stay_event_id=event.pk):
        try:
            return _tell(event)
        except LostClaim:
            return None
        except OperationalError:
            raise
        except Exception as error:  # a broken event must not stop the next
            log.exception("stay_event_failed", error_type=type(error).__name__)
            claims.fail(event, error)
            return None


def _tell(event: StayEvent) -> int | None:
    threads = Conversation.objects.select_related("tenant", "guest", "account")
    conversation = threads.filter(public_id=event.conversation_key).first() if event.conversation_key else None
    if conversation is None:
        claims.finish(event, state=WorkState.ORPHAN, error="no conversation to tell it in")
        return None
    now = clock.now()
    if conversation.lease_until is not None and conversation.lease_until > now:
        claims.postpone(event, delay=clock.seconds(BUSY_RETRY_S), error="the conversation is in a turn")
        return None
    started = time.perf_counter()
    if event.kind == StayEvent.Kind.REMINDER:
        unwanted = _why_no_reminder(event, conversation, now)
        metrics.reminders.labels(result="skipped" if unwanted else "sent").inc()
        if unwanted:
            claims.finish(event, state=WorkState.ORPHAN, error=unwanted)
            return None
    if event.kind in STAFF_ONLY:
        with transaction.atomic():
            about_payment = payment_notes.note(event.payload, conversation.tenant.default_language)
            handoffs.open_handoff(
                _lock(conversation),
                reason="payment" if about_payment else "booking_failed",
                summary=about_payment or str(event.payload)[:500],
                urgent=bool(about_payment),
            )
            claims.finish(event)
        return None
    hotel = hotel_profile(conversation.tenant)
    remembered = memory.recall(conversation)
    said = happened(event)
    executor = Executor(conversation, hotel, now)
    who = caller(conversation)
    decision, observations = drive(policy.narrate(remembered.state, said, hotel, now, who), executor)
    with transaction.atomic():
        locked = _lock(conversation)
        if locked.lease_until is not None and locked.lease_until > now:
            raise LostClaim("a turn began meanwhile; the event is told after it")
        turn = recording.record_turn(
            locked,
            kind=Turn.Kind.STAY_EVENT,
            heard=said,
            who=who,
            before=remembered.state,
            observations=observations,
            decision=decision,
            at=now,
            duration_ms=(time.perf_counter() - started) * 1000,
        )
        memory.remember(locked, decision.state, begun=remembered.begun)
        executor.carry_out(decision.commands, locked, turn)
        recording.queue(recording.compose_reply(locked, turn, decision, hotel, dedupe_key=f"event:{event.pk}"))
        confirmations.send_copy(event, decision, turn)
        locked.updated_at = now
        locked.save(update_fields=["updated_at", "language", "disclosed_at"])
        claims.finish(event)
    return conversation.pk


def _why_no_reminder(event: StayEvent, conversation: Conversation, now: dt.datetime) -> str:
    """Why a reminder that was due is not sent; "" when it is.

    After the 24-hour window it goes only as an approved text; without one nothing is sent and nobody's desk fills up.
    """
    stay = event.reservation
    if stay is None or stay.state != Reservation.State.CONFIRMED:
        return "the stay is not to come any more"
    today = conversation.tenant.local(now).date()
    if (stay.check_in - today).days < 1:
        return "the guest has arrived"
    if conversation.guest.opted_out_at is not None:
        return "the guest wants no reminders"
    if conversation.owner != Conversation.Owner.AGENT:
        return "a person answers here"
    if allowance.window_closed(conversation, now) and templates.choose(conversation, stay.language) is None:
        return "the 24-hour window is closed and no approved text is registered"
    return ""


def _lock(conversation: Conversation) -> Conversation:
    locked = Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
    locked.tenant, locked.guest, locked.account = conversation.tenant, conversation.guest, conversation.account
    return locked
