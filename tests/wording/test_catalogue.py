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


def test_keys_are_written_in_every_language_with_the_same_placeholders() -> None:
    missing, differing = [], []
    for key in KEYS:
        texts = catalogue()[key]
        missing += [(key, variant) for variant in REQUIRED if not texts.get(variant, "").strip()]
        expected = placeholders(texts["es"]) - ALWAYS
        differing += [
            (key, variant) for variant, text in texts.items() if placeholders(text) - ALWAYS != expected or "{}" in text
        ]
    assert not missing
    assert not differing


def test_keys_are_used() -> None:
    assert not [key for key in KEYS if not _is_used(key)]


def _is_used(key: str) -> bool:
    topic, _, name = key.partition(".")
    if topic == "noun":
        return name in literals()
    suffixed = {key.removesuffix(suffix) for suffix in ("_with_breakfast",)}
    return bool(suffixed & literals()) or any(pattern.fullmatch(key) for pattern in composed())


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


# One test per rule and variant, not per key: handing out thousands of tests that take no time took a minute.


@pytest.mark.parametrize("variant", VARIANTS)
def test_titles_fit_a_button(variant: str) -> None:
    assert len(TITLES) > 20
    assert not [key for key in TITLES if len(text_of(key, variant)) > 20]


@pytest.mark.parametrize("variant", VARIANTS)
def test_sentences_are_calm_and_short(variant: str) -> None:
    texts = {key: text_of(key, variant) for key in KEYS}
    assert not {key: text for key, text in texts.items() if re.search(r"[!¡]|  ", text)}
    assert not {key: text for key, text in texts.items() if len(text) >= 260}
    amounts = re.compile(r"[A-Z]{3} \d|[$€]\s?\d")
    assert not {key: text for key, text in texts.items() if amounts.search(text)}, "amounts come from prices"


@pytest.mark.parametrize(
    ("variant", "of_another"), [("es", OF_VOS), ("es-tu", OF_VOS), ("es-tu", OF_USTED), ("es-AR", OF_USTED)]
)
def test_each_form_of_address_is_kept(variant: str, of_another: re.Pattern[str]) -> None:
    assert not {key: text_of(key, variant) for key in KEYS if of_another.search(text_of(key, variant))}


@pytest.mark.parametrize(("variant", "of_another"), [("pt-PT", OF_BRAZIL), ("pt", OF_PORTUGAL)])
def test_each_portuguese_is_kept(variant: str, of_another: re.Pattern[str]) -> None:
    assert not {key: text_of(key, variant) for key in KEYS if of_another.search(text_of(key, variant))}
