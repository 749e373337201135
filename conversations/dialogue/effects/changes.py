"""Changing a stay that is booked already: what it would cost, and asking for it."""

from __future__ import annotations

from dataclasses import dataclass

from conversations.dialogue.effects.offers import Quoted
from conversations.dialogue.effects.stays import ReservationView
from hotel_agent.common.money import Money
from integrations.pms.base import Reason, Stay


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceChange:
    """What a booked stay can become. Answers: ChangePriced, NothingFree, StayNotPossible, NotChangeable, PmsDown.

    The stay's own nights count as free. Options of every type come back; alternatives prefer `room_type`.
    """

    code: str
    stay: Stay
    room_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePriced:
    """The stay as it is, and what it can become: a quote for the whole new stay."""

    reservation: ReservationView
    quoted: Quoted


@dataclass(frozen=True, slots=True)
class NotChangeable:
    """Not here: ALREADY_CANCELLED, PAST_DATE (begun), NOT_CHANGEABLE (the terms of the rate), NOT_SUPPORTED (the PMS),
    UNKNOWN_BOOKING."""

    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestChange:
    """Turn a stay into the option the guest accepted, at its total; its result comes as a StayEvent."""

    code: str
    option_id: str
    quote_id: str
    total: Money
