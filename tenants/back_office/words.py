"""Models in the reader's language, and stored values a person can read."""

from __future__ import annotations

import json
from typing import Any

from django.db import models
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy


def speak(model: type[models.Model]) -> None:
    """Name a model, its fields and choices in the reader's language.

    Models are written in plain English and know nothing of languages; the catalogue in `hotel_agent/locale` translates
    what a manager reads of them. Migrations keep the English (they are made with translation switched off).
    """
    meta = model._meta
    meta.app_config.verbose_name = _spoken(meta.app_config.verbose_name)
    meta.verbose_name = _spoken(meta.verbose_name)
    meta.verbose_name_plural = _spoken(meta.verbose_name_plural)
    for field in meta.local_fields:
        field.verbose_name = _spoken(field.verbose_name)
        field.help_text = _spoken(field.help_text)
        if field.choices:
            field.choices = [(value, _spoken(label)) for value, label in field.choices]


def _spoken(text: Any) -> Any:
    """Lazily translated; "" stays "" (gettext answers it with the catalogue's header).

    Lazy texts are taken by their English too: Django makes a missing plural by hanging an "s" on the singular.
    """
    with translation.override(None):
        plain = str(text)
    return gettext_lazy(plain) if plain else text


def pretty(value: Any) -> SafeString | str:
    """A stored JSON value, readable and escaped."""
    if value in (None, {}, [], ""):
        return "–"
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True, default=str)
    return format_html('<pre class="ha-json">{}</pre>', text)
