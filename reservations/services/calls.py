"""Writes to the PMS: claimed, sent with our reference, and never sent again before their outcome was looked up.

A call whose answer did not arrive is looked up at once, 30 s after the request's own deadline (only then it may be
sent once more), 10 minutes and 24 hours after it was first sent. What each kind of call sends, looks for
and leaves behind is in `operations`; this module only knows the order of things.

No transaction is open while the PMS is asked; what it answered is recorded in one, under the call's claim.
"""

from __future__ import annotations

import datetime as dt

import structlog
from django.db import transaction
from django.db.models import F

from hotel_agent.common import claims, clock
from hotel_agent.common.claims import WorkState
from hotel_agent.common.exceptions import DependencyDown, HotelAgentError, LostClaim, Misconfigured
from integrations.pms.base import Done, Pms, PmsBooking, Reason, Refused, Unknown
from reservations.models import PmsCall
from reservations.services import leases, pms
from reservations.services.operations import Operation, Sent, operation_for
from tenants.scoping import every_tenant, tenant_scope

log = structlog.get_logger(__name__)

PMS_DEADLINE_S = 20.0
"""A request that took longer than connect + read timeout (5 + 15 s) has been given up by our side."""
SECOND_LOOK_S = PMS_DEADLINE_S + 30.0
LATER_LOOKS_S = (600.0, 86_400.0)
MAX_SENDS = 2
PERSON_AFTER_S = 900.0
"""A guest was told that they hear more within a quarter of an hour; from then on somebody has to look."""
GIVE_UP_S = 86_400.0
"""A PMS that cannot be reached for a day: the request is refused and a person may take over."""
SEND_MARGIN_S = PMS_DEADLINE_S + 5.0
"""Part of the lease that must remain when a request leaves, so that nobody else looks it up while it travels."""


def run_call(call_id: int, *, connect: pms.Connect = pms.connect) -> bool:
    """Take one due call a step further; False when there was nothing to do (not due, or someone has it).

    Safe to call any number of times from any number of workers. Raises nothing a worker could act upon.
    """
    with every_tenant():  # the id comes from a task or the sweeper, which serve all hotels
        call = claims.claim(PmsCall.objects.select_related("tenant").filter(pk=call_id))
    if call is None:
        return False
    with tenant_scope(call.tenant):
        try:
            _step(call, connect(call.tenant))
        except LostClaim as error:
            log.info("pms_call_lost", pms_call_id=call.pk, error=str(error))
        except (DependencyDown, Misconfigured) as error:
            _unreachable(call, error)
        except Exception as error:
            log.exception("pms_call_failed", pms_call_id=call.pk, error_type=type(error).__name__)
            _failed(call, error)
    return True


def due_calls(limit: int) -> list[int]:
    """Ids of the calls that may be run now, oldest first, of all hotels."""
    with every_tenant():  # only ids leave this function
        return list(claims.due(PmsCall.objects.all()).order_by("not_before", "pk").values_list("pk", flat=True)[:limit])


def run_due_calls(limit: int = 200, *, connect: pms.Connect = pms.connect) -> int:
    """Run what is due here and now; returns how many were taken a step further."""
    return sum(run_call(call_id, connect=connect) for call_id in due_calls(limit))


def _step(call: PmsCall, adapter: Pms) -> None:
    operation = operation_for(call, adapter)
    if call.is_settled:
        pms.call(operation.adapter, "find", operation.verify)
        _wait_or_end(call)
    elif call.sends and not operation.is_idempotent:
        _look_up(call, operation)
    else:
        _send(call, operation)


def _send(call: PmsCall, operation: Operation) -> None:
    ready = operation.prepare()
    if isinstance(ready, Refused):
        _settle(call, operation, ready)
        return
    turn = None
    if operation.sells is not None and not operation.adapter.capabilities.guards_rooms:
        turn = leases.take(operation.sells)
        if turn is None:
            claims.postpone(call, delay=leases.pause(), error=leases.WAITING)
            return
    result = _request(call, operation, turn)
    if isinstance(result, Unknown):
        log.warning("pms_outcome_unknown", pms_call_id=call.pk, kind=call.kind, error=result.detail)
        if operation.is_idempotent:
            claims.postpone(call, delay=clock.backoff(call.claim), error=result.detail)
            return
        call.was_ambiguous = True
        _look_up(call, operation)
    else:
        _settle(call, operation, result)


def _request(call: PmsCall, operation: Operation, turn: leases.Turn | None) -> Sent | Unknown:
    """Let the request leave, and the next one have its turn when this one is certainly over."""
    is_under_way = True
    try:
        _leave(call)
        result = pms.call(operation.adapter, str(call.kind), operation.send)
        is_under_way = isinstance(result, Unknown)
    except LostClaim:
        is_under_way = False
        raise
    except (DependencyDown, Misconfigured):
        is_under_way = False
        _take_back(call)  # the contract: certainly nothing was done
        raise
    finally:
        if turn is not None:
            leases.give_back(turn, still_under_way=is_under_way)
    return result


def _leave(call: PmsCall) -> None:
    """Commit that a request leaves now; the deadline is checked by the same statement, immediately before sending.

    Raises:
        LostClaim: the lease is too short to wait for an answer, or lost.
    """
    now = clock.now()
    mine = PmsCall.objects.filter(pk=call.pk, claim=call.claim, state=WorkState.WORKING)
    left = mine.filter(lease_until__gt=now + clock.seconds(SEND_MARGIN_S)).update(
        sends=F("sends") + 1, last_sent_at=now, first_sent_at=call.first_sent_at or now
    )
    if not left:
        raise LostClaim(f"PmsCall {call.pk} has no time left to be sent")
    call.sends += 1
    call.last_sent_at, call.first_sent_at = now, call.first_sent_at or now


def _take_back(call: PmsCall) -> None:
    """The request did not leave after all."""
    call.sends -= 1
    if call.sends == 0:
        call.first_sent_at = call.last_sent_at = None
    PmsCall.objects.filter(pk=call.pk, claim=call.claim, state=WorkState.WORKING).update(
        sends=call.sends, first_sent_at=call.first_sent_at, last_sent_at=call.last_sent_at
    )


def _look_up(call: PmsCall, operation: Operation) -> None:
    """Find out what became of a request without an answer; send again only when it is certain that it was not done."""
    call.was_ambiguous = True
    if not operation.can_look_up:
        _give_to_person(call, operation, "no_look_up")
        return
    found = pms.call(operation.adapter, "find", operation.look_up)
    if found is not None:
        _settle(call, operation, found)
        return
    now = clock.now()
    assert call.first_sent_at is not None and call.last_sent_at is not None  # noqa: S101, PT018 - sends > 0
    second_look = call.last_sent_at + clock.seconds(SECOND_LOOK_S)
    third_look = call.first_sent_at + clock.seconds(LATER_LOOKS_S[0])
    if now < second_look:
        _wait(call, operation, second_look, "not found yet")
    elif call.sends < MAX_SENDS:
        _send(call, operation)
    elif now < third_look:
        _wait(call, operation, third_look, "not found after the second try")
    else:
        _settle(call, operation, Refused(Reason.NOT_MADE))


def _wait(call: PmsCall, operation: Operation, until: dt.datetime, error: str) -> None:
    """Keep the outcome unknown until the next look, and say so to the guest once."""
    with transaction.atomic():
        claims.finish(
            call,
            state=WorkState.WAITING,
            error=error,
            not_before=until,
            outcome=PmsCall.Outcome.UNKNOWN,
            was_ambiguous=True,
            told_uncertain=True,
        )
        operation.on_uncertain("")


def _settle(call: PmsCall, operation: Operation, result: Sent) -> None:
    """Record a certain outcome and everything that follows from it, in one transaction, once."""
    now = clock.now()
    if isinstance(result, Done) and not operation.agrees(result.value):
        _give_to_person(call, operation, "disagrees")
        return
    done = isinstance(result, Done)
    with transaction.atomic():
        claims.finish(
            call,
            state=WorkState.DONE,
            outcome=PmsCall.Outcome.DONE if done else PmsCall.Outcome.REFUSED,
            reason="" if isinstance(result, Done) else str(result.reason),
            was_ambiguous=call.was_ambiguous,
            settled_at=now,
        )
        if isinstance(result, Done):
            operation.on_done(result.value)
        else:
            operation.on_refused(result)
        if call.was_ambiguous and operation.needs_later_looks:
            _schedule_later_look(call, now)
    log.info("pms_call_settled", pms_call_id=call.pk, kind=call.kind, state=call.outcome, reason=call.reason)


def _wait_or_end(call: PmsCall) -> None:
    """A settled call was looked at once more: wait for the next look or be finished."""
    with transaction.atomic():
        claims.finish(call, state=WorkState.DONE)
        _schedule_later_look(call, clock.now())


def _schedule_later_look(call: PmsCall, now: dt.datetime) -> None:
    """A request that was given up may still arrive: the settled call looks again at 10 minutes and at 24 hours."""
    start = call.first_sent_at or now
    looks = [start + clock.seconds(seconds) for seconds in LATER_LOOKS_S]
    later = next((look for look in looks if look > now), None)
    if later is not None:
        PmsCall.objects.filter(pk=call.pk).update(state=WorkState.WAITING, not_before=later)


def _unreachable(call: PmsCall, error: HotelAgentError) -> None:
    """The PMS cannot be asked: try again later without counting, tell the guest once, give up after a day."""
    operation = operation_for(call, None)
    log.warning("pms_unreachable", pms_call_id=call.pk, kind=call.kind, error_type=type(error).__name__)
    gone_on_for = clock.now() - call.created_at
    try:
        if gone_on_for > clock.seconds(GIVE_UP_S) and not call.sends and not call.is_settled:
            _settle(call, operation, Refused(Reason.PMS_DOWN))
            return
        retry_after = error.retry_after if isinstance(error, DependencyDown) else None
        delay = clock.seconds(retry_after) if retry_after else clock.backoff(call.claim)
        is_awaited = not call.is_settled and not operation.is_idempotent
        needs_person = is_awaited and not call.handed_over and gone_on_for > clock.seconds(PERSON_AFTER_S)
        told = {"told_uncertain": True} if is_awaited else {}
        if needs_person:
            told["handed_over"] = True
        with transaction.atomic():
            claims.finish(
                call, state=WorkState.WAITING, not_before=clock.now() + delay, error=f"{error.code}: {error}", **told
            )
            if is_awaited:
                # Not sent is another truth than sent and not answered.
                operation.on_uncertain("" if call.sends else str(Reason.PMS_DOWN))
            if needs_person:
                operation.on_stuck(str(Reason.PMS_DOWN))
    except LostClaim:
        log.info("pms_call_lost", pms_call_id=call.pk)


def _failed(call: PmsCall, error: BaseException) -> None:
    """A mistake of ours: counted, tried again, and after too many a person's."""
    try:
        claims.fail(call, error)
    except LostClaim:
        log.info("pms_call_lost", pms_call_id=call.pk)


def _give_to_person(call: PmsCall, operation: Operation, reason: str) -> None:
    """Only a person can find out: the PMS cannot be asked by reference, or has something else than was asked for."""
    with transaction.atomic():
        claims.finish(
            call,
            state=WorkState.QUARANTINED,
            error=reason,
            outcome=PmsCall.Outcome.UNKNOWN,
            was_ambiguous=True,
            told_uncertain=True,
            handed_over=True,
        )
        operation.on_uncertain("")
        operation.on_stuck(reason)


def tell_people_about_dead_calls(limit: int = 200) -> int:
    """Calls that gave up (too many mistakes or worker deaths) before their outcome was known become a person's.

    Said once per call; the guest learns that it is uncertain. Returns how many were handed over.
    """
    unsettled = [PmsCall.Outcome.OPEN, PmsCall.Outcome.UNKNOWN]
    with every_tenant():  # serves all hotels
        dead = PmsCall.objects.filter(state=WorkState.DEAD, outcome__in=unsettled, handed_over=False)
        calls = list(dead.select_related("tenant").order_by("pk")[:limit])
    for call in calls:
        with tenant_scope(call.tenant), transaction.atomic():
            mine = PmsCall.objects.filter(pk=call.pk, state=WorkState.DEAD, handed_over=False)
            if mine.update(handed_over=True, told_uncertain=True, outcome=PmsCall.Outcome.UNKNOWN):
                operation = operation_for(call, None)
                operation.on_uncertain("")
                operation.on_stuck("dead")
    return len(calls)


def settle_by_hand(*, call: PmsCall, made: PmsBooking | None) -> None:
    """A person found out what became of a call nobody else could settle: the booking as the PMS has it, or None for
    certainly not done.

    Raises:
        LostClaim: it is settled already, or not a person's to settle.
    """
    with tenant_scope(call.tenant), transaction.atomic():
        mine = PmsCall.objects.select_related("tenant").select_for_update(of=("self",)).get(pk=call.pk)
        if mine.is_settled or mine.state not in {WorkState.QUARANTINED, WorkState.DEAD}:
            raise LostClaim(f"PmsCall {call.pk} is not a person's to settle")
        mine.state, mine.settled_at = WorkState.DONE, clock.now()
        mine.outcome = PmsCall.Outcome.DONE if made else PmsCall.Outcome.REFUSED
        mine.reason = "" if made else str(Reason.NOT_MADE)
        mine.save(update_fields=["state", "settled_at", "outcome", "reason"])
        operation = operation_for(mine, None)
        if made is not None:
            operation.on_done(made)
        else:
            operation.on_refused(Refused(Reason.NOT_MADE, "by hand"))
