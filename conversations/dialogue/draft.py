"""Merging what a guest says into the stay they want, and noticing what cannot be.

Later words win. A value that cannot be (31 February, 40 nights, check-out before check-in) is reported as a `Problem`
and leaves the draft as it was; everything else said in the same message is still kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from conversations.dialogue.hotel import HotelProfile
from conversations.dialogue.replies import Count, Day, Join, Phrase, Value
from conversations.dialogue.state import Draft
from conversations.dialogue.values import clean
from conversations.understanding.types import Ambiguity, Entities
from integrations.pms.base import Party, Stay

NAME_LIMIT: Final = 80
NOTE_LIMIT: Final = 200
MAX_AHEAD: Final = dt.timedelta(days=730)
"""Nobody sells further ahead; a year misread ends here instead of in the PMS."""

A_LITTLE: Final = dt.timedelta(days=7)

ASSUMED_ADULTS: Final = {"single": 1, "double": 2, "twin": 2, "triple": 3, "quadruple": 4}
"""Party behind a room's name while the guest has not said who comes; always said back with the prices."""
USUAL_ADULTS: Final = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that cannot be: the message key that says so, its values, and what to ask instead."""

    key: str
    values: Mapping[str, Value] = field(default_factory=dict)
    slot: str = "check_in"
    group: bool = False
    """Possible, but only a person arranges it."""
    readings: tuple[str, ...] = ()
    """ISO dates (or "from/to") the guest may have meant, best first."""


def merge(draft: Draft, said: Entities, expected_slot: str | None) -> Draft:
    """The draft with what was said. Pure merging; `problems` judges the result."""
    said = with_bare_number(said, expected_slot)
    merged = _merge_types(draft, _merge_party(_merge_dates(_merge_person(draft, said), said), said), said)
    # Who sleeps where is asked again when somebody else comes.
    return merged if _people(merged) == _people(draft) else replace(merged, spread=(), ways=())


def _people(draft: Draft) -> tuple[object, ...]:
    return adults_of(draft), draft.children or 0, draft.children_ages


def _merge_types(before: Draft, merged: Draft, said: Entities) -> Draft:
    """Rooms of several types as they were said last; rooms of one type said after them take their place."""
    if said.room_types:
        same = said.room_types == before.room_types
        return replace(
            merged,
            room_types=said.room_types,
            rooms=len(said.room_types),
            room_type=None,
            spread=before.spread if same else (),
            ways=before.ways if same else (),
        )
    if not before.room_types:
        return merged
    of_it = before.room_types.count(said.room_type) if said.room_type else len(before.room_types)
    said_again = said.rooms == of_it if said.rooms is not None else said.room_type is None
    if said_again:
        return replace(merged, rooms=before.rooms, room_type=None)
    return replace(merged, rooms=said.rooms, room_type=said.room_type, room_types=(), spread=(), ways=())


def with_bare_number(said: Entities, expected_slot: str | None) -> Entities:
    """A number without meaning takes the meaning of the question that was open."""
    number = said.number
    slots = {"guests": said.guests, "adults": said.adults, "nights": said.nights, "rooms": said.rooms}
    if number is None or expected_slot not in slots or slots[expected_slot] is not None:
        if number is not None and expected_slot == "children_ages" and not said.children_ages:
            return replace(said, children_ages=(number,))
        return said
    if expected_slot == "guests":
        return replace(said, guests=number)
    if expected_slot == "adults":
        return replace(said, adults=number)
    if expected_slot == "nights":
        return replace(said, nights=number)
    return replace(said, rooms=number)


def _merge_person(draft: Draft, said: Entities) -> Draft:
    return replace(
        draft,
        name=clean(said.guest_name, NAME_LIMIT) if said.guest_name else draft.name,
        email=clean(said.email, 254) if said.email else draft.email,
        phone=clean(said.phone, 32) if said.phone else draft.phone,
        room_type=said.room_type or draft.room_type,
        rooms=said.rooms if said.rooms is not None else draft.rooms,
    )


def _merge_dates(draft: Draft, said: Entities) -> Draft:
    check_in, check_out, nights = said.check_in, said.check_out, said.nights
    if check_in is None and check_out is None and nights is None:
        return draft
    if check_in and check_out:
        return replace(draft, check_in=check_in, check_out=check_out, nights=None)
    if check_in and nights:
        return _counted(draft, check_in, nights)
    if check_out and nights:
        start = check_out - dt.timedelta(days=_sane(nights))
        return replace(draft, check_in=start, check_out=check_out, nights=None)
    if check_in:
        if draft.check_out and draft.check_in:
            # An arrival moved a little leaves the departure as it was; moved away, it takes the stay along.
            if draft.check_in - A_LITTLE <= check_in < draft.check_out:
                return replace(draft, check_in=check_in)
            return _counted(draft, check_in, (draft.check_out - draft.check_in).days)
        if draft.nights:
            return _counted(draft, check_in, draft.nights)
        if draft.check_out and draft.check_out > check_in:
            return replace(draft, check_in=check_in)
        return replace(draft, check_in=check_in, check_out=None)
    if check_out:
        if draft.nights and not draft.check_in:
            start = check_out - dt.timedelta(days=_sane(draft.nights))
            return replace(draft, check_in=start, check_out=check_out, nights=None)
        return replace(draft, check_out=check_out, nights=None)
    if draft.check_in and nights is not None:
        return _counted(draft, draft.check_in, nights)
    return replace(draft, nights=nights)


def _sane(nights: int) -> int:
    return max(0, min(nights, 3650))


def _counted(draft: Draft, check_in: dt.date, nights: int) -> Draft:
    return replace(draft, check_in=check_in, check_out=check_in + dt.timedelta(days=_sane(nights)), nights=None)


def _merge_party(draft: Draft, said: Entities) -> Draft:
    ages = said.children_ages
    children = said.children if said.children is not None else (len(ages) if ages else None)
    if said.guests is None and said.adults is None and children is None:
        return draft
    if children is not None and ages and len(ages) > children:
        children = len(ages)
    if children is None:
        kept, kept_ages = draft.children, draft.children_ages
        if said.guests is not None and said.adults is not None and said.guests > said.adults:
            kept, kept_ages = said.guests - said.adults, ()
    elif ages:
        kept, kept_ages = children, ages
    else:
        kept, kept_ages = children, draft.children_ages if draft.children == children else ()
    adults, guests = said.adults, said.guests
    if adults is None and guests is not None:
        known = kept or 0
        if known >= guests:  # "we are one" after "with two children": the children are out of date
            kept, kept_ages, known = None, (), 0
        adults = guests - known if known else None
    elif adults is None:
        adults = draft.adults
        if adults is None and draft.guests is not None and kept is not None:
            adults = draft.guests - kept if draft.guests > kept else None
    if adults is not None:
        guests = None
    elif guests is None:
        guests = draft.guests
    return replace(draft, adults=adults, guests=guests, children=kept, children_ages=kept_ages)


def adults_of(draft: Draft) -> int | None:
    """Adults as far as said; a total without children counts as adults."""
    return draft.adults if draft.adults is not None else draft.guests


def people_of(draft: Draft) -> int | None:
    """Everyone, as far as said."""
    adults = adults_of(draft)
    return None if adults is None else adults + (draft.children or 0)


def assumed(draft: Draft) -> Draft:
    """The draft with the usual party where nobody was mentioned yet."""
    if adults_of(draft) is not None:
        return draft
    if draft.room_types:
        return replace(draft, adults=sum(usual_adults(draft)))
    return replace(draft, adults=ASSUMED_ADULTS.get(draft.room_type or "", USUAL_ADULTS) * (draft.rooms or 1))


def usual_adults(draft: Draft) -> tuple[int, ...]:
    """Adults expected in each of several types of rooms while nobody was mentioned."""
    return tuple(ASSUMED_ADULTS.get(kind, USUAL_ADULTS) for kind in draft.room_types)


def as_one_type(draft: Draft) -> Stay | None:
    """`stay_of` as if its rooms were of one type: to speak of dates and people."""
    return stay_of(replace(draft, room_types=(), spread=()))


def stay_of(draft: Draft, rooms: int | None = None) -> Stay | None:
    """The stay to search for, people spread evenly over the rooms; None while dates, people or ages are missing, and
    for rooms of several types until the hotel's own types for them are known (`mixing`)."""
    adults = adults_of(draft)
    if draft.check_in is None or draft.check_out is None or adults is None:
        return None
    if (draft.children or 0) > len(draft.children_ages):
        return None
    if draft.room_types:
        is_known = bool(draft.spread) and all(party.room_type_id for party in draft.spread)
        return Stay(draft.check_in, draft.check_out, draft.spread) if is_known else None
    count = max(1, rooms or draft.rooms or 1)
    ages = draft.children_ages[: draft.children or 0]
    parties = tuple(
        Party(adults=adults // count + (1 if room < adults % count else 0), children_ages=tuple(ages[room::count]))
        for room in range(count)
    )
    return Stay(draft.check_in, draft.check_out, parties)


def adopt(draft: Draft, stay: Stay) -> Draft:
    """The draft after the guest accepted an option for `stay` (alternative dates, assumed party)."""
    ages = tuple(age for party in stay.rooms for age in party.children_ages)
    if stay.is_mixed and len(draft.room_types) != len(stay.rooms):
        draft = replace(draft, room_types=tuple(party.room_type_id for party in stay.rooms))
    return replace(
        draft,
        room_types=draft.room_types if stay.is_mixed else (),
        spread=stay.rooms if stay.is_mixed else (),
        ways=(),
        check_in=stay.check_in,
        check_out=stay.check_out,
        nights=None,
        rooms=len(stay.rooms) if len(stay.rooms) > 1 else draft.rooms,
        adults=sum(party.adults for party in stay.rooms),
        guests=None,
        children=len(ages) or None,
        children_ages=ages,
    )


def searched(draft: Draft) -> tuple[object, ...]:
    """The part of a draft that decides offers and prices."""
    return (
        draft.check_in, draft.check_out, draft.nights, adults_of(draft), draft.children or 0, draft.children_ages,
        draft.rooms or 1, draft.room_types,
    )  # fmt: skip


# -- what cannot be -------------------------------------------------------------------------------------------------


def ambiguity_problem(ambiguity: Ambiguity) -> Problem | None:
    """The question to ask about something the guest said that has no or more than one reading."""
    text = clean(ambiguity.text, 60)
    if ambiguity.kind == "date_does_not_exist":
        return Problem("problem.no_such_date", {"date": text}, readings=ambiguity.readings)
    if ambiguity.kind == "date_in_past":
        return Problem("problem.past_date_said", {"date": text}, readings=ambiguity.readings)
    if ambiguity.kind == "check_out_not_after_check_in":
        return Problem("problem.order_said", {"date": text}, slot="check_out", readings=ambiguity.readings)
    if ambiguity.kind == "dates_contradict_nights":
        return Problem("problem.nights_contradict", {}, slot="nights", readings=ambiguity.readings)
    if ambiguity.kind in ("several_readings", "date_role_unclear"):
        return Problem("problem.which_date", {"date": text}, readings=ambiguity.readings)
    return None


def dates_problem(draft: Draft, hotel: HotelProfile, today: dt.date) -> Problem | None:
    """What is impossible about the dates, by the hotel's limits."""
    check_in, check_out = draft.check_in, draft.check_out
    if draft.nights is not None and draft.nights < 1:
        return Problem("problem.no_nights", slot="nights")
    if draft.nights is not None and draft.nights > hotel.max_nights:
        return _too_long(draft.nights, hotel)
    if check_in is not None and check_in < today:
        return Problem("problem.past_date", {"day": Day(check_in), "today": Day(today)})
    if check_in is None or check_out is None:
        return None
    nights = (check_out - check_in).days
    if nights < 1:
        return Problem("problem.order", {"check_in": Day(check_in), "check_out": Day(check_out)}, slot="check_out")
    if nights > hotel.max_nights:
        return _too_long(nights, hotel)
    if check_in - today > MAX_AHEAD:
        return Problem("problem.too_far", {"day": Day(check_in)})
    return None


def _too_long(nights: int, hotel: HotelProfile) -> Problem:
    return Problem(
        "problem.too_long", {"nights": Count(nights, "night"), "limit": Count(hotel.max_nights, "night")}, slot="nights"
    )


def party_problem(draft: Draft, hotel: HotelProfile) -> Problem | None:
    """What is impossible, or only for a person to arrange, about the people and rooms."""
    adults, people = adults_of(draft), people_of(draft)
    rooms = draft.rooms if draft.rooms is not None else 1
    if rooms < 1:
        return Problem("problem.no_rooms", slot="rooms")
    if (people is not None and people > hotel.max_guests_per_room) or rooms >= hotel.group_rooms_from:
        size = Count(people, "person") if people and people > hotel.max_guests_per_room else Count(rooms, "room")
        return Problem("problem.group", {"size": size}, slot="guests", group=True)
    if adults is not None and adults < 1:
        return Problem("problem.no_adults" if (draft.children or 0) else "problem.no_guests", slot="guests")
    if (draft.children or 0) < 0 or any(not 0 <= age <= 17 for age in draft.children_ages):
        return Problem("problem.ages", slot="children_ages")
    if adults is not None and rooms > adults:
        return Problem(
            "problem.rooms_without_adult",
            {"rooms": Count(rooms, "room"), "adults": Count(adults, "adult")},
            slot="rooms",
        )
    return None


# -- saying it back -------------------------------------------------------------------------------------------------


def party_value(stay: Stay) -> Value:
    """Who comes, to say back: "2 adultos y 1 niño"; "… en 2 habitaciones" when there are several."""
    people = people_value(stay.rooms)
    if len(stay.rooms) > 1:
        return Phrase("offers.party_in_rooms", {"party": people, "rooms": Count(len(stay.rooms), "room")})
    return people


def people_value(rooms: Sequence[Party]) -> Value:
    """The people of some rooms together: "2 adultos y 1 niño"."""
    children = sum(len(party.children_ages) for party in rooms)
    adults = Count(sum(party.adults for party in rooms), "adult")
    return Join((adults, Count(children, "child")) if children else (adults,))


def for_staff(draft: Draft) -> str:
    """The draft in one neutral line for a person: "2027-01-03 → 2027-01-07 · 2+1 · double · Ana Pérez"."""
    people = None if adults_of(draft) is None else f"{adults_of(draft)}+{draft.children or 0}"
    dates = f"{draft.check_in or '?'} → {draft.check_out or '?'}" if draft.check_in or draft.check_out else None
    rooms = f"x{draft.rooms}" if draft.rooms and draft.rooms > 1 else None
    types = " + ".join(draft.room_types) or draft.room_type
    parts = (dates, people, types, rooms, draft.name, draft.email, draft.phone, *draft.notes)
    return " · ".join(part for part in parts if part)
