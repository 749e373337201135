"""What a turn does, carried out in its own transaction."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hotel_agent.common.money import Money


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
class SendProof:
    """Send a one-time code to the contact on a booking, if there is such a booking. Nobody hears whether there is."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseHold:
    """Let the room go; releasing twice is harmless."""

    hold_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AbandonPayment:
    """The guest will not pay: close the link and let the room go. What came of it follows as a stay event; money that
    was faster books."""

    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOptOut:
    """The guest wants no reminders any more, or wants them back."""

    opted_out: bool


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
    PAYMENT = "payment"
    ATTACHMENT = "attachment"
    PMS_DOWN = "pms_down"
    BOOKING_FAILED = "booking_failed"
    POLICY_EXCEPTION = "policy_exception"


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
