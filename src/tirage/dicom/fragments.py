"""Which fragments of encapsulated pixel data belong to which frame. Source: PS3.5 A.4."""

from collections.abc import Sequence
from itertools import pairwise

from tirage.dicom.header import Header
from tirage.dicom.sources import FileRange

OFFSETS = 0x7FE00001
LENGTHS = 0x7FE00002

_STARTS = {
    "jpeg": (b"\xff\xd8\xff",),
    "jpeg2000": (b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  "),
}


def frame_parts(header: Header, codec: str, count: int) -> list[list[FileRange]] | None:
    """The fragments of each of `count` frames; None when it cannot be told where frames begin.

    One fragment each needs no table. Otherwise an offset table is believed when it points at beginnings of
    fragments, and failing that the codestreams tell: each begins with its codec's mark.
    """
    parts = (header.fragments or [])[1:]
    if not parts or len(parts) < count:
        return None
    if count == 1:
        return [parts]
    if len(parts) == count:
        return [[part] for part in parts]
    for offsets in (_basic(header), _extended(header)):
        if len(offsets) == count:
            begins = _beginnings(parts, offsets)
            if begins is not None:
                return _grouped(parts, begins)
    if codec == "rle":
        # A frame is never split (PS3.5 A.4.2): what follows the last one belongs to none.
        return [*([part] for part in parts[: count - 1]), parts[count - 1 :]]
    marks = _STARTS.get(codec)
    if marks is None:
        return None
    longest = max(map(len, marks))
    begins = [
        index
        for index, part in enumerate(parts)
        if header.body.read(part.offset, min(longest, part.length)).startswith(marks)
    ]
    return _grouped(parts, begins) if len(begins) == count and not begins[0] else None


def _basic(header: Header) -> list[int]:
    table = header.offset_table
    return [int.from_bytes(table[at : at + 4], "little") for at in range(0, len(table) - 3, 4)]


def _extended(header: Header) -> list[int]:
    """Offsets of the Extended Offset Table (PS3.3 C.7.6.3.1.8)."""
    index = header.find(OFFSETS)
    if index is None:
        return []
    value = header.whole_value(index)
    return [int.from_bytes(value[at : at + 8], "little") for at in range(0, len(value) - 7, 8)]


def _beginnings(parts: Sequence[FileRange], offsets: Sequence[int]) -> list[int] | None:
    """The numbers of the fragments that begin at `offsets`, rising from 0; None when one does not."""
    places = {part.offset - parts[0].offset: index for index, part in enumerate(parts)}
    begins = [places.get(offset, -1) for offset in offsets]
    return begins if begins[0] == 0 and all(one < two for one, two in pairwise(begins)) else None


def _grouped(parts: Sequence[FileRange], begins: Sequence[int]) -> list[list[FileRange]]:
    return [list(parts[one:two]) for one, two in pairwise([*begins, len(parts)])]
