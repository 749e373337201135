"""Arranging things for a booked stay: another hour, an extra, a wish for the desk."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from conversations.dialogue.effects.stays import ReservationView
from conversations.dialogue.values import Localised
from hotel_agent.common.money import Money


class ArrangementKind(StrEnum):
    """What can be arranged."""

    EARLY_CHECK_IN = "early_check_in"
    LATE_CHECK_OUT = "late_check_out"
    EXTRA = "extra"
    REQUEST = "request"
    """A wish in the guest's words: noted for the desk, promised by nobody, free."""


class ArrangeProblem(StrEnum):
    """Why it is not arranged here. Closed."""

    NOT_BOOKED = "not_booked"
    NOT_SUPPORTED = "not_supported"
    AMOUNT_CHANGED = "amount_changed"
    ALREADY = "already"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceHours:
    """An early arrival or late departure. Answers: HoursPriced, NotArrangeable, PmsDown."""

    code: str
    kind: ArrangementKind


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursPriced:
    """Possible when nobody needs the room on the night beside the stay. `fee` is the hotel's policy for this stay."""

    reservation: ReservationView
    is_free: bool
    limit: dt.time
    fee: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceExtra:
    """The hotel's extra of a kind (a topic of the understanding). Answers: ExtraPriced, NotArrangeable, PmsDown."""

    code: str
    kind: str
    quantity: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraPriced:
    """What it costs for this stay, by the catalogue."""

    reservation: ReservationView
    extra_id: str
    name: Localised
    quantity: int
    amount: Money


@dataclass(frozen=True, slots=True)
class NotArrangeable:
    """Nothing is arranged."""

    problem: ArrangeProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class Arranged:
    """One thing for one stay, at the amount the guest saw."""

    kind: ArrangementKind
    amount: Money
    time: dt.time | None = None
    extra_id: str = ""
    name: Localised | None = None
    """Of the extra."""
    quantity: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestArrangement:
    """Note for the desk what the guest accepted (or, for a request, wrote). The result comes as a StayEvent, except for
    requests."""

    code: str
    arranged: Arranged
    words: str = ""
