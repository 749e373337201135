"""A turn: the waiting messages of a conversation become one decision and at most one reply, committed at once.

Claim (lease and epoch) → understand, decide, read the PMS, with no transaction open → commit state, quote, commands,
reply and provenance together, only if the epoch is still ours. After a worker's death, or a failed turn, messages are
taken one by one, so that one poisoned message does not silence its neighbours.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass

import structlog
from django.db import OperationalError, transaction
from django.db.models import Case, Exists, F, OuterRef, Value, When
from django.db.models.functions import Coalesce

from conversations import figures
from conversations.dialogue import policy
from conversations.dialogue.replies import Decision
from conversations.models import Conversation, Message, Turn
from conversations.services import (
    apologies,
    golive,
    handoffs,
    listening,
    memory,
    modes,
    outbox,
    recording,
    suggesting,
)
from conversations.services.consulting import consultant
from conversations.services.executor import Executor, drive
from conversations.services.profile import caller, hotel_profile
from conversations.understanding.types import INTENTS
from hotel_agent.common import clock, metrics
from hotel_agent.common.exceptions import LostClaim

log = structlog.get_logger(__name__)

TURN_LEASE_S = 90.0
MAX_FAILURES = 5
MAX_DEATHS = 3


@dataclass(frozen=True, slots=True)
class Taken:
    """A turn that was taken; `reply` is claimed for the caller to send, if it asked for that and it may go at once."""

    reply: outbox.Next | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A conversation that is ours until its lease lapses or its epoch moves on."""

    conversation: Conversation
    messages: list[Message]


def take_turn(conversation_id: int, *, claims_reply: bool = False) -> Taken | None:
    """Take the conversation's turn if it is due and free; None when there is nothing to do.

    Inside the tenant's scope. Safe to call at any time: twenty calls at once make one turn. With `claims_reply` the
    caller promises to send at once what it is given.
    """
    claimed = _claim(conversation_id)
    if claimed is None:
        return None
    last = claimed.messages[-1]
    context = {"conversation_id": conversation_id, "correlation_id": last.correlation_id}
    with structlog.contextvars.bound_contextvars(**context):
        try:
            return Taken(_run(claimed, claims_reply=claims_reply))
        except LostClaim:
            log.info("turn_lost_claim")
            return None
        except OperationalError:
            raise  # the database is away: the lease lapses and the sweeper finds the conversation
        except Exception as error:  # whatever it is, the guest must not be forgotten
            log.exception("turn_failed", error_type=type(error).__name__)
            _fail(claimed, error)
    return Taken()


def _claim(conversation_id: int) -> Claimed | None:
    now = clock.now()
    with transaction.atomic():
        conversation = (
            Conversation.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
            .select_related("tenant", "guest", "account")
            .filter(pk=conversation_id, due_at__lte=now, owner=Conversation.Owner.AGENT)
            .first()
        )
        if conversation is None or (conversation.lease_until and conversation.lease_until > now):
            return None
        if suggesting.may_wait(conversation):
            suggesting.take_back(conversation)
        waiting = list(conversation.messages.filter(state=Message.State.WAITING).order_by("id"))
        if waiting and not golive.may_answer(conversation, conversation.guest):
            waiting = _leave_to_people(conversation, waiting)
        if conversation.lease_until is not None:
            waiting = _after_death(conversation, waiting)
        if not waiting:
            conversation.due_at = conversation.pending_since = conversation.lease_until = None
            conversation.save(update_fields=["due_at", "pending_since", "lease_until", "one_by_one"])
            return None
        conversation.epoch += 1
        conversation.lease_until = now + clock.seconds(TURN_LEASE_S)
        conversation.save(update_fields=["epoch", "lease_until", "one_by_one"])
    return Claimed(conversation, waiting[:1] if conversation.one_by_one else waiting)


def _leave_to_people(conversation: Conversation, waiting: list[Message]) -> list[Message]:
    """The hotel is not live (any more): what waits for the agent waits for a person. Nothing is left to answer."""
    Message.objects.filter(pk__in=[one.pk for one in waiting]).update(state=Message.State.FOR_STAFF)
    handoffs.open_handoff(conversation, reason=golive.NOT_LIVE, summary=waiting[-1].text[:500])
    return []


def _after_death(conversation: Conversation, waiting: list[Message]) -> list[Message]:
    """The last worker died in this conversation: go on message by message; three deaths at one message end it."""
    metrics.worker_deaths.labels("turns").inc()
    if waiting and conversation.one_by_one:
        first = waiting[0]
        first.deaths += 1
        if first.deaths >= MAX_DEATHS:
            _give_up(conversation, first, f"worker died {first.deaths} times")
            waiting = waiting[1:]
        else:
            first.save(update_fields=["deaths"])
    conversation.one_by_one = True
    return waiting


def _give_up(conversation: Conversation, message: Message, error: str) -> None:
    message.state = Message.State.DEAD
    message.last_error = error[:500]
    message.save(update_fields=["state", "last_error", "failures", "deaths"])
    apologies.apologise(conversation, message)
    handoffs.open_handoff(conversation, reason="message_failed", summary=message.text[:500], urgent=True)
    log.error("message_dead", message_id=message.pk, error=error)


def _run(claimed: Claimed, *, claims_reply: bool) -> outbox.Next | None:
    started = time.perf_counter()
    conversation, messages = claimed.conversation, claimed.messages
    reply: outbox.Next | None = None
    hotel = hotel_profile(conversation.tenant)
    remembered = memory.recall(conversation)
    at = clock.now()
    heard = listening.hear(messages, remembered.state, hotel, at, consultant(conversation))
    # A turn that died may have kept a room without remembering it; its messages are then taken one by one.
    kept = remembered.state.hold is not None or conversation.one_by_one
    executor = Executor(conversation, hotel, at, may_keep_rooms=kept)
    who = caller(conversation)
    decision, observations = drive(policy.respond(remembered.state, heard, hotel, at, who), executor)
    with transaction.atomic():
        locked = lock_claimed(conversation)
        turn = recording.record_turn(
            locked,
            kind=Turn.Kind.MESSAGES,
            heard=heard,
            who=who,
            before=remembered.state,
            observations=observations,
            decision=decision,
            at=at,
            duration_ms=(time.perf_counter() - started) * 1000,
        )
        mode, heard_as = modes.mode_of(conversation, decision), Message.State.ANSWERED.value
        if mode == modes.Mode.AUTO:
            memory.remember(locked, decision.state, begun=remembered.begun)
            executor.carry_out(decision.commands, locked, turn)
            rows = recording.compose_reply(locked, turn, decision, hotel, messages=messages)
            reply = outbox.claim_new(rows, locked) if claims_reply else None
            recording.queue(rows)
        else:
            heard_as = modes.hold_back(
                mode, locked, turn, decision, hotel, executor=executor, remembered=remembered, messages=messages
            )
        Message.objects.filter(pk__in=[message.pk for message in messages]).update(state=heard_as, turn=turn)
        _release(locked)
    _measure(decision, claimed, started)
    return reply


def lock_claimed(conversation: Conversation) -> Conversation:
    """The conversation, locked, while it is still ours.

    Raises:
        LostClaim: someone else claimed it, or a person took over.
    """
    locked = (
        Conversation.objects.select_for_update(no_key=True)
        .filter(pk=conversation.pk, epoch=conversation.epoch, owner=Conversation.Owner.AGENT)
        .first()
    )
    if locked is None:
        raise LostClaim(f"conversation {conversation.pk}")
    locked.tenant, locked.guest, locked.account = conversation.tenant, conversation.guest, conversation.account
    return locked


def _release(conversation: Conversation) -> None:
    """Give the lease back; due again at once when something waits.

    The row is locked, so nothing can come between the question whether something waits and the answer's effect; one
    statement asks and acts.
    """
    now = clock.now()
    waiting = Exists(
        Message.objects.filter(conversation_id=OuterRef("pk"), state=Message.State.WAITING).order_by().values("pk")
    )
    again = Value(now) if conversation.one_by_one else Coalesce(F("due_at"), Value(now))
    Conversation.objects.filter(pk=conversation.pk).update(
        lease_until=None,
        updated_at=now,
        due_at=Case(When(waiting, then=again), default=None),
        pending_since=Case(When(waiting, then=Coalesce(F("pending_since"), Value(now))), default=None),
        one_by_one=Case(When(waiting, then=F("one_by_one")), default=False),
        language=conversation.language,
        disclosed_at=conversation.disclosed_at,
    )


def _fail(claimed: Claimed, error: BaseException) -> None:
    """Record a failed turn: a burst is retried message by message, a single message with backoff until it is dead."""
    with transaction.atomic():
        try:
            conversation = lock_claimed(claimed.conversation)
        except LostClaim:
            return
        first = claimed.messages[0]
        delay = clock.seconds(1)
        if len(claimed.messages) == 1:
            first.failures += 1
            if first.failures >= MAX_FAILURES:
                _give_up(conversation, first, f"{type(error).__name__}: {error}")
            else:
                first.last_error = f"{type(error).__name__}: {error}"[:500]
                first.save(update_fields=["failures", "last_error"])
                delay = clock.backoff(first.failures)
        conversation.one_by_one = True
        conversation.lease_until = None
        conversation.due_at = clock.now() + delay
        conversation.save(update_fields=["one_by_one", "lease_until", "due_at"])


def _measure(decision: Decision, claimed: Claimed, started: float) -> None:
    intent = decision.intent if decision.intent in INTENTS else "none"
    status = "degraded" if decision.degraded else "ok"
    metrics.orchestrator_latency.labels(intent, status).observe(time.perf_counter() - started)
    if decision.degraded:
        metrics.orchestrator_degraded.labels(figures.closed(decision.degraded, figures.DEGRADED)).inc()
    log.info(
        "turn",
        rule=decision.rule,
        intent=decision.intent,
        confidence=round(decision.confidence, 3),
        count=len(claimed.messages),
        duration_ms=round((time.perf_counter() - started) * 1000, 1),
    )


def falling_due(until: dt.datetime, *, limit: int) -> list[tuple[dt.datetime, int]]:
    """Conversations whose turn is due by then and not leased, first come first; across all tenants, ids only."""
    rows = (
        Conversation._base_manager.filter(due_at__lte=until, owner=Conversation.Owner.AGENT)
        .exclude(lease_until__gt=clock.now())
        .order_by("due_at")
        .values_list("due_at", "id")[:limit]
    )
    return [(due_at, pk) for due_at, pk in rows if due_at is not None]
