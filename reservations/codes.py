"""Reservation codes: short, said over the phone, never mistaken for another."""

from __future__ import annotations

import re
import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No 0/O, 1/I/L: they are confused when read aloud or from a screen."""
LENGTH = 6


def new_code(prefix: str) -> str:
    """A random code such as HT-4K2M7P, with at least one digit (so that no word is ever mistaken for a code)."""
    while True:
        tail = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        if any(character.isdigit() for character in tail):
            return f"{prefix}-{tail}"


def normalised(text: str) -> str:
    """A code as a guest may type it ("ht 4k2m7p", "HT–4K2M7P") in its stored form; "" when it cannot be one."""
    bare = re.sub(r"[^A-Z0-9]", "", text.upper())
    return f"{bare[:2]}-{bare[2:]}" if len(bare) == 2 + LENGTH and bare[:2].isalpha() else ""
