"""What the policy asks the world (queries), what it hears back (answers), and what a turn does (commands).

Queries are answered one by one while the policy runs, with no transaction open; every answer is recorded with the turn,
so that `replay` feeds the same answers to the same policy and gets the same decision. Ids of quotes, options and holds
are given by the executor and come in through answers. Commands are carried out in the turn's own transaction.

The executor never raises into the policy for an outside failure: a PMS that cannot be asked is `PmsDown`.
All records are frozen, JSON-serialisable (`record_as_dict`, `answer_from_dict`) and compare by value.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

from conversations.dialogue.values import Localised, Price, Source, SourceKind, record_from_dict
from hotel_agent.common.money import Money
from integrations.pms.base import CancellationTerms, Reason, Stay

# -- what can be quoted ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskCharge:
    """A tax of the stay that is paid at the hotel, beside the price: a city tax."""

    name: Localised
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedOption:
    """One priced room type at one rate, inside a stored quote. `total` is exactly what booking charges."""

    option_id: str
    room_type_id: str
    kinds: tuple[str, ...]
    """Which of the understanding's ROOM_TYPES it answers to, best first: ("double", "superior")."""
    name: Localised
    rate_name: Localised | None = None
    """Only where the hotel sells the same room at more than one rate."""
    capacity: int
    """People per room."""
    total: Money
    nightly: tuple[Money, ...]
    taxes_included: bool
    breakfast_included: bool
    left: int
    terms: CancellationTerms
    at_desk: tuple[DeskCharge, ...] = ()
    """Not part of `total`."""

    def price(self, money: Money) -> Price:
        """One of this option's own amounts, with its source."""
        return Price(money, Source(SourceKind.QUOTE_OPTION, self.option_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """A quote: a stay and its options, cheapest first, valid until an instant."""

    quote_id: str
    stay: Stay
    options: tuple[QuotedOption, ...]
    expires_at: dt.datetime


# -- queries --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOffers:
    """What can be booked for a stay. Answers: OffersFound, NothingFree, StayNotPossible, PmsDown.

    `room_type` is the taxonomy's type the guest asked for, or None; options of every type come back, the alternatives
    of NothingFree should prefer it. When it is named and only other types are free, the answer is still OffersFound.
    """

    stay: Stay
    room_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceHold:
    """Keep the room of an option while the guest decides. Answers: Held, HoldFailed, PmsDown.

    `replaces` is this guest's earlier hold, released in the same step. A PMS without holds answers HoldFailed with
    NOT_SUPPORTED and the dialogue goes on without one. The option's quote is stored before the hold is placed.
    """

    option_id: str
    replaces: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendHold:
    """Keep a hold (and its quote) ten minutes longer. Answers: Held, HoldFailed, PmsDown."""

    hold_id: str


@dataclass(frozen=True, slots=True)
class RoomCatalogue:
    """The hotel's room types. Answer: Rooms."""


@dataclass(frozen=True, slots=True)
class FindOwnReservations:
    """Current and coming stays of the guest who is writing (same identity). Answers: ReservationsFound, PmsDown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindReservation:
    """One stay by code, shown only to its guest. Answers: ReservationFound, ReservationNotFound, PmsDown.

    `contact` is an e-mail or phone the guest gave as proof; None means the writing identity itself is the proof.
    A code that does not exist and a code of someone else are the same answer on purpose. Wrong contacts are counted by
    the executor, which stops answering ReservationFound after too many.
    """

    code: str
    contact: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationCost:
    """What cancelling costs now. Answers: CancellationPriced, NotCancellable, PmsDown."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindFacts:
    """The hotel's facts that are true on `day` and answer a question, best first. Answer: FactsFound (maybe empty)."""

    intent: str
    topics: tuple[str, ...]
    question: str
    """The guest's words, for finding facts by their own words; never repeated to anyone."""
    language: str
    day: dt.date


@dataclass(frozen=True, slots=True)
class StaffHours:
    """Whether a person is at the desk now. Answer: StaffPresence."""


Query: TypeAlias = (
    SearchOffers
    | PlaceHold
    | ExtendHold
    | RoomCatalogue
    | FindOwnReservations
    | FindReservation
    | CancellationCost
    | FindFacts
    | StaffHours
)

# -- answers --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PmsDown:
    """The PMS cannot be asked now. `maybe_free` names rooms free at the last good look: indicative, never a price."""

    maybe_free: tuple[Localised, ...] = ()


@dataclass(frozen=True, slots=True)
class OffersFound:
    """At least one option fits the stay as asked."""

    quoted: Quoted


@dataclass(frozen=True, slots=True)
class NothingFree:
    """No option fits. `alternatives` are real quotes of near dates (±3 days), best first, possibly none."""

    alternatives: tuple[Quoted, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StayNotPossible:
    """The hotel does not sell this stay at all. `limit` is the number that goes with MIN_STAY, MAX_STAY, OCCUPANCY."""

    reason: Reason
    limit: int | None = None
    alternatives: tuple[Quoted, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The room is kept until then."""

    hold_id: str
    expires_at: dt.datetime


class HoldProblem(StrEnum):
    """Why no room could be kept. Closed."""

    SOLD_OUT = "sold_out"
    QUOTE_EXPIRED = "quote_expired"
    TOO_MANY = "too_many"
    """The guest already has as many open holds as the hotel allows."""
    NOT_SUPPORTED = "not_supported"


@dataclass(frozen=True, slots=True)
class HoldFailed:
    """Nothing is kept."""

    problem: HoldProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomKind:
    """A room type as the hotel describes it. `price_from` is its lowest coming rate, from the rate plan `source`."""

    room_type_id: str
    kinds: tuple[str, ...]
    name: Localised
    description: Localised
    capacity: int
    price_from: Money | None = None
    source_id: str = ""


@dataclass(frozen=True, slots=True)
class Rooms:
    """The hotel's room types, cheapest first."""

    rooms: tuple[RoomKind, ...]


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
    """No such stay for this guest. `locked`: too many wrong tries, a person has to look."""

    locked: bool = False


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


@dataclass(frozen=True, slots=True, kw_only=True)
class FactView:
    """One fact of the hotel. `{amount}` in its text is written by the renderer from `amount`."""

    fact_id: str
    topic: str
    text: Localised
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class FactsFound:
    """Facts that answer the question, best first."""

    facts: tuple[FactView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffPresence:
    """People at the desk. `opens_at` is the next opening when nobody is there; `on_call` answers urgencies."""

    open_now: bool
    opens_at: dt.datetime | None = None
    on_call: bool = False


Answer: TypeAlias = (
    OffersFound
    | NothingFree
    | StayNotPossible
    | PmsDown
    | Held
    | HoldFailed
    | Rooms
    | ReservationsFound
    | ReservationFound
    | ReservationNotFound
    | CancellationPriced
    | NotCancellable
    | FactsFound
    | StaffPresence
)

# -- commands -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreQuote:
    """Keep a quote whose prices the reply says: it is what the guest may accept."""

    quote_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBooking:
    """Book the option the guest explicitly confirmed. Exactly one per confirmation; the result comes as a StayEvent."""

    option_id: str
    quote_id: str
    hold_id: str | None
    total: Money
    """What the guest confirmed; booking anything dearer is refused with PRICE_CHANGED."""
    guest_name: str
    guest_email: str
    guest_phone: str
    language: str
    notes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCancellation:
    """Cancel a stay at the fee the guest saw and accepted; a higher fee by then is refused and told."""

    code: str
    expected_fee: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseHold:
    """Let the room go; releasing twice is harmless."""

    hold_id: str


class HandoffReason(StrEnum):
    """Why a person is needed. Closed; labels of `orchestrator_escalations_total`."""

    ASKED = "asked"
    UNKNOWN_FACT = "unknown_fact"
    NOT_UNDERSTOOD = "not_understood"
    COMPLAINT = "complaint"
    EMERGENCY = "emergency"
    MODIFICATION = "modification"
    CANCELLATION = "cancellation"
    IDENTITY = "identity"
    GROUP = "group"
    EVENT = "event"
    IN_STAY_REQUEST = "in_stay_request"
    PROBLEM = "problem"
    LOST_PROPERTY = "lost_property"
    SERVICE_BOOKING = "service_booking"
    PAYMENT = "payment"
    ATTACHMENT = "attachment"
    PMS_DOWN = "pms_down"
    BOOKING_FAILED = "booking_failed"


class Urgency(StrEnum):
    """How soon a person has to look."""

    NORMAL = "normal"
    URGENT = "urgent"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHandoff:
    """Put the conversation before a person. Repeating the same reason in one conversation updates the open one.

    The agent goes on answering until a person writes (a takeover); a handoff alone never leaves a guest in silence.
    `summary` is for staff, in the hotel's default language where it is a sentence, else in the guest's words.
    """

    reason: HandoffReason
    summary: str
    urgency: Urgency = Urgency.NORMAL
    room_number: str = ""
    reservation_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDisclosure:
    """This reply tells the guest that an automatic assistant writes and how data is used."""

    language: str


Command: TypeAlias = StoreQuote | RequestBooking | RequestCancellation | ReleaseHold | OpenHandoff | RecordDisclosure

# -- what happened to a stay ----------------------------------------------------------------------------------------


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


# -- records --------------------------------------------------------------------------------------------------------

QUERIES: Final = (
    SearchOffers, PlaceHold, ExtendHold, RoomCatalogue, FindOwnReservations, FindReservation, CancellationCost,
    FindFacts, StaffHours,
)  # fmt: skip
ANSWERS: Final = (
    OffersFound, NothingFree, StayNotPossible, PmsDown, Held, HoldFailed, Rooms, ReservationsFound, ReservationFound,
    ReservationNotFound, CancellationPriced, NotCancellable, FactsFound, StaffPresence,
)  # fmt: skip
COMMANDS: Final = (
    StoreQuote, RequestBooking, RequestCancellation, ReleaseHold, OpenHandoff, RecordDisclosure,
)  # fmt: skip


def query_from_dict(data: Mapping[str, Any]) -> Query:
    """A recorded query. Raises CorruptRecord."""
    query: Query = record_from_dict(data, QUERIES)
    return query


def answer_from_dict(data: Mapping[str, Any]) -> Answer:
    """A recorded answer. Raises CorruptRecord."""
    answer: Answer = record_from_dict(data, ANSWERS)
    return answer


def command_from_dict(data: Mapping[str, Any]) -> Command:
    """A recorded command. Raises CorruptRecord."""
    command: Command = record_from_dict(data, COMMANDS)
    return command


def event_from_dict(data: Mapping[str, Any]) -> StayHappened:
    """A recorded stay event. Raises CorruptRecord."""
    event: StayHappened = record_from_dict(data, (StayHappened,))
    return event
