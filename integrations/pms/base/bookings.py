"""What is written to a PMS, and a booking as it comes back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from hotel_agent.common.money import Money
from integrations.pms.base.offers import ExtraOrder
from integrations.pms.base.stays import Stay


@dataclass(frozen=True, slots=True)
class Guest:
    """Who the booking is for."""

    name: str
    email: str = ""
    phone: str = ""
    language: str = "es"


@dataclass(frozen=True, slots=True)
class BookingRequest:
    """A booking to make. `price` is the quoted gross total, extras included: the adapter verifies that the PMS charges
    it.

    With `pay_by` the booking waits for a deposit: the PMS notes it as awaiting payment where it can, and whoever asked
    for the booking cancels it when the instant passes unpaid.
    """

    reference: str
    stay: Stay
    room_type_id: str
    rate_plan_id: str
    price: Money
    guest: Guest
    hold_id: str | None = None
    notes: str = ""
    """Special requests, in the guest's words, for the desk."""
    extras: tuple[ExtraOrder, ...] = ()
    pay_by: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class AmendRequest:
    """A change of an existing booking to another stay, room type or price."""

    reference: str
    """Our reference for the change itself."""
    booking_id: str
    stay: Stay
    room_type_id: str
    rate_plan_id: str
    price: Money
    extras: tuple[ExtraOrder, ...] = ()


class BookingStatus(StrEnum):
    """State of a booking in the PMS."""

    ACTIVE = "active"
    CANCELLED = "cancelled"
    IN_HOUSE = "in_house"
    DEPARTED = "departed"
    NO_SHOW = "no_show"
    EMPTY = "empty"
    """It looks alive in the PMS and keeps no room there: what a lost race for the last room can leave behind."""


@dataclass(frozen=True, slots=True)
class PmsBooking:
    """A booking as the PMS has it."""

    booking_id: str
    reference: str
    status: BookingStatus
    check_in: dt.date
    check_out: dt.date
    room_type_id: str
    rooms: int
    total: Money
    guest_name: str
    """Empty where nothing here needs it."""
    created_at: dt.datetime | None = None
    code: str = ""
    """The PMS's own reference for people, where it has one."""
    paid: Money | None = None
    """What the PMS has received for it; None where it does not tell."""
    more_rooms: tuple[tuple[str, int], ...] = ()
    """Rooms of further types, where a booking mixes types. `rooms` are those of `room_type_id` alone."""

    def rooms_by_type(self) -> dict[str, int]:
        """How many rooms of each type it keeps."""
        return {self.room_type_id: self.rooms, **dict(self.more_rooms)}


@dataclass(frozen=True, slots=True)
class PmsHold:
    """Rooms kept until an instant."""

    hold_id: str
    expires_at: dt.datetime
