"""What is paid before a booking is confirmed: how much, by the plan's policy, and the row that asks for it.

The amount is fixed when the quote is stored and only copied from then on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction

from hotel_agent.common import clock, dispatch, metrics
from hotel_agent.common.money import Money, rounded
from reservations.models import Payment, RatePlan, Reservation
from reservations.services import ledger, payment_accounts

RUN_PAYMENT_TASK = "reservations.run_payment"
LINK_MINUTES = 35.0
"""How long a guest can pay. Stripe refuses links of less than 30 minutes; the rest is for opening it."""
OPENING_MINUTES = 4.0
"""A link that could not be opened by then would be too short: it is given up."""
HOLD_AFTER_LINK_MINUTES = 5.0
"""The room is kept so much longer than the link lives: a payment of the last second finds it."""


def room_kept_for() -> dt.timedelta:
    """How long a room waits for its money: the link's life and five minutes."""
    return clock.minutes(LINK_MINUTES + HOLD_AFTER_LINK_MINUTES)


def due(plan: RatePlan, total: Money, nightly: Sequence[Money], *, asked: bool = True) -> Money:
    """What a stay at this plan has to be secured with; zero when nothing. Never more than the stay costs.

    `asked`: whether the hotel asks for deposits at all (its capability "deposits").
    """
    if not asked:
        wanted = Money(Decimal(0), total.currency)
    elif plan.deposit == RatePlan.Deposit.PERCENT:
        wanted = rounded(total.amount * (plan.deposit_percent or 0) / 100, total.currency)
    elif plan.deposit == RatePlan.Deposit.FIRST_NIGHT and nightly:
        wanted = nightly[0]
    else:
        wanted = Money(Decimal(0), total.currency)
    return min(wanted, total, key=lambda money: money.amount)


def ask(reservation: Reservation) -> Payment:
    """Write down that the reservation's deposit is to be paid, in the caller's transaction; a worker gets the link."""
    payment = Payment.objects.create(
        tenant_id=reservation.tenant_id,
        reservation=reservation,
        account=payment_accounts.account_of(reservation.tenant),
        reference=ledger.new_reference("pay"),
        amount=reservation.deposit,
        currency=reservation.currency,
        link_expires_at=clock.now() + clock.minutes(LINK_MINUTES),
    )
    dispatch.after_commit(RUN_PAYMENT_TASK, payment.pk)
    count("requested")
    return payment


def paid(reservation: Reservation) -> Payment | None:
    """The payment that secures the reservation, or None. Inside the tenant's scope."""
    if not reservation.deposit:
        return None
    return Payment.objects.filter(reservation=reservation, status=Payment.Status.PAID).first()


def is_missing(reservation: Reservation) -> bool:
    """Whether the reservation waits for money."""
    return reservation.deposit > 0 and paid(reservation) is None


def count(result: str) -> None:
    """Count a deposit's change once the transaction is committed."""
    transaction.on_commit(lambda: metrics.deposits.labels(result=result).inc())
