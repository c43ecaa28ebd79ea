"""Writes encapsulated pixel data: one fragment a frame, and offset tables that fit them.

Source: PS3.5 A.4, PS3.3 C.7.6.3.1.8 (Extended Offset Table).
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from tirage.deidentify.chunks import Chunk, Pixels
from tirage.deidentify.encoding import ITEM, SEQUENCE_DELIMITER, UNDEFINED_LENGTH, opening
from tirage.dicom.fragments import LENGTHS, OFFSETS
from tirage.dicom.header import Header
from tirage.dicom.sources import FileRange

_LARGEST_OFFSET = 0xFFFFFFFF
_ITEM_HEADER = 8


class Item(NamedTuple):
    """One frame: its bytes, and how many; None when that is known only once they are made, with a header."""

    size: int | None
    chunks: Sequence[Chunk]


def as_they_are(header: Header, groups: Sequence[Sequence[FileRange]]) -> Pixels:
    """All fragments as one range of the source; the offset table stays if it is one."""
    first, last = groups[0][0], groups[-1][-1]
    body = FileRange(first.offset - _ITEM_HEADER, last.offset + last.length - first.offset + _ITEM_HEADER)
    starts = [parts[0].offset - first.offset for parts in groups]
    ends = [parts[-1].offset + parts[-1].length - first.offset + _ITEM_HEADER for parts in groups]
    sizes = [sum(part.length for part in parts) for parts in groups]
    table = _offset_table(starts, ends[-1]) if header.offset_table else b""
    attributes = _extended(header, starts, sizes)
    return Pixels([_opening(header, table), body, SEQUENCE_DELIMITER], None, attributes)


def element(header: Header, items: Sequence[Item]) -> Pixels:
    """The frames as fragments of their own. Offset tables need every size; else they are left out."""
    known = [item.size for item in items if item.size is not None]
    chunks: list[Chunk] = []
    for size, parts in items:
        if size is not None:
            chunks.append(opening(ITEM, b"", size + size % 2, explicit=True))
        chunks.extend(parts)
        if size is not None and size % 2:
            chunks.append(b"\0")
    if len(known) < len(items):
        gone = {tag: None for tag in (OFFSETS, LENGTHS) if header.has(tag)}
        return Pixels([_opening(header, b""), *chunks, SEQUENCE_DELIMITER], None, gone)
    ends = list(accumulate(size + size % 2 + _ITEM_HEADER for size in known))
    starts = [0, *ends[:-1]]
    table = _offset_table(starts, ends[-1]) if header.offset_table else b""
    attributes = _extended(header, starts, known)
    return Pixels([_opening(header, table), *chunks, SEQUENCE_DELIMITER], None, attributes)


def _opening(header: Header, table: bytes) -> bytes:
    return (
        opening(header.pixel_tag, b"OB", UNDEFINED_LENGTH, header.explicit)
        + opening(ITEM, b"", len(table), header.explicit)
        + table
    )


def _offset_table(starts: Sequence[int], end: int) -> bytes:
    """A Basic Offset Table; empty, which is always valid, when its offsets do not fit."""
    return np.array(starts, "<u4").tobytes() if end <= _LARGEST_OFFSET else b""


def _extended(header: Header, starts: Iterable[int], sizes: Iterable[int]) -> dict[int, bytes | None]:
    """The Extended Offset Table where the source has one that says something else."""
    found: dict[int, bytes | None] = {}
    for tag, numbers in ((OFFSETS, starts), (LENGTHS, sizes)):
        index = header.find(tag)
        if index is not None:
            new = np.array(list(numbers), "<u8")
            if not _agrees(header.whole_value(index), new):
                found[tag] = new.tobytes()
    return found


def _agrees(old: bytes, new: "np.ndarray[tuple[int], np.dtype[np.uint64]]") -> bool:
    """Whether a table says the same; lengths may leave out the byte that makes a fragment even."""
    if len(old) != new.nbytes:
        return False
    return all(
        wanted - said in (0, 1)
        for said, wanted in zip(np.frombuffer(old, "<u8").tolist(), new.tolist(), strict=True)
    )
