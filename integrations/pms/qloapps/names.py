"""Guests as QloApps takes them: two names without digits or markup, an address, a telephone."""

from __future__ import annotations

import re

from integrations.pms.base import Guest

MAX_LENGTH = 32
"""Columns of a customer's first and last name."""
FORBIDDEN = re.compile(r"[0-9!<>,;?=+()@#\"°{}_$%:¤|]")
"""What a PrestaShop name may not contain; a new customer with it is a 500 without a body."""
PHONE = re.compile(r"[+0-9. ()/-]{1,20}")
NO_LAST_NAME = "-"
NO_PHONE = "0"
"""A telephone is required of every customer."""


def problem(guest: Guest) -> str:
    """Which of the guest's data QloApps would not take ("name" or "phone"), "" when it takes all."""
    if FORBIDDEN.search(guest.name):
        return "name"
    return "phone" if guest.phone and not PHONE.fullmatch(guest.phone) else ""


def split(name: str) -> tuple[str, str]:
    """First and last name, each cut at a word's end where it is too long. The whole name goes into the remark."""
    first, _, last = " ".join(name.split()).partition(" ")
    return _cut(first), _cut(last) or NO_LAST_NAME


def is_cut(name: str) -> bool:
    """Whether `split` loses something."""
    first, last = split(name)
    return " ".join(name.split()) not in {first, f"{first} {last}"}


def customer(guest: Guest, *, reference: str, domain: str) -> dict[str, str]:
    """The customer of a booking. Customers are told apart by their address alone, and overwritten: a guest without one
    gets an address of their own that nobody reads."""
    first, last = split(guest.name)
    return {
        "firstname": first,
        "lastname": last,
        "email": guest.email.strip() or f"{reference.lower()}@{domain}",
        "phone": guest.phone.strip() or NO_PHONE,
    }


def _cut(name: str) -> str:
    if len(name) <= MAX_LENGTH:
        return name
    return name[: MAX_LENGTH + 1].rpartition(" ")[0] or name[:MAX_LENGTH]
