"""One slip of the finger in the name of a month or a weekday: "diciemre", "vienres", "Febuary", "setmebro".

Only long names, only one slip, only with the first letter right, and never a word that means something else.
"""

# ruff: noqa: E501 - tables read better unbroken

from __future__ import annotations

import functools
import re
from typing import Final

from conversations.understanding.entities.lexicon import lexicon
from conversations.understanding.text import Folded

SHORTEST: Final = 6
"""Shorter names have too many neighbours ("abril" and "abrir", "marzo" and "marco")."""
_OTHER_WORDS: Final = frozenset(
    {"vienes", "vienen", "jueces", "segundo", "segundos", "domino", "domingos", "sabados", "martin", "marte", "augusto", "quarto", "quinto"}
)  # fmt: skip
_AMBIGUOUS: Final = frozenset({"segunda", "quarta", "quinta", "martes"})
_WORD: Final = re.compile(r"[a-z]{5,12}")


@functools.cache
def _names(language: str) -> dict[str, tuple[str, ...]]:
    """Long names by their first letter."""
    x = lexicon(language)
    found: dict[str, list[str]] = {}
    for name in sorted({*x.months, *x.weekdays}):
        if len(name) >= SHORTEST and name.isalpha() and name not in _AMBIGUOUS:
            found.setdefault(name[0], []).append(name)
    return {letter: tuple(names) for letter, names in found.items()}


@functools.lru_cache(maxsize=8192)
def _meant(word: str, language: str) -> str | None:
    """The name a word is one slip away from; None when it is a name already or no name."""
    x = lexicon(language)
    if word in x.months or word in x.weekdays or word in _OTHER_WORDS:
        return None
    return next(
        (name for name in _names(language).get(word[0], ()) if word != name + "s" and _one_slip(word, name)), None
    )


def _one_slip(written: str, name: str) -> bool:
    """Whether one letter is missing, added, wrong or swapped with its neighbour."""
    if abs(len(written) - len(name)) > 1:
        return False
    start = 0
    while start < min(len(written), len(name)) and written[start] == name[start]:
        start += 1
    rest, wanted = written[start:], name[start:]
    if len(rest) == len(wanted):
        swapped = len(rest) > 1 and rest[:2] == wanted[1::-1] and rest[2:] == wanted[2:]
        return rest[1:] == wanted[1:] or swapped
    return rest[1:] == wanted if len(rest) > len(wanted) else rest == wanted[1:]


def respell(folded: Folded, language: str) -> Folded:
    """The text with such names spelled right; offsets still point into the original."""
    text: list[str] = []
    offsets: list[int] = []
    changed = False
    at = 0
    for match in _WORD.finditer(folded.text):
        if (
            folded.text[match.start() - 1 : match.start()].isalnum()
            or folded.text[match.end() : match.end() + 1].isalnum()
        ):
            continue
        name = _meant(match.group(), language)
        if name is None:
            continue
        changed = True
        text += [folded.text[at : match.start()], name]
        offsets += folded.offsets[at : match.start()]
        last = match.end() - 1
        offsets += [folded.offsets[min(match.start() + index, last)] for index in range(len(name) - 1)]
        offsets.append(folded.offsets[last])
        at = match.end()
    if not changed:
        return folded
    return Folded(folded.original, "".join(text) + folded.text[at:], (*offsets, *folded.offsets[at:]))
