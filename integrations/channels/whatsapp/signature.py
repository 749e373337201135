"""Meta's proof that a delivery is theirs: HMAC-SHA256 of the raw body under the app's secret."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence

HEADER = "X-Hub-Signature-256"
_FORM = re.compile(r"sha256=[0-9a-f]{64}")


def sign(body: bytes, secret: str) -> str:
    """The header's value for a body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def verify(body: bytes, header_values: Sequence[str], secrets: Sequence[str]) -> bool:
    """Whether the one signature header was made with one of the secrets over exactly these bytes.

    Args:
        body: the bytes as received; anything re-serialised has another signature.
        header_values: every value of the header; none or several are refused.
        secrets: the app's current and previous secrets; empty ones never match.

    Takes the same time whichever secret matches and wherever a wrong signature differs.
    """
    if len(header_values) != 1 or not _FORM.fullmatch(header_values[0]):
        return False
    given = header_values[0].encode()
    matches = [hmac.compare_digest(sign(body, secret).encode(), given) for secret in secrets if secret]
    return any(matches)
