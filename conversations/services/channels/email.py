"""E-mail: a letter in the guest's own thread, through the mailbox's SMTP server, behind the mailbox's breaker."""

from __future__ import annotations

from typing import Final

from django.utils import translation

from conversations.models import MediaFile, Message, OutboundMessage
from conversations.services import files
from conversations.services.email import mailboxes
from integrations import breakers
from integrations.channels import outgoing
from integrations.channels.base import EMAIL, SendResult
from integrations.channels.email.client import EmailClient
from integrations.channels.email.letter import Enclosure, Letter, Thread
from integrations.exceptions import FileRefused
from reservations.models import Reservation, StayEvent
from reservations.services import calendar_file

CALENDAR_KEYS: Final = ("event.booked", "event.booked_late", "event.changed", "event.cancelled")
"""Letters that say this carry the stay's calendar file."""


def send(row: OutboundMessage) -> SendResult:
    """Send a claimed row as a mail whose Message-ID is its public id.

    Raises:
        As `EmailClient.post`; `DependencyDown` too when the breaker is open.
    """
    account = row.conversation.account
    account.tenant = row.conversation.tenant
    client = EmailClient(mailboxes.mail_account(account))
    written = letter_of(row)
    return breakers.call(breakers.Service.SMTP, account.external_id, lambda: client.post(written))


def letter_of(row: OutboundMessage) -> Letter:
    """The letter a row is: the same each time it is asked for.

    Raises:
        FileRefused: a file that goes with it is not kept any more.
    """
    message = outgoing.within(outgoing.from_dict(row.body), EMAIL)
    enclosure = _enclosure(row, message) if isinstance(message, outgoing.Attachment) else _calendar(row)
    return Letter(
        reference=str(row.public_id),
        recipient=row.conversation.recipient.get("email", ""),
        text=message.body if isinstance(message, outgoing.Attachment) and message.body else outgoing.readable(message),
        thread=thread_of(row),
        language=row.language,
        written_at=row.created_at,
        is_automatic=row.purpose != OutboundMessage.Purpose.STAFF,
        enclosure=enclosure,
    )


def _calendar(row: OutboundMessage) -> Enclosure | None:
    """The calendar file of a stay that this letter confirms, changes or cancels."""
    if not set(CALENDAR_KEYS) & set(row.why.get("keys", ())):
        return None
    reservation = _stay_told(row)
    if reservation is None:
        return None
    with translation.override(row.language):
        content = calendar_file.of_stay(reservation, at=row.created_at)
    return Enclosure(calendar_file.FILENAME % reservation.code, calendar_file.CONTENT_TYPE, content)


def _stay_told(row: OutboundMessage) -> Reservation | None:
    """The stay of the event that a letter tells (`stay_events`)."""
    _, _, event_id = row.dedupe_key.partition("event:")
    number = event_id.partition(":")[0]
    if not number.isdecimal():
        return None
    event = StayEvent.objects.select_related("reservation__tenant", "reservation__room_type").filter(pk=number).first()
    return event.reservation if event is not None else None


def _enclosure(row: OutboundMessage, message: outgoing.Attachment) -> Enclosure:
    """The file of an attachment.

    Raises:
        FileRefused: the file is not kept any more.
    """
    file = MediaFile.objects.filter(conversation_id=row.conversation_id, public_id=message.file_id).first()
    if file is None:
        raise FileRefused("there is no such file in the conversation", reason="gone")
    return Enclosure(message.filename, message.content_type, files.read(file))


def thread_of(row: OutboundMessage) -> Thread:
    """The mail this one answers: the last of its turn, else the guest's last."""
    mails = Message.objects.filter(conversation_id=row.conversation_id, metadata__has_key="mail").order_by("-id")
    own = mails.filter(turn_id=row.turn_id) if row.turn_id else mails.none()
    found = own.first() or mails.exclude(metadata__has_key="unanswered").first()
    if found is None:
        return Thread()
    mail = found.metadata["mail"]
    return Thread(
        subject=str(mail.get("subject", "")),
        message_id=str(mail.get("message_id", "")),
        references=tuple(map(str, mail.get("references", ()))),
    )
