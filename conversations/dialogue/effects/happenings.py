"""What happened to a stay, for `narrate` to tell."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from conversations.dialogue.effects.arrangements import Arranged
from conversations.dialogue.effects.stays import ReservationView
from conversations.dialogue.values import Price, Source, SourceKind
from hotel_agent.common.money import Money
from integrations.pms.base import Reason


class StayEventKind(StrEnum):
    """What `narrate` can tell. Closed; `reservations` appends these as rows, the executor turns them into values."""

    BOOKED = "booked"
    BOOKING_REFUSED = "booking_refused"
    BOOKING_UNKNOWN = "booking_unknown"
    """The PMS has not answered for certain; it is being looked up."""
    BOOKED_LATE = "booked_late"
    """Confirmed after the guest was told that it was uncertain."""
    BOOKING_RELEASED = "booking_released"
    """Uncertain before, and now certainly not booked."""
    CANCELLED = "cancelled"
    CANCELLATION_REFUSED = "cancellation_refused"
    CANCELLATION_UNKNOWN = "cancellation_unknown"
    CHANGED = "changed"
    CHANGE_REFUSED = "change_refused"
    CHANGE_UNKNOWN = "change_unknown"
    ARRANGED = "arranged"
    ARRANGEMENT_REFUSED = "arrangement_refused"
    HOLD_LAPSED = "hold_lapsed"
    PAYMENT_REQUESTED = "payment_requested"
    """The guest can pay the deposit."""
    PAYMENT_DELAYED = "payment_delayed"
    PAYMENT_FAILED = "payment_failed"
    """There is no way to pay it; the room went back."""
    PAYMENT_EXPIRED = "payment_expired"
    """It was not paid in time, or not wanted; the room went back."""
    PAYMENT_REFUNDED = "payment_refunded"
    """It came too late and goes back."""
    REMINDER = "reminder"
    """The arrival is near."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentView:
    """A deposit as its guest may see it. `rest` is what is paid at the hotel."""

    reference: str
    amount: Money
    url: str
    until: dt.datetime
    rest: Money | None = None

    def price(self, money: Money) -> Price:
        """One of this payment's own amounts, with its source."""
        return Price(money, Source(SourceKind.PAYMENT, self.reference))


@dataclass(frozen=True, slots=True, kw_only=True)
class StayHappened:
    """One stay event with what is needed to tell it."""

    kind: StayEventKind
    reservation: ReservationView | None = None
    """The stay for BOOKED, BOOKED_LATE and cancellations."""
    option_id: str = ""
    """What had been asked for, for bookings and holds that did not become a reservation."""
    hold_id: str = ""
    reason: Reason | None = None
    """For the REFUSED kinds."""
    fee: Money | None = None
    refund: Money | None = None
    arranged: Arranged | None = None
    payment: PaymentView | None = None
    """For the PAYMENT kinds."""
    payment_reason: str = ""
    """Why a payment ended: payment_expired, payment_dropped, payment_failed, hold_expired."""
    days: int = 0
    """Until arrival, for REMINDER."""
