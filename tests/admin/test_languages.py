"""Managers read the back office in their own language: no text, name or choice is missing in Spanish or Portuguese."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets, get_fields_from_path
from django.core.exceptions import FieldDoesNotExist
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation.template import templatize

from conversations.models import Conversation
from conversations.understanding.types import INTENTS
from tenants.models import Membership, Role
from tests.admin.conftest import Furnished
from tests.admin.english import left_in_english

PROJECT = Path(__file__).resolve().parents[2]
SOURCES = [
    *(PROJECT / "tenants" / "admin").glob("*.py"),
    *(PROJECT / "tenants" / "back_office").glob("*.py"),
    *(PROJECT / "conversations" / "admin").glob("*.py"),
    *(PROJECT / "reservations" / "admin").glob("*.py"),
    PROJECT / "hotel_agent" / "front_desk.py",
    PROJECT / "hotel_agent" / "troubles.py",
    PROJECT / "hotel_agent" / "admin_site.py",
    PROJECT / "hotel_agent" / "sign_in.py",
    PROJECT / "hotel_agent" / "second_factor.py",
    PROJECT / "hotel_agent" / "settings" / "back_office.py",
]
TEMPLATES = [*(PROJECT / "templates" / "admin").rglob("*.html"), *(PROJECT / "templates" / "simulator").glob("*.html"),
             *(PROJECT / "templates" / "guest").glob("*.html")]  # fmt: skip
MARKS = {"_": 1, "gettext": 1, "gettext_lazy": 1, "ngettext": 2}


@lru_cache
def known(language: str) -> set[str]:
    """What the compiled catalogues, ours and Django's, can say in a language."""
    ours = Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.mo"
    with ours.open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    return {key if isinstance(key, str) else key[0] for key, text in catalogue.items() if text}


def texts_in(source: str) -> Iterator[str]:
    """First texts of the calls that mark a text for translation."""
    for node in ast.walk(ast.parse(source)):
        name = getattr(getattr(node, "func", None), "id", "")
        if isinstance(node, ast.Call) and name in MARKS:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def texts_of_template(source: str) -> Iterator[str]:
    """The same for a template, by Django's own extraction."""
    for found in re.finditer(r"\bn?gettext\((u?'(?:[^'\\]|\\.)*'|u?\"(?:[^\"\\]|\\.)*\")", templatize(source)):
        yield ast.literal_eval(found.group(1))
    for found in re.finditer(r"\b_\((u?'(?:[^'\\]|\\.)*'|u?\"(?:[^\"\\]|\\.)*\")\)", templatize(source)):
        yield ast.literal_eval(found.group(1))


@pytest.mark.parametrize("language", ["es", "pt"])
@pytest.mark.parametrize("path", [*SOURCES, *TEMPLATES], ids=lambda path: str(path.relative_to(PROJECT)))
def test_no_text_is_missing(path: Path, language: str) -> None:
    read = texts_of_template if path.suffix == ".html" else texts_in
    with translation.override(language):
        missing = {
            text
            for text in read(path.read_text(encoding="utf-8"))
            if text not in known(language) and translation.gettext(text) == text
        }
    assert not missing


def test_the_extraction_finds_texts() -> None:
    assert "Take over" in set(
        texts_of_template((PROJECT / "templates/admin/conversations/conversation/bar.html").read_text())
    )
    assert "Needs a person" in set(texts_in((PROJECT / "conversations" / "admin" / "inbox.py").read_text()))


def names_shown() -> Iterator[str]:
    """Names of models, of the fields their pages show, their hints and their choices, as written in the models."""
    for model, page in admin.site._registry.items():
        if model.__module__.startswith("django."):
            continue
        meta = model._meta
        yield from (str(meta.verbose_name), str(meta.verbose_name_plural), str(meta.app_config.verbose_name))
        shown = set(flatten_fieldsets(page.fieldsets or [(None, {"fields": page.fields or ()})])) | set(
            page.list_display
        )
        for inline in page.inlines:
            yield from (str(inline.model._meta.verbose_name), str(inline.model._meta.verbose_name_plural))
        for one in getattr(page, "export_columns", ()):
            yield str(get_fields_from_path(model, one)[0].verbose_name if isinstance(one, str) else one[1])
        for name in shown:
            try:
                field = meta.get_field(str(name))
            except FieldDoesNotExist:
                continue
            yield str(field.verbose_name)  # type: ignore[union-attr]
            yield str(field.help_text)  # type: ignore[union-attr]
            yield from (str(label) for _value, label in getattr(field, "choices", None) or ())


TECHNICAL = {"sha256", "epoch", "route", "app key"}


@pytest.mark.parametrize("language", ["es", "pt"])
def test_no_name_is_missing(language: str) -> None:
    with translation.override(None):
        wanted = {name for name in names_shown() if name} - TECHNICAL
    with translation.override(language):
        missing = {name for name in wanted if name not in known(language) and translation.gettext(name) == name}
    assert not missing


@pytest.mark.parametrize("language", ["es", "pt"])
def test_no_intent_is_missing(language: str) -> None:
    wanted = {name.replace("_", " ") for name in INTENTS}
    assert wanted - known(language) == set()


def test_plurals_are_translated() -> None:
    with translation.override("es"):
        assert str(Conversation._meta.verbose_name_plural) == "conversaciones"
        assert str(Membership._meta.verbose_name_plural) == "personas"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("es", ["Necesita su atención ahora", "Esperan a una persona", "Llegadas de hoy", "Bandeja de entrada"]),
        ("pt", ["Precisa de você agora", "Esperam uma pessoa", "Chegadas de hoje", "Caixa de entrada"]),
        ("en", ["Needs you now", "Waiting for a person", "Arrivals today", "Inbox"]),
    ],
)
def test_home_speaks_the_readers_language(
    ours: Furnished, visit: Callable[..., Client], language: str, words: list[str]
) -> None:
    page = visit(Role.RECEPTION).get("/admin/", headers={"accept-language": language}).content.decode()
    for word in words:
        assert word in page


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["es", "pt-BR"])
def test_no_page_is_left_in_english(ours: Furnished, visit: Callable[..., Client], language: str) -> None:
    """Neither by us nor by the theme: lists, rows and what has no row. (What people write is not looked at.)"""
    owner = visit(Role.OWNER)
    urls = [
        "/admin/", "/admin/password_change/", "/admin/insight/", "/admin/calendar/", "/admin/tenants/fact/overview/",
        "/admin/conversations/connectiontest/setup/", "/admin/reservations/reservation/desk/",
    ]  # fmt: skip
    for model, row in ours.rows.items():
        if model in admin.site._registry:
            base = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            urls += [base, f"{base}add/", f"{base}{row.pk}/change/"]
    left = {}
    for client, url in [(Client(), "/admin/login/"), *((owner, url) for url in urls)]:
        response = client.get(url, headers={"accept-language": language})
        if response.status_code == 200:
            left[url] = left_in_english(response.content.decode(), language.lower())
    assert len(left) > len(ours.rows), "most pages open"
    assert {url: words for url, words in left.items() if words} == {}


FAMILIAR = re.compile(
    r"\b(?:vos|tus?|te|acá|podés|tenés|querés|poné|elegí|mirá|decí|usá|probá|filtrá|agregá|escribí|cambiá|dejá|abrí|buscá)\b",
    re.IGNORECASE,
)


def test_spanish_says_usted_to_those_who_work_here() -> None:
    """One back office, one form of address; how guests are addressed is the hotel's choice and stands elsewhere."""
    with (Path(settings.LOCALE_PATHS[0]) / "es" / "LC_MESSAGES" / "django.mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    said = [text for key, text in catalogue.items() if key and "voseo" not in str(key) and "es-tu" not in str(key)]
    assert [text for text in said if FAMILIAR.search(text)] == []


@pytest.mark.parametrize("asked", ["pt", "pt-BR", "pt-PT"])
def test_portuguese_is_brazilian_also_where_django_speaks(asked: str) -> None:
    """Our words are; Django's own "pt" is European, and "Palavra-passe" beside "senha" reads like two products."""
    page = Client().get("/admin/login/", headers={"accept-language": asked}).content.decode()
    assert '<html lang="pt-br"' in page
    with translation.override(translation.get_supported_language_variant(asked.lower())):
        assert translation.gettext("Password change") == "Alterar senha"
        assert translation.gettext("Needs you now") == "Precisa de você agora"


@pytest.mark.django_db
def test_the_language_is_chosen_in_the_menu(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.RECEPTION)
    assert "/i18n/setlang/" in client.get("/admin/").content.decode()
    assert client.post("/i18n/setlang/", {"language": "pt-br", "next": "/admin/"}).status_code == 302
    assert "Caixa de entrada" in client.get("/admin/").content.decode()
