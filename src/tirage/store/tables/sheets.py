"""Spreadsheets: XLSX, XLS, ODS. A number in them is a double, and says so."""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from tirage.model.tables import Cell, CellKind, Line, Table
from tirage.store.tables.unreadable import ListUnreadable

_MOST_BYTES = 4 << 30
_EMPTY = Cell("")


def open_sheet(path: Path) -> Table:
    """The first sheet that is in sight and says something. Raises `ListUnreadable`."""
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    _check_size(path)
    try:
        book = CalamineWorkbook.from_path(path)
        names = [
            each.name
            for each in book.sheets_metadata
            if each.typ is SheetTypeEnum.WorkSheet and each.visible is SheetVisibleEnum.Visible
        ]
        sheets = [book.get_sheet_by_name(name) for name in names]
    except (CalamineError, OSError, ValueError) as error:
        raise ListUnreadable("the spreadsheet is damaged or has a password") from error
    filled = [sheet for sheet in sheets if sheet.height]
    if not filled:
        raise ListUnreadable("no sheet in sight says anything")
    sheet = filled[0]
    top, heading = next(
        (row, [_text(value) for value in values])
        for row, values in enumerate(sheet.iter_rows(), 1)
        if any(_text(value).strip() for value in values)
    )
    others = len(book.sheet_names) - 1
    remarks = ("a spreadsheet",)
    if others:
        remarks = (
            f"sheet {book.sheet_names.index(sheet.name) + 1} of {others + 1}, the others are not read",
        )
    return Table(tuple(heading), partial(_lines, sheet, top), remarks)


def _check_size(path: Path) -> None:
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(info.file_size for info in archive.infolist())
    except zipfile.BadZipFile as error:
        raise ListUnreadable("the spreadsheet is damaged") from error
    if size > _MOST_BYTES:
        raise ListUnreadable("the spreadsheet unpacks to more than 4 GB")


def _lines(sheet: Any, top: int) -> Iterator[Line]:
    for row, values in enumerate(sheet.iter_rows(), 1):
        if row > top:
            yield Line(row, [_cell(value) for value in values])


def _cell(value: object) -> Cell:
    if isinstance(value, str):
        return Cell(value) if value else _EMPTY
    kind = CellKind.OTHER
    if isinstance(value, bool):
        kind = CellKind.FLAG
    elif isinstance(value, int | float):
        kind = CellKind.NUMBER
    elif isinstance(value, date):
        kind = CellKind.DATE
    return Cell(_text(value), kind)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    return str(value)
