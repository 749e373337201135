"""Checking deposits on the data: every payment belongs to a stay, every stay that had to be paid for was."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, F, OuterRef, Q

from reservations.models import Payment, PmsCall, Refund, Reservation
from reservations.services.drift import Violation

BOOKED = (
    Reservation.State.CONFIRMED,
    Reservation.State.IN_HOUSE,
    Reservation.State.DEPARTED,
    Reservation.State.NO_SHOW,
)


def violations() -> Iterator[Violation]:
    """Everything wrong with one hotel's deposits. Reads only, inside the tenant's scope."""
    of_stay = Payment.objects.filter(reservation=OuterRef("pk"))
    unpaid = Reservation.objects.filter(state__in=BOOKED, deposit__gt=0)
    for code in unpaid.filter(~Exists(of_stay.filter(status=Payment.Status.PAID))).values_list("code", flat=True):
        yield Violation(5, "confirmed_unpaid", code)
    unsettled = PmsCall.objects.filter(
        reservation=OuterRef("pk"), kind=PmsCall.Kind.CANCEL, outcome__in=["", PmsCall.Outcome.UNKNOWN]
    )
    waiting = Reservation.objects.filter(~Exists(unsettled), state=Reservation.State.AWAITING)
    for code in waiting.filter(~Exists(of_stay.filter(status__in=Payment.LIVE))).values_list("code", flat=True):
        yield Violation(3, "awaits_no_payment", code)
    for payment in Payment.objects.select_related("reservation").filter(
        ~Q(amount=F("reservation__deposit")) | ~Q(currency=F("reservation__currency"))
    ):
        yield Violation(4, "deposit_is_quoted", payment.reference, f"{payment} for {payment.reservation.deposit_price}")
    refunded = Refund.objects.filter(payment=OuterRef("pk"))
    kept = Payment.objects.filter(~Exists(refunded), status=Payment.Status.PAID)
    for reference in kept.filter(reservation__state=Reservation.State.REFUSED).values_list("reference", flat=True):
        yield Violation(2, "paid_without_stay", reference)
    for refund in Refund.objects.select_related("payment").filter(amount__gt=F("payment__amount")):
        yield Violation(2, "refunded_too_much", refund.reference, f"{refund.price} of {refund.payment.price}")
