"""What happened to a stay, for `narrate` to tell."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from conversations.dialogue.effects.stays import ReservationView
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
    HOLD_LAPSED = "hold_lapsed"


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
