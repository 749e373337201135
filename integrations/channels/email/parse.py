"""A stored mail as our events: a guest's message, a report about a mail of ours, or something staff wrote.

What is said here about a mail — its kind, its visible words, whom to answer — is decided from the mail alone; who the
guest is and whether to answer are not.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from hotel_agent.common.exceptions import BadInput
from integrations.channels.email import html, letter
from integrations.channels.email.kinds import OUR_HEADER, Kind, kind_of
from integrations.channels.email.mime import Address, Mail, read
from integrations.channels.email.visible import own_words
from integrations.events import Delivery, MessageType, Receipt, ReceiptStatus, StaffEcho, UnifiedMessage

MAX_WORDS = 20_000
"""Characters of a guest's own words that become the message; more is in the stored mail."""
MAX_ECHOES = 5
"""Recipients of one mail of staff's whose threads they take over; a round letter to more is no answer."""

_REPLY_OR_FORWARD = re.compile(r"^\s*(?:re|rv|res|fwd?|enc|aw|tr|sv|i)\s*(?:\[\d+\])?\s*[::]", re.IGNORECASE)
_AUTHENTICATION_FAILED = re.compile(r"\bdmarc\s*=\s*fail\b", re.IGNORECASE)
_MEDIA = {"image": MessageType.IMAGE, "audio": MessageType.AUDIO, "video": MessageType.VIDEO}


@dataclass(frozen=True, slots=True)
class Received:
    """A mail with what was made of it."""

    delivery: Delivery
    mail: Mail
    kind: Kind
    is_ours: bool = False
    """Written by us: the mailbox writes to itself, or a copy of what we sent."""


def parse_inbox(raw: bytes, *, account: str, received_at: dt.datetime, own_addresses: Collection[str] = ()) -> Received:
    """A mail that arrived in a hotel's mailbox.

    Args:
        account: the mailbox's address.
        received_at: the server's time of receipt, aware.
        own_addresses: all mailboxes of this installation, lower case: they never talk to each other.

    Raises:
        BadInput: it is no mail.
    """
    mail = read(raw)
    own_domain = account.rpartition("@")[2].lower()
    kind = kind_of(mail, own_domain=own_domain)
    own = {account.lower(), *own_addresses}
    writer = answer_address(mail, own_domain)
    ours = (mail.sender is not None and mail.sender.key in own) or (writer is not None and writer.key in own)
    if ours:
        return Received(Delivery(), mail, kind, is_ours=True)
    if kind is Kind.BOUNCE:
        return Received(Delivery(receipts=_failed(mail, account, received_at)), mail, kind)
    if writer is None or kind is Kind.LIST:
        return Received(Delivery(), mail, kind)
    words = _words(mail)
    message = UnifiedMessage(
        message_id=_identity(mail),
        canal="email",
        user_id=writer.key,
        timestamp_iso=received_at.astimezone(dt.UTC).isoformat(),
        tipo=_type(mail, words),
        texto=words,
        metadata=_metadata(mail, writer, kind, account),
    )
    return Received(Delivery(messages=(message,)), mail, kind)


def parse_sent(raw: bytes, *, account: str, received_at: dt.datetime) -> Received:
    """A mail from the mailbox's Sent folder, as a receipt (a copy of ours proves that it went) and as staff's words.

    Which of the two it is only the outbox knows: take the echoes when no outgoing message has the receipt's reference.
    Automatic mail (somebody's out-of-office) is neither.

    Raises:
        BadInput: it is no mail.
    """
    mail = read(raw)
    kind = kind_of(mail)
    at = received_at.astimezone(dt.UTC).isoformat()
    reference = letter.reference_in(mail.message_id, account.rpartition("@")[2])
    receipts = (
        Receipt(
            account=account, message_id=mail.message_id, status=ReceiptStatus.SENT, timestamp_iso=at,
            reference=reference,
        ),
    ) if reference else ()  # fmt: skip
    if kind is not Kind.HUMAN:
        return Received(Delivery(receipts=receipts), mail, kind, is_ours=mail.has(OUR_HEADER))
    words = html.visible_of(mail)[:MAX_WORDS] or mail.subject
    echoes = tuple(
        StaffEcho(
            account=account,
            message_id=_identity(mail),
            recipient_id=to.address,
            timestamp_iso=at,
            text=words,
            aliases=(("email", to.key),),
        )
        for to in mail.recipients[:MAX_ECHOES]
        if to.key != account.lower()
    )
    return Received(Delivery(receipts=receipts, echoes=echoes), mail, kind)


def answer_address(mail: Mail, own_domain: str = "") -> Address | None:
    """Whom an answer goes to: Reply-To before From, as RFC 5322 says and as booking portals' relays need.

    Whoever reads the answers is the guest: a forged From with a Reply-To elsewhere becomes its own, unknown guest.
    A Reply-To that names the hotel itself (some site forms) is not followed.
    """
    if mail.reply_to is not None and not (own_domain and mail.reply_to.domain == own_domain and mail.sender
                                          and mail.sender.domain != own_domain):  # fmt: skip
        return Address(mail.reply_to.address, mail.reply_to.name or _name_of(mail))
    return mail.sender


def _name_of(mail: Mail) -> str:
    return mail.sender.name if mail.sender else ""


def _identity(mail: Mail) -> str:
    """Equal for one mail that came by two ways or was read twice, different for two mails with one Message-ID."""
    return f"{mail.message_id[:180]}#{mail.fingerprint[:24]}"


def _words(mail: Mail) -> str:
    """The guest's own words. The subject of a new mail counts where it says something the body may not repeat."""
    words = own_words(html.visible_of(mail)).strip()[:MAX_WORDS]
    subject = mail.subject
    if mail.in_reply_to or _REPLY_OR_FORWARD.match(subject):
        return words
    if not words:
        return subject
    if any(char.isdigit() for char in subject) and subject.lower() not in words.lower():
        return f"{subject}\n{words}"
    return words


def _type(mail: Mail, words: str) -> MessageType:
    if words or not mail.attachments:
        return MessageType.TEXT
    return _MEDIA.get(mail.attachments[0].mime_type.partition("/")[0], MessageType.DOCUMENT)


def _metadata(mail: Mail, writer: Address, kind: Kind, account: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "account": account,
        "aliases": [["email", writer.key]],
        "recipient": {"email": writer.address},
        "profile_name": person_name(writer.name),
        "email": writer.address,
        "mail": {
            "kind": kind.value,
            "subject": mail.subject,
            "message_id": mail.message_id,
            "in_reply_to": list(mail.in_reply_to[:5]),
            "references": list((mail.references or mail.in_reply_to)[-60:]),
            "from": mail.sender.address if mail.sender else "",
            "to": [one.address for one in mail.recipients[:20]],
        },
    }
    if mail.attachments:
        found["attachments"] = [
            {
                "number": one.number, "filename": one.filename, "mime_type": one.mime_type, "size": one.size,
                "sha256": one.sha256, "inline": one.inline,
            }
            for one in mail.attachments
        ]  # fmt: skip
    if kind is not Kind.HUMAN:
        found["unanswered"] = kind.value
    elif _AUTHENTICATION_FAILED.search(mail.header("authentication-results")):
        # Only the topmost header is the receiving server's own.
        found["suspect"] = "dmarc"
    return found


def person_name(name: str) -> str:
    """A display name fit for a greeting; "" for addresses, links and other things that are no name."""
    name = re.sub(r"\s*(?:\([^)]*\)|via .*)$", "", " ".join(name.split()), flags=re.IGNORECASE).strip(" ,;")
    family, comma, given = name.partition(",")
    if comma:
        name = f"{given.strip()} {family.strip()}"
    if not 2 <= len(name) <= 60 or re.search(r"[@/:<>\d]|www\.|https?", name):
        return ""
    return name


def _failed(mail: Mail, account: str, received_at: dt.datetime) -> tuple[Receipt, ...]:
    """Mails of ours that a bounce says were not delivered. A delay warning says nothing final."""
    report = f"{mail.enclosed}\n{mail.text[:50_000]}"
    if re.search(r"^action:\s*(?:delayed|relayed|delivered|expanded)", report, re.IGNORECASE | re.MULTILINE):
        return ()
    domain = account.rpartition("@")[2]
    candidates = [*mail.in_reply_to, *mail.references, *re.findall(r"<[0-9a-fA-F-]{36}@[^<>\s]{1,190}>", report)]
    references = dict.fromkeys(filter(None, (letter.reference_in(one, domain) for one in candidates)))
    status = re.search(r"^status:\s*(\d\.\d{1,3}\.\d{1,3})", report, re.IGNORECASE | re.MULTILINE)
    return tuple(
        Receipt(
            account=account, message_id="", status=ReceiptStatus.FAILED, reference=reference,
            timestamp_iso=received_at.astimezone(dt.UTC).isoformat(),
            error_title=f"the mail came back ({status[1] if status else mail.subject[:80]})",
        )
        for reference in list(references)[:5]
    )  # fmt: skip


__all__ = ["BadInput", "Received", "answer_address", "parse_inbox", "parse_sent", "person_name"]
