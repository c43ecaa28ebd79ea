"""Reading tables that people and programs write: CSV, spreadsheets, Parquet, told by their first bytes."""

from pathlib import Path

from tirage.model.tables import Table
from tirage.store.tables.unreadable import ListUnreadable

__all__ = ["ListUnreadable", "open_table"]

_PARQUET = b"PAR1"
_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def open_table(path: Path) -> Table:
    """The table of a file, whatever its name says. Raises `ListUnreadable`."""
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise ListUnreadable("the file cannot be opened") from error
    if start.startswith(_PARQUET):
        from tirage.store.tables.parquet import open_parquet

        return open_parquet(path)
    if start.startswith(_ZIP) or start == _COMPOUND:
        from tirage.store.tables.sheets import open_sheet

        return open_sheet(path)
    from tirage.store.tables.delimited import open_delimited

    return open_delimited(path)
