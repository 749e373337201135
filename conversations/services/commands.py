"""The dialogue's commands, each inside the turn's transaction with the conversation locked."""

from __future__ import annotations

from conversations.dialogue import effects
from conversations.models import Conversation, Turn
from conversations.services import handoffs
from conversations.services.views import reservation_by_code
from hotel_agent.common import clock
from integrations.pms.base import Guest, Reason
from reservations.models import Hold, Payment, QuoteOption, StayEvent
from reservations.services import booking, holding, payments

CHANGE_REASONS = {
    booking.ChangeProblem.NOT_CONFIRMED: Reason.NOT_CHANGEABLE,
    booking.ChangeProblem.ALREADY_CANCELLED: Reason.ALREADY_CANCELLED,
    booking.ChangeProblem.BEGUN: Reason.PAST_DATE,
    booking.ChangeProblem.IN_PROGRESS: Reason.NOT_CHANGEABLE,
    booking.ChangeProblem.QUOTE_EXPIRED: Reason.PRICE_CHANGED,
    booking.ChangeProblem.NOT_SUPPORTED: Reason.NOT_SUPPORTED,
    booking.ChangeProblem.TERMS: Reason.NOT_CHANGEABLE,
}
BOOKING_REASONS = {
    booking.BookingProblem.QUOTE_EXPIRED: Reason.HOLD_EXPIRED,
    booking.BookingProblem.HOLD_LAPSED: Reason.HOLD_EXPIRED,
    booking.BookingProblem.BAD_NAME: Reason.BAD_GUEST_DATA,
    booking.BookingProblem.BAD_EMAIL: Reason.BAD_GUEST_DATA,
    booking.BookingProblem.BAD_PHONE: Reason.BAD_GUEST_DATA,
}


def request_booking(
    command: effects.RequestBooking, option: QuoteOption | None, conversation: Conversation, guest_key: str, turn: Turn
) -> None:
    """Ask for the booking the guest confirmed; its result comes as a stay event. Repeating it changes nothing.

    What cannot even be asked for (the quote ended between the guest's yes and now) comes as a refusal of the same kind.
    """
    if option is None or option.price != command.total:
        _refused(conversation, turn, command.option_id, Reason.PRICE_CHANGED)
        return
    hold = Hold.objects.filter(public_id=command.hold_id, guest_key=guest_key).first() if command.hold_id else None
    asked = booking.request_booking(
        tenant=conversation.tenant,
        option=option,
        hold=hold,
        guest=Guest(
            name=command.guest_name,
            email=command.guest_email,
            phone=command.guest_phone,
            language=command.language,
        ),
        conversation_key=conversation.public_id,
        guest_key=guest_key,
        channel=conversation.channel,
        notes=command.notes,
    )
    if isinstance(asked, booking.BookingRefused):
        _refused(conversation, turn, command.option_id, BOOKING_REASONS[asked.problem])
        return
    guest = conversation.guest
    guest.name = command.guest_name or guest.name
    guest.email = command.guest_email or guest.email
    guest.language = command.language
    guest.save(update_fields=["name", "email", "language"])


def _refused(conversation: Conversation, turn: Turn, option_id: str, reason: Reason) -> None:
    StayEvent.objects.create(
        tenant_id=conversation.tenant_id,
        kind=StayEvent.Kind.BOOKING_REFUSED,
        key=f"not_asked:{turn.pk}",
        conversation_key=conversation.public_id,
        payload={"option_id": option_id, "reason": reason.value},
    )


def request_cancellation(command: effects.RequestCancellation, conversation: Conversation, turn: Turn) -> None:
    """Ask for the cancellation at the fee the guest accepted; its result comes as a stay event."""
    reservation = reservation_by_code(conversation.tenant, command.code)
    if reservation is None:
        return
    asked = booking.request_cancellation(
        tenant=conversation.tenant,
        reservation=reservation,
        expected_fee=command.expected_fee,
        conversation_key=conversation.public_id,
        reason="asked by the guest",
    )
    if isinstance(asked, booking.ChangeRefused):
        StayEvent.objects.create(
            tenant_id=conversation.tenant_id,
            kind=StayEvent.Kind.CANCELLATION_REFUSED,
            key=f"not_asked:{turn.pk}",
            conversation_key=conversation.public_id,
            reservation=reservation,
            payload={"reason": CHANGE_REASONS[asked.problem].value},
        )


def request_change(
    command: effects.RequestChange, option: QuoteOption | None, conversation: Conversation, turn: Turn
) -> None:
    """Ask for the change the guest accepted; its result comes as a stay event. Repeating it changes nothing."""
    reservation = reservation_by_code(conversation.tenant, command.code)
    if reservation is None:
        return
    problem: Reason | None = Reason.PRICE_CHANGED
    if option is not None and option.price == command.total:
        asked = booking.request_change(
            tenant=conversation.tenant,
            reservation=reservation,
            option=option,
            conversation_key=conversation.public_id,
        )
        problem = CHANGE_REASONS[asked.problem] if isinstance(asked, booking.ChangeRefused) else None
    if problem is not None:
        StayEvent.objects.create(
            tenant_id=conversation.tenant_id,
            kind=StayEvent.Kind.CHANGE_REFUSED,
            key=f"not_asked:{turn.pk}",
            conversation_key=conversation.public_id,
            reservation=reservation,
            payload={"reason": problem.value},
        )


def release_hold(command: effects.ReleaseHold, conversation: Conversation, guest_key: str) -> None:
    """Let the room go right after the commit."""
    hold = Hold.objects.filter(public_id=command.hold_id, guest_key=guest_key).first()
    if hold is not None:
        holding.request_release(tenant=conversation.tenant, hold=hold)


def abandon_payment(command: effects.AbandonPayment, conversation: Conversation) -> None:
    """Close the link of this conversation's own payment."""
    payment = Payment.objects.filter(
        reference=command.reference, reservation__conversation_key=conversation.public_id
    ).first()
    if payment is not None:
        payments.give_up(payment=payment)


def record_opt_out(command: effects.RecordOptOut, conversation: Conversation) -> None:
    """No reminders to this guest from now on, on any of the hotel's channels; or again."""
    guest = conversation.guest
    guest.opted_out_at = (guest.opted_out_at or clock.now()) if command.opted_out else None
    guest.save(update_fields=["opted_out_at"])


def open_handoff(command: effects.OpenHandoff, conversation: Conversation, turn: Turn) -> None:
    """Put the conversation before a person; the agent goes on until one writes. The guest is told so in this turn."""
    details = [command.summary]
    if command.room_number:
        details.append(f"Room {command.room_number}")
    if command.reservation_code:
        details.append(command.reservation_code)
    handoffs.open_handoff(
        conversation,
        reason=command.reason.value,
        summary="\n".join(part for part in details if part),
        urgent=command.urgency is effects.Urgency.URGENT,
        promised=True,
        turn=turn,
    )


def record_disclosure(conversation: Conversation, turn: Turn) -> None:
    """The guest is being told, in this reply, that an assistant writes and how data is used.

    Set on the conversation; the turn saves it with the rest at its end.
    """
    conversation.disclosed_at = conversation.disclosed_at or turn.at or clock.now()
