"""Folding a message into the form the grammar and the classifier read, without losing where each character was.

Guarantees: linear in the length of the text, at most `MAX_CHARS` characters are read (a WhatsApp text has at most
4,096), no text raises. Folding is NFKC, lower case, accents dropped, control and format characters to spaces,
typographic quotes and dashes to ASCII, runs of blanks to one blank.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

MAX_CHARS: Final = 4096
"""What Meta lets a guest write in one message; longer mail bodies are understood by their beginning."""

_REPLACED: Final = {
    "‘": "'", "’": "'", "´": "'", "`": "'", "ʼ": "'", "“": '"', "”": '"', "«": '"', "»": '"',
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "º": "o", "°": "o", "ª": "a",
    "→": "->", "➡": "->", "×": "x", "…": " ... ", "№": " no ",
    "ß": "ss", "\n": "\n", "\u2028": "\n", "\u2029": "\n", "\r": "\n",
}  # fmt: skip
_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[^\w\s]", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text and, for each of its characters, the offset of the character it came from."""

    original: str
    text: str
    offsets: tuple[int, ...]

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Half-open offsets in the original text of `text[start:end]`."""
        if start >= end or not self.offsets:
            return (0, 0)
        return (self.offsets[start], self.offsets[end - 1] + 1)

    def written(self, start: int, end: int) -> str:
        """`text[start:end]` as the guest wrote it."""
        first, last = self.origin(start, end)
        return self.original[first:last]


@functools.lru_cache(maxsize=4096)
def _fold_char(char: str) -> str:
    if char in _REPLACED:
        return _REPLACED[char]
    category = unicodedata.category(char)
    if category == "Cf":  # joiners and direction marks vanish: they split no word
        return ""
    if category in ("Cc", "Cs", "Co", "Cn", "Zs"):
        return " "
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", char)).lower()
    return "".join(c for c in unicodedata.normalize("NFD", folded) if not unicodedata.combining(c))


def fold(text: str) -> Folded:
    """The folded form of the first `MAX_CHARS` characters of `text`."""
    chars: list[str] = []
    offsets: list[int] = []
    blank = True  # leading blanks are dropped
    for offset, char in enumerate(text[:MAX_CHARS]):
        # One character may fold to eighteen (U+FDFA); three keep every letter and bound the result.
        for out in _fold_char(char)[:5]:
            if out in " \n":
                if blank:
                    if out == "\n" and chars and chars[-1] == " ":
                        chars[-1] = "\n"
                    continue
                blank = True
            else:
                blank = False
            chars.append(out)
            offsets.append(offset)
    while chars and chars[-1] in " \n":
        chars.pop()
        offsets.pop()
    return Folded(original=text, text="".join(chars), offsets=tuple(offsets))


def fold_plain(text: str) -> str:
    """Only the folded characters, for tables and comparisons."""
    return fold(text).text


def words(folded: str) -> list[str]:
    """Words, numbers and single marks of a folded text, in order."""
    return _WORD.findall(folded)
