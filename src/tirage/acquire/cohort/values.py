"""What the cells of a row say, each read as its column wants it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from tirage.acquire.cohort.columns import Columns
from tirage.acquire.cohort.dates import Order, read_date
from tirage.acquire.cohort.identifiers import (
    Read,
    read_accession,
    read_identifier,
    read_patient,
    read_uid,
    says_nothing,
    trimmed,
)
from tirage.acquire.cohort.nhs import read_national, read_nhs
from tirage.acquire.cohort.remarks import Remarks
from tirage.model.cohorts import Fault, Field, Hint
from tirage.model.records import Confidential
from tirage.model.tables import Cell, Line

Orders = Mapping[Field, Order | None]
DATES = (Field.STUDY_DATE, Field.INDEX_DATE)
ROW = "row"
"""The field of what is said of a whole row."""

_YES = frozenset({"1", "y", "yes", "t", "true", "deceased", "dead"})
_NO = frozenset({"", "0", "n", "no", "f", "false", "alive"})
_READERS: Mapping[Field, Callable[[Cell], Read]] = {
    Field.PATIENT_ID: read_patient,
    Field.ISSUER: read_identifier,
    Field.NATIONAL_ID: read_national,
    Field.NHS_NUMBER: read_nhs,
    Field.ACCESSION: read_accession,
    Field.STUDY: read_uid,
    Field.SERIES: read_uid,
    Field.PARTICIPANT: read_identifier,
}


@dataclass(slots=True, repr=False)
class Values(Confidential):
    """A row read: texts and days by field, those alone that say something."""

    row: int
    texts: dict[Field, str]
    days: dict[Field, date]
    is_deceased: bool = False


def read_values(
    line: Line, columns: Columns, orders: Orders, remarks: Remarks, source: str = ""
) -> Values | None:
    """The values of a row; None when it is empty, or when something in it is wrong, which is then said."""
    row, cells = line
    if not any(cell.text for cell in cells) or not any(trimmed(cell.text) for cell in cells):
        remarks.note(row, ROW, Hint.EMPTY_ROW, source=source)
        return None
    remarks.rows += 1
    before = remarks.problem_count
    if len(cells) > columns.width and any(trimmed(cell.text) for cell in cells[columns.width :]):
        remarks.problem(row, ROW, Fault.TOO_MANY_CELLS, source=source)
    values = Values(row, {}, {})
    for field, place in columns.places.items():
        if place < len(cells) and cells[place].text:
            _read(values, field, cells[place], orders, remarks, source)
    return values if remarks.problem_count == before else None


def _read(values: Values, field: Field, cell: Cell, orders: Orders, remarks: Remarks, source: str) -> None:
    if field is Field.IS_DECEASED:
        word = trimmed(cell.text).casefold()
        if says_nothing(word):
            remarks.note(values.row, field, Hint.READ_AS_EMPTY, source=source)
            return
        if word not in _YES and word not in _NO:
            remarks.problem(values.row, field, Fault.BAD_FLAG, source=source)
        values.is_deceased = word in _YES
        remarks.filled[field] += 1
        return
    fault: Fault | None
    if field in DATES:
        day, fault, hints = read_date(cell, orders.get(field))
        says_something = day is not None
        if day is not None:
            values.days[field] = day
    else:
        text, fault, hints = _READERS[field](cell)
        says_something = bool(text)
        field = Field.NATIONAL_ID if field is Field.NHS_NUMBER else field
        if text:
            values.texts[field] = text
    if fault is not None:
        remarks.problem(values.row, field, fault, source=source)
    elif says_something:
        remarks.filled[field] += 1
    if hints:
        remarks.hints(values.row, field, hints, source)
