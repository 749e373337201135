"""One-time codes: sent to the contact on a booking, compared with what the guest writes on another channel.

The code is six digits of a keyed digest of the row's random id: it is made when the message goes out and when an answer
is compared, and stored nowhere. Limits are counted in rows, which a dead Redis does not open, and in the same way for
a booking that does not exist.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac

from conversations.dialogue import effects, proving
from conversations.models import Conversation, GuestIdentity, OutboundMessage, StayProof
from conversations.services import allowance, confirmations, handoffs, recording, templates
from conversations.services.profile import hotel_profile
from conversations.wording.render import render
from hotel_agent.common import clock, dispatch
from hotel_agent.common.exceptions import Permanent
from integrations.channels import outgoing
from reservations import selectors
from reservations.codes import normalised
from reservations.models import Reservation
from reservations.services.guests import give_access
from tenants.models import Channel, ChannelAccount, Tenant

log = structlog.get_logger(__name__)

LIFE_MIN = 10
PER_THREAD_HOUR = 3
PER_CODE_HOUR = 3
"""From any number of chats: a stranger who knows a code cannot fill its guest's mailbox, nor guess for long."""
PER_CODE_DAY = 6
"""With five tries each, thirty guesses a day at one in a million."""
HIDDEN = "••••••"
"""Stands for the digits in everything that is stored."""
_DIGITS = 6


def may_prove(conversation: Conversation, code: str) -> effects.ProofAllowed:
    """Whether a code may be sent now. The same for bookings that exist and those that do not."""
    return effects.ProofAllowed(
        is_allowed=_is_allowed(conversation, _named(code)), is_possible=_can_write(conversation.tenant)
    )


def send_proof(command: effects.SendProof, conversation: Conversation) -> None:
    """Queue a one-time code to the booking's contact. Inside the turn's transaction, with the conversation locked.

    A booking whose contact cannot be reached becomes a task for reception; the guest is told the same.
    """
    code = _named(command.code)
    _one_at_a_time(conversation.tenant, code)
    if not _is_allowed(conversation, code):
        return
    now = clock.now()
    reservation = selectors.reservation_to_prove(tenant=conversation.tenant, code=code)
    # Only the newest code of a chat works.
    StayProof.objects.filter(conversation=conversation, code=code, expires_at__gt=now).update(expires_at=now)
    proof = StayProof.objects.create(
        tenant_id=conversation.tenant_id,
        conversation=conversation,
        code=code,
        reservation=reservation,
        created_at=now,
        expires_at=now + clock.minutes(LIFE_MIN),
    )
    if reservation is None:
        return
    target = _thread_of_contact(reservation)
    if target is None:
        handoffs.open_handoff(conversation, reason="identity", summary=f"{code}: the booking's contact is out of reach")
        return
    _queue(proof, reservation, target)


def prove(conversation: Conversation, code: str, digits: str) -> Reservation | None:
    """Count a try and compare; from a match on, the stay is this guest's too. Commits. None: not what was sent.

    Safe to repeat after a match: the stay is the guest's by then.
    """
    guest_key = str(conversation.guest.public_id)
    code = _named(code)
    with transaction.atomic():
        proof = (
            StayProof.objects.select_for_update(no_key=True, of=("self",))
            .filter(conversation=conversation, code=code, used_at=None, expires_at__gt=clock.now())
            .filter(tries__lt=StayProof.MAX_TRIES)
            .order_by("-id")
            .first()
        )
        if proof is not None:
            StayProof.objects.filter(pk=proof.pk).update(tries=F("tries") + 1)
            is_right = constant_time_compare(digits_of(proof.public_id), digits)
            if is_right and proof.reservation_id is not None:
                StayProof.objects.filter(pk=proof.pk).update(used_at=clock.now())
                give_access(proof.reservation_id, conversation.tenant, guest_key)
                log.info("stay_proven", conversation_id=conversation.pk, reservation_id=proof.reservation_id)
    return selectors.find_reservation(tenant=conversation.tenant, code=code, guest_key=guest_key)


def is_over(conversation: Conversation, code: str) -> bool:
    """Whether neither a try of the open code nor another code is left for now."""
    code = _named(code)
    tries_left = StayProof.objects.filter(
        conversation=conversation, code=code, expires_at__gt=clock.now(), tries__lt=StayProof.MAX_TRIES
    ).exists()
    return not tries_left and not _is_allowed(conversation, code)


def digits_of(public_id: uuid.UUID) -> str:
    """The code of a row: only who has the installation's key can tell it."""
    digest = salted_hmac("conversations.stay_proof", str(public_id), algorithm="sha256").digest()
    return f"{int.from_bytes(digest[:8], 'big') % 10**_DIGITS:0{_DIGITS}d}"


def revealed(row: OutboundMessage) -> dict[str, Any]:
    """The body to send: with the digits in their place when the row carries a one-time code.

    Raises:
        Permanent: it ran out, or was used, while the message waited.
    """
    stored: dict[str, Any] = row.body
    if "proof" not in row.why:
        return stored
    proof = StayProof.objects.filter(public_id=row.why["proof"], used_at=None, expires_at__gt=clock.now()).first()
    if proof is None:
        raise Permanent("the one-time code ran out before it could be sent")
    body: dict[str, Any] = json.loads(
        json.dumps(row.body, ensure_ascii=False).replace(HIDDEN, digits_of(proof.public_id))
    )
    return body


def purge(before: dt.datetime) -> int:
    """Forget codes older than the limits look back; returns how many."""
    count, _ = StayProof.objects.filter(created_at__lt=before).delete()
    return count


# --- limits ----------------------------------------------------------------------------------------------------------


def _named(code: str) -> str:
    return normalised(code) or code.strip().upper()[:20]


def _is_allowed(conversation: Conversation, code: str) -> bool:
    now = clock.now()
    of_code = StayProof.objects.filter(tenant_id=conversation.tenant_id, code=code)
    hour, day = now - clock.hours(1), now - clock.hours(24)
    return (
        StayProof.objects.filter(conversation=conversation, created_at__gt=hour).count() < PER_THREAD_HOUR
        and of_code.filter(created_at__gt=hour).count() < PER_CODE_HOUR
        and of_code.filter(created_at__gt=day).count() < PER_CODE_DAY
    )


def _one_at_a_time(tenant: Tenant, code: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [f"proof:{code}", tenant.pk])


# --- where it goes ---------------------------------------------------------------------------------------------------


def _can_write(tenant: Tenant) -> bool:
    return _accounts(tenant, Channel.EMAIL, Channel.WHATSAPP).exists()


def _accounts(tenant: Tenant, *channels: str) -> QuerySet[ChannelAccount]:
    return ChannelAccount.objects.filter(tenant=tenant, channel__in=channels, is_active=True).order_by("id")


def _thread_of_contact(reservation: Reservation) -> Conversation | None:
    """The thread in which the booking's own contact reads: its e-mail address, else its WhatsApp number.

    WhatsApp only while it takes free text from us, or with an approved text.
    """
    tenant = reservation.tenant
    mailbox = confirmations.mailbox_of(tenant)
    if reservation.guest_email and mailbox is not None:
        return confirmations.letters_to(reservation, mailbox)
    threads = Conversation.objects.select_related("account", "guest", "tenant").filter(
        channel=Channel.WHATSAPP, account__is_active=True
    )
    booked_in = threads.filter(public_id=reservation.conversation_key).first() if reservation.conversation_key else None
    thread = booked_in or _whatsapp_of(reservation.guest_phone, threads)
    if thread is None:
        return None
    if allowance.window_closed(thread, clock.now()) and templates.choose(thread, reservation.language) is None:
        return None
    return thread


def _whatsapp_of(phone: str, threads: QuerySet[Conversation]) -> Conversation | None:
    digits = re.sub(r"\D", "", phone)
    if not digits:
        return None
    return threads.filter(guest__identities__kind=GuestIdentity.Kind.WA_ID, guest__identities__value=digits).first()


def _queue(proof: StayProof, reservation: Reservation, target: Conversation) -> None:
    tenant = reservation.tenant
    hotel = hotel_profile(tenant)
    language = reservation.language if reservation.language in hotel.languages else hotel.default_language
    reply = proving.message(reservation.code, HIDDEN)
    first_name = (reservation.guest_name.split() or [""])[0]
    (message,) = render(
        reply,
        language=language,
        hotel=hotel,
        at=clock.now(),
        abilities=recording.ABILITIES[Channel(target.channel)],
        overrides=recording.own_wording(tenant),
        letter_to=first_name if target.channel == Channel.EMAIL else None,
    )
    OutboundMessage.objects.create(
        tenant=tenant,
        conversation=target,
        dedupe_key=f"proof:{proof.public_id}",
        purpose=OutboundMessage.Purpose.TRANSACTIONAL,
        body=message.as_dict(),
        text=outgoing.readable(message),
        language=language,
        why={"rule": "stay.send_proof", "keys": list(reply.keys()), "proof": str(proof.public_id)},
    )
    dispatch.after_commit("conversations.deliver", target.pk)
