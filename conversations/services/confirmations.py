"""What became of a stay, also by e-mail to the address given for it, when it was booked on another channel."""

from __future__ import annotations

from conversations.dialogue.replies import Decision
from conversations.models import Conversation, GuestIdentity, OutboundMessage, Turn
from conversations.services import guests, recording
from conversations.services.profile import hotel_profile
from conversations.wording.render import render
from hotel_agent.common import dispatch
from integrations.channels import outgoing
from reservations.models import Reservation, StayEvent
from tenants.models import Channel, ChannelAccount, Tenant

BY_MAIL = frozenset(
    {StayEvent.Kind.BOOKED, StayEvent.Kind.BOOKED_LATE, StayEvent.Kind.CHANGED, StayEvent.Kind.CANCELLED}
)


def mailbox_of(tenant: Tenant) -> ChannelAccount | None:
    """The mailbox a hotel writes from, if it has one."""
    return ChannelAccount.objects.filter(tenant=tenant, channel=Channel.EMAIL, is_active=True).order_by("id").first()


def letters_to(reservation: Reservation, mailbox: ChannelAccount) -> Conversation:
    """The thread with a booking's address, begun if nobody wrote from it yet. Inside a transaction."""
    address = reservation.guest_email.lower()
    guest = guests.at(mailbox.tenant, GuestIdentity.Kind.EMAIL, address, name=reservation.guest_name)
    return guests.thread_with(mailbox, guest, {"email": address})


def send_copy(event: StayEvent, decision: Decision, turn: Turn) -> None:
    """Queue the same news as a letter with the calendar file, once per event. In the turn's transaction.

    Nothing where the guest writes by e-mail already, gave no address, or the hotel has no mailbox.
    """
    reservation = event.reservation
    if event.kind not in BY_MAIL or reservation is None or decision.reply is None or not reservation.guest_email:
        return
    if turn.conversation.channel == Channel.EMAIL:
        return
    mailbox = mailbox_of(event.tenant)
    if mailbox is None:
        return
    target = letters_to(reservation, mailbox)
    hotel = hotel_profile(event.tenant)
    language = decision.state.language or hotel.default_language
    (message, *_) = render(
        decision.reply,
        language=language,
        hotel=hotel,
        at=turn.at,
        abilities=recording.ABILITIES[Channel.EMAIL],
        address=decision.state.address,
        overrides=recording.own_wording(event.tenant),
        letter_to=(reservation.guest_name.split() or [""])[0],
    )
    OutboundMessage.objects.create(
        tenant_id=event.tenant_id,
        conversation=target,
        turn=None,
        dedupe_key=f"event:{event.pk}",
        purpose=OutboundMessage.Purpose.TRANSACTIONAL,
        body=message.as_dict(),
        text=outgoing.readable(message),
        language=language,
        why={**recording.explained(decision), "turn": turn.pk},
        created_at=turn.at,
    )
    dispatch.after_commit("conversations.deliver", target.pk)
