"""A visitor whom the hotel's own site knows: `identifier_hash` is HMAC-SHA256 of the identifier, made on its server.

The scheme of the field (Chatwoot, Intercom, Front): a page cannot make the hash, so it cannot claim to be somebody.
"""

from __future__ import annotations

import hashlib
import hmac


def identifier_hash(identifier: str, secret: str) -> str:
    """What the hotel's server has to give along with an identifier."""
    return hmac.new(secret.encode(), identifier.encode(), hashlib.sha256).hexdigest()


def is_genuine(identifier: str, given: str, secret: str) -> bool:
    """Whether the hash was made with the widget's secret. Constant time; never true without a secret."""
    if not secret or not identifier:
        return False
    return hmac.compare_digest(identifier_hash(identifier, secret).encode(), given.lower().encode(errors="replace"))
