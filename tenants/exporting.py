"""Rows as a file for a spreadsheet, however many: read in batches by primary key, written as they come.

Neither form can run anything: text that a spreadsheet would take for a formula stays text.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

BATCH = 2000
MOST_XLSX = 20_000
"""A workbook is sent when it is finished, half a second per thousand rows: beyond this a CSV is the better file."""
STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
Line = list[Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: where its values come from (a path of fields), its title, and what stored values are called."""

    path: str
    title: str
    names: Mapping[Any, str] = field(default_factory=dict)


def lines(rows: QuerySet[Any, Any], columns: Sequence[Column]) -> Iterator[Line]:
    """The rows' values, newest row first, instants in the row's hotel's zone without saying so.

    Each batch is a statement of its own: nothing is held open between them, and no row comes twice. Rows that are made
    meanwhile are left out.
    """
    source = rows.select_related(None).prefetch_related(None).order_by("-pk")
    source = source.values_list("pk", "tenant__time_zone", *(column.path for column in columns))
    last: Any = None
    while True:
        batch = list((source if last is None else source.filter(pk__lt=last))[:BATCH])
        for _pk, zone, *values in batch:
            yield [_value(value, column, zone) for value, column in zip(values, columns, strict=True)]
        if len(batch) < BATCH:
            return
        last = batch[-1][0]


def _value(value: Any, column: Column, zone: str) -> Any:
    if isinstance(value, dt.datetime):
        return value.astimezone(ZoneInfo(zone)).replace(tzinfo=None, microsecond=0)
    if column.names:
        return column.names.get(value, value)
    return value


class _Echo:
    """A file whose lines are returned instead of kept."""

    def write(self, text: str) -> str:
        return text


def as_csv(columns: Sequence[Column], found: Iterable[Line]) -> Iterator[str]:
    """Semicolons, which spreadsheets of our languages expect, and a mark that says UTF-8; a few lines a piece."""
    write: Callable[[Sequence[Any]], str] = csv.writer(_Echo(), delimiter=";", lineterminator="\r\n").writerow
    piece = ["\ufeff", write([column.title for column in columns])]
    for line in found:
        piece.append(write([harmless(value) if isinstance(value, str) else value for value in line]))
        if len(piece) >= 200:
            yield "".join(piece)
            piece = []
    yield "".join(piece)


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe first where it would (OWASP, "CSV injection")."""
    return f"'{text}" if text.startswith(STARTS_FORMULA) else text
