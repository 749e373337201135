"""Small values the dialogue passes around: texts in three languages, prices that know where they come from, records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter, ValidationError

from hotel_agent.common.exceptions import BadInput
from hotel_agent.common.money import Money


@dataclass(frozen=True, slots=True)
class Localised:
    """A hotel's own text (room name, fact) in the languages it wrote it in; Spanish is always there."""

    es: str
    en: str = ""
    pt: str = ""

    def text(self, language: str) -> str:
        """The text in `language`, else in Spanish."""
        return str(getattr(self, language, "")) or self.es


class SourceKind(StrEnum):
    """What an amount of money in a reply may come from (promise 4)."""

    QUOTE_OPTION = "option"
    RESERVATION = "reservation"
    PAYMENT = "payment"
    FACT = "fact"
    POLICY = "policy"
    CATALOGUE = "catalogue"


@dataclass(frozen=True, slots=True)
class Source:
    """The stored row an amount was read from, as the provenance of a sentence names it."""

    kind: SourceKind
    id: str


@dataclass(frozen=True, slots=True)
class Price:
    """An amount that may be said, because it names where it is stored. Nothing else in a reply can hold money."""

    money: Money
    source: Source


class CorruptRecord(BadInput):
    """A stored state, query, answer or command cannot be read back; the session is quarantined, not guessed."""

    code = "corrupt_record"


KIND = "record"
"""Not "kind": some records have a field of that name."""
_adapters: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(record_type: type[Any]) -> TypeAdapter[Any]:
    if record_type not in _adapters:
        _adapters[record_type] = TypeAdapter(record_type)
    return _adapters[record_type]


def prepare_records(record_types: Iterable[type[Any]]) -> None:
    """Build what writing and reading these records needs; otherwise done at a record's first use."""
    for record_type in record_types:
        _adapter(record_type)


def record_as_dict(record: object) -> dict[str, Any]:
    """JSON-ready values of a frozen dataclass with its class name under "record"; dates ISO, decimals as strings."""
    values = _adapter(type(record)).dump_python(record, mode="json")
    return {KIND: type(record).__name__, **values}


def record_from_dict(data: Mapping[str, Any], among: tuple[type[Any], ...]) -> Any:
    """The record that `record_as_dict` wrote, one of the classes in `among`.

    Raises:
        CorruptRecord: unknown kind, missing or ill-typed field.
    """
    by_name = {cls.__name__: cls for cls in among}
    if not isinstance(data, Mapping):
        raise CorruptRecord(f"a record is an object, not {type(data).__name__}")
    record_type = by_name.get(str(data.get(KIND)))
    if record_type is None:
        raise CorruptRecord(f"no record is called {data.get(KIND)!r}")
    try:
        record = _adapter(record_type).validate_python({k: v for k, v in data.items() if k != KIND})
    except (ValidationError, RecursionError) as error:
        raise CorruptRecord(f"{record_type.__name__}: {error}") from error
    return record


def clean(text: str, limit: int) -> str:
    """Guest-written text fit for storing and saying back: one line, no control characters or lone surrogates."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printable.split())[:limit].strip()
