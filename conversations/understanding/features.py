"""What the classifier sees of a message: n-grams of words and letters, values replaced by what they are, and what
the conversation was about. Every feature is a 32-bit hash, so that no vocabulary is kept or loaded."""

# ruff: noqa: E501 - word tables and patterns read better unbroken

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterable
from typing import Final

from conversations.understanding.concepts import phrase
from conversations.understanding.context import has_values, only_values
from conversations.understanding.entities import Extraction
from conversations.understanding.text import Folded

MAX_WORDS: Final = 80
"""Words of a message the classifier reads; what a guest wants is said in fewer."""
MAX_LETTERS: Final = 24
MAX_CONCEPTS: Final = 24
"""Pairs of concepts grow with the square of this."""

_TOKENS: Final = {
    "check_in": "_date", "check_out": "_date", "date": "_date", "time": "_time", "nights": "_nights", "guests": "_party", "adults": "_party",
    "children": "_party", "children_ages": "_age", "guest_name": "_name", "email": "_email", "phone": "_phone", "booking_ref": "_code",
    "room_number": "_num", "rooms": "_num", "number": "_num",
}  # fmt: skip
_WORD: Final = re.compile(r"_[a-z]+|[^\W\d_]+(?:'[^\W\d_]+)?|\d+|[?!]|[^\w\s.,;:()\"'\-/]")
_REPEAT: Final = re.compile(r"([^\W\d_])\1{2,}")
_NEGATED: Final = re.compile(
    r"\b(?:no|not|nao|dont|don't|didn't|never|nunca|sin|without|sem|tampoco|ni|nem)\b(?: \w+){0,3}? (cancel\w*|anul\w*|reserv\w*|book\w*|cambi\w*|chang\w*|mud\w*|alter\w*|modific\w*)"
)
_ASKS: Final = re.compile(
    r"^(?:\W|hola|hi|hello|oi|ola|buenas?|please|por favor|y|and|e)*(?P<q>que|cual\w*|como|cuando|donde|cuanto\w*|quien|por que|what|which|how|when|where|who|why|is|are|do|does|can|could|will|would|"
    r"qual|quais|quando|onde|quanto\w*|quem|porque|hay|tienen|tem|ha|puedo|posso|se puede|pode|podria|poderia)\b"
)


def tokens(folded: Folded, found: Extraction) -> list[str]:
    """Words of the message with what the grammar read replaced by its kind ("_date", "_party")."""
    text = folded.text[:1500]
    pieces: list[str] = []
    at = 0
    for entity, start, end in sorted(found.marks, key=lambda mark: (mark[1], -mark[2])):
        token = _TOKENS.get(entity)
        if token is None or start < at or end > len(text):
            continue
        pieces.append(text[at:start])
        pieces.append(f" {token} ")
        at = end
    pieces.append(text[at:])
    joined = _REPEAT.sub(r"\1\1", "".join(pieces))
    words = _WORD.findall(joined)[:MAX_WORDS]
    out: list[str] = []
    for word in words:
        piece = "_num" if word[0].isdigit() else word[:MAX_LETTERS]
        if piece[0] == "_" and out and out[-1] == piece:
            continue
        out.append(piece)
    return out


def word_features(words: list[str]) -> dict[str, float]:
    """One- to three-word sequences, with the message's borders, and pairs with a gap."""
    counts: dict[str, float] = {}
    padded = ["<", *words, ">"]
    for size in (1, 2, 3):
        for index in range(len(padded) - size + 1):
            if size == 1 and padded[index] in "<>":
                continue
            key = "w" + " ".join(padded[index : index + size])
            counts[key] = counts.get(key, 0.0) + 1.0
    for index in range(len(words) - 2):
        key = "k" + words[index] + " " + words[index + 2]
        counts[key] = counts.get(key, 0.0) + 1.0
    return counts


def letter_features(words: list[str]) -> dict[str, float]:
    """Letter sequences inside words, with the words' borders: typos and inflections meet here."""
    counts: dict[str, float] = {}
    for word in words:
        if word[0] == "_":
            continue
        padded = f" {word} "
        for size in (2, 3, 4, 5):
            for index in range(len(padded) - size + 1):
                key = padded[index : index + size]
                counts[key] = counts.get(key, 0.0) + 1.0
    return counts


def concept_features(words: list[str]) -> dict[str, float]:
    """What the words mean, alone, in sequence and in pairs: shared by the three languages."""
    found: list[str] = []
    counts: dict[str, float] = {}
    at = 0
    while at < len(words):
        meant, length = phrase(words, at)
        if meant:
            if not found or found[-1] != meant[0]:
                found.append(meant[0])
            for other in meant[1:]:
                counts[other] = 1.0
        elif words[at][0] in "_?":
            found.append(words[at])
        at += length
    found = found[:MAX_CONCEPTS]
    for size in (1, 2, 3):
        for index in range(len(found) - size + 1):
            counts[" ".join(found[index : index + size])] = 1.0
    alone = sorted(set(found))
    for index, first in enumerate(alone):
        for second in alone[index + 1 :]:
            counts[f"{first}&{second}"] = 1.0
    return counts


def flags(folded: Folded, found: Extraction, slot: str | None, words: list[str], meanings: int) -> list[str]:
    """Hand-made hints: what was read, what was asked, whether it is a question, what is denied, whether it is hotel talk."""
    out = [f"n{min(len(words), 12)}", f"m{min(meanings, 3)}", f"m{min(meanings, 3)} n{min(len(words), 4)}"]
    said = found.entities.as_dict()
    out += [f"e{name}" for name in said if name != "topic"]
    out += [f"t{name}" for name in found.entities.topic]
    text = folded.text[:1500]
    if "?" in text or "¿" in text:
        out.append("q?")
    asked = _ASKS.match(text)
    if asked:
        out.append("q" + asked["q"])
    negated = _NEGATED.search(text)
    if negated:
        out.append("not" + negated[1][:5])
    if only_values(found):
        out.append("only")
    elif has_values(found):
        out.append("some")
    if slot:
        out.append(f"s{slot}")
        if words:
            out.append(f"s{slot} {words[0]}")
        if slot in said:
            out.append("answers")
    return out


def hashed(names: Iterable[str], prefix: str) -> list[int]:
    """32-bit hashes of feature names."""
    return [zlib.crc32((prefix + name).encode("utf-8", "surrogatepass")) for name in names]


def vector(found: Extraction, slot: str | None) -> tuple[list[int], list[float], list[int]]:
    """(hashes, term weights, group of each: 0 words, 1 letters, 2 flags, 3 concepts), before inverse document frequency."""
    folded = found.folded
    words = tokens(folded, found)
    spoken, letters = word_features(words), letter_features(words)
    meant = concept_features(words)
    hints = list(dict.fromkeys(flags(folded, found, slot, words, len(meant))))
    hashes = hashed(spoken, "w") + hashed(letters, "c") + hashed(hints, "f") + hashed(meant, "m")
    weights = [1.0 + math.log(count) for count in spoken.values()]
    weights += [1.0 + math.log(count) for count in letters.values()]
    weights += [1.0] * (len(hints) + len(meant))
    groups = [0] * len(spoken) + [1] * len(letters) + [2] * len(hints) + [3] * len(meant)
    return hashes, weights, groups
