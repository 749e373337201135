"""Prepared answers of the desk: their places, and what fills them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from conversations.models import CannedAnswer, Conversation
from reservations.models import Reservation

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PLACES: Final = ("guest", "hotel", "me", "code", "check_in", "check_out")
"""The guest's first name, the hotel, who writes, and the guest's next stay."""
_ANY: Final = re.compile(r"\{\s*([a-z_]+)\s*\}")
COMING: Final = (Reservation.State.CONFIRMED, Reservation.State.IN_HOUSE)


def unknown_places(text: str) -> list[str]:
    """Names in braces that nothing fills."""
    return [f"{{{name}}}" for name in _ANY.findall(text) if name not in PLACES]


def places_in(text: str) -> list[str]:
    """Places of ours that are still to be filled."""
    return [f"{{{name}}}" for name in _ANY.findall(text) if name in PLACES]


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with every place that has a value filled; the others stay, and `staff.reply` refuses them."""
    return _ANY.sub(lambda found: values.get(found.group(1)) or found.group(0), text)


def values_for(conversation: Conversation, *, by: User, stay: Reservation | None) -> dict[str, str]:
    """What fills the places in this thread. `stay` is the guest's next one, if there is any."""
    guest = conversation.guest
    name = (guest.name or guest.profile_name).split()
    values = {
        "guest": name[0] if name else "",
        "hotel": conversation.tenant.name,
        "me": by.first_name or by.get_username(),
    }
    if stay is not None:
        values |= {
            "code": stay.code,
            "check_in": f"{stay.check_in:%d/%m/%Y}",
            "check_out": f"{stay.check_out:%d/%m/%Y}",
        }
    return values


def answers_for(conversation: Conversation, *, by: User, stay: Reservation | None) -> list[tuple[CannedAnswer, str]]:
    """The hotel's prepared answers in the guest's language, filled. Inside the tenant's scope."""
    values = values_for(conversation, by=by, stay=stay)
    language = conversation.language or conversation.tenant.default_language
    rows = CannedAnswer.objects.filter(tenant_id=conversation.tenant_id, is_active=True).order_by("shortcut")[:200]
    return [(row, fill(row.text(language), values)) for row in rows]
