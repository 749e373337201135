"""Card numbers that guests write although nobody asked: taken out before anything is stored.

A number is one of a card when it has a card's length and first digits and passes Luhn's check. Telephone numbers have
at most 15 digits and none of those first digits at these lengths; ids of providers stand in fields that are not looked
at. The last four digits stay, by which a guest and a desk can speak about the card (PCI DSS allows them).
"""

from __future__ import annotations

import email
import email.policy
import json
import re
from email.message import EmailMessage
from typing import Any

_DIGITS = re.compile(r"(?<![\d+])\d(?:[ \u00a0.\-\u2010-\u2013]{0,2}\d){13,18}(?!\d)")
_CANDIDATE = re.compile(rb"[2-6](?:[\s.\-=\xa0\xc2]{0,4}[0-9]){13}")
"""Cheap and broad: most deliveries end here."""
_ISSUERS = re.compile(
    r"4\d{15}(?:\d{3})?"  # Visa (its 13 digits are long gone, and are telephone numbers in Germany)
    r"|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|2720\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|3(?:0[0-5]|[68]\d)\d{11}"  # Diners
    r"|6(?:011|5\d\d|4[4-9]\d)\d{12}(?:\d{3})?"  # Discover
    r"|35(?:2[89]|[3-8]\d)\d{12}"  # JCB
    r"|62\d{14,17}"  # UnionPay
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}"  # Maestro
    r"|(?:4011|4312|4389|4514|4576|5041|5066|5090|6277|6362|6363|6370|6376|6062|3841)\d{12}"  # Elo, Hipercard, Cabal
)
_IDS = frozenset(
    {
        "id", "from", "to", "wa_id", "user_id", "phone_number_id", "display_phone_number", "recipient_id", "timestamp",
        "message_id", "sha256", "visitor", "widget", "at", "messaging_product", "mime_type", "object", "identifier",
    }
)  # fmt: skip
"""Fields of envelopes that hold ids and times, never a guest's words."""
HIDDEN = "••••"


def redacted(text: str) -> str:
    """The text with every card number but its last four digits hidden; the same text when there is none."""
    return _DIGITS.sub(_hidden, text)


def _hidden(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found.group())
    # A number may follow another without a word between ("2 adultos 4111…"): the card is the longest tail or head.
    for start in range(len(digits) - 12):
        for end in range(len(digits), start + 12, -1):
            part = digits[start:end]
            if _ISSUERS.fullmatch(part) and _passes_luhn(part):
                return _around(found.group(), start, end)
    return found.group()


def _around(written: str, start: int, end: int) -> str:
    """What stood before and after the card's digits, as it was written."""
    places = [place for place, char in enumerate(written) if char.isdigit()]
    card_end = places[end - 1] + 1
    return f"{written[: places[start]]}{HIDDEN} {written[places[end - 4] : card_end].strip()}{written[card_end:]}"


def _passes_luhn(digits: str) -> bool:
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def redacted_json(body: bytes) -> bytes:
    """A JSON delivery with the card numbers in its texts hidden; the same bytes when there are none, or no JSON."""
    if not _CANDIDATE.search(body):
        return body
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return body
    try:
        clean = _walk(value, "")
        return body if clean == value else json.dumps(clean, ensure_ascii=False).encode()
    except (RecursionError, UnicodeEncodeError):
        return body


def _walk(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return {name: _walk(inside, name) for name, inside in value.items()}
    if isinstance(value, list):
        return [_walk(inside, key) for inside in value]
    return redacted(value) if isinstance(value, str) and key not in _IDS else value


def redacted_mail(raw: bytes) -> bytes:
    """A mail with the card numbers in its texts and subject hidden; the same bytes when there are none."""
    try:
        mail = email.message_from_bytes(raw, policy=email.policy.SMTP)
        changed = _clean_subject(mail)
        for part in mail.walk():
            changed |= _clean_part(part)
        return mail.as_bytes() if changed else raw
    except (LookupError, ValueError, KeyError, TypeError, AttributeError, UnicodeError, RecursionError):
        return raw  # a mail that cannot be read to its end is quarantined by its reader


def _clean_subject(mail: EmailMessage) -> bool:
    subject = str(mail.get("subject", ""))
    clean = redacted(subject)
    if clean == subject:
        return False
    mail.replace_header("subject", " ".join(clean.split()))
    return True


def _clean_part(part: Any) -> bool:
    if part.get_content_maintype() != "text" or part.is_multipart():
        return False
    text = part.get_content()
    clean = redacted(text)
    if clean == text:
        return False
    part.set_content(clean, subtype=part.get_content_subtype(), charset="utf-8")
    return True
