"""Rows as an Excel workbook. Apart from `exporting`, for whoever writes one: openpyxl is a tenth of what a process
imports at its start."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from typing import IO, Any

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from tenants.exporting import Column, Line


def as_xlsx(columns: Sequence[Column], found: Iterable[Line]) -> IO[bytes]:
    """An open temporary file with the workbook, at its beginning; closing it removes it. Memory does not grow with the
    rows."""
    book = openpyxl.Workbook(write_only=True)
    sheet: Any = book.create_sheet()
    sheet.freeze_panes = "A2"
    for number in range(1, len(columns) + 1):
        sheet.column_dimensions[get_column_letter(number)].width = 18
    titles = [_text_cell(sheet, column.title) for column in columns]
    for cell in titles:
        cell.font = Font(bold=True)
    sheet.append(titles)
    for line in found:
        sheet.append([_cell(sheet, value) for value in line])
    file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    book.save(file)
    file.seek(0)
    return file


def _cell(sheet: Any, value: Any) -> Any:
    """The value itself where openpyxl takes it for what it is: of "=1" it would make a formula, of "#N/A" an error."""
    if not isinstance(value, str):
        return value
    return _text_cell(sheet, value) if value.startswith(("=", "#")) else ILLEGAL_CHARACTERS_RE.sub("", value)


def _text_cell(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", text))
    cell.data_type = "s"
    return cell
