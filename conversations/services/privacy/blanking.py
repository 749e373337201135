"""What remains of each of a guest's rows: the fact that there was one, its times, states and money, no words.

A table that is not named here loses the guest's rows altogether: a new one forgets more than it must, never less.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from django.db import models

from conversations.services.privacy import tombstones
from reservations.models.stays import new_page_token
from tenants.permissions import label_of

Blank: TypeAlias = Mapping[str, Any]
"""New values by field; a callable is asked with the row."""

NOBODY = "—"
"""In the place of a name that has to be one."""
GONE = "[erased]"
"""In the place of a name inside somebody else's text."""


def _tombstone(row: Any) -> str:
    return tombstones.of(row.tenant_id, row.provider_id) if row.provider_id else ""


def _echo_key(row: Any) -> str:
    """What made an echo happen once named the provider's message; our own keys name rows of ours."""
    if not row.dedupe_key.startswith("echo:"):
        return str(row.dedupe_key)
    return tombstones.of(row.tenant_id, row.dedupe_key.removeprefix("echo:"))


def _question_key(row: Any) -> str:
    """A topic is a word of ours; any other key is made of the guest's own words."""
    return str(row.key) if row.topic else f"erased:{row.pk}"


UNTOUCHED: Blank = {}
"""Nothing of the guest's is in it."""

REMAINS: Mapping[str, Blank] = {
    "conversations.guest": {"name": "", "profile_name": "", "email": "", "phone": "", "language": ""},
    "conversations.conversation": {"recipient": {}, "last_text": ""},
    "conversations.message": {"text": "", "metadata": {}, "last_error": "", "provider_id": _tombstone},
    "conversations.outboundmessage": {
        "body": {}, "text": "", "why": {}, "reply_to": "", "send_to": "", "last_error": "",
        "provider_id": _tombstone, "dedupe_key": _echo_key,
    },
    "conversations.mediafile": {
        "filename": "", "external_id": "", "declared_type": "", "declared_sha256": "", "transcript": "",
        "last_error": "",
    },
    "conversations.handoff": {"summary": "", "brief": {}},
    # Others may have asked it too: that it was asked, and how often, stays.
    "conversations.unansweredquestion": {
        "example": lambda row: row.intent, "key": _question_key, "asked_in": None,
    },
    "reservations.reservation": {
        "guest_name": NOBODY, "guest_email": "", "guest_phone": "", "notes": "",
        "page_token": lambda row: new_page_token(),  # the guest's own page is closed too
    },
    "reservations.builtinbooking": {"guest_name": NOBODY, "guest_email": "", "guest_phone": "", "notes": ""},
    "reservations.builtinhold": UNTOUCHED,
    "reservations.arrangement": {"text": ""},
    "reservations.pmscall": {"request": {}, "answer": {}, "last_error": ""},
    "reservations.stayevent": {"payload": {}, "last_error": ""},
    "reservations.payment": {"checkout_url": "", "last_error": "", "token": lambda row: new_page_token()},
    "reservations.refund": {"last_error": ""},
    "reservations.reservationchange": UNTOUCHED,  # "never personal data", and the database refuses updates
    "reservations.quote": UNTOUCHED,
    "reservations.quoteoption": UNTOUCHED,
    "reservations.hold": UNTOUCHED,
    "reservations.roomassignment": UNTOUCHED,
}  # fmt: skip


def remains_of(model: type[models.Model]) -> Blank | None:
    """The values a row of the guest's is left with; None when the row goes."""
    return REMAINS.get(label_of(model))


def blank(row: models.Model, values: Blank) -> list[str]:
    """Set the values on a row; returns the names of those that changed. The caller saves."""
    changed = []
    for name, value in values.items():
        new = value(row) if isinstance(value, Callable) else value  # type: ignore[arg-type]
        if getattr(row, name) != new:
            setattr(row, name, new)
            changed.append(name)
    return changed


def without(value: Any, pattern: re.Pattern[str]) -> Any:
    """A text or JSON value with the guest's names taken out of every string in it."""
    if isinstance(value, str):
        return pattern.sub(GONE, value)
    if isinstance(value, dict):
        return {pattern.sub(GONE, key): without(one, pattern) for key, one in value.items()}
    if isinstance(value, list):
        return [without(one, pattern) for one in value]
    if isinstance(value, int) and not isinstance(value, bool) and pattern.search(str(value)):
        return GONE
    return value
