"""CSV as people send it: any of the usual encodings and delimiters, told from the bytes and said."""

import codecs
import csv
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from tirage.model.tables import Cell, Line, Table
from tirage.store.tables.unreadable import ListUnreadable

_DELIMITERS = ",;\t|"
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_PIECE = 1 << 20
_LONGEST_CELL = 1 << 16
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_EMPTY = Cell("")


def open_delimited(path: Path) -> Table:
    """The table of a CSV file. Raises `ListUnreadable`, with the row, where quotes do not close."""
    encoding = find_encoding(path)
    skipped, delimiter = _form(path, encoding)
    read = partial(_rows, path, encoding, skipped, delimiter)
    top, heading = next(((row, cells) for row, cells in read() if any(map(str.strip, cells))), (0, []))
    if not heading:
        raise ListUnreadable("the file is empty")
    remarks = [f"text in {encoding.upper().removesuffix('-SIG')}"]
    if encoding in ("cp1252", "latin-1"):
        remarks = [f"text is not Unicode, read as {'Windows-1252' if encoding == 'cp1252' else 'Latin-1'}"]
    if len(heading) > 1:
        remarks.append(f"cells separated by {_NAMES.get(delimiter, 'the character its first line names')}")
    return Table(tuple(heading), partial(_lines, read, top), tuple(remarks))


def find_encoding(path: Path) -> str:
    """The encoding a text file is in: by its mark, its zeros, or by trying; Windows-1252 when not Unicode."""
    with path.open("rb") as file:
        start = file.read(4096)
        for mark, name in _BOMS:
            if start.startswith(mark):
                return name
        even, odd = start[::2].count(0), start[1::2].count(0)
        if max(even, odd) * 4 > len(start):
            return "utf-16-be" if even > odd else "utf-16-le"
        for encoding in ("utf-8", "cp1252"):
            if _fits(file, encoding):
                return encoding
    return "latin-1"


def _fits(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while piece := file.read(_PIECE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _rows(path: Path, encoding: str, skipped: int, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each record by its number, as a spreadsheet counts them."""
    with path.open(encoding=encoding, newline="") as file:
        for _ in range(skipped):
            file.readline()
        records = csv.reader(file, delimiter=delimiter, strict=True)
        row = 0
        try:
            for row, record in enumerate(records, 1):
                yield row, record
        except csv.Error as error:
            raise ListUnreadable(
                f"the quotes of row {row + 1} do not close, or it is far too long"
            ) from error
        except UnicodeError as error:
            raise ListUnreadable(
                f"what follows row {row} is not in the encoding of what comes before"
            ) from error


def _lines(read: "partial[Iterator[tuple[int, list[str]]]]", top: int) -> Iterator[Line]:
    for row, cells in read():
        if row > top:
            yield Line(row, [Cell(text) if text else _EMPTY for text in cells])


def _form(path: Path, encoding: str) -> tuple[int, str]:
    """How many lines to leave out before the heading, and the delimiter; `sep=;` is how Excel names it."""
    try:
        with path.open(encoding=encoding, newline="") as file:
            first = file.readline(_LONGEST_CELL)
            if first[:4].lower() == "sep=" and len(first.strip("\r\n")) == 5:
                return 1, first[4]
            while first and not first.strip():
                first = file.readline(_LONGEST_CELL)
    except UnicodeError as error:
        raise ListUnreadable("the first lines are not text") from error
    outside = "".join(first.split('"')[::2])
    return 0, max(_DELIMITERS, key=outside.count)
