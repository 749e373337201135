"""The catalogue is whole: every key in every language, every placeholder fed, every title within Meta's limits."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import conversations
from conversations.wording.texts import ALWAYS, REQUIRED, VARIANTS, catalogue, placeholders, text_of

ROOT = Path(conversations.__file__).parent
CODE = [path for folder in ("dialogue", "wording") for path in sorted((ROOT / folder).glob("*.py"))]
KEYS = sorted(catalogue())
TOPICS = {key.partition(".")[0] for key in KEYS}
TITLES = [key for key in KEYS if key.startswith(("button.", "meant.", "list.")) and "{" not in text_of(key, "es")]

OF_USTED = re.compile(
    r"\b(?:usted|su|sus|le|les|escriba|dígame|disculpe|revise|llame|prefiere|quiere|guardarle|escríbame)\b",
    re.IGNORECASE,
)
OF_VOS = re.compile(
    r"\b(?:preferís|escribí|podés|querés|tenés|decime|disculpá|revisá|llamá|escribime|respondé|necesitás|acá|vos)\b"
)
OF_BRAZIL = re.compile(
    r"\b(?:você|equipe|arquivo|recepção|café da manhã|contato|me diga|estou confirmando)\b", re.IGNORECASE
)
OF_PORTUGAL = re.compile(r"\b(?:equipa|ficheiro|receção|pequeno-almoço|contacto)\b", re.IGNORECASE)


@functools.cache
def literals() -> frozenset[str]:
    return frozenset(_literals())


def _literals() -> Iterator[str]:
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


@functools.cache
def composed() -> tuple[re.Pattern[str], ...]:
    """Keys put together in f-strings, as patterns ("stay.status_{…}", "{lead}_one")."""
    return tuple(_composed())


def _composed() -> Iterator[re.Pattern[str]]:
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                parts = [re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"[\w.]+"
                         for part in node.values]  # fmt: skip
                fixed = "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
                if re.search(r"^\w+\.|_one$|_free$|_range$|^\.\w+", fixed):
                    yield re.compile("".join(parts))


@pytest.mark.parametrize("key", KEYS)
def test_key_is_written_in_every_language_with_the_same_placeholders(key: str) -> None:
    texts = catalogue()[key]
    assert all(texts.get(variant, "").strip() for variant in REQUIRED)
    expected = placeholders(texts["es"]) - ALWAYS
    for variant, text in texts.items():
        assert placeholders(text) - ALWAYS == expected, variant
        assert "{}" not in text


@pytest.mark.parametrize("key", KEYS)
def test_key_is_used(key: str) -> None:
    said = literals()
    suffixed = {key.removesuffix(suffix) for suffix in ("_with_breakfast",)}
    topic = key.partition(".")[0]
    if topic == "noun":
        assert key.removeprefix("noun.") in said
    else:
        assert suffixed & said or any(pattern.fullmatch(key) for pattern in composed())


def test_every_key_the_code_names_exists() -> None:
    named = {text for text in literals() if re.fullmatch(r"[a-z]+\.[a-z_]+", text) and text.partition(".")[0] in TOPICS}
    rules = {"talk", "booking", "offers", "facts", "stay", "person", "event", "clarify", "room", "staff", "problem",
             "tap", "media", "change", "arrange", "extras"}  # fmt: skip
    unknown = {key for key in named - set(KEYS) if key.partition(".")[0] not in rules}
    assert not unknown
    spoken = set()
    for path in CODE:
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute | ast.Name) and call.args:
                name = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id
                first = call.args[0]
                if name in ("say", "ask", "paragraph", "Line", "Phrase", "line") and isinstance(first, ast.Constant):
                    spoken.add(str(first.value))
    assert len(spoken) > 100
    assert spoken <= set(KEYS)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("key", TITLES)
def test_title_fits_a_button(key: str, variant: str) -> None:
    assert len(text_of(key, variant)) <= 20


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("key", KEYS)
def test_sentence_is_calm_and_short(key: str, variant: str) -> None:
    text = text_of(key, variant)
    assert "!" not in text
    assert "¡" not in text
    assert "  " not in text
    assert len(text) < 260
    assert not re.search(r"[A-Z]{3} \d|[$€]\s?\d", text), "amounts come from prices"


@pytest.mark.parametrize("key", KEYS)
def test_each_form_of_address_is_kept(key: str) -> None:
    assert not OF_VOS.search(text_of(key, "es")), "vos in usted"
    assert not OF_VOS.search(text_of(key, "es-tu")), "vos in tú"
    for variant in ("es-tu", "es-AR"):
        assert not OF_USTED.search(text_of(key, variant)), f"usted in {variant}"


@pytest.mark.parametrize("key", KEYS)
def test_each_portuguese_is_kept(key: str) -> None:
    assert not OF_BRAZIL.search(text_of(key, "pt-PT"))
    assert not OF_PORTUGAL.search(text_of(key, "pt"))
