"""Which form of address a Spanish-speaking guest uses. Only the tone of the answer follows from it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from conversations.dialogue.state import Address
from conversations.understanding.text import fold_plain

_VOS = re.compile(
    r"\b(?:vos|tenes|podes|queres|sos|decime|contame|mandame|pasame|avisame|reservame|fijate|"
    r"sabes vos|haceme|confirmame|respondeme)\b"
)
_TU = re.compile(
    r"\b(?:tu|tienes|puedes|quieres|eres|dime|cuentame|mandame tu|pasame tu|avisame tu|sabes|haces|podrias|tendrias|"
    r"contigo|ti)\b"
)
_USTED = re.compile(r"\b(?:usted|ustedes|digame|tiene usted|podria usted|disculpe|indiqueme|confirmeme)\b")


def heard_in(texts: Sequence[str], before: Address | None) -> Address | None:
    """The form used in the last text that shows one, else what was known."""
    for text in reversed(texts):
        folded = fold_plain(text)
        for address, pattern in ((Address.VOS, _VOS), (Address.TU, _TU), (Address.USTED, _USTED)):
            if pattern.search(folded):
                return address
    return before
