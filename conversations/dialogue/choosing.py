"""Choosing among shown offers by words: "la segunda", "the cheaper one", "a superior", "2".

The one place that reads the guest's words: what they point at are this conversation's own offers, which no engine
knows. It chooses only when exactly one offer is meant; otherwise nothing is chosen and the guest is asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from conversations.dialogue.effects import QuotedOption
from conversations.dialogue.values import Localised
from conversations.understanding.text import fold_plain
from conversations.understanding.types import Entities

LONGEST_CHOICE: Final = 12
"""Words. A longer message says more than a choice; then only room type and number entities count."""

_ORDINALS: Final[dict[int, str]] = {
    0: r"primer[ao]?|primeir[ao]|first|1st|1[ao]",
    1: r"segund[ao]|second|2nd|2[ao]",
    2: r"tercer[ao]?|terceir[ao]|third|3rd|3[ao]",
    3: r"cuarta|quarta|fourth|4th|4[ao]",  # cuarto and quarto are rooms
    -1: r"ultim[ao]|last(?: one)?",
}
_OF_A_DAY: Final = r"\b(?:na|de|da|desta|nesta|proxima|toda|ate|desde|para|entre)\s+(?:a\s+)?"
"""What stands before a Portuguese weekday, which is an ordinal too: "chegamos na segunda"."""
_OF_SOMETHING_ELSE: Final = (
    r"(?:[- ]feira|\s+(?:vez|veces|vezes|time|dias?|days?|noches?|nights?|noites?|semanas?|weeks?|weekend|finde?|fim|"
    r"horas?|piso|planta|andar|floor|pisos|plantas|persona|pessoa|person|guest|cama|bed|a\s+(?:terca|quarta|quinta|sexta))\b)"
)
"""What stands behind an ordinal that is of no offer: "la primera vez", "the second floor", "segunda a sexta"."""
_CHEAPEST: Final = (
    r"(?:la|el|a|o|the)?\s*(?:mas|mais|most)?\s*(?:barat[ao]|economic[ao]|em conta|cheap(?:er|est)?|"
    r"lowest(?: price)?|least expensive|budget)"
)
_DEAREST: Final = r"(?:mas|mais|most)\s+(?:car[ao]|expensive|lujos[ao]|luxuos[ao])|the best(?: one)?"
_NUMBER: Final = (
    r"(?:(?:la|el|a|o|the|opcion|opcao|option|numero|number|nro|no|n|quiero|quero|prefiero|prefiro|"
    r"habitacion|hab|quarto|cuarto|room|reserva|reservame|reserve|book|tomo|fico com)\W+)*"
    r"(\d{1,2})(?:\W+(?:por favor|porfa|please|pls|gracias|thanks|thank you|obrigad[oa]))?\W*"
)
_STOPWORDS: Final = frozenset(
    {
        "la", "el", "los", "las", "a", "o", "the", "un", "una", "um", "uma", "de", "do", "da", "con", "com", "with",
        "y", "e", "and", "habitacion", "hab", "quarto", "room", "cuarto", "opcion", "opcao", "option", "one", "por",
        "favor", "please", "para",
    }
)  # fmt: skip


def chosen_by_words(texts: Sequence[str], said: Entities, options: Sequence[QuotedOption]) -> QuotedOption | None:
    """The one option the guest points at, or None."""
    if not options:
        return None
    for folded in _short(texts):
        found = _by_place(folded, options) or _by_price(folded, options)
        if found is None and len(named := best_named(folded, options)) == 1:
            found = named[0]
        if found is not None:
            return found
    return _by_type(said.room_type, options) or _by_bare_number(said.number, options)


def pointed_at(texts: Sequence[str], said: Entities, options: Sequence[QuotedOption]) -> list[QuotedOption]:
    """The several offers a guest may mean ("la superior" at two rates), to choose among fewer."""
    for folded in _short(texts):
        if named := best_named(folded, options):
            return named
    return of_type(said.room_type, options)


def _short(texts: Sequence[str]) -> list[str]:
    folded = [fold_plain(text) for text in reversed(texts)]
    return [text for text in folded if len(text.split()) <= LONGEST_CHOICE]


def of_type(room_type: str | None, options: Sequence[QuotedOption]) -> list[QuotedOption]:
    """The options that answer to a room type of the taxonomy, in their order."""
    return [option for option in options if room_type in option.kinds] if room_type else []


def named_in_full(texts: Sequence[str], options: Sequence[QuotedOption]) -> list[QuotedOption]:
    """The options whose whole name stands in one of the texts ("una doble superior para …")."""
    folded = [set(re.findall(r"\w+", fold_plain(text))) for text in texts]
    return [option for option in options if any(words and words <= text for words in _names(option) for text in folded)]


def _names(option: QuotedOption) -> list[set[str]]:
    """The words of the room's name in each language, of every type's where there are several."""
    return _words(option.name) + [words for part in option.parts for words in _words(part.name)]


def _rate_names(option: QuotedOption) -> list[set[str]]:
    """The words of the rate's name in each language; "no" of "no reembolsable" is one of them."""
    return _words(option.rate_name) if option.rate_name is not None else []


def _words(name: Localised) -> list[set[str]]:
    return [set(re.findall(r"\w+", fold_plain(text))) - _STOPWORDS for text in (name.es, name.en, name.pt) if text]


def _by_place(folded: str, options: Sequence[QuotedOption]) -> QuotedOption | None:
    whole = re.fullmatch(_NUMBER, folded)
    if whole:
        return _by_bare_number(int(whole[1]), options)
    rest = re.sub(rf"{_OF_A_DAY}(?:segunda|terca|quarta|quinta|sexta)\b", " ", folded)
    places = [
        place for place, pattern in _ORDINALS.items() if re.search(rf"\b(?:{pattern})\b(?!{_OF_SOMETHING_ELSE})", rest)
    ]
    if len(places) == 1 and -1 <= places[0] < len(options):
        return options[places[0]]
    return None


def _by_price(folded: str, options: Sequence[QuotedOption]) -> QuotedOption | None:
    ranked = sorted(options, key=lambda option: option.total.amount)
    if len(ranked) > 1 and re.search(rf"\b(?:{_CHEAPEST})\b", folded):
        return ranked[0] if ranked[0].total != ranked[1].total else None
    if len(ranked) > 1 and re.search(rf"\b(?:{_DEAREST})\b", folded):
        return ranked[-1] if ranked[-1].total != ranked[-2].total else None
    return None


def best_named(folded: str, options: Sequence[QuotedOption]) -> list[QuotedOption]:
    """The options that share most words of room and rate with a text; none when no word is shared."""
    said = set(re.findall(r"\w+", folded)) - _STOPWORDS
    scores = [len(said & set().union(*_names(option), *_rate_names(option))) for option in options]
    best = max(scores, default=0)
    return [option for option, score in zip(options, scores, strict=True) if best and score == best]


def _by_type(room_type: str | None, options: Sequence[QuotedOption]) -> QuotedOption | None:
    matching = of_type(room_type, options)
    return matching[0] if len(matching) == 1 else None


def _by_bare_number(number: int | None, options: Sequence[QuotedOption]) -> QuotedOption | None:
    return options[number - 1] if number is not None and 1 <= number <= len(options) else None
