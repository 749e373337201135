"""A mail system in this process: SMTP in (aiosmtpd), IMAP out, one store of folders behind both.

It speaks as much IMAP4rev1 as a client that reads folders needs, over real sockets. `control` makes it fail the ways
mail servers do.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import logging
import re
import socketserver
import threading
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd tells every line

PASSWORD = "app-password-0001"
DELIVERED = "INBOX"
SENT = "Enviados"


@dataclass
class Stored:
    """One mail in a folder."""

    uid: int
    raw: bytes
    flags: set[str]
    received_at: dt.datetime


@dataclass
class Folder:
    """A folder with its numbering."""

    validity: int = 1_700_000_000
    next_uid: int = 1
    mails: list[Stored] = field(default_factory=list)

    def add(self, raw: bytes, *, at: dt.datetime | None = None, seen: bool = False) -> int:
        """Put a mail in; returns its UID."""
        uid = self.next_uid
        self.next_uid += 1
        raw = re.sub(rb"\r?\n", b"\r\n", raw)
        self.mails.append(Stored(uid, raw, {"\\Seen"} if seen else set(), at or dt.datetime.now(dt.UTC)))
        return uid

    def renumber(self) -> None:
        """What a server does after losing its index: another UIDVALIDITY, other UIDs."""
        self.validity += 1
        for uid, mail in enumerate(self.mails, start=1000):
            mail.uid = uid
        self.next_uid = 1000 + len(self.mails)


@dataclass
class Control:
    """How the servers misbehave, and what they saw."""

    logins_refused: bool = False
    tokens: set[str] = field(default_factory=set)
    """Access tokens that XOAUTH2 takes."""
    drop_after_dot: int = 0
    """So many mails are accepted and delivered, but the connection breaks before the answer."""
    lose_after_dot: int = 0
    """The same, and the mail is lost."""
    answers: list[tuple[str, str]] = field(default_factory=list)
    """(command, answer) once each: ("RCPT", "550 5.1.1 no such user")."""
    accepted: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    """Envelope sender, recipients and bytes of every mail that took effect."""
    imap_commands: list[str] = field(default_factory=list)


class MailSystem:
    """Both servers on free loopback ports; use as a context manager."""

    def __init__(self, *addresses: str) -> None:
        self.control = Control()
        self.lock = threading.RLock()
        self.accounts: dict[str, dict[str, Folder]] = {}
        for address in addresses:
            self.add_account(address)

    def add_account(self, address: str) -> None:
        """A mailbox here."""
        self.accounts[address.lower()] = {DELIVERED: Folder(), SENT: Folder(validity=1_600_000_000)}

    def folder(self, address: str, name: str = DELIVERED) -> Folder:
        """A folder of an account."""
        return self.accounts[address.lower()][name]

    def renumber(self, address: str) -> None:
        """The inbox's numbering is lost."""
        self.folder(address).renumber()

    def __enter__(self) -> MailSystem:
        self._smtp = _Smtp(_Handler(self), hostname="127.0.0.1", port=0, system=self)
        self._smtp.start()
        self.smtp_port = int(self._smtp.port)
        self._imap = _ImapServer(self)
        self.imap_port = int(self._imap.server_address[1])
        threading.Thread(target=self._imap.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._smtp.stop()
        self._imap.shutdown()
        self._imap.server_close()

    @property
    def imap_url(self) -> str:
        """For an account's settings."""
        return f"imap://127.0.0.1:{self.imap_port}"

    @property
    def smtp_url(self) -> str:
        """For an account's settings."""
        return f"smtp://127.0.0.1:{self.smtp_port}"

    def deliver(self, sender: str, recipients: list[str], raw: bytes) -> None:
        """What an accepted mail becomes."""
        with self.lock:
            self.control.accepted.append((sender, recipients, raw))
            for recipient in recipients:
                folders = self.accounts.get(recipient.lower())
                if folders is not None:
                    folders[DELIVERED].add(f"Return-Path: <{sender}>\r\n".encode() + raw)


# --- SMTP ------------------------------------------------------------------------------------------------------------


class _LongLines(SMTP):
    line_length_limit = 100_000  # as servers have it in practice; RFC 5321 would be 1001


class _Smtp(Controller):
    def __init__(self, handler: Any, *, system: MailSystem, **options: Any) -> None:
        self._system = system
        super().__init__(handler, **options)

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]  # it was asked for any free one
        super()._trigger_server()

    def factory(self) -> SMTP:
        return _LongLines(
            self.handler, authenticator=self._authenticate, auth_require_tls=False, enable_SMTPUTF8=True,
            hostname="mail.example", data_size_limit=50_000_000,
        )  # fmt: skip

    def _authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and data.password == PASSWORD.encode()
        return AuthResult(success=good and not self._system.control.logins_refused)


class _Handler:
    def __init__(self, system: MailSystem) -> None:
        self.system = system

    def _asked_for(self, command: str, session: Session) -> str | None:
        if not session.authenticated:  # the hotel logs in, guests do not: only the hotel meets trouble
            return None
        with self.system.lock:
            for entry in self.system.control.answers:
                if entry[0] == command:
                    self.system.control.answers.remove(entry)
                    return entry[1]
        return None

    async def auth_XOAUTH2(  # noqa: N802 - aiosmtpd's name
        self, server: Any, args: list[str]
    ) -> Any:
        words = base64.b64decode(args[1]).decode() if len(args) > 1 else ""
        token = re.search(r"auth=Bearer ([^\x01]+)", words)
        if token and token[1] in self.system.control.tokens:
            return AuthResult(success=True)
        await server.push("334 eyJzdGF0dXMiOiI0MDEifQ==")
        await server._reader.readline()
        return AuthResult(success=False, handled=False)

    async def handle_MAIL(  # noqa: N802
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self._asked_for("MAIL", session)
        if answer is None:
            envelope.mail_from = address
        return answer or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self._asked_for("RCPT", session)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: Any, session: Session, envelope: Envelope
    ) -> str:
        answer = self._asked_for("DATA", session)
        if answer is not None:
            return answer
        control = self.system.control
        raw = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        if control.lose_after_dot and session.authenticated:
            control.lose_after_dot -= 1
            server.transport.abort()
            return "250 never read"
        self.system.deliver(envelope.mail_from or "", list(envelope.rcpt_tos), raw)
        if control.drop_after_dot and session.authenticated:
            control.drop_after_dot -= 1
            server.transport.abort()
        return "250 2.0.0 OK queued"


# --- IMAP ------------------------------------------------------------------------------------------------------------


class _ImapServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, system: MailSystem) -> None:
        self.system = system
        super().__init__(("127.0.0.1", 0), _ImapSession)


class _ImapSession(socketserver.StreamRequestHandler):
    server: _ImapServer

    def handle(self) -> None:
        self.folders: dict[str, Folder] | None = None
        self.folder: Folder | None = None
        self._say("* OK [CAPABILITY IMAP4rev1 SPECIAL-USE AUTH=XOAUTH2] ready")
        while True:
            line = self._line()
            if line is None:
                return
            tag, _, rest = line.partition(" ")
            command, _, arguments = rest.partition(" ")
            if command.upper() == "UID":
                verb, _, arguments = arguments.partition(" ")
                command = f"UID {verb}"
            with self.server.system.lock:
                self.server.system.control.imap_commands.append(f"{command} {arguments}"[:200])
                if not self._do(tag, command.upper(), arguments):
                    return

    def _line(self) -> str | None:
        whole = b""
        while True:
            piece = self.rfile.readline()
            if not piece:
                return None
            whole += piece.rstrip(b"\r\n")
            literal = re.search(rb"\{(\d+)\}$", whole)
            if not literal:
                return whole.decode("latin-1")
            self._say("+ go on")
            whole = whole[: literal.start()] + b"\0" + base64.b64encode(self.rfile.read(int(literal[1]))) + b"\0"

    def _say(self, text: str | bytes) -> None:
        self.wfile.write((text.encode("latin-1") if isinstance(text, str) else text) + b"\r\n")
        self.wfile.flush()

    def _do(self, tag: str, command: str, arguments: str) -> bool:
        if command == "CAPABILITY":
            self._say("* CAPABILITY IMAP4rev1 SPECIAL-USE AUTH=XOAUTH2")
        elif command == "LOGIN":
            words = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', arguments)
            name, password = [(a or b).replace('\\"', '"') for a, b in words][:2]
            return self._enter(tag, name, password == PASSWORD)
        elif command == "AUTHENTICATE":
            self._say("+ ")
            words_ = base64.b64decode(self.rfile.readline()).decode()
            name = re.search(r"user=([^\x01]+)", words_)
            token = re.search(r"auth=Bearer ([^\x01]+)", words_)
            good = bool(token) and token[1] in self.server.system.control.tokens  # type: ignore[index]
            return self._enter(tag, name[1] if name else "", good)
        elif command == "LOGOUT":
            self._say("* BYE")
            self._say(f"{tag} OK")
            return False
        elif command in {"SELECT", "EXAMINE"}:
            return self._select(tag, arguments.strip('"'))
        elif command == "LIST":
            for name in self.folders or {}:
                flags = "\\HasNoChildren \\Sent" if name == SENT else "\\HasNoChildren"
                if "Sent" not in arguments or name == SENT or '"*"' in arguments:
                    self._say(f'* LIST ({flags}) "/" "{name}"')
        elif command == "UID SEARCH":
            self._say("* SEARCH " + " ".join(str(mail.uid) for mail in self._found(arguments)))
        elif command == "UID FETCH":
            self._fetch(arguments)
        elif command == "APPEND":
            folder = (self.folders or {})[arguments.split(" ", maxsplit=1)[0].strip('"')]
            folder.add(base64.b64decode(arguments.split("\0")[1]), seen="\\Seen" in arguments)
        elif command == "UID STORE":
            uids = {int(uid) for uid in arguments.split(" ", maxsplit=1)[0].split(",")}
            for mail in self.folder.mails if self.folder else []:
                if mail.uid in uids:
                    mail.flags.add("\\Seen")
        self._say(f"{tag} OK done")
        return True

    def _enter(self, tag: str, name: str, good: bool) -> bool:
        self.folders = self.server.system.accounts.get(name.lower())
        if not good or self.folders is None or self.server.system.control.logins_refused:
            self._say(f"{tag} NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)")
        else:
            self._say(f"{tag} OK logged in")
        return True

    def _select(self, tag: str, name: str) -> bool:
        self.folder = (self.folders or {}).get(name)
        if self.folder is None:
            self._say(f"{tag} NO no such folder")
            return True
        self._say(f"* {len(self.folder.mails)} EXISTS")
        self._say("* FLAGS (\\Seen \\Answered)")
        self._say(f"* OK [UIDVALIDITY {self.folder.validity}] valid")
        self._say(f"* OK [UIDNEXT {self.folder.next_uid}] next")
        self._say(f"{tag} OK [READ-WRITE] selected")
        return True

    def _found(self, arguments: str) -> list[Stored]:
        mails = list(self.folder.mails) if self.folder else []
        if "UNSEEN" in arguments:
            mails = [mail for mail in mails if "\\Seen" not in mail.flags]
        since = re.search(r"SINCE (\d+-\w+-\d+)", arguments)
        if since:
            day = dt.datetime.strptime(since[1], "%d-%b-%Y").date()  # noqa: DTZ007 - a date
            mails = [mail for mail in mails if mail.received_at.date() >= day]
        header = re.search(r'HEADER "?Message-ID"? "?([^"\s]+)', arguments, re.IGNORECASE)
        if header:
            mails = [mail for mail in mails if header[1].encode() in mail.raw]
        after = re.search(r"UID (\d+):\*", arguments)
        if after:
            # As RFC 3501 has it: the last mail is always in "n:*".
            mails = [mail for mail in mails if mail.uid >= int(after[1])] or mails[-1:]
        return mails

    def _fetch(self, arguments: str) -> None:
        uids = {int(uid) for uid in arguments.split(" ", maxsplit=1)[0].split(",")}
        part = re.search(r"<0\.(\d+)>", arguments)
        for number, mail in enumerate(self.folder.mails if self.folder else [], start=1):
            if mail.uid not in uids:
                continue
            if "BODY[" in arguments:
                mail.flags.add("\\Seen")
            raw = mail.raw[: int(part[1])] if part else mail.raw
            when = mail.received_at.strftime("%d-%b-%Y %H:%M:%S +0000")
            name = "BODY[]<0>" if part else "BODY[]"
            head = f'* {number} FETCH (UID {mail.uid} FLAGS ({" ".join(mail.flags)}) INTERNALDATE "{when}"'
            body = f" {name} {{{len(raw)}}}\r\n".encode() + raw if "BODY" in arguments else b""
            self.wfile.write(head.encode() + body + b")\r\n")
