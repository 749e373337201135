"""E-mail: a letter in the guest's own thread, through the mailbox's SMTP server, behind the mailbox's breaker."""

from __future__ import annotations

from conversations.models import Message, OutboundMessage
from conversations.services.email import mailboxes
from integrations import breakers
from integrations.channels import outgoing
from integrations.channels.base import EMAIL, SendResult
from integrations.channels.email.client import EmailClient
from integrations.channels.email.letter import Thread


def send(row: OutboundMessage) -> SendResult:
    """Send a claimed row as a mail whose Message-ID is its public id.

    Raises:
        As `EmailClient.send`; `DependencyDown` too when the breaker is open.
    """
    account = row.conversation.account
    account.tenant = row.conversation.tenant
    client = EmailClient(mailboxes.mail_account(account))
    message = outgoing.within(outgoing.from_dict(row.body), EMAIL)
    thread = thread_of(row)
    return breakers.call(
        breakers.Service.SMTP,
        account.external_id,
        lambda: client.send(
            row.conversation.recipient,
            message,
            reference=str(row.public_id),
            thread=thread,
            language=row.language,
            written_at=row.created_at,
            is_automatic=row.purpose != OutboundMessage.Purpose.STAFF,
        ),
    )


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
