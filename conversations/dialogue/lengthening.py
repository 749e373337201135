"""How many nights longer or shorter a guest wants the stay: "una noche más", "two nights less", "mais uma noite".

Read from the words, beside `choosing`: a number of nights means the length of a stay, except in front of "more" or
"less", and only a stay with dates, booked or being talked about, can get longer. What was read is said back with dates
and price before anything changes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from conversations.understanding.text import fold_plain

_NUMBERS: Final = {
    "un": 1, "una": 1, "uno": 1, "one": 1, "a": 1, "an": 1, "um": 1, "uma": 1, "dos": 2, "two": 2, "dois": 2, "duas": 2,
    "tres": 3, "three": 3, "cuatro": 4, "four": 4, "quatro": 4, "cinco": 5, "five": 5,
}  # fmt: skip
COUNT: Final = rf"(?:\d{{1,2}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"
_NIGHT: Final = r"(?:noches?|noites?|nights?|dias?|days?)"
_MORE: Final = r"(?:mas|mais|a mais|more|extra|adicional(?:es)?|adicionais|additional|longer)"
_LESS: Final = r"(?:menos|a menos|less|fewer|shorter)"
_ADD: Final = (
    r"(?:agreg\w+|anad\w+|sum\w+|add|adding|acrescent\w+|adicion\w+|extend\w*|extender\w*|extien\w+|prolong\w+|"
    r"alarg\w+|estend\w+)"
)
_TAKE: Final = r"(?:quit\w+|sac\w+|rest\w+|remove|drop|tirar|retirar|cut)"
_READINGS: Final = tuple(
    (re.compile(rf"\b{pattern}\b"), sign)
    for sign, word in ((+1, _MORE), (-1, _LESS))
    for pattern in (
        rf"(?P<count>{COUNT}) {_NIGHT} {word}",
        rf"(?P<count>{COUNT}) {word} {_NIGHT}",
        rf"{word} (?P<count>{COUNT}) {_NIGHT}",
    )
) + tuple(
    (re.compile(rf"\b{verb}(?: (?!por\b)\w+){{0,3}}?(?: (?:por|by|for|em|off))? (?P<count>{COUNT}) {_NIGHT}\b"), sign)
    for sign, verb in ((+1, _ADD), (-1, _TAKE))
)
_ANOTHER: Final = re.compile(rf"\b(?:otra|otro|outra|outro|another|an extra|an additional) {_NIGHT}\b")


_OF_SOMETHING_ELSE: Final = re.compile(
    r"\b(?:hold\w*|keep (?:it|them|that|this)|(?:to|para|pra) (?:decide|think|decidir\w*|pensar\w*)|wait|give me|"
    r"guard\w+|esper(?:a|ar|ame|en|enme)\b|reten\w+|manten\w+|segur(?:a|ar|e|em)\b|avis\w+)"
)
"""What days are wanted for that are none of the stay: "can you hold it one more day?", "dos días más para decidir"."""


def counted(word: str) -> int:
    """The number a match of `COUNT` says."""
    return int(word) if word.isdigit() else _NUMBERS[word]


def more_nights(texts: Sequence[str]) -> int:
    """Nights longer (below zero: shorter) by the last text that says so; 0 when none does."""
    for text in reversed(texts):
        folded = fold_plain(text)
        if _OF_SOMETHING_ELSE.search(folded):
            continue
        for pattern, sign in _READINGS:
            found = pattern.search(folded)
            if found:
                return sign * counted(found["count"])
        if _ANOTHER.search(folded):
            return 1
    return 0
