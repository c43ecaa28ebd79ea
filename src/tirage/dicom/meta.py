"""The preamble and the file meta information in front of a data set. Source: PS3.10 7.1."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from tirage.dicom.malformed import Malformed
from tirage.dicom.sniff import kind_of
from tirage.dicom.syntaxes import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE
from tirage.model.reasons import HoldReason, QuarantineReason

TRANSFER_SYNTAX = 0x00020010
MEDIA_STORAGE_SOP_CLASS = 0x00020002
MEDIA_STORAGE_SOP_INSTANCE = 0x00020003

_SHORT = struct.Struct("<HH2sH")
_LONG = struct.Struct("<I")
_LONG_FORM = frozenset(
    (b"OB", b"OW", b"OD", b"OF", b"OL", b"OV", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV")
)


@dataclass(frozen=True, slots=True)
class Meta:
    """The preamble (128 bytes, or empty), the meta elements by tag, and where the data set begins."""

    preamble: bytes
    elements: dict[int, bytes]
    dataset_offset: int


def read_meta(start: bytes, size: int, allow_bare: bool) -> Meta:
    """The file meta information in the first bytes of a file of `size` bytes.

    `allow_bare` also takes a data set without preamble or without meta, if its first element can be nothing
    else than one of group 0008.

    Raises
    ------
    Malformed
        NOT_DICOM (with what it looks like), TRUNCATED, LENGTH_LIE, DUP_TAG.
    """
    if start[128:132] == b"DICM":
        return _elements(start, 132, start[:128])
    if not allow_bare:
        raise Malformed(QuarantineReason.NOT_DICOM, 0, kind_of(start, size))
    offset = 4 if start[:4] == b"DICM" else 0
    if start[offset : offset + 4] == b"\x02\0\0\0":
        return _elements(start, offset, b"")
    if guess_syntax(start[offset : offset + 16], size):
        return Meta(b"", {}, offset)
    raise Malformed(QuarantineReason.NOT_DICOM, 0, kind_of(start, size))


def _elements(start: bytes, pos: int, preamble: bytes) -> Meta:
    elements: dict[int, bytes] = {}
    for tag, _, value, end in meta_elements(start, pos):
        if tag in elements:
            raise Malformed(HoldReason.DUP_TAG, value)
        elements[tag] = start[value:end]
        pos = end
    return Meta(preamble, elements, pos)


def meta_elements(start: bytes, pos: int) -> Iterator[tuple[int, int, int, int]]:
    """Tag, start, value and end of each element of group 0002 from `pos` on.

    The group length is often wrong, so the group ends where the next one begins.
    """
    while start[pos : pos + 2] == b"\x02\0":
        if pos + 12 > len(start):
            raise Malformed(QuarantineReason.TRUNCATED, pos)
        group, number, vr, length = _SHORT.unpack_from(start, pos)
        value = pos + 8
        if vr in _LONG_FORM:
            (length,) = _LONG.unpack_from(start, value)
            value += 4
        end = value + length
        if end > len(start):
            raise Malformed(QuarantineReason.LENGTH_LIE, pos)
        yield group << 16 | number, pos, value, end
        pos = end


def guess_syntax(start: bytes, size: int) -> str:
    """The native syntax of a bare data set by its first element; empty when it cannot be one.

    Strict on purpose: the element must be of group 0008 with an even length that fits in the file.
    """
    if len(start) < 12:
        return ""
    if start[:2] == b"\x08\0":
        if start[4:6].isalpha() and start[4:6].isupper():
            (length,) = struct.unpack_from("<H", start, 6)
            return EXPLICIT_LITTLE if length % 2 == 0 and length < size else ""
        (length,) = _LONG.unpack_from(start, 4)
        return IMPLICIT_LITTLE if length % 2 == 0 and length < min(size, 1 << 16) else ""
    if start[:2] == b"\0\x08" and start[4:6].isalpha() and start[4:6].isupper():
        return EXPLICIT_BIG
    return ""
