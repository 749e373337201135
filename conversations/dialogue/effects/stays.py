"""Asking about stays that are booked already: finding them, and what a cancellation costs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from conversations.dialogue.effects.offers import QuotedExtra, RoomsOf
from conversations.dialogue.values import Localised, Price, Source, SourceKind
from hotel_agent.common.money import Money
from integrations.pms.base import CancellationTerms, Reason, Stay


@dataclass(frozen=True, slots=True)
class FindOwnReservations:
    """Current and coming stays of the guest who is writing (same identity). Answers: ReservationsFound, PmsDown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindReservation:
    """One stay by code, shown only to its guest: who booked it or proved that it is theirs. Answers: ReservationFound,
    ReservationNotFound, PmsDown.

    A code that does not exist and a code of someone else are the same answer on purpose.
    """

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MayProve:
    """Whether a one-time code may be sent to the contact on a booking. Answers: ProofAllowed.

    Decided without looking whether there is such a booking.
    """

    code: str


@dataclass(frozen=True, slots=True)
class ProofAllowed:
    """`is_possible`: the hotel can write to a contact at all. `is_allowed`: not asked too often."""

    is_allowed: bool
    is_possible: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveReservation:
    """The digits the guest read in the message sent to the booking's contact. Answers: ReservationFound (from then on
    the stay is this guest's too), ProofRefused, PmsDown.

    Wrong digits, digits too late and digits for a booking that does not exist are the same answer on purpose.
    """

    code: str
    proof: str


@dataclass(frozen=True, slots=True)
class ProofRefused:
    """Not what was sent. `is_over`: neither another try nor another code is left for now."""

    is_over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationCost:
    """What cancelling costs now. Answers: CancellationPriced, NotCancellable, PmsDown."""

    code: str


class ReservationStatus(StrEnum):
    """What a guest may be told about a stay."""

    PENDING = "pending"
    """Asked for; the PMS has not confirmed it yet."""
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    IN_HOUSE = "in_house"
    DEPARTED = "departed"
    NO_SHOW = "no_show"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationView:
    """A stay as its guest may see it."""

    code: str
    status: ReservationStatus
    stay: Stay
    room_name: Localised
    kinds: tuple[str, ...] = ()
    total: Money
    guest_name: str
    breakfast_included: bool = False
    taxes_included: bool = True
    terms: CancellationTerms | None = None
    stay_url: str = ""
    room_type_id: str = ""
    rate_plan_id: str = ""
    paid: Money | None = None
    """The deposit that came; None where none did."""
    extras: tuple[QuotedExtra, ...] = ()
    """Sold with the room, part of `total`."""
    rooms: tuple[RoomsOf, ...] = ()
    """Each type where the stay has rooms of several; `room_name` is the first one's."""

    def price(self, money: Money) -> Price:
        """One of this reservation's own amounts, with its source."""
        return Price(money, Source(SourceKind.RESERVATION, self.code))


@dataclass(frozen=True, slots=True)
class ReservationsFound:
    """Current and coming stays, next arrival first; possibly none."""

    reservations: tuple[ReservationView, ...]


@dataclass(frozen=True, slots=True)
class ReservationFound:
    """The stay, proven to be the guest's own."""

    reservation: ReservationView


@dataclass(frozen=True, slots=True)
class ReservationNotFound:
    """No such stay for this guest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationPriced:
    """What cancelling now costs. `refund` only when something was paid and comes back."""

    reservation: ReservationView
    fee: Money
    refund: Money | None = None


@dataclass(frozen=True, slots=True)
class NotCancellable:
    """It cannot be cancelled here: ALREADY_CANCELLED, PAST_DATE (begun), NOT_CHANGEABLE, UNKNOWN_BOOKING."""

    reason: Reason
