"""The hotel and the guest as the dialogue sees them."""

from __future__ import annotations

import unicodedata
from typing import cast

from conversations.dialogue.hotel import Caller, HotelProfile, Tone
from conversations.models import Conversation
from conversations.understanding.types import Language
from hotel_agent.common import clock
from reservations.selectors import room_types
from tenants.models import Tenant


def folded(name: str) -> str:
    """Lower case without accents, as the understanding engine compares names."""
    decomposed = unicodedata.normalize("NFKD", name.lower())
    return " ".join("".join(char for char in decomposed if not unicodedata.combining(char)).split())


def hotel_profile(tenant: Tenant) -> HotelProfile:
    """The hotel's limits, tone and names. Inside the tenant's scope."""
    names: dict[str, str] = {}
    for room_type in room_types(tenant).values():
        for name in (room_type.name_es, room_type.name_en, room_type.name_pt):
            if name and room_type.is_active:
                names[folded(name)] = room_type.kind
    return HotelProfile(
        name=tenant.name,
        zone=tenant.time_zone,
        country=tenant.country,
        currency=tenant.currency,
        languages=tuple(cast("list[Language]", tenant.languages)),
        default_language=cast("Language", tenant.default_language),
        tone=Tone(tenant.tone),
        portuguese_variant=tenant.portuguese_variant,
        rollover_hour=tenant.rollover_hour,
        check_in_from=tenant.check_in_from,
        check_out_until=tenant.check_out_until,
        max_nights=tenant.max_nights,
        max_guests_per_room=tenant.max_guests_per_room,
        group_rooms_from=tenant.group_rooms_from,
        late_after=clock.minutes(clock.LATE_AFTER_MIN),
        booking_prefix=tenant.code_prefix,
        phone=tenant.phone,
        email=tenant.email,
        privacy_url=tenant.privacy_url,
        room_type_names=names,
    )


def caller(conversation: Conversation) -> Caller:
    """What the channel and earlier stays tell about the guest."""
    guest = conversation.guest
    return Caller(
        channel=conversation.channel,
        phone=guest.phone,
        email=guest.email,
        name=guest.name,
        opted_out=guest.opted_out_at is not None,
    )
