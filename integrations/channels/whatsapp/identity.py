"""A WhatsApp user's ids: verbatim for identity, canonical for matching, and the forms to send to.

Meta's id is kept as it came. Argentine, Mexican and Brazilian mobiles have two written forms, of which Meta reports one
and sometimes delivers only to the other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers

from integrations.channels.whatsapp.content import is_bsuid

# No area code begins with 0, and a Brazilian one contains none.
_ARGENTINA = re.compile(r"54(9?)([1-8]\d{9})", re.ASCII)
_MEXICO = re.compile(r"52(1?)([2-9]\d{9})", re.ASCII)
_BRAZIL = re.compile(r"55([1-9]{2})(9?)([6-9]\d{7})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message goes: a number in `to`, or a user id in `recipient`."""

    field: str
    value: str


def address(user: str) -> Address:
    """The request field and form for an id of Meta's, verbatim but for a number's "+".

    Without "+" Meta puts the business's own country code in front.
    """
    return Address("recipient", user) if is_bsuid(user) else Address("to", "+" + user.removeprefix("+"))


def other_form(number: str) -> str | None:
    """The other written form of an Argentine, Mexican or Brazilian mobile, without "+"; None elsewhere."""
    digits = number.removeprefix("+")
    if match := _ARGENTINA.fullmatch(digits):
        return f"54{'' if match[1] else '9'}{match[2]}"
    if match := _MEXICO.fullmatch(digits):
        return f"52{'' if match[1] else '1'}{match[2]}"
    if match := _BRAZIL.fullmatch(digits):
        return f"55{match[1]}{'' if match[2] else '9'}{match[3]}"
    return None


def canonical(number: str, *, region: str = "") -> str:
    """E.164 for matching people across channels, the same for every written form; "" when it is no phone number.

    Argentine mobiles lose the 9 (their ten digits are unique without it), Mexican ones the 1, Brazilian ones gain the
    ninth digit. Never sent to, never shown.

    Args:
        number: a wa_id, or a number as a person or a PMS writes it.
        region: two-letter country for numbers written without a country code; without one they must be international.
    """
    digits = re.sub(r"[^\d]", "", number) if number.isascii() else ""
    written = number if region else "+" + digits
    try:
        parsed = phonenumbers.parse(written, region or None)
    except phonenumbers.NumberParseException:
        return ""
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    plain = e164.removeprefix("+")
    if match := _ARGENTINA.fullmatch(plain):
        return f"+54{match[2]}"
    if match := _MEXICO.fullmatch(plain):
        return f"+52{match[2]}"
    if match := _BRAZIL.fullmatch(plain):
        return f"+55{match[1]}9{match[3]}"
    return e164 if phonenumbers.is_possible_number(parsed) else ""


def country(number: str) -> str:
    """Two-letter country of an international number; "" when it has none."""
    digits = number.removeprefix("+")
    if not (digits.isascii() and digits.isdecimal()):
        return ""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse("+" + digits)) or _country_of_code(digits)
    except phonenumbers.NumberParseException:
        return ""


def _country_of_code(digits: str) -> str:
    """The main country of the calling code, for numbers the plan does not know (WhatsApp's "549…" and "521…")."""
    for length in (3, 2, 1):
        region = phonenumbers.region_code_for_country_code(int(digits[:length] or "0"))
        if region != "ZZ":
            return "" if region == "001" else region
    return ""
