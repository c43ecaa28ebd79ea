"""Who opted out: lists of identifiers read as text, and whether a patient is on one of them.

An identifier too many on a list leaves a study out; one too few sends the study of somebody who said no.
Where a list can be read in two ways, the one that finds more holds.
"""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass

from tirage.model.records import Confidential

HEADINGS = frozenset(
    {
        "id",
        "mrn",
        "national_id",
        "national_number",
        "nhs_number",
        "nhs_no",
        "patient",
        "patient_id",
        "patient_identifier",
    }
)
"""Columns that hold identifiers, in small letters with underscores."""

_SEPARATED = re.compile(r"[0-9](?:[ -]?[0-9])*")


@dataclass(frozen=True, slots=True, repr=False)
class OptOuts(Confidential):
    """The identifiers on all lists together, as `key` writes them."""

    keys: frozenset[str] = frozenset()

    def has(self, identifiers: Iterable[str]) -> bool:
        """Whether one of a patient's identifiers is on a list."""
        return any(key(each) in self.keys for each in identifiers if each.strip())


def parse(text: str) -> frozenset[str]:
    """The identifiers in a list: one a line, or the columns of a table with a known heading.

    Of a table whose headings are not known every cell counts. Lines that begin with # are remarks.
    """
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    delimiter = next((each for each in "\t;," if lines and each in lines[0]), ",")
    # Line by line, so that a quotation mark that nobody closed hides no other line.
    rows = [next(csv.reader([line], delimiter=delimiter)) for line in lines]
    headings = [_heading(cell) for cell in rows[0]] if rows else []
    columns = {number for number, heading in enumerate(headings) if heading in HEADINGS}
    cells = (
        cell
        for row in rows[bool(columns) :]
        for number, cell in enumerate(row)
        if not columns or number in columns
    )
    return frozenset(key(cell) for cell in cells if cell.strip())


def key(identifier: str) -> str:
    """An identifier for comparing: trimmed, of either case, numbers without separators or leading zeros.

    NHS numbers are written 943 476 5919 and 943-476-5919; spreadsheets drop leading zeros and mark text with
    an apostrophe.
    """
    plain = identifier.strip().lstrip("'").strip().casefold()
    if plain.isascii() and _SEPARATED.fullmatch(plain):
        return re.sub("[ -]", "", plain).lstrip("0") or "0"
    return plain


def _heading(cell: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", cell.strip().casefold()).strip("_")
