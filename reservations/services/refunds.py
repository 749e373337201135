"""Giving deposits back: a row first, then the provider, looked up by our reference before it is asked again."""

from __future__ import annotations

import structlog

from hotel_agent.common import claims, clock, dispatch
from hotel_agent.common.claims import WorkState
from hotel_agent.common.exceptions import DependencyDown, HotelAgentError, LostClaim, Misconfigured, UnknownOutcome
from hotel_agent.common.money import Money, written
from integrations.payments.base import PaymentProvider, PaymentRefused, RefundMade, RefundRequest, RefundState
from reservations.models import Payment, Refund, StayEvent
from reservations.services import deposits, ledger, payment_accounts
from tenants.scoping import every_tenant, tenant_scope

log = structlog.get_logger(__name__)

RUN_REFUND_TASK = "reservations.run_refund"
GIVE_UP_H = 24.0
"""A provider that could not be asked, or never answered, for so long: a person returns the money."""
LOOK_AGAIN_S = 5.0


def request(payment: Payment, why: Refund.Why, amount: Money | None = None) -> Refund:
    """Write down that a payment goes back (all of it unless an amount is given), in the caller's transaction, once."""
    refund, created = Refund.objects.get_or_create(
        tenant_id=payment.tenant_id,
        payment=payment,
        defaults={
            "why": why,
            "amount": amount.amount if amount else payment.amount,
            "currency": payment.currency,
            "reference": ledger.new_reference("refund"),
        },
    )
    if created:
        dispatch.after_commit(RUN_REFUND_TASK, refund.pk)
        deposits.count("refunded")
    return refund


def run_refund(refund_id: int, *, connect: payment_accounts.Connect = payment_accounts.connect) -> bool:
    """Take one due refund a step further; False when there was nothing to do. Safe to call at any time."""
    with every_tenant():  # the id comes from a task or the sweeper, which serve all hotels
        refund = claims.claim(Refund.objects.filter(pk=refund_id))
    if refund is None:
        return False
    with tenant_scope(refund.tenant):
        try:
            _step(refund, connect(refund.tenant))
        except LostClaim:
            log.info("refund_lost", refund_id=refund.pk)
        except PaymentRefused as error:
            _give_to_person(refund, str(error), refused=True)
        except (DependencyDown, Misconfigured, UnknownOutcome) as error:
            _again(refund, error)
        except Exception as error:
            log.exception("refund_failed", refund_id=refund.pk, error_type=type(error).__name__)
            claims.fail(refund, error)
    return True


def due_refunds(limit: int) -> list[int]:
    """Ids of the refunds that may be run now, of all hotels."""
    with every_tenant():  # only ids leave this function
        return list(claims.due(Refund.objects.all()).order_by("not_before", "pk").values_list("pk", flat=True)[:limit])


def _step(refund: Refund, provider: PaymentProvider) -> None:
    payment_id, reference = refund.payment.payment_id, refund.reference
    made = None
    if refund.asked_at is not None:
        made = payment_accounts.call(provider, "find_refund", lambda: provider.find_refund(payment_id, reference))
    if made is None:
        _leave(refund)
        wanted = RefundRequest(reference=reference, payment_id=payment_id, amount=refund.price)
        made = payment_accounts.call(provider, "refund", lambda: provider.refund(wanted))
    _record(refund, made)


def _leave(refund: Refund) -> None:
    """Commit that a request leaves now, under the claim."""
    now = clock.now()
    mine = Refund.objects.filter(pk=refund.pk, claim=refund.claim, state=WorkState.WORKING)
    if not mine.update(asked_at=now):
        raise LostClaim(f"Refund {refund.pk}")
    refund.asked_at = now


def _record(refund: Refund, made: RefundMade) -> None:
    if made.state is RefundState.FAILED:
        _give_to_person(refund, "the provider could not return it", refused=True)
        return
    claims.finish(refund, status=Refund.Status.DONE, refund_id=made.refund_id, settled_at=clock.now())
    log.info("refund_done", refund_id=refund.pk)


def _again(refund: Refund, error: HotelAgentError) -> None:
    if clock.now() - refund.created_at > clock.hours(GIVE_UP_H):
        _give_to_person(refund, f"{error.code}: {error}")
        return
    delay = clock.seconds(LOOK_AGAIN_S) if isinstance(error, UnknownOutcome) else clock.backoff(refund.claim)
    if isinstance(error, DependencyDown) and error.retry_after:
        delay = clock.seconds(error.retry_after)
    try:
        claims.postpone(refund, delay=delay, error=f"{error.code}: {error}")
    except LostClaim:
        log.info("refund_lost", refund_id=refund.pk)


def _give_to_person(refund: Refund, error: str, *, refused: bool = False) -> None:
    status = {"status": Refund.Status.REFUSED, "settled_at": clock.now()} if refused else {}
    try:
        claims.finish(refund, state=WorkState.QUARANTINED, error=error, handed_over=True, **status)
    except LostClaim:
        log.info("refund_lost", refund_id=refund.pk)
        return
    log.error("refund_needs_person", refund_id=refund.pk, error=error[:200])
    tell_person(refund.payment, f"refund:{refund.pk}", "refund_failed", refund.price)


def tell_person(payment: Payment, key: str, reason: str, amount: Money) -> None:
    """Put a payment before the staff, once per key."""
    ledger.add_event(
        StayEvent.Kind.NEEDS_PERSON,
        key=f"needs_person:{key}:{reason}",
        conversation_key=payment.reservation.conversation_key,
        reservation=payment.reservation,
        payload={
            "payment": reason,
            "code": payment.reservation.code,
            "said": written(amount, payment.tenant.default_language),
        },
    )


def tell_people_about_dead_refunds(limit: int = 200) -> int:
    """Refunds that gave up by our own mistakes become a person's, once. Returns how many were handed over."""
    with every_tenant():  # serves all hotels
        dead = Refund.objects.filter(state=WorkState.DEAD, handed_over=False).select_related("tenant")
        rows = list(dead.select_related("payment__reservation", "tenant").order_by("pk")[:limit])
    for refund in rows:
        with tenant_scope(refund.tenant):
            if Refund.objects.filter(pk=refund.pk, handed_over=False).update(handed_over=True):
                tell_person(refund.payment, f"refund:{refund.pk}", "refund_failed", refund.price)
    return len(rows)
