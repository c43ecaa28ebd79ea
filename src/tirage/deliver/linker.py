"""`IMAGE_LINKER.parquet`: which procedure of an extract is which study; the layout is the one of PIXL."""

from collections.abc import Sequence
from typing import IO, Any

from tirage.deliver.columns import LINKER_COLUMNS
from tirage.model.identifiers import Pseudonym, Uid

Link = tuple[Any, Uid, Pseudonym, int]
"""A procedure's identifier as its table types it, the study, the patient, the version of the list."""


def write(links: Sequence[Link], to: IO[bytes]) -> None:
    """The file; identifiers are whole numbers where all are, else text."""
    import pyarrow
    from pyarrow import parquet

    is_whole = all(isinstance(link[0], int) for link in links)
    rows = [(link[0] if is_whole else str(link[0]), *link[1:]) for link in links]
    text, whole = pyarrow.string(), pyarrow.int64()
    kinds = (whole if is_whole else text, text, text, whole)
    schema = pyarrow.schema([(column.name, kind) for column, kind in zip(LINKER_COLUMNS, kinds, strict=True)])
    columns = [list(each) for each in zip(*rows, strict=True)] or [[] for _ in LINKER_COLUMNS]
    parquet.write_table(pyarrow.table(columns, schema=schema), to, compression="zstd")
