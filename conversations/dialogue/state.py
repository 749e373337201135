"""What a conversation remembers between turns: language, booking draft, offers, hold, the question that is open.

Frozen; every turn makes a new one. `as_dict`/`from_dict` is a versioned JSON round trip; anything that does not read
back exactly raises CorruptRecord and the session is quarantined by the caller.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from conversations.dialogue.effects import Arranged, ExtraWish, Quoted, QuotedOption, ReservationView
from conversations.dialogue.hotel import HotelProfile
from conversations.dialogue.values import CorruptRecord, Localised, record_as_dict, record_from_dict
from conversations.understanding.types import Language, Situation
from hotel_agent.common.money import Money
from integrations.pms.base import Party

VERSION: Final = 1


class Address(StrEnum):
    """The form of address the guest was heard to use in Spanish."""

    TU = "tu"
    USTED = "usted"
    VOS = "vos"


class Stage(StrEnum):
    """Where a booking stands."""

    IDLE = "idle"
    COLLECTING = "collecting"
    """Dates or guests are missing."""
    OFFERED = "offered"
    """Options were shown; the guest has to choose."""
    DETAILS = "details"
    """An option is chosen; name or e-mail is missing."""
    SUMMARY = "summary"
    """The summary was shown; only an explicit yes books."""
    BOOKING = "booking"
    """The booking was requested; its result comes as a stay event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the guest has said about the stay they want. None means not said."""

    check_in: dt.date | None = None
    check_out: dt.date | None = None
    nights: int | None = None
    rooms: int | None = None
    room_type: str | None = None
    room_types: tuple[str, ...] = ()
    """The type of every room where they differ; `room_type` is None then."""
    spread: tuple[Party, ...] = ()
    """Who sleeps in each of these rooms, as far as that is settled; with the hotel's own types once one was chosen."""
    ways: tuple[tuple[Party, ...], ...] = ()
    """The ways to sleep the guest is asked to choose among, in the rooms of `way_rooms`."""
    way_rooms: tuple[Localised, ...] = ()
    guests: int | None = None
    adults: int | None = None
    children: int | None = None
    children_ages: tuple[int, ...] = ()
    name: str = ""
    email: str = ""
    phone: str = ""
    no_email: bool = False
    """The guest has no e-mail or will not say; the phone stands for it."""
    notes: tuple[str, ...] = ()
    extras: tuple[ExtraWish, ...] = ()
    """What is to be sold with the room; priced with the option that is chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A room kept for this guest."""

    hold_id: str
    option_id: str
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentDue:
    """A deposit the guest was asked for: its link and until when it works."""

    reference: str
    url: str
    until: dt.datetime


class PendingKind(StrEnum):
    """A side question that is open beside the booking."""

    WHICH_RESERVATION = "which_reservation"
    """Several own stays: the guest has to say which."""
    CODE = "code"
    PROOF = "proof"
    """The one-time code sent to the contact on a booking."""
    CANCEL_CONFIRMATION = "cancel_confirmation"
    CANCEL_REQUESTED = "cancel_requested"
    """Not a question: the cancellation is on its way, its result comes as a stay event."""
    CHANGE_WISH = "change_wish"
    """What should change in a booked stay."""
    CHANGE_CHOICE = "change_choice"
    """The change is possible in several ways: the guest has to say which."""
    CHANGE_CONFIRMATION = "change_confirmation"
    CHANGE_REQUESTED = "change_requested"
    """Not a question: the change is on its way, its result comes as a stay event."""
    ARRANGE_CONFIRMATION = "arrange_confirmation"
    """Another hour or an extra for a booked stay, with its price."""
    EXTRA_OFFER = "extra_offer"
    """An extra for the stay that is being booked, with its price; `topic` is its kind."""
    URGENCY = "urgency"
    ROOM_NUMBER = "room_number"
    CLARIFICATION = "clarification"


class Purpose(StrEnum):
    """What a reservation is looked up for."""

    SHOW = "show"
    CANCEL = "cancel"
    CHANGE = "change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """An open side question and what its answer is for."""

    kind: PendingKind
    purpose: Purpose = Purpose.SHOW
    code: str = ""
    fee: Money | None = None
    topic: str = ""
    """The intent (ROOM_NUMBER, URGENCY) the answer completes."""
    words: str = ""
    """What the guest wrote, for staff."""
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of a booked stay in the making: what the guest wants different, and what was offered for it."""

    view: ReservationView | None = None
    """The stay, known to be the guest's own; None while it is being looked for."""
    wish: Draft = Draft()
    """Only what was said about the change."""
    more_nights: int = 0
    """Nights longer (or, below zero, shorter) than booked, where no date was said."""
    offers: tuple[Quoted, ...] = ()
    option_id: str = ""
    """The option whose price was shown last; only a yes to it changes anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogueState:
    """Everything the policy remembers. `expected_slot` uses the names of `understanding.types.Situation`."""

    language: Language | None = None
    address: Address | None = None
    disclosed: bool = False
    stage: Stage = Stage.IDLE
    draft: Draft = Draft()
    offers: tuple[Quoted, ...] = ()
    """What was last shown and can be chosen, in the order shown."""
    shown: tuple[str, ...] = ()
    """Ids of what could be tapped in the last message, so that "2" can be understood on any channel."""
    proposed: str | None = None
    """The one option a plain "yes" accepts, when only one was proposed."""
    chosen: str | None = None
    hold: Hold | None = None
    requested: str | None = None
    """The option whose booking was last requested."""
    last_code: str = ""
    room_number: str = ""
    expected_slot: str | None = None
    asked: str = ""
    """Key of the last question."""
    asked_at: dt.datetime | None = None
    """When it was asked: a "yes" written before that answers something else."""
    misunderstandings: int = 0
    """In a row; two offer a person."""
    pending: Pending | None = None
    changing: Change | None = None
    arranging: Arranged | None = None
    """What the open question about another hour or an extra is about."""
    handoff_open: bool = False
    payment: PaymentDue | None = None
    """The deposit that was asked for and neither paid nor given up."""
    voice: str = ""
    """What a recogniser may have heard, while the guest is asked whether they said that."""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, with the version."""
        return {"version": VERSION, **record_as_dict(self)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> DialogueState:
        """What `as_dict` wrote. Raises CorruptRecord."""
        if not isinstance(data, Mapping) or data.get("version") != VERSION:
            raise CorruptRecord("the dialogue state is not of this version")
        state: DialogueState = record_from_dict({k: v for k, v in data.items() if k != "version"}, (cls,))
        return state

    def option(self, option_id: str | None) -> tuple[Quoted, QuotedOption] | None:
        """A shown option and its quote, or None when it is no longer on the table."""
        for quoted in self.offers:
            for option in quoted.options:
                if option.option_id == option_id:
                    return quoted, option
        return None

    def with_draft(self, **changes: Any) -> DialogueState:
        """The same with other draft values."""
        return replace(self, draft=replace(self.draft, **changes))


def situation(state: DialogueState, hotel: HotelProfile, at: dt.datetime) -> Situation:
    """What the understanding engine should know before it reads the next message."""
    check_in, check_out = state.draft.check_in, state.draft.check_out
    booked = state.changing.view if state.changing is not None and state.pending is not None else None
    if booked is not None:  # "until the 9th" is said about the stay that is being changed
        check_in, check_out = booked.stay.check_in, booked.stay.check_out
    return Situation(
        today=hotel.business_day(at),
        language=state.language,
        expected_slot=state.expected_slot,
        check_in=check_in,
        check_out=check_out,
        country=hotel.country,
        room_type_names=hotel.room_type_names,
        booking_prefixes=(hotel.booking_prefix,),
    )
