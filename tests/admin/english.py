"""What a page says in English to somebody who reads Spanish or Portuguese."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from django.contrib import admin
from django.utils import translation
from lxml import html

SAID = ("placeholder", "title", "aria-label", "alt", "data-label")
SAME = frozenset(
    {
        "Bytes.", "PMS", "QloApps", "Stripe", "WhatsApp", "E-mail", "ID", "audio", "deluxe", "error", "extra",
        "extras", "General", "junior suite", "latitude", "longitude", "No", "pt-BR", "pt-PT", "spa", "standard",
        "sticker", "suite", "superior", "total", "transfer", "triple", "twin", "video", "voseo (vos)",
        "formal (usted)", "token",
    }
)  # fmt: skip
"""Written the same in one of the two, or a name."""


def _of_the_theme() -> Iterator[str]:
    marked = re.compile(
        r"""\{%-?\s*trans(?:late)?\s+["']([^"']+)["']|\b(?:_|gettext|gettext_lazy)\(\s*["']([^"']+)["']"""
    )
    for path in Path(str(files("unfold"))).rglob("*"):
        if path.suffix in {".html", ".py"}:
            yield from (one or other for one, other in marked.findall(path.read_text(encoding="utf-8")))


def _of_the_models() -> Iterator[str]:
    for model in admin.site._registry:
        yield from (str(model._meta.verbose_name), str(model._meta.verbose_name_plural))
        for field in model._meta.local_fields:
            yield from (str(field.verbose_name), str(field.help_text))
            yield from (str(label) for _, label in field.choices or ())


@lru_cache
def untranslated(language: str) -> frozenset[str]:
    """Texts of the theme and names of models, fields and choices that the language has no words for."""
    with translation.override(None):
        known = {text for text in (*_of_the_theme(), *_of_the_models()) if text}
    with translation.override(language):
        return frozenset(_plain(text) for text in known - SAME if translation.gettext(text) == text)


def left_in_english(page: str, language: str) -> set[str]:
    """Of those, the ones the page shows or reads out; what is written by people is not looked at."""
    tree = html.fromstring(page)
    for element in tree.xpath("//script | //style | //textarea | //template"):
        element.drop_tree()
    said = {_plain(text) for text in tree.itertext()}
    said |= {_plain(value) for name in SAID for value in tree.xpath(f"//@{name}")}
    return said & untranslated(language)


def _plain(text: str) -> str:
    text = " ".join(text.split()).rstrip(":*")
    return text[:1].upper() + text[1:]
