"""What a guest takes back or changes after writing it: edits, deletions, and a new number or user id of theirs."""

from __future__ import annotations

import functools

import structlog
from django.db import transaction

from conversations.models import Conversation, Guest, GuestIdentity, MediaFile, Message
from conversations.services import files, guests
from hotel_agent.common.claims import WorkState
from integrations.channels.whatsapp.reading import objects, text
from integrations.events import MessageType
from reservations.services.guests import move_guest

log = structlog.get_logger(__name__)

UNANSWERED = (Message.State.WAITING, Message.State.HEARING)


def apply(row: Message) -> None:
    """Carry out what a recorded message says about others. Inside the transaction that records it, under the
    conversation's lock. Messages of other kinds change nothing."""
    match MessageType(row.kind):
        case MessageType.EDIT:
            _edit(row)
        case MessageType.REVOKE:
            _revoke(row)
        case MessageType.SYSTEM:
            _new_ids(row)
        case MessageType.CONTACTS:
            _own_number(row)


def _original(row: Message) -> Message | None:
    """The message it is about, if it is one of the same conversation."""
    provider_id = row.metadata.get("original_message_id")
    if not provider_id:
        return None
    return Message.objects.filter(
        account_id=row.account_id, conversation_id=row.conversation_id, provider_id=provider_id
    ).first()


def _edit(row: Message) -> None:
    """New words replace the old ones while nobody has answered them; afterwards staff sees both, and the agent does not
    answer twice: who corrects a typing error expects nothing."""
    original = _original(row)
    words = str((row.metadata.get("edited") or {}).get("texto", ""))
    if original is None or not words:
        return
    if original.state in UNANSWERED and original.kind != MessageType.AUDIO:
        original.metadata = {**original.metadata, "written_before": original.text}
        original.text = words
    else:
        original.metadata = {**original.metadata, "edited_to": words}
    original.save(update_fields=["text", "metadata"])


def _revoke(row: Message) -> None:
    """A deleted message is neither answered nor shown any more, and its file is erased."""
    original = _original(row)
    if original is None:
        return
    if original.state in UNANSWERED:
        original.state = Message.State.RECORDED
    original.text = ""
    original.metadata = {**original.metadata, "revoked": True}
    original.save(update_fields=["text", "metadata", "state"])
    for file in original.files.all():
        MediaFile.objects.filter(pk=file.pk).update(state=WorkState.DONE, trouble="revoked", lease_until=None)
        transaction.on_commit(functools.partial(_erase, file), robust=False)


def _erase(file: MediaFile) -> None:
    try:
        files.erase(file)
    except OSError as error:  # retention tries again
        log.warning("file_not_erased", file_id=file.pk, error_type=type(error).__name__)


def _own_number(row: Message) -> None:
    """A number a guest shared when asked for theirs: kept where we had none. Any other contact is not about them."""
    contacts = objects(row.metadata.get("contacts"))
    guest = row.conversation.guest
    if len(contacts) != 1 or contacts[0].get("origin") != "contact_request" or guest.phone:
        return
    phone = next(iter(objects(contacts[0].get("phones"))), {})
    digits = (text(phone, "wa_id") or text(phone, "phone")).removeprefix("+")
    if digits.isascii() and digits.isdecimal() and 7 <= len(digits) <= 20:
        Guest.objects.filter(pk=guest.pk).update(phone=digits)


def _new_ids(row: Message) -> None:
    """A guest's number or user id changed: old and new are one person from now on.

    When somebody already wrote under the new id, that thread is the live one: it inherits the old one's names, stays
    and contact, and the old thread remains as history.
    """
    system = row.metadata.get("system") or {}
    previous = [(str(kind), str(value)) for kind, value in system.get("previous", ())]
    current = [(str(kind), str(value)) for kind, value in system.get("current", ())]
    if not previous or not current:
        return
    old, new = guests.known(previous), guests.known(current)
    old = old or row.conversation.guest
    if new is None:
        guests.remember(row.tenant, old, current)
        _send_to(row, old, current)
        return
    if new.pk == old.pk:
        _send_to(row, new, current)
        return
    GuestIdentity.objects.filter(guest=old).update(guest=new)
    for field in ("name", "email", "phone", "language"):
        if not getattr(new, field):
            setattr(new, field, getattr(old, field))
    new.save(update_fields=["name", "email", "phone", "language"])
    move_guest(row.tenant, from_key=str(old.public_id), to_key=str(new.public_id))
    here = Conversation.objects.filter(guest=new).values("account_id")
    Conversation.objects.filter(guest=old).exclude(account_id__in=here).update(guest=new)
    _send_to(row, new, current)
    log.info("guests_merged", tenant_id=row.tenant_id, guest_id=new.pk)


def _send_to(row: Message, guest: Guest, current: list[tuple[str, str]]) -> None:
    """Answers go to the new ids; the old number may already be somebody else's."""
    for conversation in Conversation.objects.filter(account_id=row.account_id, guest=guest):
        kept = {
            kind: value
            for kind, value in conversation.recipient.items()
            if kind not in {"send_to", "wa_id", "bsuid"} | {kind for kind, _ in current}
        }
        conversation.recipient = {**kept, **dict(current)}
        conversation.save(update_fields=["recipient"])
