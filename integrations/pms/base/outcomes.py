"""The three ways a PMS can answer a write, and why it refuses."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar


class Reason(StrEnum):
    """Why a PMS refused. Closed: the dialogue has a sentence for each."""

    SOLD_OUT = "sold_out"
    PRICE_CHANGED = "price_changed"
    CLOSED = "closed"
    MIN_STAY = "min_stay"
    MAX_STAY = "max_stay"
    OCCUPANCY = "occupancy"
    PAST_DATE = "past_date"
    BAD_GUEST_DATA = "bad_guest_data"
    UNKNOWN_ROOM_TYPE = "unknown_room_type"
    UNKNOWN_BOOKING = "unknown_booking"
    ALREADY_CANCELLED = "already_cancelled"
    NOT_CHANGEABLE = "not_changeable"
    HOLD_EXPIRED = "hold_expired"
    NOT_SUPPORTED = "not_supported"
    FEE_CHANGED = "fee_changed"
    """Cancelling costs more by now than the guest accepted; nothing was cancelled."""
    NOT_MADE = "not_made"
    """Looked up after every attempt: the PMS certainly does not have it."""
    PMS_DOWN = "pms_down"
    """The PMS could not be reached for so long that we stopped trying; nothing was sent."""
    OTHER = "other"


Result_co = TypeVar("Result_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Done(Generic[Result_co]):
    """The PMS has it, verified by reading back where the PMS needs that."""

    value: Result_co


@dataclass(frozen=True, slots=True)
class Refused:
    """The PMS certainly did not do it."""

    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may or may not have happened; look it up by reference before anything is tried again."""

    detail: str
