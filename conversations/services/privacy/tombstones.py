"""What is kept of an erased message so that its late duplicate is known: a keyed hash of its id, nothing of its guest.

Providers deliver again for days (Meta: seven), from other packagings than the one we stored. An erased message keeps
its row, and in the place of the provider's id the hash of it; ids of WhatsApp contain the sender's number.
"""

from __future__ import annotations

from django.utils.crypto import salted_hmac

PREFIX = "erased:"


def of(tenant_id: int, provider_id: str) -> str:
    """The stored form of an erased message's id at one hotel. An id that is one already stays as it is."""
    if provider_id.startswith(PREFIX):
        return provider_id
    return PREFIX + salted_hmac("erased-message", f"{tenant_id}:{provider_id}", algorithm="sha256").hexdigest()
