"""The fragments of encapsulated pixel data, found by reading nothing but item headers. Source: PS3.5 A.4."""

import struct
from dataclasses import dataclass

from tirage.dicom.malformed import Malformed
from tirage.dicom.sources import FileRange, Source
from tirage.model.reasons import QuarantineReason

PIXEL_TAGS = frozenset((0x7FE00008, 0x7FE00009, 0x7FE00010))

PIXEL_VRS = frozenset((b"OB", b"OW", b"OF", b"OD", b"OV", b"UN"))

# How much of the first fragment is read: image dimensions stand within it unless comments precede them.
CODESTREAM_BYTES = 2048

_ITEM = struct.Struct("<HHI")
_ITEM_BIG = struct.Struct(">HHI")
# One read usually covers the offset table and the first headers of small fragments.
_WINDOW = 4096


@dataclass(frozen=True, slots=True)
class PixelData:
    """Where the top-level pixel data element's value lies; see `Header` for the fields."""

    tag: int
    vr: bytes
    place: FileRange
    fragments: list[FileRange] | None = None
    offset_table: bytes = b""
    codestream: bytes = b""


def encapsulated(
    source: Source, tag: int, vr: bytes, offset: int, end: int, most: int, big_endian: bool
) -> PixelData:
    """Pixel data of undefined length whose value begins at `offset`; raises as `fragments_from`."""
    fragments, behind = fragments_from(source, offset, end, most, big_endian)
    table = codestream = b""
    if fragments:
        table = source.read(fragments[0].offset, min(fragments[0].length, 4 * most))
    if len(fragments) > 1:
        codestream = source.read(fragments[1].offset, min(fragments[1].length, CODESTREAM_BYTES))
    return PixelData(tag, vr, FileRange(offset, behind - 8 - offset), fragments, table, codestream)


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
