"""The two loops that take plain elements at full speed, and the layout of an element. Source: PS3.5 7.1.

A run stops at the first element that needs a decision: a sequence, a large value, pixel data, a tag out of
order, a VR that is not plain, or the end of what is in memory.
"""

import struct

from tirage.dicom.dictionary import implicit_vrs
from tirage.dicom.header import Element

Layout = tuple[struct.Struct, struct.Struct, struct.Struct]
"""Tag, VR and short length of an explicit element; tag and length of an implicit one or an item; a length."""

LITTLE = struct.Struct("<HH2sH"), struct.Struct("<HHI"), struct.Struct("<I")
BIG = struct.Struct(">HH2sH"), struct.Struct(">HHI"), struct.Struct(">I")

# Bytes of tag, VR and length (PS3.5 Tables 7.1-1 and 7.1-2). SQ and UN are left out: they need a decision.
_SHORT_FORM = b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split()
_LONG_FORM = b"OB OD OF OL OV OW SV UC UR UT UV".split()
PLAIN = dict.fromkeys(_SHORT_FORM, 8) | dict.fromkeys(_LONG_FORM, 12)


def explicit_run(
    buffer: bytes,
    pos: int,
    limit: int,
    last: int,
    depth: int,
    elements: list[Element],
    layout: Layout,
    most: int,
) -> tuple[int, int]:
    """Append the plain elements from `pos` on; the position and the tag where that ended."""
    short, _, long = layout
    unpack, unpack_length = short.unpack_from, long.unpack_from
    append, size_of = elements.append, PLAIN.get
    try:
        while pos < limit:
            group, number, vr, length = unpack(buffer, pos)
            size = size_of(vr)
            if size == 8:
                value = pos + 8
            elif size:
                value = pos + 12
                (length,) = unpack_length(buffer, pos + 8)
                if length > most:
                    break
            else:
                break
            tag = group << 16 | number
            stop = value + length
            if stop > limit or tag <= last or group == 0x7FE0:
                break
            append((tag, vr, pos, value, stop, depth))
            last, pos = tag, stop
    except struct.error:
        pass  # the buffer ends within an element's header
    return pos, last


def implicit_run(
    buffer: bytes,
    pos: int,
    limit: int,
    last: int,
    depth: int,
    elements: list[Element],
    layout: Layout,
    most: int,
) -> tuple[int, int]:
    """As `explicit_run`, for elements without VR; always little endian (PS3.5 A.1)."""
    unpack = layout[1].unpack_from
    append, vr_of = elements.append, implicit_vrs().get
    try:
        while pos < limit:
            group, number, length = unpack(buffer, pos)
            value = pos + 8
            stop = value + length
            tag = group << 16 | number
            vr = vr_of(tag)
            if vr is None and group & 1:
                vr = b"LO" if 0x10 <= number <= 0xFF else b"UN"
            if vr is None or vr == b"SQ" or length > most or stop > limit or tag <= last or group == 0x7FE0:
                break
            append((tag, vr, pos, value, stop, depth))
            last, pos = tag, stop
    except struct.error:
        pass
    return pos, last
