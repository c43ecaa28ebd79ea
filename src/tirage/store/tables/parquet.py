"""Parquet: cells as the file types them, batch by batch."""

import math
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from tirage.model.tables import Cell, CellKind, Line, Table
from tirage.store.tables.unreadable import ListUnreadable

_BATCH = 10_000
_EMPTY = Cell("")
FIRST_ROW = 2
"""Of what lies below the heading, as a spreadsheet would number it."""


def open_parquet(path: Path) -> Table:
    """The table of a Parquet file. Raises `ListUnreadable`."""
    import pyarrow
    from pyarrow.parquet import ParquetFile

    def lines() -> Iterator[Line]:
        row = FIRST_ROW
        try:
            with ParquetFile(path) as file:
                for batch in file.iter_batches(_BATCH):
                    columns = [[_cell(value) for value in column.to_pylist()] for column in batch.columns]
                    for cells in zip(*columns, strict=True):
                        yield Line(row, cells)
                        row += 1
        except (pyarrow.ArrowException, OSError) as error:
            raise ListUnreadable(f"the Parquet file is damaged after row {row - 1}") from error

    try:
        with ParquetFile(path) as file:
            heading = tuple(file.schema_arrow.names)
    except (pyarrow.ArrowException, OSError) as error:
        raise ListUnreadable("the Parquet file is damaged") from error
    return Table(heading, lines, ("a Parquet file",))


def _cell(value: object) -> Cell:
    if value is None or value == "":
        return _EMPTY
    match value:
        case str():
            return Cell(value)
        case bool():
            return Cell(str(value), CellKind.FLAG)
        case int():
            return Cell(str(value), CellKind.INTEGER)
        case float():
            if math.isnan(value):  # how programs without a null write that there is none
                return _EMPTY
            return Cell(str(int(value)) if value.is_integer() else str(value), CellKind.NUMBER)
        case Decimal():
            return Cell(str(value), CellKind.INTEGER)
        case datetime():
            return Cell(value.date().isoformat(), CellKind.DATE)
        case date():
            return Cell(value.isoformat(), CellKind.DATE)
        case bytes():
            return Cell(value.decode("utf-8", "replace"))
        case _:
            return Cell("?", CellKind.OTHER)
