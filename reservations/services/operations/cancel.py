"""Cancelling: at the fee the guest accepted, or not at all."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from hotel_agent.common import clock, metrics
from hotel_agent.common.exceptions import Permanent
from hotel_agent.common.money import Money
from integrations.pms.base import BookingStatus, Done, PmsBooking, Reason, Refused, Unknown
from reservations import figures, snapshots
from reservations.models import BuiltinBooking, Refund, Reservation, StayEvent
from reservations.services import booking, deposits, ledger, payment_outcomes, pms, refunds
from reservations.services.operations.base import Operation, Sent


class Cancel(Operation):
    """Cancel a confirmed reservation."""

    @property
    def expected_fee(self) -> Money:
        """The most the guest agreed to pay."""
        return snapshots.load_money(self.call.request["expected_fee"])

    @property
    def is_waived(self) -> bool:
        """Whether the hotel decided to ask for nothing."""
        return bool(self.call.request.get("waive_fee", False))

    def prepare(self) -> Refused | None:
        """Refused when it costs more by now. A repeated attempt keeps the fee of the first: the guest was in time."""
        adapter, now = self.adapter, clock.now()
        if self.call.sends or self.is_waived or not adapter.capabilities.fee_preview:
            return None
        booking_id = self.reservation.pms_booking_id
        try:
            fee = pms.call(adapter, "cancellation_fee", lambda: adapter.cancellation_fee(booking_id, now))
        except Permanent:
            return Refused(Reason.UNKNOWN_BOOKING)
        if fee.amount > self.expected_fee.amount:
            return Refused(Reason.FEE_CHANGED, str(fee.amount))
        return None

    def send(self) -> Done[PmsBooking] | Refused | Unknown:
        """Cancelling a cancelled booking is done."""
        return self.adapter.cancel(self.reservation.pms_booking_id, self.call.reference)

    def look_up(self) -> Sent | None:
        """By the booking's own id, which is known."""
        found = self.adapter.get(self.reservation.pms_booking_id)
        if found is None:
            return Refused(Reason.UNKNOWN_BOOKING)
        return Done(found) if found.status == BookingStatus.CANCELLED else None

    def agrees(self, made: PmsBooking | None) -> bool:
        """Nothing of it is left. A PMS that says no more than "done" is believed."""
        return made is None or made.status in {BookingStatus.CANCELLED, BookingStatus.EMPTY}

    def on_done(self, made: PmsBooking | None) -> None:
        """Cancelled, at the accepted fee or at the stored terms' where that is less; free where the fee is waived."""
        reservation = self.locked_reservation()
        before = reservation.state
        if before == Reservation.State.CANCELLED:
            return
        if before == Reservation.State.AWAITING:
            payment_outcomes.end_unpaid(reservation, str(self.call.request.get("reason", "payment_expired")))
            return
        by_terms = reservation.cancellation_terms.fee_at(self.call.first_sent_at or clock.now())
        fee = Money(min(by_terms.amount, self.expected_fee.amount), reservation.currency)
        if self.is_waived:
            fee = Money(Decimal(0), reservation.currency)
            BuiltinBooking.objects.filter(reference=reservation.reference).update(cancellation_fee=0)
        reservation.state = Reservation.State.CANCELLED
        reservation.cancelled_at = clock.now()
        reservation.cancellation_fee = fee.amount
        reservation.save(update_fields=["state", "cancelled_at", "cancellation_fee"])
        ledger.add_change(
            reservation, "cancelled", from_state=before, actor="pms", detail={"fee": snapshots.dump_money(fee)}
        )
        told: dict[str, object] = {"fee": snapshots.dump_money(fee)}
        payment = deposits.paid(reservation)
        if payment is not None and payment.amount > fee.amount:
            refund = refunds.request(payment, Refund.Why.CANCELLED, payment.price - fee)
            told["refund"] = snapshots.dump_money(refund.price)
        self.tell(StayEvent.Kind.CANCELLED, payload=told)
        booking.count_state(reservation)
        channel = figures.channel_label(reservation.channel)
        transaction.on_commit(lambda: metrics.cancellations.labels(channel=channel).inc())

    def on_refused(self, refusal: Refused) -> None:
        """Not cancelled; the reservation is as it was."""
        reservation = self.locked_reservation()
        if reservation.state == Reservation.State.AWAITING:
            self._unpaid_refused(reservation, refusal)
            return
        reason = str(refusal.reason)
        detail = {"reason": reason, "detail": refusal.detail}
        ledger.add_change(reservation, "cancellation_refused", from_state=reservation.state, actor="pms", detail=detail)
        payload: dict[str, object] = dict(detail)
        if refusal.reason == Reason.FEE_CHANGED:
            payload["fee"] = {"amount": refusal.detail, "currency": reservation.currency}
        self.tell(StayEvent.Kind.CANCELLATION_REFUSED, payload=payload)

    def _unpaid_refused(self, reservation: Reservation, refusal: Refused) -> None:
        """An unpaid booking that the PMS does not have is over; one it will not cancel is a person's."""
        if refusal.reason == Reason.UNKNOWN_BOOKING:
            payment_outcomes.end_unpaid(reservation, str(self.call.request.get("reason", "payment_expired")))
        else:
            self.on_stuck(str(refusal.reason))

    def on_uncertain(self, reason: str) -> None:
        """The guest is told the truth once; one who did not pay is told when it is certain."""
        if self.reservation.state == Reservation.State.AWAITING:
            return
        self.tell(StayEvent.Kind.CANCELLATION_UNKNOWN, payload={"reason": reason})
