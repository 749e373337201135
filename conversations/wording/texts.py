"""The catalogue of sentences: read from `catalogue/*.toml`, checked when loaded, overridable by a hotel.

A key has a text per variant: es (usted), es-tu, es-AR (vos), en, pt (Brazil), pt-PT. Missing es-tu, es-AR and pt-PT
fall back to es and pt; es, en and pt are always there (a test keeps it so). Placeholders are `{name}`, nothing else.
"""

from __future__ import annotations

import functools
import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hotel_agent.common.exceptions import BadInput
from integrations.channels.outgoing import width

VARIANTS: Final = ("es", "es-tu", "es-AR", "en", "pt", "pt-PT")
REQUIRED: Final = ("es", "en", "pt")
ALWAYS: Final = frozenset({"hotel", "of_hotel"})
"""Placeholders every text may use."""
LONGEST: Final = 600
"""Characters of a hotel's own text: it has to fit beside others in one message."""

LIMITS: Final = {"button": 20, "list": 20, "meant": 20}
"""Characters of titles that WhatsApp shows: reply buttons and list openers 20. Longer ones would be cut;
where a value stands in a title, the words beside it have to fit."""

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
MONEY: Final = re.compile(r"(?:[$€£]|\b[A-Z]{3}\b)\s?\d|\d\s?(?:[$€£]|\b(?:ARS|USD|EUR|BRL|MXN|CLP|UYU)\b)")
_FOLDER: Final = Path(__file__).parent / "catalogue"


class InvalidOverride(BadInput):
    """A hotel's own text cannot be used; the message says which and why."""

    code = "invalid_override"


@functools.lru_cache(maxsize=1)
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Every key with its texts by variant."""
    keys: dict[str, dict[str, str]] = {}
    for path in sorted(_FOLDER.glob("*.toml")):
        with path.open("rb") as file:
            for topic, entries in tomllib.load(file).items():
                for name, texts in entries.items():
                    key = f"{topic}.{name}"
                    if key in keys:
                        raise ValueError(f"{path.name}: {key} is defined twice")
                    if wrong := set(texts) - set(VARIANTS):
                        raise ValueError(f"{path.name}: {key} has unknown variants {sorted(wrong)}")
                    keys[key] = texts
    return keys


@functools.lru_cache(maxsize=1)
def version() -> str:
    """Changes when any sentence changes; stored with every message."""
    digest = hashlib.sha256()
    for path in sorted(_FOLDER.glob("*.toml")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def placeholders(text: str) -> frozenset[str]:
    """Names in braces."""
    return frozenset(_PLACEHOLDER.findall(text))


def fallback(variant: str) -> str:
    """The variant that always exists for the language."""
    return variant.split("-", maxsplit=1)[0]


@dataclass(frozen=True, slots=True)
class Overrides:
    """A hotel's own texts, by variant and key. Made by `parse`, which checks them."""

    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def parse(cls, raw: Mapping[str, Mapping[str, str]]) -> Overrides:
        """Checked overrides from stored values {variant: {key: text}}.

        Raises:
            InvalidOverride: an unknown variant or key, a missing or foreign placeholder, an empty or overlong text, or
                an amount of money, which only the renderer may write.
        """
        known = catalogue()
        for variant, texts in raw.items():
            if variant not in VARIANTS:
                raise InvalidOverride(f"{variant} is not one of {', '.join(VARIANTS)}")
            for key, text in texts.items():
                if key not in known:
                    raise InvalidOverride(f"{key}: there is no such message")
                _check(key, text, known[key][fallback(variant)])
        return cls({variant: dict(texts) for variant, texts in raw.items()})


def _check(key: str, text: str, original: str) -> None:
    if not text.strip() or len(text) > LONGEST:
        raise InvalidOverride(f"{key}: a text has 1 to {LONGEST} characters")
    names, needed = placeholders(text), placeholders(original) - ALWAYS
    if missing := needed - names:
        raise InvalidOverride(f"{key}: {{{sorted(missing)[0]}}} is missing")
    if foreign := names - needed - ALWAYS:
        raise InvalidOverride(f"{key}: {{{sorted(foreign)[0]}}} is not available here")
    if MONEY.search(text):
        raise InvalidOverride(f"{key}: amounts of money come from prices and facts, not from texts")
    limit = LIMITS.get(key.partition(".")[0])
    if limit is not None and width(_PLACEHOLDER.sub("", text)) > limit:
        raise InvalidOverride(f"{key}: a title has at most {limit} characters, this one has {width(text)}")
    if limit is not None and "\n" in text.strip():
        raise InvalidOverride(f"{key}: a title is one line")
    if key.startswith("noun.") and text.count("|") != original.count("|"):
        raise InvalidOverride(f"{key}: singular | plural")


NO_OVERRIDES: Final = Overrides()


def text_of(key: str, variant: str, overrides: Overrides = NO_OVERRIDES) -> str:
    """The text of a key: the hotel's own first, then ours, each in the variant and then in its language.

    Raises:
        KeyError: there is no such key (a mistake in our code, kept out by tests).
    """
    for source in (variant, fallback(variant)):
        own = overrides.texts.get(source, {}).get(key)
        if own is not None:
            return own
    texts = catalogue()[key]
    return texts.get(variant) or texts[fallback(variant)]
