"""From the bytes of a mail to what we need of it. Broken MIME gives less, never an error of anybody else's kind.

The standard library's parser reads the structure (it never refuses a mail); everything it can stumble over later
(header objects, charsets, transfer encodings) is decoded here, from bytes, with something sensible for each lie.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import email
import email.errors
import email.message
import email.policy
import hashlib
import inspect
import quopri
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.header import decode_header
from email.utils import getaddresses, parsedate_to_datetime

from hotel_agent.common.exceptions import BadInput
from integrations.channels.email.charsets import decoded, stored

MAX_PARTS = 500
MAX_TEXT = 400_000
"""Characters of a body that are looked at; a guest writes a page, a newsletter's HTML may have megabytes."""
MAX_HEADER = 4_000
MAX_HEADERS = 600
MAX_ATTACHMENTS = 50

# From Python 3.11.10 on the default refuses headers that are merely odd.
_LENIENT: dict[str, bool] = {"strict": False} if "strict" in inspect.signature(getaddresses).parameters else {}
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]+@[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]+")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,400}>")
_LINES = re.compile(r"\r\n?|\n")
_WHITE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox of a header; `address` verbatim as written, the part before and after the @ included."""

    address: str
    name: str = ""

    @property
    def key(self) -> str:
        """For comparing: no mailbox provider of today tells upper from lower case."""
        return self.address.lower()

    @property
    def local(self) -> str:
        """Before the @, lower case."""
        return self.key.rpartition("@")[0]

    @property
    def domain(self) -> str:
        """After the @, lower case."""
        return self.key.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is not the letter itself. `filename` is what the sender called it, made safe to show."""

    number: int
    """Position among the mail's attachments, to find the bytes again."""
    filename: str
    mime_type: str
    size: int
    inline: bool
    content_id: str
    content: bytes = field(repr=False)

    @property
    def sha256(self) -> str:
        """Of the decoded bytes, hex."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as far as it could be read."""

    headers: Mapping[str, tuple[str, ...]]
    """Decoded values by lower-case name, in order."""
    sender: Address | None
    reply_to: Address | None
    recipients: tuple[Address, ...]
    """To and Cc."""
    subject: str
    message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    date: dt.datetime | None
    content_type: str
    part_types: tuple[str, ...]
    text: str
    html: str
    attachments: tuple[Attachment, ...]
    enclosed: str
    """Headers of an enclosed mail (a bounce returns ours), as text."""
    fingerprint: str
    """Of everything after the headers: equal for one mail that came by two ways."""

    def header(self, name: str) -> str:
        """The first value of a header, or ""."""
        return next(iter(self.headers.get(name.lower(), ())), "")

    def has(self, name: str) -> bool:
        """Whether the header is there, even empty."""
        return name.lower() in self.headers


def read(raw: bytes) -> Mail:
    """Read a mail.

    Raises:
        BadInput: it is no mail: empty, without a single header, or nested beyond reason.
    """
    raw = raw.lstrip(b"\r\n")
    if raw.startswith((b"From ", b">From ")):  # an mbox separator
        raw = raw.partition(b"\n")[2]
    try:
        message = email.message_from_bytes(raw, policy=email.policy.compat32)
        parts = list(_leaves(message))
    except (RecursionError, ValueError, LookupError, AssertionError, AttributeError, TypeError, IndexError,
            email.errors.MessageError) as error:  # fmt: skip
        raise BadInput(f"the mail cannot be parsed: {type(error).__name__}") from error
    headers = _headers(message)
    if not headers:
        raise BadInput("there is not one header in it")
    text, html, attachments = _sorted_parts(parts)
    return Mail(
        headers=headers,
        sender=_first_address(headers.get("from", ()) or headers.get("sender", ())),
        reply_to=_first_address(headers.get("reply-to", ())),
        recipients=addresses_in([*headers.get("to", ()), *headers.get("cc", ())]),
        subject=_one_line(next(iter(headers.get("subject", ())), ""))[:500],
        message_id=next(iter(message_ids(headers.get("message-id", ()))), ""),
        in_reply_to=message_ids(headers.get("in-reply-to", ())),
        references=message_ids(headers.get("references", ())),
        date=_date(next(iter(headers.get("date", ())), "")),
        content_type=_content_type(message),
        part_types=tuple(_content_type(part) for part in message.walk())[:MAX_PARTS],
        text=text,
        html=html,
        attachments=attachments,
        enclosed=_enclosed(message),
        fingerprint=hashlib.sha256(re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[-1].strip()).hexdigest(),
    )


# --- headers ---------------------------------------------------------------------------------------------------------


def _headers(message: email.message.Message) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for name, value in message._headers[:MAX_HEADERS]:  # type: ignore[attr-defined]
        # Raw values: the public accessors build header objects, which raise on some of what is sent.
        found.setdefault(stored(str(name)).strip().lower()[:100], []).append(header_text(str(value)))
    return {name: tuple(values) for name, values in found.items()}


def header_text(value: str) -> str:
    """A raw header value as text: unfolded, encoded words decoded, undeclared bytes guessed. Never raises."""
    value = _LINES.sub(" ", value[:MAX_HEADER])
    raw = value.encode("utf-8", "surrogateescape")
    if not value.isascii():
        value = decoded(raw)
    if "=?" not in value:
        return stored(value)
    # Encoded words in quotes are against the rules and common.
    value = re.sub(r'"(=\?[^"?]+\?[bBqQ]\?[^"]*\?=)"', r"\1", value)
    try:
        pieces = decode_header(value)
    except (email.errors.HeaderParseError, binascii.Error, ValueError, LookupError, TypeError, IndexError):
        return stored(value)
    return "".join(
        decoded(piece, charset or "") if isinstance(piece, bytes) else stored(piece) for piece, charset in pieces
    )


def message_ids(values: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """Every `<id>` in header values, in order, without repetition."""
    return tuple(dict.fromkeys(found for value in values for found in _MESSAGE_ID.findall(value)))


def addresses_in(values: list[str] | tuple[str, ...]) -> tuple[Address, ...]:
    """Every usable address in header values. An unusable one is left out, never repaired."""
    found: dict[str, Address] = {}
    for value in values:
        try:
            pairs = getaddresses([value], **_LENIENT)
        except (ValueError, IndexError, TypeError, AttributeError, RecursionError):
            pairs = []
        usable = [(name, address) for name, address in pairs if _ADDRESS.fullmatch(address) and len(address) <= 190]
        if not usable:  # "name address@example.com" and other inventions
            usable = [("", address) for address in _ADDRESS.findall(value)[:1] if len(address) <= 190]
        for name, address in usable:
            found.setdefault(address.lower(), Address(address, _one_line(name).strip("\"'")[:120]))
    return tuple(found.values())


def _first_address(values: tuple[str, ...]) -> Address | None:
    return next(iter(addresses_in(values)), None)


def _date(value: str) -> dt.datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    try:
        return date.replace(tzinfo=date.tzinfo or dt.UTC).astimezone(dt.UTC)
    except (OverflowError, ValueError):
        return None


def _one_line(text: str) -> str:
    return _WHITE.sub(" ", text).strip()


# --- parts -----------------------------------------------------------------------------------------------------------


def _leaves(message: email.message.Message) -> Iterator[email.message.Message]:
    """Parts that hold content, in order. An enclosed mail (forwarded, returned) is one leaf, not its parts."""
    waiting = [message]
    for _ in range(MAX_PARTS):
        if not waiting:
            return
        part = waiting.pop(0)
        payload = part.get_payload()
        if isinstance(payload, list) and _content_type(part) != "message/rfc822":
            waiting[:0] = [one for one in payload if isinstance(one, email.message.Message)]
        else:
            yield part


def _content_type(part: email.message.Message) -> str:
    # Not get_content_type(): its default differs inside digests, and a missing type is text.
    value = header_text(str(_raw_header(part, "content-type") or "text/plain"))
    kind = value.partition(";")[0].strip().lower()
    return kind if re.fullmatch(r"[a-z0-9.+-]{1,60}/[a-z0-9.+_-]{1,100}", kind) else "text/plain"


def _raw_header(part: email.message.Message, name: str) -> str | None:
    for key, value in part._headers:  # type: ignore[attr-defined]
        if key.lower() == name:
            return str(value)
    return None


def _parameter(part: email.message.Message, name: str, header: str = "content-type") -> str:
    """A parameter of a structured header; RFC 2231 and the encoded words some programs write instead."""
    try:
        value = part.get_param(name, "", header)
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""
    if isinstance(value, tuple):
        charset, _, text = value
        return decoded(str(text).encode("latin-1", "replace"), charset or "")
    return header_text(str(value))


def _sorted_parts(parts: list[email.message.Message]) -> tuple[str, str, tuple[Attachment, ...]]:
    texts: list[str] = []
    htmls: list[str] = []
    attachments: list[Attachment] = []
    for part in parts:
        kind = _content_type(part)
        disposition = header_text(_raw_header(part, "content-disposition") or "").partition(";")[0].strip().lower()
        filename = _parameter(part, "filename", "content-disposition") or _parameter(part, "name")
        is_letter = disposition != "attachment" and not (filename and disposition == "inline")
        if kind == "text/plain" and is_letter and (not filename or not texts):
            texts.append(_text(part))
        elif kind == "text/html" and is_letter and (not filename or not htmls):
            htmls.append(_text(part))
        elif kind.startswith("multipart/"):
            continue  # an empty container
        elif len(attachments) < MAX_ATTACHMENTS:
            content = _bytes(part)
            attachments.append(
                Attachment(
                    number=len(attachments),
                    filename=safe_filename(filename),
                    mime_type=kind,
                    size=len(content),
                    inline=disposition == "inline" or _raw_header(part, "content-id") is not None,
                    content_id=header_text(_raw_header(part, "content-id") or "").strip().strip("<>")[:200],
                    content=content,
                )
            )
    text = "\n".join(one.strip("\n") for one in texts if one.strip())[:MAX_TEXT]
    html = "\n".join(one for one in htmls if one.strip())[:MAX_TEXT]
    return text, html, tuple(attachments)


def _text(part: email.message.Message) -> str:
    text = decoded(_bytes(part)[: 4 * MAX_TEXT], _parameter(part, "charset"))[:MAX_TEXT]
    return _LINES.sub("\n", text)


def _bytes(part: email.message.Message) -> bytes:
    payload = part.get_payload()
    if isinstance(payload, list):  # an enclosed mail
        return b"\n".join(_flattened(one) for one in payload if isinstance(one, email.message.Message))
    data = str(payload or "").encode("utf-8", "surrogateescape")
    encoding = header_text(_raw_header(part, "content-transfer-encoding") or "").strip().lower()
    try:
        if encoding == "base64":
            return _base64(data)
        if encoding == "quoted-printable":
            return quopri.decodestring(data)
        if encoding in {"x-uuencode", "uuencode", "uue", "x-uue"}:
            return _uudecoded(data)
    except (binascii.Error, ValueError):
        pass
    return data


def _flattened(message: email.message.Message) -> bytes:
    try:
        return message.as_bytes()
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return b""


def _base64(data: bytes) -> bytes:
    """Base64 as far as it goes: strangers inside are skipped, a missing end is filled."""
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return base64.b64decode(letters + b"=" * (-len(letters) % 4))


def _uudecoded(data: bytes) -> bytes:
    out = bytearray()
    for line in data.splitlines():
        if line.startswith((b"begin ", b"end")) or not line.strip():
            continue
        try:
            out += binascii.a2b_uu(line)
        except binascii.Error:
            length = (((line[0] - 32) & 63) * 4 + 5) // 3
            out += binascii.a2b_uu(line[:length])
    return bytes(out)


def safe_filename(name: str) -> str:
    """A name to show and to offer for download: one line, no path, no control or direction characters."""
    name = re.sub(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", stored(name))
    name = re.split(r"[\\/]", name)[-1].strip().strip(".")
    return name if len(name) <= 120 else f"{name[:100]}…{name[-15:]}"


def _enclosed(message: email.message.Message) -> str:
    """Headers of mails inside this one, and texts that are said to be headers."""
    found: list[str] = []
    for number, part in enumerate(message.walk()):
        if number >= MAX_PARTS:
            break
        kind = _content_type(part)
        if kind in {"text/rfc822-headers", "message/delivery-status"} or (
            part is not message and part.get_content_maintype() == "multipart"
        ):
            found.append(_bytes(part)[:20_000].decode("latin-1"))
        payload = part.get_payload()
        if kind == "message/rfc822" and isinstance(payload, list):
            for inside in payload[:1]:
                found += [f"{name}: {value}" for name, value in getattr(inside, "_headers", [])[:100]]
    return stored("\n".join(found))[:100_000]
