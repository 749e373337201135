"""What the policy asks the world (queries), what it hears back (answers), and what a turn does (commands).

Queries are answered one by one while the policy runs, with no transaction open; every answer is recorded with the turn,
so that `replay` feeds the same answers to the same policy and gets the same decision. Ids of quotes, options and holds
are given by the executor and come in through answers. Commands are carried out in the turn's own transaction.

The executor never raises into the policy for an outside failure: a PMS that cannot be asked is `PmsDown`.
All records are frozen, JSON-serialisable (`record_as_dict`, `answer_from_dict`) and compare by value.

A record is in the module of its subject; everything is imported from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, get_args

from conversations.dialogue.effects.arrangements import (
    Arranged,
    ArrangementKind,
    ArrangeProblem,
    ExtraPriced,
    HoursPriced,
    NotArrangeable,
    PriceExtra,
    PriceHours,
    RequestArrangement,
)
from conversations.dialogue.effects.changes import ChangePriced, NotChangeable, PriceChange, RequestChange
from conversations.dialogue.effects.commands import (
    AbandonPayment,
    HandoffReason,
    OpenHandoff,
    RecordDisclosure,
    RecordOptOut,
    ReleaseHold,
    RequestBooking,
    RequestCancellation,
    SendProof,
    StoreQuote,
    Urgency,
)
from conversations.dialogue.effects.desk import OpenTask, TaskKind, TeamEventKind, TeamHappened
from conversations.dialogue.effects.happenings import PaymentView, StayEventKind, StayHappened
from conversations.dialogue.effects.house import FactsFound, FactView, FindFacts, PmsDown, StaffHours, StaffPresence
from conversations.dialogue.effects.offers import (
    DeskCharge,
    ExtendHold,
    ExtrasQuoted,
    ExtraWish,
    Held,
    HoldFailed,
    HoldProblem,
    MixFound,
    NothingFree,
    OffersFound,
    PlaceHold,
    Quoted,
    QuotedExtra,
    QuotedOption,
    QuoteExtras,
    RoomCatalogue,
    RoomKind,
    Rooms,
    RoomsApart,
    RoomsOf,
    SearchMix,
    SearchOffers,
    SpreadUnclear,
    StayNotPossible,
)
from conversations.dialogue.effects.stays import (
    CancellationCost,
    CancellationPriced,
    FindOwnReservations,
    FindReservation,
    MayProve,
    NotCancellable,
    ProofAllowed,
    ProofRefused,
    ProveReservation,
    ReservationFound,
    ReservationNotFound,
    ReservationsFound,
    ReservationStatus,
    ReservationView,
)
from conversations.dialogue.values import record_from_dict

Query: TypeAlias = (
    SearchOffers
    | SearchMix
    | PlaceHold
    | ExtendHold
    | QuoteExtras
    | RoomCatalogue
    | FindOwnReservations
    | FindReservation
    | MayProve
    | ProveReservation
    | CancellationCost
    | PriceChange
    | PriceHours
    | PriceExtra
    | FindFacts
    | StaffHours
)

Answer: TypeAlias = (
    OffersFound
    | MixFound
    | SpreadUnclear
    | RoomsApart
    | NothingFree
    | StayNotPossible
    | PmsDown
    | Held
    | HoldFailed
    | ExtrasQuoted
    | Rooms
    | ReservationsFound
    | ReservationFound
    | ReservationNotFound
    | ProofAllowed
    | ProofRefused
    | CancellationPriced
    | NotCancellable
    | ChangePriced
    | NotChangeable
    | HoursPriced
    | ExtraPriced
    | NotArrangeable
    | FactsFound
    | StaffPresence
)

Command: TypeAlias = (
    StoreQuote
    | RequestBooking
    | RequestCancellation
    | RequestChange
    | RequestArrangement
    | SendProof
    | ReleaseHold
    | OpenHandoff
    | OpenTask
    | RecordDisclosure
    | AbandonPayment
    | RecordOptOut
)


def query_from_dict(data: Mapping[str, Any]) -> Query:
    """A recorded query. Raises CorruptRecord."""
    query: Query = record_from_dict(data, get_args(Query))
    return query


def answer_from_dict(data: Mapping[str, Any]) -> Answer:
    """A recorded answer. Raises CorruptRecord."""
    answer: Answer = record_from_dict(data, get_args(Answer))
    return answer


def command_from_dict(data: Mapping[str, Any]) -> Command:
    """A recorded command. Raises CorruptRecord."""
    command: Command = record_from_dict(data, get_args(Command))
    return command


def event_from_dict(data: Mapping[str, Any]) -> StayHappened:
    """A recorded stay event. Raises CorruptRecord."""
    event: StayHappened = record_from_dict(data, (StayHappened,))
    return event


def team_event_from_dict(data: Mapping[str, Any]) -> TeamHappened:
    """A recorded event about the hotel's people. Raises CorruptRecord."""
    event: TeamHappened = record_from_dict(data, (TeamHappened,))
    return event


__all__ = [
    "AbandonPayment", "Answer", "ArrangeProblem", "Arranged", "ArrangementKind", "CancellationCost",
    "CancellationPriced", "ChangePriced", "Command", "DeskCharge", "ExtendHold", "ExtraPriced", "ExtraWish",
    "ExtrasQuoted", "FactView", "FactsFound", "FindFacts", "FindOwnReservations", "FindReservation",
    "HandoffReason", "Held", "HoldFailed", "HoldProblem", "HoursPriced", "MayProve", "MixFound", "NotArrangeable",
    "NotCancellable", "NotChangeable", "NothingFree", "OffersFound", "OpenHandoff", "OpenTask", "PaymentView",
    "PlaceHold", "PmsDown", "PriceChange", "PriceExtra", "PriceHours", "ProofAllowed", "ProofRefused",
    "ProveReservation", "Query", "QuoteExtras", "Quoted", "QuotedExtra", "QuotedOption", "RecordDisclosure",
    "RecordOptOut", "ReleaseHold", "RequestArrangement", "RequestBooking", "RequestCancellation", "RequestChange",
    "ReservationFound", "ReservationNotFound", "ReservationStatus", "ReservationView", "ReservationsFound",
    "RoomCatalogue", "RoomKind", "Rooms", "RoomsApart", "RoomsOf", "SearchMix", "SearchOffers", "SendProof",
    "SpreadUnclear", "StaffHours", "StaffPresence",
    "StayEventKind", "StayHappened", "StayNotPossible", "StoreQuote", "TaskKind", "TeamEventKind", "TeamHappened",
    "Urgency", "answer_from_dict", "command_from_dict", "event_from_dict", "query_from_dict",
    "team_event_from_dict",
]  # fmt: skip
