"""Booking: the write that must happen once. Found by our reference, it is adopted; found twice, the younger goes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from hotel_agent.common import clock, metrics
from hotel_agent.common.exceptions import DependencyDown
from integrations.pms.base import BookingRequest, BookingStatus, Done, Guest, PmsBooking, Reason, Refused, Unknown
from reservations import snapshots
from reservations.models import Hold, Refund, Reservation, RoomType, StayEvent
from reservations.services import booking, deposits, ledger, refunds
from reservations.services.operations.base import Operation, Sent, log

OPEN_STATES = (Reservation.State.PENDING, Reservation.State.UNKNOWN)
IN_THE_MAKING_S = 60.0
"""A PMS may write the rooms of a booking one by one: so long, fewer than asked for is no outcome yet."""
LATEST = dt.datetime.max.replace(tzinfo=dt.UTC)


class Book(Operation):
    """Make the booking of a reservation."""

    needs_later_looks = True

    @property
    def can_look_up(self) -> bool:
        """Only where the PMS finds bookings by our reference."""
        return self.adapter.capabilities.can_look_up

    @property
    def sells(self) -> RoomType | None:
        """The reservation's type."""
        room_type: RoomType = self.reservation.room_type
        return room_type

    def send(self) -> Done[PmsBooking] | Refused | Unknown:
        """With the quoted price, which the adapter verifies."""
        wanted = self.reservation
        return self.adapter.book(
            BookingRequest(
                reference=wanted.reference,
                stay=wanted.stay,
                room_type_id=wanted.room_type.code,
                rate_plan_id=wanted.rate_plan.code,
                price=wanted.price,
                extras=tuple(line.order for line in wanted.option.extra_lines),
                guest=Guest(wanted.guest_name, wanted.guest_email, wanted.guest_phone, wanted.language),
                hold_id=(wanted.hold.pms_hold_id or None) if wanted.hold else None,
                notes=wanted.notes,
                pay_by=clock.now() + deposits.room_kept_for() if deposits.is_missing(wanted) else None,
            )
        )

    def look_up(self) -> Sent | None:
        """The oldest live booking under our reference, if it is worth something; younger ones are cancelled with an
        alert."""
        found = self.adapter.find(self.reservation.reference)
        live = self._keep_oldest(found)
        if live is not None:
            worth = self.adapter.adopt(live)
            if isinstance(worth, Unknown):
                raise DependencyDown(f"what became of {self.reservation.reference} is not clear: {worth.detail}")
            if isinstance(worth, Done) and not self.agrees(worth.value) and _is_new(worth.value):
                raise DependencyDown(
                    f"{self.reservation.reference} is not as asked for, and may still be in the making"
                )
            return worth
        # It was made and somebody cancelled it in the PMS: nothing to confirm, and nothing to make again.
        return Refused(Reason.NOT_MADE, "cancelled in the PMS") if found else None

    def verify(self) -> None:
        """A late arrival is cancelled: it is either a double of what was confirmed or of what was given up."""
        live = self._keep_oldest(self.adapter.find(self.reservation.reference))
        state = self.reservation.state
        if live is not None and state == Reservation.State.REFUSED:
            log.error("pms_booking_arrived_late", pms_call_id=self.call.pk, reservation_id=self.reservation.pk)
            metrics.pms_operations.labels(operation="book", status="arrived_late").inc()
            self.adapter.cancel(live.booking_id, ledger.new_reference("undo"))
        elif state == Reservation.State.CONFIRMED and not self._keeps_rooms(live):
            log.error("pms_booking_missing", pms_call_id=self.call.pk, reservation_id=self.reservation.pk)
            metrics.pms_operations.labels(operation="book", status="missing").inc()
            with transaction.atomic():
                self.on_stuck("missing")
        elif live is not None and live.booking_id != self.reservation.pms_booking_id:
            with transaction.atomic():
                Reservation.objects.filter(pk=self.reservation.pk).update(pms_booking_id=live.booking_id)

    def agrees(self, made: PmsBooking | None) -> bool:
        """Alive, and the same price, dates, type and number of rooms as we asked for."""
        wanted = self.reservation
        return made is not None and (
            made.status not in {BookingStatus.CANCELLED, BookingStatus.EMPTY}
            and made.total == wanted.price
            and (made.check_in, made.check_out) == (wanted.check_in, wanted.check_out)
            and made.rooms_by_type() == wanted.stay.rooms_by_type(wanted.room_type.code)
        )

    def on_done(self, made: PmsBooking | None) -> None:
        """Confirmed: the guest may be told. A booking that has to be paid for first waits for its money."""
        assert made is not None  # noqa: S101 - a booking is what makes it done
        reservation = self.locked_reservation()
        if reservation.state not in OPEN_STATES:
            return
        if deposits.is_missing(reservation):
            self._await_payment(reservation, made.booking_id)
            return
        booking.confirm(reservation, made.booking_id, actor="pms")
        self.tell(StayEvent.Kind.BOOKED_LATE if self.call.told_uncertain else StayEvent.Kind.BOOKED)

    def _await_payment(self, reservation: Reservation, booking_id: str) -> None:
        """A PMS that keeps no rooms has the booking; the payment confirms it, or it is cancelled."""
        before = reservation.state
        reservation.state = Reservation.State.AWAITING
        reservation.pms_booking_id = booking_id
        reservation.save(update_fields=["state", "pms_booking_id"])
        ledger.add_change(reservation, "awaiting_payment", from_state=before, actor="pms")
        booking.count_state(reservation)
        deposits.ask(reservation)

    def on_refused(self, refusal: Refused) -> None:
        """Not booked: the kept room goes back, and the guest hears why."""
        reservation = self.locked_reservation()
        before = reservation.state
        if before not in OPEN_STATES:
            return
        reservation.state = Reservation.State.REFUSED
        reservation.refusal = str(refusal.reason)
        reservation.save(update_fields=["state", "refusal"])
        hold = Hold.objects.filter(reservations=reservation, state=Hold.State.BOOKING).first()
        if hold is not None:
            hold.state, hold.ended_at = Hold.State.RELEASED, clock.now()
            hold.save(update_fields=["state", "ended_at"])
            ledger.add_release(hold)
        reason = str(refusal.reason)
        ledger.add_change(reservation, "refused", from_state=before, actor="pms", detail={"reason": reason})
        late = self.call.told_uncertain
        self.tell(
            StayEvent.Kind.BOOKING_RELEASED if late else StayEvent.Kind.BOOKING_REFUSED,
            payload={
                "reason": reason,
                "detail": refusal.detail,
                "stay": snapshots.dump_stay(reservation.stay),
                **self._give_deposit_back(reservation),
            },
        )
        booking.count_state(reservation)
        transaction.on_commit(lambda: metrics.failed_reservations.labels(reason=reason).inc())

    def _give_deposit_back(self, reservation: Reservation) -> dict[str, object]:
        """What was paid for a booking that was not made goes back in whole, and staff know."""
        payment = deposits.paid(reservation)
        if payment is None:
            return {}
        refunds.request(payment, Refund.Why.NOT_BOOKED)
        refunds.tell_person(payment, f"payment:{payment.pk}", "paid_not_booked", payment.price)
        return {"refund": snapshots.dump_money(payment.price)}

    def on_uncertain(self, reason: str) -> None:
        """The guest is told the truth once; a PMS that could not even be asked leaves the reservation pending."""
        if not reason:
            reservation = self.locked_reservation()
            if reservation.state == Reservation.State.PENDING:
                reservation.state = Reservation.State.UNKNOWN
                reservation.save(update_fields=["state"])
                ledger.add_change(reservation, "unknown", from_state=Reservation.State.PENDING, actor="pms")
                booking.count_state(reservation)
        self.tell(StayEvent.Kind.BOOKING_UNKNOWN, payload={"reason": reason})

    def _keeps_rooms(self, live: PmsBooking | None) -> bool:
        return live is not None and not isinstance(self.adapter.adopt(live), Refused)

    def _keep_oldest(self, found: Sequence[PmsBooking]) -> PmsBooking | None:
        """The oldest live booking of several; the younger ones are cancelled and alerted about."""
        live = [one for one in _oldest_first(found) if one.status != BookingStatus.CANCELLED]
        for younger in live[1:]:
            log.error("pms_double_booking", pms_call_id=self.call.pk, reservation_id=self.reservation.pk)
            metrics.pms_operations.labels(operation="book", status="double").inc()
            self.adapter.cancel(younger.booking_id, ledger.new_reference("undo"))
        return live[0] if live else None


def _oldest_first(found: Sequence[PmsBooking]) -> list[PmsBooking]:
    """One that keeps no room is never the one to keep, however old."""
    return sorted(found, key=lambda one: (one.status == BookingStatus.EMPTY, one.created_at or LATEST))


def _is_new(found: PmsBooking) -> bool:
    return found.created_at is not None and clock.now() - found.created_at < clock.seconds(IN_THE_MAKING_S)
