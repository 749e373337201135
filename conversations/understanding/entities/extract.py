"""Reads all values of a message in one pass. The order of the readers is the grammar's main rule: what one has
read, no later one sees, so a price is no date, "a las 3" no third of the month and "2 personas" no second."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final

from conversations.understanding.entities.codes import read_booking_ref
from conversations.understanding.entities.contact import hide_money_and_links, read_email, read_name, read_phone
from conversations.understanding.entities.lexicon import lexicon
from conversations.understanding.entities.nights import read_nights
from conversations.understanding.entities.party import bare_number, lone_number, read_ages, read_headcount, read_party
from conversations.understanding.entities.rooms import read_room_number, read_rooms
from conversations.understanding.entities.scan import READ, Scan
from conversations.understanding.entities.spelling import respell
from conversations.understanding.entities.stay import read_stay
from conversations.understanding.entities.times import read_times
from conversations.understanding.entities.topic import read_topics
from conversations.understanding.text import Folded
from conversations.understanding.types import Entities, Language, Situation, Span

MAX_READ: Final = 1500
"""Characters the grammar reads: a stay is said in fewer, and every rule scans them all."""

_FIELDS: Final = frozenset(field.name for field in dataclasses.fields(Entities)) - {"ambiguities"}


@dataclass(frozen=True, slots=True)
class Extraction:
    """What the grammar read from one message."""

    folded: Folded
    """The text as it was read: names of months and weekdays spelled right, at most `MAX_READ` characters."""
    entities: Entities
    spans: tuple[Span, ...]
    marks: tuple[tuple[str, int, int], ...]
    """(entity, start, end) in `folded`, for the classifier."""
    guessed_arrival: bool
    """No word made the only day an arrival, only that the talk is of rooms or nights."""
    rest: str
    """The folded text with everything read cut out: what is left for words of intent."""


def extract(folded: Folded, *, language: Language, situation: Situation) -> Extraction:
    """All values of a message. Never raises; time linear in the text (of which `MAX_READ` characters are read)."""
    if len(folded.text) > MAX_READ:
        folded = Folded(folded.original, folded.text[:MAX_READ], folded.offsets[:MAX_READ])
    folded = respell(folded, language)
    scan = Scan(folded=folded, situation=situation, lexicon=lexicon(language))
    read_topics(scan)
    read_email(scan)
    hide_money_and_links(scan)
    read_booking_ref(scan)
    read_phone(scan)
    read_room_number(scan)
    read_name_first = situation.expected_slot not in ("guest_name", "name_and_email", "name")
    if read_name_first:
        read_name(scan)
    read_ages(scan)
    read_headcount(scan)
    read_times(scan)
    read_nights(scan)
    read_stay(scan)
    read_party(scan)
    read_rooms(scan)
    if not read_name_first:
        read_name(scan)
    _leftover_number(scan)
    values = {name: value for name, value in scan.values.items() if name in _FIELDS}
    entities = Entities(**values, ambiguities=tuple(scan.ambiguities))  # type: ignore[arg-type]
    rest = scan.text.replace(READ, " ")
    return Extraction(
        folded=folded,
        entities=entities,
        spans=scan.spans(),
        marks=tuple(scan.marks),
        guessed_arrival="_guessed_arrival" in scan.values,
        rest=rest,
    )


def _leftover_number(scan: Scan) -> None:
    """A number nobody claimed: `nights` or `rooms` when just asked, else `number`."""
    slot = scan.situation.expected_slot
    value = bare_number(scan)
    if value is None and slot in ("nights", "rooms") and slot not in scan.values:
        value = lone_number(scan)
    if value is None or value > 9999:
        return
    if slot in ("nights", "rooms") and slot not in scan.values and 0 < value <= 99:
        scan.set(slot, value)
        return
    if slot in ("guests", "adults", "children") and slot in scan.values:
        return
    scan.set("number", value)
    if slot not in ("offer", "room_type"):
        scan.doubt("number_without_meaning", 0, len(scan.whole), str(value))
