"""Numbers as guests write them: digits or the words of their language."""

from __future__ import annotations

import functools
import re

from conversations.understanding.entities.lexicon import Lexicon, alternatives


@functools.cache
def count_re(language: str) -> str:
    """Fragment of a count up to 99, digits or words, articles included."""
    from conversations.understanding.entities.lexicon import lexicon

    return rf"(?:(?<![\d.,/:-])\d{{1,2}}(?![\d/:]|[.,]\d)|\b{alternatives(lexicon(language).numbers)}\b)"


def count_value(text: str, words: Lexicon) -> int | None:
    """The value of what `count_re` matched."""
    text = re.sub(r"\s+", " ", text.strip())
    if text.isdigit():
        return int(text)
    return words.numbers.get(text)


@functools.cache
def day_words_re(language: str) -> str:
    """Fragment of the number words that can be a day of the month (no articles)."""
    from conversations.understanding.entities.lexicon import lexicon

    words = lexicon(language)
    spoken = {
        word for word, value in words.numbers.items() if 2 <= value <= 31 and " de" not in word and " of" not in word
    }
    spoken -= {"both", "ambos", "half a dozen"}
    return alternatives(spoken | set(words.ordinals))


def day_value(text: str, words: Lexicon) -> int | None:
    """The day a written day number means; may be impossible (0, 45): the caller reports that."""
    text = text.strip()
    digits = re.match(r"\d{1,2}", text)
    if digits:
        return int(digits.group())
    return words.ordinals.get(text) or words.numbers.get(text)
