"""A table as it was read from a file: cells that say how they were typed, rows that say where they stood."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class CellKind(StrEnum):
    """How the file typed a cell; a CSV file knows text alone."""

    TEXT = "text"
    INTEGER = "integer"
    """A whole number, exact whatever its length."""

    NUMBER = "number"
    """A double, as spreadsheets keep every number: exact up to 15 digits."""

    DATE = "date"
    """A day, written YYYY-MM-DD."""

    FLAG = "flag"
    OTHER = "other"
    """Something that stands for none of these: a duration, an error, nested values."""


class Cell(NamedTuple):
    """The text of a cell and how the file typed it."""

    text: str
    kind: CellKind = CellKind.TEXT

    def __repr__(self) -> str:
        return "<Cell, hidden>"


class Line(NamedTuple):
    """A row by the number a spreadsheet shows: the heading is row 1 unless empty rows stand above it."""

    row: int
    cells: Sequence[Cell]

    def __repr__(self) -> str:
        return f"<Line {self.row}, hidden>"


@dataclass(frozen=True, slots=True)
class Table:
    """A heading and the rows below it.

    `lines` reads the file again from its first row each time; `remarks` say in words how the file was read.
    """

    heading: tuple[str, ...]
    lines: Callable[[], Iterator[Line]]
    remarks: tuple[str, ...] = ()
