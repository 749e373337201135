"""From an uploaded file to cells of text. What a file says about its own size is not believed."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from hotel_agent.common.exceptions import BadInput

MAX_BYTES = 2 * 1024 * 1024
MAX_UNPACKED = 40 * 1024 * 1024
MAX_PARTS = 200
MAX_ROWS = 3_000
MAX_COLUMNS = 30
MAX_CELL = 200
XLSX_MAGIC = b"PK\x03\x04"

Cells = list[tuple[int, list[str]]]
"""Row number as the manager's program shows it, and its cells; empty rows are left out."""


class Unreadable(BadInput):
    """The file cannot be read at all. `why` is a word of a closed set: the page has a sentence for each."""

    code = "unreadable_sheet"

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def read(content: bytes) -> Cells:
    """The first sheet of an XLSX workbook, or a CSV text (UTF-8 or Windows, separated by commas, semicolons or tabs).

    Raises:
        Unreadable: "empty", "too_big", "too_many_rows", "too_many_columns" or "not_a_sheet".
    """
    if not content.strip(b"\x00 \r\n\t"):
        raise Unreadable("empty")
    if len(content) > MAX_BYTES:
        raise Unreadable("too_big")
    rows = _xlsx(content) if content.startswith(XLSX_MAGIC) else _csv(content)
    cells: Cells = []
    for number, row in enumerate(rows, start=1):
        if len(row) > MAX_COLUMNS and any(row[MAX_COLUMNS:]):
            raise Unreadable("too_many_columns")
        if any(row):
            cells.append((number, [cell[:MAX_CELL] for cell in row[:MAX_COLUMNS]]))
        if len(cells) > MAX_ROWS + 1 or number > 20 * MAX_ROWS:
            raise Unreadable("too_many_rows")
    if not cells:
        raise Unreadable("empty")
    return cells


def _csv(content: bytes) -> Iterator[list[str]]:
    text = _decoded(content)
    if "\x00" in text:
        raise Unreadable("not_a_sheet")
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            yield [cell.strip() for cell in row]
    except csv.Error as error:
        raise Unreadable("not_a_sheet") from error


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("not_a_sheet")


def _xlsx(content: bytes) -> Iterator[list[str]]:
    import openpyxl  # loaded with the first workbook

    _refuse_bombs(content)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # openpyxl's errors share no base; the parts were measured above
        raise Unreadable("not_a_sheet") from error
    if not book.worksheets:
        raise Unreadable("empty")
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says about them may be a lie
        for row in sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS + 1):
            yield [_text(value) for value in row]
    except Exception as error:  # the same
        raise Unreadable("not_a_sheet") from error
    finally:
        book.close()


def _refuse_bombs(content: bytes) -> None:
    """Unpacks each part once, counting: the directory of a zip may say anything."""
    left = MAX_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS:
                raise Unreadable("too_big")
            for part in parts:
                with archive.open(part) as stream:
                    while piece := stream.read(256 * 1024):
                        left -= len(piece)
                        if left < 0:
                            raise Unreadable("too_big")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        raise Unreadable("not_a_sheet") from error


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else ""
        case dt.datetime():
            return value.date().isoformat()
        case dt.date():
            return value.isoformat()
        case float():
            return format(Decimal(repr(value)), "f") if value == value else "?"
        case _:
            return "".join(character for character in str(value) if character.isprintable()).strip()
