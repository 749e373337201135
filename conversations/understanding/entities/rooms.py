"""How many rooms and of which type, in the taxonomy's words or the hotel's own."""

# ruff: noqa: E501 - word tables and patterns read better unbroken

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from typing import Final

from conversations.understanding.entities.lexicon import alternatives, lexicon
from conversations.understanding.entities.numbers import count_re, count_value
from conversations.understanding.entities.scan import Scan

_TYPE_NOUN: Final = (
    r"(?:dobles?|triples?|simples?|singles?|individual|matrimonial|cuadruple|duplos?|triplos?|double|twin)"
    r"(?![^\W_])(?! (?:camas?|beds?|bed|pregunta|consulta|duda|pergunta|vez|vidrio|espresso|check(?! ?-?(?:in|out))|price|booked|charge\w*|cobro|reserva))"
)
"""A type that stands for the room itself: "dos dobles y una triple"."""
_DOOR: Final = re.compile(
    r"\b(?:(?:soy|somos|estoy|estamos|hablo|llamo|escribo) (?:de|en|desde) la|(?:en|desde|para|a) la|(?:estou|estamos|sou|somos|falo) (?:no|do)|(?:i'm|im|we're|we are|i am) in|guests? in|from|to|in|of|(?:pro|pra|para|ao|no|do|para o))"
    r" (\d{3}(?:[a-z](?![^\W_]))?)(?![\d%/-]|[.,:]\d| ?(?:pesos|usd|reais|euros?|dol\w+|personas?|people|pessoas?|km|m\b|noches?|nights?|adult\w*))"
)
"""Guests in the house name their room by its number alone."""
_DOOR_FIRST: Final = re.compile(r"^\W{0,3}(\d{3}) (?:here|aqui|aca|speaking)\b")
_LISTED: Final = r"(?: \w+){0,2} ?(?:y|e|and|,|\+|mas|mais|plus|con|com) ?(?:otra |another |outro )?"


@functools.cache
def _compiled(
    language: str,
) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], tuple[tuple[re.Pattern[str], str], ...]]:
    x = lexicon(language)
    kinds = (
        "(?:(?:"
        + "|".join(f"(?:{fragment})" for fragment, _ in x.room_types)
        + r"|large|larger|big|bigger|nice|quiet|cheap|normal|free|available|extra|more|adjoining|connecting|non-smoking|accessible|mas|otra|king|vip|honeymoon|single|double|twin|triple|family|biggest|largest|smallest|best|cheapest|simples?|dobles?|duplos?|de casal|casal) ){0,2}"
    )
    counted = re.compile(
        rf"(?P<n>{count_re(language)}) (?P<k>{kinds})(?P<w>{x.room_re}|{_TYPE_NOUN})(?![^\W_])(?! ?(?:{x.night_re}))"
    )
    fragments = "|".join(f"(?:{fragment})" for fragment, _ in x.room_types)
    # Elsewhere "un familiar" is a relative.
    family = re.compile(
        rf"(?: (?:{fragments}))? ?(?:y|e|,|\+|mas|mais) ?(?P<n>una|dos|tres|um|dois|[1-9]) (?P<k>)(?P<w>familiar(?:es)?)(?![^\W_])"
    )
    number = re.compile(rf"(?<![^\W_]){x.room_number_re}")
    types = tuple((re.compile(rf"(?<![^\W_])(?:{fragment})(?![^\W_])"), name) for fragment, name in x.room_types)
    return counted, family, number, types


def read_room_number(scan: Scan) -> None:
    """ "Habitación 204": before any other number is read."""
    _, _, pattern, _ = _compiled(scan.lexicon.language)
    match = next((found for found in pattern.finditer(scan.text) if not _is_day(scan, found)), None)
    if match:
        scan.set("room_number", match.group(1).upper())
        scan.take("room_number", match.start(1), match.end(1))
    elif door := _DOOR.search(scan.text) or _DOOR_FIRST.search(scan.text):
        scan.set("room_number", door.group(1).upper())
        scan.take("room_number", door.start(1), door.end(1))
    elif scan.expects("room_number"):
        bare = re.search(r"(?<![\w/])\d{1,4}[a-z]?(?![\w/])", scan.text)
        if bare:
            scan.set("room_number", bare.group().upper())
            scan.take("room_number", bare.start(), bare.end())


@functools.cache
def _day_after(language: str) -> re.Pattern[str]:
    x = lexicon(language)
    return re.compile(
        rf"(?:st|nd|rd|th)\b|(?:{x.connector_re}) ?\d| ?(?:y|e|and) (?:el |o |the )?\d|(?:{x.of_re}){alternatives(x.months)}\b|[/.]\d| (?:de|of|del|do) \d|,? ?x ?\d|,? (?:por|for) {count_re(language)} "
    )


def _is_day(scan: Scan, match: re.Match[str]) -> bool:
    """ "Quarto 14 a 16 de junho": the number behind the room is the first day."""
    said = match.group(1)
    return (
        len(said) <= 2
        and said.isdigit()
        and int(said) <= 31
        and _day_after(scan.lexicon.language).match(scan.text[match.end() : match.end() + 20]) is not None
    )


def read_rooms(scan: Scan) -> None:
    """Fill `rooms`, `room_type` and, where rooms of several types are named, `room_types`."""
    counted, family, _, types = _compiled(scan.lexicon.language)
    total: int | None = None
    last_end = 0
    told: list[tuple[int, int, int]] = []
    again: list[tuple[int, int, int]] = []
    for match in _with_family(scan.text, list(counted.finditer(scan.text)), family):
        value = count_value(match["n"], scan.lexicon)
        if value is None or not 0 < value <= 99:
            continue
        if (
            match["n"] in scan.lexicon.one_words
            and total
            and not re.fullmatch(_LISTED, scan.whole[last_end : match.start("n")])
            and not (
                re.fullmatch(r"(?: \w+)?,? ", scan.whole[last_end : match.start("n")])
                and re.fullmatch(_TYPE_NOUN, match["w"])
            )
        ):
            again.append((match.start("n"), match.end(), value))
            continue  # "a room … a quiet room" is one room told twice
        last_end = match.end()
        total = (total or 0) + value
        told.append((match.start("n"), match.end(), value))
        scan.take("rooms", match.start("n"), match.end("n"))
    if _tells_again(scan, every := sorted([*told, *again]), types):
        told, total = every[1:], every[0][2]
    if len(told) > 1:
        _read_types(scan, told, types)
    if total is not None:
        scan.set("rooms", total)
    own = _own_name(scan)
    if own:
        return
    for pattern, name in types:
        said = pattern.search(scan.text)
        if said:
            scan.set("room_type", name)
            scan.marks.append(("room_type", said.start(), said.end()))
            return


def _with_family(text: str, counted: Iterable[re.Match[str]], family: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """Also "… y una familiar" right behind a counted room."""
    for match in counted:
        yield match
        if also := family.match(text, match.end()):
            yield also


def _tells_again(scan: Scan, every: list[tuple[int, int, int]], types: tuple[tuple[re.Pattern[str], str], ...]) -> bool:
    """ "Two rooms: a double and a triple": a number of rooms, then each of them by its type."""
    if len(every) < 3 or every[0][2] != sum(count for _, _, count in every[1:]):
        return False
    first = scan.whole[every[0][0] : every[1][0]]
    return not any(pattern.search(first) for pattern, _ in types)


def _read_types(scan: Scan, told: list[tuple[int, int, int]], types: tuple[tuple[re.Pattern[str], str], ...]) -> None:
    """One type per room when each is named and they differ; the type stands before its noun or behind it."""
    named: list[str] = []
    ends = [start for start, _, _ in told[1:]] + [told[-1][1] + 16]
    for (start, _, count), end in zip(told, ends, strict=True):
        said = scan.whole[start:end]
        named += [next((name for pattern, name in types if pattern.search(said)), "")] * count
    if all(named) and len(set(named)) > 1:
        scan.set("room_types", tuple(named))


def _own_name(scan: Scan) -> bool:
    """The hotel's own room names win over the taxonomy's words; the longest one first."""
    names = scan.situation.room_type_names
    if not names:
        return False
    pattern = _own_pattern(tuple(sorted(names)))
    match = pattern.search(scan.text)
    if match is None:
        return False
    plain = match.group().replace(" ", "")
    scan.set("room_type", next(code for name, code in sorted(names.items()) if name.replace(" ", "") == plain))
    scan.marks.append(("room_type", match.start(), match.end()))
    return True


@functools.lru_cache(maxsize=256)
def _own_pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_]){alternatives(names)}(?![^\W_])")
