"""The fragments of encapsulated pixel data, found by reading nothing but item headers. Source: PS3.5 A.4."""

import struct

from tirage.dicom.malformed import Malformed
from tirage.dicom.sources import FileRange, Source
from tirage.model.reasons import QuarantineReason

PIXEL_TAGS = frozenset((0x7FE00008, 0x7FE00009, 0x7FE00010))

_ITEM = struct.Struct("<HHI")
_ITEM_BIG = struct.Struct(">HHI")
# One read usually covers the offset table and the first headers of small fragments.
_WINDOW = 4096


def fragments_from(
    source: Source, offset: int, end: int, most: int, big_endian: bool = False
) -> tuple[list[FileRange], int]:
    """The fragments of a value of undefined length at `offset`, and the position after its delimiter.

    Raises
    ------
    Malformed
        TRUNCATED without a delimiter before `end`, PIXEL_LENGTH for a fragment that reaches past it,
        LENGTH_LIE for anything else than an item, TOO_MANY past `most` fragments.
    """
    unpack = (_ITEM_BIG if big_endian else _ITEM).unpack_from
    found: list[FileRange] = []
    window, base = b"", offset
    pos = offset
    while True:
        if pos + 8 > end:
            raise Malformed(QuarantineReason.TRUNCATED, pos)
        if not base <= pos <= base + len(window) - 8:
            window, base = source.read(pos, _WINDOW), pos
            if len(window) < 8:
                raise Malformed(QuarantineReason.TRUNCATED, pos)
        group, number, length = unpack(window, pos - base)
        pos += 8
        if group != 0xFFFE:
            raise Malformed(QuarantineReason.LENGTH_LIE, pos)
        if number == 0xE0DD:
            return found, pos
        if number != 0xE000 or length == 0xFFFFFFFF:
            raise Malformed(QuarantineReason.LENGTH_LIE, pos)
        if pos + length > end:
            raise Malformed(QuarantineReason.PIXEL_LENGTH, pos)
        if len(found) >= most:
            raise Malformed(QuarantineReason.TOO_MANY, pos)
        found.append(FileRange(pos, length))
        pos += length
