"""A ledger as files: the same rows as CSV and as Parquet, beside the page and the picture.

They name patients: their names say so, and their owner alone may read them.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tirage.flow.ledger.attrition import boxes, picture
from tirage.flow.ledger.entries import Ledger
from tirage.flow.ledger.page import render
from tirage.flow.sheet.page import write_private

ZONE = "identified zone: names patients, must not leave it"
Columns = Mapping[str, Sequence[Any]]


def write(ledger: Ledger, folder: Path) -> list[Path]:
    """Write every form of the ledger into a folder, in place of earlier ones; the files in order."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lines, available = columns(ledger), availability(ledger)
    contents: dict[str, str | bytes] = {
        "ledger-identified.html": render(ledger),
        "ledger-identified.csv": as_csv(lines),
        "ledger-identified.parquet": as_parquet(lines, ledger),
        "ledger.svg": picture(boxes(ledger.entries), ledger.project),
        "availability-identified.csv": as_csv(available),
        "availability-identified.parquet": as_parquet(available, ledger),
    }
    for name, content in contents.items():
        write_private(folder / name, content)
    return [folder / name for name in contents]


def columns(ledger: Ledger) -> Columns:
    """The ledger's lines by column."""
    entries = ledger.entries
    return {
        "cohort": [entry.cohort for entry in entries],
        "row": [entry.row for entry in entries],
        "participant": [entry.participant for entry in entries],
        "patient_id": [entry.patient_id for entry in entries],
        "accession": [entry.accession for entry in entries],
        "study_uid": [entry.study for entry in entries],
        "archive": [entry.archive for entry in entries],
        "outcome": [entry.decision.outcome.value for entry in entries],
        "detail": [entry.decision.detail for entry in entries],
        "changed": [entry.changed.isoformat(timespec="seconds") for entry in entries],
    }


def availability(ledger: Ledger) -> Columns:
    """The lines of the availability table by column; days from the index date."""
    lines = ledger.availability
    return {
        "participant": [line.participant for line in lines],
        "modality": [line.modality for line in lines],
        "studies": [line.studies for line in lines],
        "delivered": [line.delivered for line in lines],
        "first_day": [line.first_day for line in lines],
        "last_day": [line.last_day for line in lines],
    }


def as_csv(table: Columns) -> str:
    """RFC 4180, UTF-8 with the mark by which spreadsheets know it; one line a row."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(table)
    writer.writerows([_cell(value) for value in row] for row in zip(*table.values(), strict=True))
    return "\ufeff" + text.getvalue()


def as_parquet(table: Columns, ledger: Ledger) -> bytes:
    """The same rows with their types; texts exactly as they were requested."""
    import pyarrow
    from pyarrow import parquet

    numbers = ("cohort", "row", "studies", "delivered", "first_day", "last_day")
    schema = pyarrow.schema(
        [(name, pyarrow.int64() if name in numbers else pyarrow.string()) for name in table],
        metadata={
            "project": ledger.project,
            "made": ledger.made.isoformat(timespec="seconds"),
            "zone": ZONE,
        },
    )
    sink = pyarrow.BufferOutputStream()
    parquet.write_table(pyarrow.table(dict(table), schema=schema), sink, compression="zstd")
    return bytes(sink.getvalue())


def _cell(value: object) -> object:
    """A value that no spreadsheet takes for a formula: such texts get an apostrophe in front.

    Control characters become spaces, so that a row stays a line. Source: OWASP, CSV Injection.
    """
    if not isinstance(value, str):
        return value
    plain = "".join(" " if ord(each) < 32 or 127 <= ord(each) < 160 else each for each in value)
    is_formula = plain.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    return "'" + plain if is_formula or plain != value else plain
