"""`codebook.csv`: every column of every table of a release, explained; from the same data as the tables."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence

from tirage.deliver import columns, lists
from tirage.deliver.columns import Column, Kind

HEADING = ("table", "column", "kind", "unit", "meaning", "dicom", "why it may be shared")

TABLES: Mapping[str, Sequence[Column]] = {
    lists.STUDIES: columns.STUDY_COLUMNS,
    lists.SERIES: columns.SERIES_COLUMNS,
    lists.INSTANCES: columns.INSTANCE_COLUMNS,
    lists.LINKER: columns.LINKER_COLUMNS,
    lists.TABLE: columns.MANIFEST_COLUMNS,
}
"""The tables that describe a release, and their columns in order."""


def tables_of(names: Sequence[str]) -> Iterator[tuple[str, Sequence[Column]]]:
    """Those of the tables that are among the release's lists."""
    return ((name, each) for name, each in TABLES.items() if name in names)


def codebook(names: Sequence[str]) -> bytes:
    """The codebook of a release that has the lists `names`: UTF-8, a heading, one line a column."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(HEADING)
    for table, wanted in tables_of(names):
        for each in wanted:
            kind = Kind.TEXT if each.kind is Kind.CODE else each.kind
            writer.writerow((table, each.name, kind.value, each.unit, each.meaning, _dicom(each), each.why))
    return sink.getvalue().encode()


def _dicom(column: Column) -> str:
    if not column.tag:
        return ""
    place = "" if column.place is None or column.kind is not Kind.NUMBER else f" [{column.place + 1}]"
    return f"({column.tag >> 16:04X},{column.tag & 0xFFFF:04X}) {column.keyword}{place}"
