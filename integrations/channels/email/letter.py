"""An answer as a mail: headers that keep the thread and stop loops, a text part, and the same words as simple HTML."""

from __future__ import annotations

import datetime as dt
import email.policy
import html
import re
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from integrations.channels.email.accounts import MailAccount
from integrations.channels.email.kinds import OUR_HEADER
from integrations.channels.email.mime import safe_filename
from integrations.exceptions import RecipientRefused

MAX_REFERENCES: Final = 20
MAX_SUBJECT: Final = 200

_REPLY_PREFIX: Final = re.compile(r"^\s*(?:re|rv|res|aw|sv|antw|odp|r)\s*(?:\[\d+\]|\(\d+\))?\s*[::]", re.IGNORECASE)
_URL: Final = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")
_NUMBERED: Final = re.compile(r"^(\d{1,2})\. (.+)$")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Thread:
    """The mail that is answered, as far as threading needs it."""

    subject: str = ""
    message_id: str = ""
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that goes with a letter."""

    filename: str
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one guest. `is_automatic` is false only for what a person typed."""

    reference: str
    """Our own id of the message; the mail's Message-ID follows from it, so that a second try is the same mail."""
    recipient: str
    text: str
    thread: Thread
    language: str
    written_at: dt.datetime
    is_automatic: bool = True
    enclosure: Enclosure | None = None


def message_id(reference: str, domain: str) -> str:
    """The Message-ID of an outgoing message."""
    return f"<{reference}@{domain}>"


def reference_in(found: str, domain: str) -> str:
    """The reference in a Message-ID shaped like ours, "" in any other.

    Only the outbox knows whether it is: Apple Mail writes ids of this shape too, with capital letters.
    """
    match = re.fullmatch(r"<([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})@([^<>\s]+)>", found)
    return match[1] if match and match[2].lower() == domain.lower() else ""


def reply_subject(subject: str, fallback: str) -> str:
    """The subject of an answer: the guest's own with one "Re:"."""
    subject = " ".join(_CONTROL.sub(" ", subject).split())[:MAX_SUBJECT]
    if not subject:
        return fallback
    return subject if _REPLY_PREFIX.match(subject) else f"Re: {subject}"


def composed(letter: Letter, account: MailAccount) -> bytes:
    """The mail's bytes, CRLF line ends.

    Raises:
        RecipientRefused: the recipient is no address.
    """
    mail = EmailMessage(policy=email.policy.SMTP.clone(max_line_length=78))
    mail["From"] = HeaderAddress(display_name=_CONTROL.sub(" ", account.name)[:80], addr_spec=account.address)
    try:
        mail["To"] = HeaderAddress(addr_spec=letter.recipient)
    except (ValueError, IndexError, HeaderParseError) as error:
        raise RecipientRefused("the guest's address is not one") from error
    mail["Subject"] = reply_subject(letter.thread.subject, account.name)
    mail["Date"] = format_datetime(letter.written_at)
    mail["Message-ID"] = message_id(letter.reference, account.domain)
    if letter.thread.message_id:
        mail["In-Reply-To"] = letter.thread.message_id
        mail["References"] = " ".join(_references(letter.thread))
    if letter.is_automatic:
        # RFC 3834: what we write by ourselves says so, and another machine leaves it alone.
        mail["Auto-Submitted"] = "auto-replied"
        mail["X-Auto-Response-Suppress"] = "All"
        mail[OUR_HEADER] = "1"
    mail["Content-Language"] = letter.language
    mail.set_content(letter.text + "\n", charset="utf-8", cte="quoted-printable")
    mail.add_alternative(as_html(letter.text, letter.language), subtype="html", charset="utf-8", cte="quoted-printable")
    if letter.enclosure is not None:
        main, _, sub = letter.enclosure.content_type.partition("/")
        mail.add_attachment(
            letter.enclosure.content,
            maintype=main if sub else "application",
            subtype=sub or "octet-stream",
            filename=safe_filename(letter.enclosure.filename) or "file",
        )
    return mail.as_bytes()


def _references(thread: Thread) -> list[str]:
    """First and newest ids of the thread; a header may not grow without end."""
    known = [one for one in dict.fromkeys(thread.references) if one != thread.message_id]
    if len(known) > MAX_REFERENCES:
        known = [known[0], *known[-(MAX_REFERENCES - 1) :]]
    return [*known, thread.message_id]


def as_html(text: str, language: str) -> str:
    """The letter's words as HTML without styles or pictures: paragraphs, options with bold numbers, links.

    Everything is escaped; nothing but http(s) addresses becomes a link.
    """
    paragraphs = []
    for block in re.split(r"\n{2,}", text.strip()):
        lines = [_line(line) for line in block.split("\n")]
        paragraphs.append("<p>" + "<br>\n".join(lines) + "</p>")
    body = "\n".join(paragraphs)
    return (
        f'<!DOCTYPE html>\n<html lang="{html.escape(language)}">\n<head><meta charset="utf-8"></head>\n'
        f'<body>\n<div style="font-family:sans-serif;font-size:15px;line-height:1.5;max-width:40em">\n{body}\n'
        "</div>\n</body>\n</html>\n"
    )


def _line(line: str) -> str:
    numbered = _NUMBERED.match(line)
    if numbered:
        return f"<b>{numbered[1]}.</b> {_linked(numbered[2])}"
    return _linked(line)


def _linked(text: str) -> str:
    parts: list[str] = []
    at = 0
    for match in _URL.finditer(text):
        parts.append(html.escape(text[at : match.start()]))
        url = html.escape(match[0])
        parts.append(f'<a href="{url}">{url}</a>')
        at = match.end()
    return "".join(parts) + html.escape(text[at:])
