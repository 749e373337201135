"""People who write mails to the hotel and read what comes back, through real SMTP and IMAP."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import re
import smtplib
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import urlsplit

from imapclient import IMAPClient

from conversations.models import Mailbox, OutboundMessage
from conversations.services.email import mailboxes
from hotel_agent.common import clock
from tests.conversations.guests import CODE, drain

HOTEL = "reservas@bahia.example"
PASSWORD = "app-password-0001"
PARKING = "Hola, ¿tienen estacionamiento?"
"""A question that is answered: the words "gratis" and "cochera" are in the answer."""


class Mails(Protocol):
    """A mail system: two URLs, and mailboxes whose password is `PASSWORD`."""

    @property
    def imap_url(self) -> str: ...

    @property
    def smtp_url(self) -> str: ...

    def renumber(self, address: str) -> None:
        """Give the inbox of an address another UIDVALIDITY."""


def look() -> None:
    """Look at every mailbox now and do all that comes of it."""
    mailboxes.ensure()
    Mailbox._base_manager.update(due_at=clock.now(), lease_until=None)
    drain()


def imap(mails: Mails, address: str) -> IMAPClient:
    """An ordinary mail program's connection."""
    where = urlsplit(mails.imap_url)
    client = IMAPClient(str(where.hostname), port=where.port, ssl=False, timeout=10)
    client.login(address, PASSWORD)
    return client


def parsed(raw: bytes) -> EmailMessage:
    """A mail as an ordinary program reads it."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def body_of(message: EmailMessage, subtype: str = "plain") -> str:
    """The text or HTML part."""
    part = message.get_body((subtype,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


@dataclass
class Correspondent:
    """Somebody with a mail program."""

    mails: Mails
    address: str
    name: str = "Ana Pérez"
    seen: int = 0
    subject: str = ""
    last: EmailMessage | None = None
    """The newest mail from the hotel."""
    sent: list[EmailMessage] = field(default_factory=list)
    transcript: list[tuple[str, str]] = field(default_factory=list)
    settle: Callable[[], None] = look

    def write(self, text: str, *, subject: str = "", to: str = HOTEL, **headers: str) -> EmailMessage:
        """Send one mail, as an answer to the newest one received if there is one (with its text quoted)."""
        mail = EmailMessage()
        mail["From"] = f"{self.name} <{self.address}>"
        mail["To"] = to
        mail["Date"] = email.utils.format_datetime(dt.datetime.now(dt.UTC))
        mail["Message-ID"] = f"<{uuid.uuid4().hex}@guest.example>"
        if self.last is not None and not subject:
            mail["Subject"] = str(self.last["Subject"])
            mail["In-Reply-To"] = str(self.last["Message-ID"])
            mail["References"] = f"{self.last['References'] or ''} {self.last['Message-ID']}".strip()
            quoted = "\n".join(f"> {line}" for line in body_of(self.last).split("\n"))
            text = f"{text}\n\nEl lun, 3 ene 2027 a las 10:00, Hotel Bahía ({HOTEL}) escribió:\n\n{quoted}\n"
        else:
            mail["Subject"] = subject or "Consulta"
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text)
        self.post(mail)
        return mail

    def post(self, mail: EmailMessage) -> None:
        """Hand a mail to the server."""
        self.sent.append(mail)
        self.post_raw(mail.as_bytes(policy=email.policy.SMTP), to=str(mail["To"]))

    def post_raw(self, raw: bytes, *, to: str = HOTEL, sender: str | None = None) -> None:
        """Hand bytes to the server."""
        where = urlsplit(self.mails.smtp_url)
        before = self.arrived(to)
        with smtplib.SMTP(str(where.hostname), where.port or 0, timeout=10) as client:
            client.sendmail(self.address if sender is None else sender, [to], raw)
        self._wait_for(to, before + 1)

    def _wait_for(self, address: str, count: int) -> None:
        """Real servers take a moment between accepting a mail and showing it."""
        until = time.monotonic() + 20
        while self.arrived(address) < count:
            assert time.monotonic() < until, f"{address} never got its mail"
            time.sleep(0.02)

    def arrived(self, address: str) -> int:
        """How many mails an inbox holds."""
        with imap(self.mails, address) as client:
            return int(client.select_folder("INBOX", readonly=True)[b"EXISTS"])

    def say(self, text: str, **options: str) -> str:
        """Write, let the hotel work, and return the new letters' text."""
        self.write(text, **options)
        self.transcript.append(("guest", text))
        return self.hear()

    def hear(self) -> str:
        """Let the hotel work; returns the text of what is new in this mailbox."""
        self.settle()
        self._wait_for(self.address, self._sent_to_me())
        new = self.received()[self.seen :]
        self.seen += len(new)
        if new:
            self.last = new[-1]
        text = "\n".join(body_of(one) for one in new)
        if new:
            self.transcript.append(("hotel", text))
        return text

    def _sent_to_me(self) -> int:
        sent = OutboundMessage._base_manager.filter(state="sent", conversation__channel="email", resent=False)
        sent = sent.exclude(dedupe_key__startswith="echo:")  # those are in staff's own Sent folder
        return sum(row.conversation.recipient["email"] == self.address for row in sent.select_related("conversation"))

    def received(self) -> list[EmailMessage]:
        """Every mail in this mailbox, oldest first."""
        with imap(self.mails, self.address) as client:
            client.select_folder("INBOX", readonly=True)
            uids = client.search(["ALL"])
            found = client.fetch(uids, ["BODY.PEEK[]"]) if uids else {}
            return [parsed(found[uid][b"BODY[]"]) for uid in sorted(found)]

    def code(self) -> str:
        """The booking code in what the hotel wrote, or ""."""
        found = CODE.search("\n".join(text for who, text in self.transcript if who == "hotel"))
        return found.group(0) if found else ""


def options_of(letter: str) -> dict[str, str]:
    """Numbered lines of a letter: number to text."""
    return dict(re.findall(r"^(\d{1,2})\. (.+)$", letter, re.MULTILINE))
