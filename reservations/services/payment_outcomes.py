"""What follows from what became of a payment, each in one transaction under the payment's claim, once.

Lock order: the payment's row (by its claim), then the reservation, then the hold.
"""

from __future__ import annotations

import structlog
from django.db import transaction

from hotel_agent.common import claims, clock, metrics
from hotel_agent.common.claims import WorkState
from hotel_agent.common.money import Money
from integrations.payments.base import Checkout, CheckoutState
from integrations.pms.base import Guest, Offer
from reservations import snapshots
from reservations.models import Hold, Payment, PmsCall, Refund, Reservation, StayEvent
from reservations.services import booking, deposits, ledger, quoting, refunds

log = structlog.get_logger(__name__)


def opened(payment: Payment, checkout: Checkout) -> None:
    """There is a link: the guest gets it."""
    if checkout.amount != payment.price:
        _quarantine(payment, "the link is for another amount")
        return
    with transaction.atomic():
        claims.finish(
            payment,
            state=WorkState.WAITING,
            status=Payment.Status.OPEN,
            checkout_id=checkout.checkout_id,
            checkout_url=checkout.url,
            not_before=clock.now(),
        )
        if checkout.state is CheckoutState.OPEN:
            _tell(payment, StayEvent.Kind.PAYMENT_REQUESTED)


def delayed(payment: Payment) -> None:
    """The link is taking long: the guest hears it once."""
    if Payment.objects.filter(pk=payment.pk, told_delay=False).update(told_delay=True):
        _tell(payment, StayEvent.Kind.PAYMENT_DELAYED)


def paid(payment: Payment, checkout: Checkout) -> None:
    """The money is there: book, confirm, or, when the room was given back meanwhile, look for it again."""
    if checkout.amount != payment.price:
        _quarantine(payment, f"paid {checkout.amount.amount} {checkout.amount.currency}")
        return
    with transaction.atomic():
        reservation = _locked(payment)
        in_time = reservation.state == Reservation.State.AWAITING and not _is_being_cancelled(reservation)
        claims.finish(
            payment,
            state=WorkState.DONE if in_time else WorkState.WAITING,
            status=Payment.Status.PAID if in_time else Payment.Status.LATE,
            payment_id=checkout.payment_id or checkout.checkout_id,
            paid_at=clock.now(),
            not_before=clock.now(),
        )
        deposits.count("paid" if in_time else "late")
        if not in_time:
            log.error("payment_late", payment_id=payment.pk, reservation_id=reservation.pk)
            return
        detail = {"deposit": snapshots.dump_money(payment.price)}
        if reservation.pms_booking_id:
            ledger.add_change(reservation, "deposit_paid", from_state=reservation.state, actor="guest", detail=detail)
            booking.confirm(reservation, reservation.pms_booking_id, actor="guest")
            _tell(payment, StayEvent.Kind.BOOKED)
        else:
            reservation.state = Reservation.State.PENDING
            reservation.save(update_fields=["state"])
            ledger.add_change(
                reservation, "deposit_paid", from_state=Reservation.State.AWAITING, actor="guest", detail=detail
            )
            booking.add_book_call(reservation)
            booking.count_state(reservation)


def expired(payment: Payment, *, verified: bool = True) -> None:
    """Not paid in time, or not wanted any more: the room goes back, the guest is told.

    `verified` False: the provider could not be asked whether somebody paid; it is asked later.
    """
    with transaction.atomic():
        reservation = _locked(payment)
        ended = {} if payment.status not in Payment.LIVE else {
            "status": Payment.Status.EXPIRED, "closed_at": clock.now(),
        }  # fmt: skip
        claims.finish(
            payment,
            state=WorkState.DONE if verified else WorkState.WAITING,
            not_before=clock.now() + clock.seconds(15),
            error="" if verified else "the provider could not be asked",
            **ended,
        )
        if not ended:
            return
        deposits.count("expired")
        if reservation.state == Reservation.State.AWAITING:
            _give_room_back(payment, reservation, "payment_dropped" if payment.given_up_at else "payment_expired")


def failed(payment: Payment, reason: str, *, verified: bool = True) -> None:
    """There is no link and will be none: the room goes back, the guest is told and, where it is our failure, a person.

    `verified` False: a request may still have opened one; it is looked for later.
    """
    with transaction.atomic():
        reservation = _locked(payment)
        claims.finish(
            payment,
            state=WorkState.DONE if verified else WorkState.WAITING,
            status=Payment.Status.FAILED,
            closed_at=clock.now(),
            not_before=clock.now() + clock.seconds(15),
            error=reason,
        )
        deposits.count("failed")
        if reservation.state == Reservation.State.AWAITING:
            _give_room_back(payment, reservation, reason)


def unverifiable(payment: Payment, error: str) -> None:
    """For a day nobody could tell whether money came: a person asks the provider."""
    claims.finish(payment, state=WorkState.QUARANTINED, error=error, handed_over=True)
    log.error("payment_unverifiable", payment_id=payment.pk)
    tell_person(payment, "payment_unverifiable")


def late_but_free(payment: Payment, offer: Offer) -> None:
    """The same room is free at the same price: it is quoted and asked for afresh, with the money that came."""
    before = payment.reservation
    with transaction.atomic():
        quote = quoting.store_quote(
            tenant=payment.tenant,
            conversation_key=before.conversation_key,
            guest_key=before.guest_key,
            stay=before.stay,
            offers=[offer],
        )
        again = booking.request_booking(
            tenant=payment.tenant,
            option=quote.options.get(),
            hold=None,
            guest=Guest(before.guest_name, before.guest_email, before.guest_phone, before.language),
            conversation_key=before.conversation_key,
            guest_key=before.guest_key,
            channel=before.channel,
            notes=before.notes,
            paid=payment,
        )
        assert isinstance(again, Reservation)  # noqa: S101 - the data were good before, the quote is a moment old
        claims.finish(payment, status=Payment.Status.PAID, reservation=again)
        ledger.add_change(before, "paid_late", from_state=before.state, actor="guest", detail={"again": again.code})


def late_and_gone(payment: Payment) -> None:
    """The room went to somebody else, or costs something else now: all of it goes back, and staff know."""
    with transaction.atomic():
        claims.finish(payment, status=Payment.Status.PAID)
        refunds.request(payment, Refund.Why.LATE)
        _tell(payment, StayEvent.Kind.PAYMENT_REFUNDED, refund=payment.price)
        tell_person(payment, "paid_too_late")
        ledger.add_change(
            payment.reservation,
            "paid_late",
            from_state=payment.reservation.state,
            actor="guest",
            detail={"refund": snapshots.dump_money(payment.price)},
        )


def tell_person(payment: Payment, reason: str) -> None:
    """Put a payment before the staff, once per reason."""
    refunds.tell_person(payment, f"payment:{payment.pk}", reason, payment.price)


# -- parts ------------------------------------------------------------------------------------------------------------


def _give_room_back(payment: Payment, reservation: Reservation, reason: str) -> None:
    """End an unpaid reservation: its hold is released, or its booking in the PMS cancelled first."""
    if reservation.pms_booking_id:
        if not _is_being_cancelled(reservation):
            ledger.add_call(
                kind=PmsCall.Kind.CANCEL,
                reference=ledger.new_reference("cancel"),
                reservation=reservation,
                conversation_key=reservation.conversation_key,
                request={"expected_fee": snapshots.dump_money(reservation.price), "reason": reason},
            )
        return
    hold = Hold.objects.select_for_update(of=("self",)).filter(reservations=reservation, state=Hold.State.BOOKING)
    for kept in hold:
        kept.state, kept.ended_at = Hold.State.RELEASED, clock.now()
        kept.save(update_fields=["state", "ended_at"])
        ledger.add_release(kept)
    end_unpaid(reservation, reason)


def end_unpaid(reservation: Reservation, reason: str) -> None:
    """The reservation is over before it was paid for; the guest hears why. The reservation's row is locked."""
    before = reservation.state
    reservation.state = Reservation.State.REFUSED
    reservation.refusal = reason
    reservation.save(update_fields=["state", "refusal"])
    ledger.add_change(reservation, "refused", from_state=before, actor="payments", detail={"reason": reason})
    booking.count_state(reservation)
    transaction.on_commit(lambda: metrics.failed_reservations.labels(reason=reason).inc())
    ours = reason in {"payment_failed", "hold_expired"}
    ledger.add_event(
        StayEvent.Kind.PAYMENT_FAILED if ours else StayEvent.Kind.PAYMENT_EXPIRED,
        key=f"unpaid:{reservation.pk}",
        conversation_key=reservation.conversation_key,
        reservation=reservation,
        payload={
            "code": reservation.code,
            "option_id": str(reservation.option.public_id),
            "payment_reason": reason,
            "stay": snapshots.dump_stay(reservation.stay),
        },
    )


def _is_being_cancelled(reservation: Reservation) -> bool:
    return PmsCall.objects.filter(
        reservation=reservation,
        kind=PmsCall.Kind.CANCEL,
        outcome__in=[PmsCall.Outcome.OPEN, PmsCall.Outcome.UNKNOWN],
    ).exists()


def _locked(payment: Payment) -> Reservation:
    rows = Reservation.objects.select_related("room_type", "option", "tenant").select_for_update(of=("self",))
    return rows.get(pk=payment.reservation_id)


def _quarantine(payment: Payment, error: str) -> None:
    """Something that cannot be: nobody decides about money but a person."""
    claims.finish(payment, state=WorkState.QUARANTINED, error=error, handed_over=True)
    log.error("payment_disagrees", payment_id=payment.pk, error=error)
    tell_person(payment, "payment_disagrees")


def _tell(payment: Payment, kind: StayEvent.Kind, *, refund: Money | None = None) -> None:
    reservation = payment.reservation
    payload: dict[str, object] = {
        "code": reservation.code,
        "option_id": str(reservation.option.public_id),
        "payment_id": payment.pk,
    }
    if refund is not None:
        payload["refund"] = snapshots.dump_money(refund)
    ledger.add_event(
        kind,
        key=f"{kind}:payment:{payment.pk}",
        conversation_key=reservation.conversation_key,
        reservation=reservation,
        payload=payload,
    )
