"""Booking codes: ours (two letters, a dash, six letters or digits with at least one digit) and, where a word announces
them, those of agencies and earlier systems, upper case as written."""

# ruff: noqa: E501 - word tables and patterns read better unbroken

from __future__ import annotations

import re
from typing import Final

from conversations.understanding.entities.scan import Scan

_DASHED: Final = re.compile(r"(?<![\w-])([a-z]{2})-(?=[a-z]{0,5}\d)([a-z0-9]{6})(?![\w-])")
_LOOSE: Final = re.compile(
    r"(?<![\w-])([a-z]{2}) ?- ?(?=[a-z0-9]{0,6}\d)([a-z0-9]{6})(?![\w-])|(?<![\w-])([a-z]{2})[ _.]?(?=[a-z]{0,5}\d)([a-z0-9]{6})(?![\w-])"
)
_SPLIT: Final = re.compile(r"(?<![\w-])([a-z]{2})[ -]((?:[a-z0-9] ?){6})(?![\w])")
_FOREIGN: Final = re.compile(
    r"\b(?:codigo|reservas?|booking|reservation|confirmacion|confirmacao|confirmation|localizador|locator|referencia|reference|ref)\b"
    r"(?: ?(?:code|codigo|number|numero|nro\.?|no\.?|num\.?|n\.?o|id|de reserva|da reserva|del?|da|is|es|e|con|with|com|el|the|o|:|#|\.))* ?#?"
    r"((?=[a-z0-9-]{0,9}\d{3})[a-z]{1,4}-?\d[a-z0-9]{2,8}|\d{5,9})(?![\w/:%-]|[.,]\d)"
    r"|\b(?:reserv\w+|localizador|booking|reservation)(?:,? [a-z.]+){1,4}:? ((?<!para )(?<!por )\d{6,9})(?![\w/:%-]|[.,]\d| ?(?:pesos|reais|euros|usd|dol))"
)
"""Codes of agencies and other systems, only directly after a word that announces one."""


_CAPITALS: Final = re.compile(r"(?<![\w-])([a-z]{2,4}-?\d{4,8})(?![\w-])")
_NUMBERED: Final = re.compile(r"(?:\b(?:nro|numero|number|num|no|n\.?o)\.?|#) ?:? ?(\d{6,9})(?![\w/:%-])")
"""Only where the message speaks of a booking and of no telephone."""


def read_booking_ref(scan: Scan) -> None:
    """Fill `booking_ref`, normalised to upper case with a dash.

    Without its dash a code is only believed with the hotel's own prefix, in capitals, beside a word such as
    "reserva", or when the agent had asked for it: "de 123456" is none.
    """
    prefixes = {prefix.lower() for prefix in scan.situation.booking_prefixes}
    match = _DASHED.search(scan.text)
    if match:
        _keep(scan, match, match[1], match[2])
        return
    for match in _LOOSE.finditer(scan.text):
        prefix, body = (match[1], match[2]) if match[1] else (match[3], match[4])
        written = scan.folded.written(match.start(), match.end())
        asked = scan.expects("booking_ref")
        beside = re.search(rf"\b{scan.lexicon.booking_words_re}\b", scan.whole) is not None
        upper = written[:2].isupper() and re.search(r"[A-Z]", written[2:]) is not None
        if prefix in prefixes or asked or beside or upper:
            if prefix in scan.lexicon.not_a_name and prefix not in prefixes:
                continue
            _keep(scan, match, prefix, body)
            return
    foreign = _FOREIGN.search(scan.text)
    if (
        foreign is None
        and re.search(r"\b(?:reserva|booking|reservation)", scan.whole)
        and not re.search(rf"\b{scan.lexicon.phone_words_re.replace('numero|', '').replace('number|', '')}", scan.whole)
    ):
        foreign = _NUMBERED.search(scan.text)
    if foreign is None:
        foreign = next((found for found in _CAPITALS.finditer(scan.text) if _written_big(scan, found)), None)
    if foreign is None and scan.expects("booking_ref"):
        foreign = re.search(r"(?<![\w/-])([a-z]{1,4}-?\d[a-z0-9]{2,8}|\d{5,9})(?![\w/:%-])", scan.text)
    if foreign is not None and "booking_ref" not in scan.values:
        group = 1 if foreign[1] else 2
        scan.set("booking_ref", foreign[group].upper())
        scan.take("booking_ref", foreign.start(group), foreign.end(group))
        return
    if scan.expects("booking_ref") or prefixes:
        split = _SPLIT.search(scan.text)
        if split and re.search(r"\d", split[2]):
            body = split[2].replace(" ", "")
            if len(body) == 6 and (split[1] in prefixes or scan.expects("booking_ref")):
                _keep(scan, split, split[1], body)


def _written_big(scan: Scan, match: re.Match[str]) -> bool:
    """Whether the letters of a code are capitals in the original: "AR-5120", not "calle 5120"."""
    letters = re.sub(r"[^A-Za-z]", "", scan.folded.written(match.start(), match.end()))
    return letters.isupper()


def _keep(scan: Scan, match: re.Match[str], prefix: str, body: str) -> None:
    scan.set("booking_ref", f"{prefix}-{body}".upper())
    scan.take("booking_ref", match.start(), match.end())
