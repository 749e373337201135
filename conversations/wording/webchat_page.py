"""What the chat page says around the conversation, in the three languages."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path

_FILE = Path(__file__).with_name("webchat_page.toml")
LANGUAGES = ("es", "en", "pt")


@functools.lru_cache(maxsize=1)
def _texts() -> Mapping[str, Mapping[str, str]]:
    with _FILE.open("rb") as file:
        return tomllib.load(file)


@functools.lru_cache(maxsize=8)
def page_words(language: str, variant: str = "") -> Mapping[str, str]:
    """Every text of the page by name, in `variant` ("pt-PT") where it differs from its language.

    Raises:
        KeyError: a text is missing in the language (kept out by a test).
    """
    return {name: texts.get(variant) or texts[language] for name, texts in _texts().items()}
