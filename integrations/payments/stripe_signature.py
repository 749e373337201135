"""Signatures of Stripe's webhooks: HMAC-SHA256 over `<time>.<raw body>`, in a header with time and signatures.

While a secret is rolled Stripe signs with both, so a header may carry several `v1`; other schemes (`v0`) count for
nothing. A signature older than five minutes is refused, so that a recorded delivery cannot be played back later.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

HEADER = "Stripe-Signature"
TOLERANCE_S = 300
MOST_SIGNATURES = 16


def sign(body: bytes, secret: str, *, at: int) -> str:
    """The header Stripe would send for a body at a second of the epoch."""
    return f"t={at},v1={_digest(body, secret, at)}"


def verify(body: bytes, header: str, secrets: Sequence[str], *, now: float) -> bool:
    """Whether a `v1` signature of the header is right for one of the secrets and at most 300 s away from `now`."""
    at, signatures = _parsed(header)
    if at is None or abs(now - at) > TOLERANCE_S:
        return False
    expected = [_digest(body, secret, at) for secret in secrets if secret]
    # No early end: the time taken says nothing about which of them was nearly right.
    matches = [hmac.compare_digest(ours.encode(), theirs.encode()) for ours in expected for theirs in signatures]
    return any(matches)


def _parsed(header: str) -> tuple[int | None, list[str]]:
    at: int | None = None
    signatures: list[str] = []
    for part in header.split(",")[: 2 * MOST_SIGNATURES]:
        name, _, value = part.strip().partition("=")
        if name == "t":
            if at is not None or not (value.isascii() and value.isdecimal() and len(value) <= 12):
                return None, []
            at = int(value)
        elif name == "v1":
            signatures.append(value)
    return at, signatures[:MOST_SIGNATURES]


def _digest(body: bytes, secret: str, at: int) -> str:
    return hmac.new(secret.encode(), str(at).encode() + b"." + body, hashlib.sha256).hexdigest()
