"""The shape of a language's word tables; one module per language fills it (see docs/adding-a-language.md).

All words are folded (lower case, no accents). A field called `…_re` is a regular-expression fragment without
capturing groups; the others are plain words. Fragments must not nest unbounded repeats: the grammar's time is
linear only as long as they do not.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything the stay grammar knows of one language."""

    language: str
    day_first: bool
    """Whether 3/4 is the third of April."""

    # numbers
    numbers: Mapping[str, int]
    one_words: frozenset[str]
    """Words of `numbers` that are also articles: a count only directly before a noun."""
    ordinals: Mapping[str, int]
    ordinal_suffix_re: str

    # calendar
    months: Mapping[str, int]
    month_before_day: frozenset[str]
    """Month names that may stand before the day ("enero 3"); leaves out words with another meaning ("mar")."""
    weekdays: Mapping[str, int]
    of_re: str
    """Between day and month."""
    year_link_re: str
    article_re: str
    """May stand before a day number."""
    day_marks_re: str
    """What makes a bare number a day of the month when it stands before it."""
    bare_needs_suffix: bool
    """English: a bare day needs "the" or its ordinal ending."""
    relative_days: Mapping[str, int]
    """Fixed expressions to the number of days from today."""
    day_unit_re: str
    week_unit_re: str
    month_unit_re: str
    in_n_re: str
    """"{n}" {unit}: how "in three days" is written; `{n}` and `{u}` are filled in."""
    ago_n_re: str
    next_before_re: str
    next_after_re: str
    this_before_re: str
    this_week_after_re: str
    next_week_after_re: str
    weekend_re: str
    this_month_re: str
    next_month_re: str
    in_month_re: str
    """Before a month name alone: "en", "durante"."""

    # ranges and roles
    connector_re: str
    between_re: str
    and_re: str
    from_re: str
    arrive_re: str
    leave_re: str
    until_re: str
    stay_re: str
    """Words that make a date without a role the first night."""
    not_stay_re: str
    """Words that make a date belong to a table, a treatment, a taxi or a complaint."""

    # counted things
    night_re: str
    count_units_re: str
    """What after a number shows that it is no day of the month."""
    weeks_words: Mapping[str, int]
    """Fixed durations to nights."""
    person_re: str
    adult_re: str
    child_re: str
    baby_re: str
    age_unit_re: str
    age_month_re: str
    we_are_re: str
    for_re: str
    alone_re: str
    couple_re: str
    family_of_re: str
    none_re: str
    me_re: str
    adult_relation_re: str
    child_relation_re: str
    possessive_re: str
    plus_re: str
    room_re: str
    room_types: tuple[tuple[str, str], ...]
    """Fragment to one of ROOM_TYPES, most specific first."""
    room_number_re: str

    # times
    at_re: str
    hour_unit_re: str
    dayparts: tuple[tuple[str, str], ...]
    """Fragment to morning, afternoon, night or early."""
    half_re: str
    quarter_re: str
    past_re: str
    to_re: str
    noon_re: str
    midnight_re: str
    time_from_re: str
    time_to_re: str
    minutes_first: bool
    """English "25 to 7"; Spanish and Portuguese say the hour first."""

    # names and contact
    name_before_re: str
    name_after_re: str
    not_a_name: frozenset[str]
    name_particles: frozenset[str]
    phone_words_re: str
    booking_words_re: str

    # holidays: fragment to a key of `holidays_by_name.FIXED` or `MOVABLE`
    holidays: tuple[tuple[str, str], ...]


def alternatives(words: Iterable[str]) -> str:
    """A group matching any of the words, longest first so that "veinte" does not win over "veinte y dos"."""
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    return "(?:" + "|".join(re.escape(word).replace(r"\ ", " ?") for word in ordered) + ")"


@functools.cache
def lexicon(language: Literal["es", "en", "pt"] | str) -> Lexicon:
    """The word tables of a language; Spanish when it is not one of ours."""
    if language == "en":
        from conversations.understanding.entities.lexicon_en import ENGLISH

        return ENGLISH
    if language == "pt":
        from conversations.understanding.entities.lexicon_pt import PORTUGUESE

        return PORTUGUESE
    from conversations.understanding.entities.lexicon_es import SPANISH

    return SPANISH
