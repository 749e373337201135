"""What no PMS takes, checked before anything is sent."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from integrations.pms.base import Guest, Party, PmsRoomType, Reason, Refused, Stay

MAX_NAME = 120
MAX_PHONE = 20


def guest_problem(guest: Guest) -> str:
    """Which of the guest's data is unusable ("name", "phone" or "email"), "" when none is."""
    if not guest.name.strip() or len(guest.name) > MAX_NAME or not guest.name.isprintable():
        return "name"
    if len(guest.phone) > MAX_PHONE or not guest.phone.isprintable():
        return "phone"
    if guest.email:
        try:
            validate_email(guest.email)
        except ValidationError:
            return "email"
    return ""


def stay_problem(room_type: PmsRoomType, stay: Stay, *, today: dt.date) -> Refused | None:
    """Why a room type cannot take a stay whatever is free; None when it can. For a PMS that does not check itself."""
    if stay.check_in < today:
        return Refused(Reason.PAST_DATE)
    if stay.nights < 1 or not stay.rooms:
        return Refused(Reason.OTHER, "not a stay")
    if not all(fits(room_type, party) for party in stay.rooms):
        return Refused(Reason.OCCUPANCY, str(room_type.max_guests))
    if stay.nights < room_type.min_stay:
        return Refused(Reason.MIN_STAY, str(room_type.min_stay))
    if room_type.max_stay is not None and stay.nights > room_type.max_stay:
        return Refused(Reason.MAX_STAY, str(room_type.max_stay))
    return None


def fits(room_type: PmsRoomType, party: Party) -> bool:
    """Whether the people of one room may sleep in the type."""
    return (
        1 <= party.adults <= room_type.max_adults
        and len(party.children_ages) <= room_type.max_children
        and party.size <= room_type.max_guests
    )
